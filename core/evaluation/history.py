"""What earlier evaluations reached: rows in `golden_questions` and `eval_runs`, appended and never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.evaluation.baseline import fingerprint
from core.evaluation.questions import Question
from core.evaluation.summary import Outcome, Summary
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


class EvaluationHistory:
    """Over the state schema of a home. Raises WarehouseError."""

    def __init__(self, warehouse: Warehouse, state: str = "main.aiops") -> None:
        self._warehouse = warehouse
        self._state = state

    def record(self, evaluated: Sequence[Evaluated]) -> None:
        """Keep these runs and the questions that are new; one look-up and at most two appends."""
        known = {row["question_id"] for row in self._read("known_questions")}
        rows = {
            row["question_id"]: row
            for run in evaluated
            for row in (_question_row(each.question, run.ended_at) for each in run.outcomes)
            if row["question_id"] not in known
        }
        if rows:
            self._warehouse.append(f"{self._state}.golden_questions", list(rows.values()))
        if evaluated:
            self._warehouse.append(f"{self._state}.eval_runs", [_run_row(run) for run in evaluated])

    def runs(self) -> list[Row]:
        """The newest 200 runs with their figures; one statement."""
        return self._read("runs")

    def _read(self, name: str) -> list[Row]:
        text = statements.render(statements.load("core.evaluation", "statements.sql")[name], self._state)
        found: list[Row] = self._warehouse.query(text, principal=PLATFORM).to_pylist()
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
