"""What came of a tree, in a response: the winner's answer, or the readings side by side with their figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.messages import AssessResponse
from agents.planning.answer import Tell
from agents.planning.tree_of_thoughts.candidates import CandidateTree
from agents.planning.tree_of_thoughts.readings import Answered, ReadingTree
from agents.planning.tree_of_thoughts.search import Outcome
from core.types import Option, Response
from core.types import Thought as Node

CONFIDENT = 0.5
"""The vote margin from which a winner is told as the answer."""
EVENT = "plan.tree"
_MOST_SHOWN = 4


def respond(outcome: Outcome, readings: ReadingTree, tell: Tell) -> Response:
    """Answered, when the results agree; else a question with the figures of each reading, or what is missing."""
    groups = outcome.vote.groups
    answers = [readings.answered[group[0].thought.id] for group in groups]
    if len(answers) > 1:
        return _differing(answers, outcome, readings, tell)
    # An agreement is one of every reading: one that was set aside or broke may be the one that was meant.
    alike = bool(groups) and len(groups[0]) == len(readings.readings)
    if alike and outcome.vote.margin >= CONFIDENT:
        return _agreed(answers[0], outcome, tell)
    return _unsure(outcome, readings)


def event_payload(outcome: Outcome) -> dict[str, Any]:
    """What is stored of a search."""
    return {
        "thoughts": outcome.tree.dump(),
        "backtracks": outcome.tree.backtracks,
        "margin": outcome.vote.margin,
        "stop_reason": outcome.stop_reason,
    }


def thoughts(outcome: Outcome) -> tuple[Node, ...]:
    """The tree for the screen."""
    return tuple(
        Node(
            id=thought.id,
            parent=thought.parent,
            text=thought.text,
            state=thought.state,
            score=thought.score,
            reason=thought.reason,
        )
        for thought in outcome.tree.thoughts
    )


def differing_candidates(outcome: Outcome, tree: CandidateTree) -> Response:
    """What candidates of a model give, side by side: which one was meant is for the person to say."""
    lines, options = [], []
    for number, group in enumerate(outcome.vote.groups[:_MOST_SHOWN], 1):
        given, thought = tree.assessed[group[0].thought.id], group[0].thought
        lines.append(f"{thought.text}: {_figures(given)}")
        options.append(Option(id=f"candidate-{number}", label=thought.text, question=f"Execute SQL: {given.statement}"))
    return Response(
        status="needs_clarification",
        answer="\n\n".join(["A language model read this in ways that give different results. Which is meant?", *lines]),
        reason="Its candidates disagree, so none of them is taken.",
        options=tuple(options),
        confidence=outcome.vote.margin,
        stop_reason=outcome.stop_reason,
    )


def declined(outcome: Outcome, missing: str) -> Response:
    """No candidate can be relied on, and why."""
    if missing:
        return _declined(missing, outcome)
    if outcome.vote.groups:
        return _declined("Only one of its candidates stands, and nothing agrees with it.", outcome)
    return _nothing(outcome)


def _figures(given: AssessResponse) -> str:
    if given.row_count == 1 and len(given.columns) <= _MOST_SHOWN:
        cells = zip(given.columns, given.rows[0], strict=True)
        return ", ".join(f"{column.name} {'unknown' if cell is None else cell}" for column, cell in cells)
    first = " · ".join("unknown" if cell is None else str(cell) for cell in given.rows[0])
    return f"{given.row_count:,} rows, the first: {first}"


def _agreed(answered: Answered, outcome: Outcome, tell: Tell) -> Response:
    generated, result = answered.generated, answered.result
    telling = tell(generated, result)
    return Response(
        status="answered",
        answer=telling.sentence,
        rung=result.rung,
        sql=result.sql,
        statement_id=result.statement_id,
        columns=result.columns,
        rows=result.rows,
        row_count=result.row_count,
        truncated=result.truncated,
        chart=telling.chart,
        understood=(*generated.understood, "all readings give the same result"),
        suggestions=generated.suggestions,
        confidence=outcome.vote.margin,
        stop_reason=outcome.stop_reason,
    )


def _differing(answers: list[Answered], outcome: Outcome, readings: ReadingTree, tell: Tell) -> Response:
    told = [(answered, tell(answered.generated, answered.result).sentence) for answered in answers]
    lines = [f"{answered.reading.label}: {sentence}" for answered, sentence in told]
    figures = {answered.reading.question: _figure(answered, sentence) for answered, sentence in told}
    opening = "The readings give different results. Which did you mean?"
    reason = "The question can be read in more than one way, and it makes a difference."
    return _which("\n\n".join([opening, *lines]), reason, outcome, readings, figures)


def _figure(answered: Answered, sentence: str) -> str:
    """What a button says beside its reading: the one figure, as the sentence has it; nothing for more rows."""
    if answered.result.row_count != 1 or len(answered.result.columns) != 1 or ": " not in sentence:
        return ""
    return f" · {sentence.rsplit(': ', 1)[1].rstrip('.')}"


def _unsure(outcome: Outcome, readings: ReadingTree) -> Response:
    judged = sum(len(group) for group in outcome.vote.groups)
    broken = " ".join(dict.fromkeys(_died(outcome)))
    reason = f"Only {judged} of its {len(readings.readings)} readings could be compared. {broken}".strip()
    return _which(f"Which did you mean? {reason}", reason, outcome, readings)


def _which(
    sentence: str, reason: str, outcome: Outcome, readings: ReadingTree, figures: Mapping[str, str] = {}
) -> Response:
    """Back to the person; every reading stays a button, also one that agrees with another or was not compared."""
    spent = _spent(outcome)
    return Response(
        status="needs_clarification",
        answer=f"{sentence}{spent}",
        reason=f"{reason}{spent}",
        options=tuple(
            Option(
                id=f"reading-{number}",
                label=f"{reading.label}{figures.get(reading.question, '')}",
                question=reading.question,
            )
            for number, reading in enumerate(readings.readings, 1)
        ),
        confidence=outcome.vote.margin,
        stop_reason=outcome.stop_reason,
    )


def _died(outcome: Outcome) -> list[str]:
    """Why statements were pruned."""
    return [thought.reason for thought in outcome.tree.thoughts if thought.state == "pruned" and thought.depth == 3]


def _spent(outcome: Outcome) -> str:
    return f" The budget of {outcome.stop_reason} ran out." if outcome.stop_reason else ""


def _nothing(outcome: Outcome) -> Response:
    return _declined(" ".join(dict.fromkeys(_died(outcome))) or "None of its readings could be judged.", outcome)


def _declined(reason: str, outcome: Outcome) -> Response:
    spent = _spent(outcome)
    return Response(
        status="needs_clarification",
        answer=f"I cannot answer this from the tables. {reason}{spent}",
        reason=f"{reason}{spent}",
        confidence=outcome.vote.margin,
        stop_reason=outcome.stop_reason,
    )
