"""What earlier evaluations reached: rows in `golden_questions`, `eval_runs` and `eval_failures`, never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.evaluation.baseline import Reached, fingerprint
from core.evaluation.questions import Question
from core.evaluation.summary import ROWS_KEPT, Outcome, Summary, failed
from core.ids import new_id
from core.types import PLATFORM, Frozen
from core.warehouse import statements

if TYPE_CHECKING:
    from core.warehouse.port import Row, Value, Warehouse


class Evaluated(Frozen):
    """One set as it was asked from beginning to end."""

    summary: Summary
    outcomes: tuple[Outcome, ...]
    started_at: datetime
    ended_at: datetime
    notes: tuple[str, ...] = ()
    """What of the set could not be asked, and why."""


class KeptRun(Frozen):
    """A run as its row has it."""

    run_id: str
    asked: str
    summary: Summary
    ended_at: datetime

    @property
    def reached(self) -> Reached:
        """What a baseline is compared with."""
        summary = self.summary
        return Reached(asked=self.asked, questions=summary.questions, right=summary.right, wrong=summary.wrong)


class Failure(Frozen):
    """A question that did not end as it should, as its row has it."""

    question_id: str
    set_name: str
    question: str
    role: str
    kind: str
    half: str
    why: str
    verdict: str
    fault: str
    status: str
    rung: str
    seconds: float
    understood: tuple[str, ...]
    statement: str | None
    expected: tuple[tuple[Any, ...], ...]
    """The first 20 rows of the first right answer; none where there is none to give."""
    found: tuple[tuple[Any, ...], ...]
    row_count: int | None
    said: str


class EvaluationHistory:
    """Over the state schema of a home. Raises WarehouseError."""

    def __init__(self, warehouse: Warehouse, state: str = "main.aiops") -> None:
        self._warehouse = warehouse
        self._state = state

    def record(self, evaluated: Sequence[Evaluated]) -> None:
        """Keep these runs, their failures and the questions that are new; one look-up and at most three appends."""
        known = {row["question_id"] for row in self._read("known_questions")}
        rows = {
            row["question_id"]: row
            for run in evaluated
            for row in (_question_row(each.question, run.ended_at) for each in run.outcomes)
            if row["question_id"] not in known
        }
        if rows:
            self._warehouse.append(f"{self._state}.golden_questions", list(rows.values()))
        runs = [_run_row(run) for run in evaluated]
        failures = [
            row for run, kept in zip(evaluated, runs, strict=True) for row in _failure_rows(run, str(kept["run_id"]))
        ]
        if failures:  # before the runs: a run that is shown has its failures
            self._warehouse.append(f"{self._state}.eval_failures", failures)
        if runs:
            self._warehouse.append(f"{self._state}.eval_runs", runs)

    def runs(self) -> list[Row]:
        """The newest 200 runs with their figures; one statement."""
        return self._read("runs")

    def kept_runs(self) -> tuple[KeptRun, ...]:
        """The newest 200 runs as they can be shown; one statement."""
        return tuple(_kept_run(row) for row in self.runs())

    def failures(self, run_id: str) -> tuple[Failure, ...]:
        """What did not end as it should in a run, wrong answers first; one statement."""
        return tuple(_failure(row) for row in self._read("failures", {"run_id": run_id}))

    def _read(self, name: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        text = statements.render(statements.load("core.evaluation", "statements.sql")[name], self._state)
        found: list[Row] = self._warehouse.query(text, parameters, principal=PLATFORM).to_pylist()
        return found


def _question_row(question: Question, moment: datetime) -> dict[str, Value]:
    answers = json.dumps(question.answers, ensure_ascii=False)
    version = hashlib.sha256(f"{question.kind}\n{question.ordered}\n{answers}".encode()).hexdigest()[:8]
    return {
        "question_id": f"{question.question_id}-{version}",
        "set_name": question.set_name,
        "kind": question.kind,
        "question": question.text,
        "user_role": question.role,
        "follows": question.follows,
        "half": question.half,
        "answers": answers,
        "ordered": question.ordered,
        "recorded_at": moment,
    }


def _run_row(run: Evaluated) -> dict[str, Value]:
    summary, rates = run.summary, run.summary.rates
    return {
        "run_id": new_id(),
        "set_name": summary.name,
        "asked": fingerprint(run.outcomes),
        "questions": summary.questions,
        "right_answers": summary.right,
        "wrong_answers": summary.wrong,
        "accuracy": rates["accuracy"].share,
        "answer_precision": rates["precision"].share,
        "coverage": rates["coverage"].share,
        "unanswerable_declined": rates["unanswerable_declined"].share,
        "ambiguous_clarified": rates["ambiguous_clarified"].share,
        "seconds_p50": summary.seconds_p50,
        "seconds_p95": summary.seconds_p95,
        "summary": summary.model_dump_json(),
        "outcomes": json.dumps({each.question.question_id: each.verdict for each in run.outcomes}),
        "started_at": run.started_at,
        "ended_at": run.ended_at,
    }


def _failure_rows(run: Evaluated, run_id: str) -> Iterator[dict[str, Value]]:
    for place, each in enumerate(failed(run.outcomes)):
        question = each.question
        expected = question.answers[0][:ROWS_KEPT] if question.answers else ()
        yield {
            "run_id": run_id,
            "place": place,
            "question_id": question.question_id,
            "set_name": question.set_name,
            "question": question.text,
            "user_role": question.role,
            "kind": question.kind,
            "half": question.half,
            "why": question.why,
            "verdict": each.verdict,
            "fault": each.fault,
            "status": each.status,
            "rung": each.rung,
            "seconds": each.seconds,
            "understood": json.dumps(each.understood, ensure_ascii=False),
            "statement": each.sql,
            "expected": json.dumps(expected, ensure_ascii=False, default=str),
            "found": json.dumps(each.found, ensure_ascii=False, default=str),
            "row_count": each.row_count,
            "said": each.said,
            "recorded_at": run.ended_at,
        }


def _kept_run(row: Row) -> KeptRun:
    kept = {name: row[name] for name in ("run_id", "asked", "ended_at")}
    return KeptRun.model_validate({**kept, "summary": Summary.model_validate_json(str(row["summary"]))})


def _failure(row: Row) -> Failure:
    plain = {name: value for name, value in row.items() if name != "user_role"}
    lists = {name: json.loads(str(row[name] or "[]")) for name in ("understood", "expected", "found")}
    return Failure.model_validate({**plain, **lists, "role": row["user_role"]})
