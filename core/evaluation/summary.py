"""What became of each question, and the figures of a set: accuracy, precision, coverage, per rung.

accuracy: right of the answerable. precision: right of the answers that were given to answerable questions; overall
precision counts answers to the other questions too, which are wrong. coverage: answered (right or wrong) of the
answerable. wrong: of all questions. clarified: of the answerable. unanswerable declined and ambiguous clarified: of
their kind. Shares come with their Wilson 95 % interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.evaluation.marking import Mark, Verdict, mark
from core.evaluation.questions import Half, Kind, Question
from core.evaluation.statistics import Rate, percentile, rate
from core.types import Frozen, Response

ROWS_KEPT = 20


class Outcome(Frozen):
    """One question as it was answered."""

    question: Question
    verdict: Verdict
    fault: str
    status: str
    rung: str
    """The rung of the ladder that answered; empty when none did."""
    seconds: float
    """From the question to the response, in the running platform."""
    understood: tuple[str, ...] = ()
    sql: str | None = None
    found: tuple[tuple[Any, ...], ...] = ()
    """The first 20 rows."""
    row_count: int | None = None
    said: str = ""

    @property
    def is_good(self) -> bool:
        """Right, or left unanswered where that is right."""
        if self.question.kind == "answerable":
            return self.verdict == "right"
        return self.verdict in ("right", "clarified", "declined") and not self._merely_declined

    @property
    def _merely_declined(self) -> bool:
        return self.question.kind == "ambiguous" and self.verdict == "declined"


def outcome(question: Question, response: Response, seconds: float, verdict: Mark | None = None) -> Outcome:
    """Mark a response and keep what a reader of the report needs."""
    judged = verdict or mark(question, response)
    return Outcome(
        question=question,
        verdict=judged.verdict,
        fault=judged.fault,
        status=response.status,
        rung=(response.rung or "") if response.status == "answered" else "",
        seconds=seconds,
        understood=response.understood,
        sql=response.sql,
        found=tuple((response.rows or ())[:ROWS_KEPT]),
        row_count=response.row_count,
        said=response.answer,
    )


class Summary(Frozen):
    """The figures of some outcomes."""

    name: str
    questions: int
    kinds: Mapping[str, int]
    verdicts: Mapping[str, Mapping[str, int]]
    """Kind -> verdict -> number."""
    rates: Mapping[str, Rate]
    rungs: Mapping[str, Rate]
    """Rung -> right of what it answered, questions of every kind."""
    seconds_p50: float
    seconds_p95: float
    rung_seconds_p95: Mapping[str, float] = {}
    """Rung -> 95 % of what it answered took at most this; empty in runs from before it was measured."""

    @property
    def right(self) -> int:
        """Answers that are right."""
        return sum(counts["right"] for counts in self.verdicts.values())

    @property
    def wrong(self) -> int:
        """Answers that are wrong, whatever was asked."""
        return sum(counts["wrong"] for counts in self.verdicts.values())


KINDS: tuple[Kind, ...] = ("answerable", "unanswerable", "ambiguous")
VERDICTS: tuple[Verdict, ...] = ("right", "wrong", "clarified", "declined", "failed")
RATES: Mapping[str, str] = {
    "accuracy": "right answers of the answerable questions",
    "precision": "right of the answers given to answerable questions",
    "overall_precision": "right of all answers given, also to questions that have none or several",
    "coverage": "answered of the answerable questions",
    "wrong": "wrong answers of all questions",
    "clarified": "asked back of the answerable questions",
    "unanswerable_declined": "declined of the questions that have no answer",
    "ambiguous_clarified": "asked back of the ambiguous questions",
}


def summarize(name: str, outcomes: Sequence[Outcome], half: Half | None = None) -> Summary:
    """The figures of these outcomes, or of one half of them."""
    chosen = [each for each in outcomes if half is None or each.question.half == half]
    verdicts: dict[str, Mapping[str, int]] = {
        kind: _verdicts([each for each in chosen if each.question.kind == kind]) for kind in KINDS
    }
    seconds = [each.seconds for each in chosen]
    return Summary(
        name=name,
        questions=len(chosen),
        kinds={kind: sum(verdicts[kind].values()) for kind in KINDS},
        verdicts=verdicts,
        rates=_rates(verdicts),
        rungs=_rungs(chosen),
        seconds_p50=percentile(seconds, 0.50),
        seconds_p95=percentile(seconds, 0.95),
        rung_seconds_p95={
            rung: percentile([each.seconds for each in chosen if each.rung == rung], 0.95)
            for rung in sorted({each.rung for each in chosen if each.rung})
        },
    )


def failed(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Every question that did not end as it should, wrong answers first."""
    bad = [each for each in outcomes if not each.is_good]
    return sorted(bad, key=lambda each: VERDICTS.index(each.verdict) if each.verdict != "wrong" else -1)


def _verdicts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return {verdict: sum(each.verdict == verdict for each in outcomes) for verdict in VERDICTS}


def _rates(verdicts: Mapping[str, Mapping[str, int]]) -> dict[str, Rate]:
    answerable, unanswerable, ambiguous = (verdicts[kind] for kind in KINDS)
    total = {kind: sum(verdicts[kind].values()) for kind in KINDS}
    answered = answerable["right"] + answerable["wrong"]
    wrong = sum(counts["wrong"] for counts in verdicts.values())
    all_right = answerable["right"] + unanswerable["right"]
    left = total["unanswerable"] - unanswerable["wrong"] - unanswerable["failed"]
    return {
        "accuracy": rate(answerable["right"], total["answerable"]),
        "precision": rate(answerable["right"], answered),
        "overall_precision": rate(all_right, all_right + wrong),
        "coverage": rate(answered, total["answerable"]),
        "wrong": rate(wrong, sum(total.values())),
        "clarified": rate(answerable["clarified"], total["answerable"]),
        "unanswerable_declined": rate(left, total["unanswerable"]),
        "ambiguous_clarified": rate(ambiguous["clarified"], total["ambiguous"]),
    }


def _rungs(outcomes: Sequence[Outcome]) -> dict[str, Rate]:
    names = sorted({each.rung for each in outcomes if each.rung})
    return {
        name: rate(
            sum(each.verdict == "right" for each in outcomes if each.rung == name),
            sum(each.rung == name for each in outcomes),
        )
        for name in names
    }
