"""Runs checks with few statements: those on single rows of a table are counted in one, the others side by side.

Where a statement of many fails, its checks run one by one, so that each is told its own error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date

from core.errors import AccessDenied, Cancelled, PlatformError, SignInExpired, StatementCancelled
from core.testing.check import Answer, Check, Outcome, Read, Rows
from core.testing.profile import number
from core.testing.sql import fill, in_words, listed, on, path
from core.types import Scalar

SHAPE = "schema"
_LONGEST = 60_000
"""Characters of one statement that holds several cases."""
_MOST = 100
"""Checks in one statement."""
_TOLERANCE = 1e-5
"""Engines keep six places of a quotient."""
_GONE = (Cancelled, StatementCancelled, SignInExpired)
"""The person stopped it, or their sign-in has expired: nothing more is run."""


class CheckRunner:
    """Runs checks for one person on one day."""

    def __init__(self, read: Read, today: date) -> None:
        self._read = read
        self._today = today

    def run(self, checks: Iterable[Check]) -> tuple[Outcome, ...]:
        """An outcome for each check, in their order. Raises only when the person or their sign-in is gone."""
        checks = tuple(checks)
        found: dict[str, Outcome] = {}
        for table in dict.fromkeys(check.table for check in checks if check.kind != "unit"):
            own = [check for check in checks if check.kind != "unit" and check.table == table]
            for outcome in (*self._on_rows(table, own), *self._on_tables(own)):
                found[outcome.check.check_id] = outcome
        for check in (check for check in checks if check.rule == SHAPE):
            found[check.check_id] = self._shape(check)
        for outcome in self._cases([check for check in checks if check.kind == "unit"]):
            found[outcome.check.check_id] = outcome
        return tuple(found[check.check_id] for check in checks)

    def _on_rows(self, table: str | None, checks: Sequence[Check]) -> list[Outcome]:
        checks = [check for check in checks if check.condition is not None]
        outcomes: list[Outcome] = []
        for batch in _batches(checks):
            figures = ", ".join(f"COUNT_IF({check.condition}) AS v{index}" for index, check in enumerate(batch))
            outcomes += self._counted(batch, fill("counted", figures=figures, table=path(table or "")))
        return outcomes

    def _counted(self, batch: Sequence[Check], statement: str) -> list[Outcome]:
        answer = self._ask(statement)
        if isinstance(answer, PlatformError):
            return self._one_by_one(batch, answer)
        rows, *counts = (number(value) for value in answer.rows[0])
        return self._judged(batch, counts, answer, rows)

    def _on_tables(self, checks: Sequence[Check]) -> list[Outcome]:
        batches = _batches([check for check in checks if check.condition is None and check.rule != SHAPE])
        return [outcome for batch in batches for outcome in self._side_by_side(batch)]

    def _side_by_side(self, batch: Sequence[Check]) -> list[Outcome]:
        parts = [fill("violations", index=str(index), statement=check.statement) for index, check in enumerate(batch)]
        answer = self._ask(" UNION ALL ".join(parts))
        if isinstance(answer, PlatformError):
            return self._one_by_one(batch, answer)
        counts = {number(index): number(count) for index, count in answer.rows}
        return self._judged(batch, [counts[index] for index in range(len(batch))], answer, None)

    def _one_by_one(self, batch: Sequence[Check], error: PlatformError) -> list[Outcome]:
        if len(batch) == 1:
            return [_broken(batch[0], error)]
        return [outcome for check in batch for outcome in self._side_by_side([check])]

    def _judged(self, batch: Sequence[Check], counts: Sequence[int], answer: Answer, rows: int | None) -> list[Outcome]:
        samples = self._samples([check for check, count in zip(batch, counts, strict=True) if count])
        return [
            Outcome(
                check=check,
                status="failed" if count else "passed",
                violations=count,
                rows=rows,
                sample=samples.get(check.check_id, ()),
                detail=_sentence(check, count, rows),
                statement=on(check.statement, self._today),
                statement_id=answer.statement_id,
            )
            for check, count in zip(batch, counts, strict=True)
        ]

    def _samples(self, failed: Sequence[Check]) -> dict[str, tuple[str, ...]]:
        """At most five violations of each, in words; a sample that cannot be read leaves the count as it is."""
        failed = [check for check in failed if check.shown]
        if not failed:
            return {}
        parts = [
            fill("sample", index=str(i), text=in_words(c.shown), shown=listed(c.shown), statement=c.statement)
            for i, c in enumerate(failed)
        ]
        answer = self._ask(" UNION ALL ".join(parts))
        if isinstance(answer, PlatformError):
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for index, text in answer.rows:
            key = failed[number(index)].check_id
            found[key] = (*found.get(key, ()), str(text))
        return found

    def _cases(self, checks: Sequence[Check]) -> list[Outcome]:
        """Unit cases: the rows must be those of the evaluator. All cases of one statement take one statement more than
        the first whose order counts, which runs by itself.
        """
        outcomes: list[Outcome] = []
        for of in dict.fromkeys(check.baseline.get("of") for check in checks):
            own = [check for check in checks if check.baseline.get("of") == of]
            alone = next((check for check in own if check.ordered and len(check.expected or ()) > 1), None)
            outcomes += [self._case(alone)] if alone is not None else []
            outcomes += self._together([check for check in own if check is not alone])
        return outcomes

    def _together(self, checks: Sequence[Check]) -> list[Outcome]:
        parts = [f"SELECT {index} AS i, c.* FROM ({check.statement}) AS c" for index, check in enumerate(checks)]
        text = " UNION ALL ".join(parts)
        answer = self._ask(text) if len(checks) > 1 and len(text) < _LONGEST else None
        if answer is None or isinstance(answer, PlatformError):
            return [self._case(check) for check in checks]
        found: list[list[tuple[Scalar, ...]]] = [[] for _ in checks]
        for index, *row in answer.rows:
            found[number(index)].append(tuple(row))
        return [
            self._compared(check, tuple(rows), answer.statement_id) for check, rows in zip(checks, found, strict=True)
        ]

    def _case(self, check: Check) -> Outcome:
        answer = self._ask(check.statement)
        if isinstance(answer, PlatformError):
            return _broken(check, answer)
        return self._compared(check, answer.rows, answer.statement_id, ordered=check.ordered)

    def _compared(self, check: Check, rows: Rows, statement_id: str, *, ordered: bool = False) -> Outcome:
        wrong = difference(check.expected or (), rows, ordered=ordered)
        return Outcome(
            check=check, status="failed" if wrong else "passed", violations=len(wrong), rows=len(rows),
            sample=tuple(wrong[:5]), detail="; ".join(wrong[:2]) or check.sentence, statement=check.statement,
            statement_id=statement_id,
        )  # fmt: skip

    def _shape(self, check: Check) -> Outcome:
        """The columns of an answer must be those that it had."""
        answer = self._ask(check.statement)
        if isinstance(answer, PlatformError):
            return _broken(check, answer)
        given = {column.name: column.type for column in answer.columns}
        wrong = [f"{name} was {kind}, is {given.get(name, 'gone')}" for name, kind in check.baseline.items()
                 if given.get(name) != kind]  # fmt: skip
        wrong += [f"{name} {kind} is new" for name, kind in given.items() if name not in check.baseline]
        return Outcome(
            check=check, status="failed" if wrong else "passed", violations=len(wrong), sample=tuple(wrong[:5]),
            detail="; ".join(wrong[:3]) or check.sentence, statement=check.statement, statement_id=answer.statement_id,
        )  # fmt: skip

    def _ask(self, statement: str) -> Answer | PlatformError:
        """The answer, or the error that belongs to the checks which asked."""
        try:
            return self._read(on(statement, self._today))
        except _GONE:
            raise
        except PlatformError as error:
            return error


def difference(expected: Rows, given: Rows, *, ordered: bool = False) -> list[str]:
    """What is missing and what is too much, in words; empty when the rows are the same."""
    if ordered and len(expected) == len(given):
        pairs = zip(expected, given, strict=True)
        return [f"expected {_row(a)}, got {_row(b)}" for a, b in pairs if not same_row(a, b)]
    left = list(given)
    wrong = []
    for row in expected:
        match = next((index for index, other in enumerate(left) if same_row(row, other)), None)
        if match is None:
            wrong.append(f"missing {_row(row)}")
        else:
            left.pop(match)
    return [*wrong, *(f"unexpected {_row(row)}" for row in left)]


def same_row(one: Sequence[Scalar], other: Sequence[Scalar]) -> bool:
    """Whether two rows agree; numbers up to rounding."""
    return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))


def _same(one: Scalar, other: Scalar) -> bool:
    numeric = (int, float)
    if isinstance(one, numeric) and isinstance(other, numeric) and not isinstance(one, bool):
        if isinstance(one, int) and isinstance(other, int):
            return one == other
        return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return one == other


def _row(row: Sequence[Scalar]) -> str:
    return "(" + ", ".join("NULL" if value is None else str(value) for value in row) + ")"


def _batches(checks: Sequence[Check]) -> list[Sequence[Check]]:
    return [checks[start : start + _MOST] for start in range(0, len(checks), _MOST)]


def _broken(check: Check, error: PlatformError) -> Outcome:
    """What could not be run is no pass and no failure of the data."""
    if isinstance(error, AccessDenied):
        said = f"Not allowed: {error.message.removeprefix('Not allowed: ')}"
        return Outcome(check=check, status="not_run", detail=said, statement=check.statement)
    return Outcome(check=check, status="error", detail=error.message, statement=check.statement)


def _sentence(check: Check, count: int, rows: int | None) -> str:
    if not count:
        return check.sentence
    if rows:
        return f"{count:,} of {rows:,} rows ({count / rows:.2%}) break it: {check.sentence}"
    return f"{count:,} {'finding' if count == 1 else 'findings'}: {check.sentence}"
