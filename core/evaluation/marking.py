"""Marks answers. An answer is right when its rows hold the expected values, whatever further columns it has.

Numbers agree to a relative 1e-6 or in all the (six or more) digits that an engine's type keeps, a share may be written
as a percentage, and a month, quarter or year in any of its usual ways. What was asked back or declined is never wrong
for a question that has an answer; it is not right either.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Literal

from core.evaluation.questions import Question
from core.types import Frozen, Response, Scalar

Verdict = Literal["right", "wrong", "clarified", "declined", "failed"]

_MONTH = re.compile(r"^(\d{4})-(\d{2})(?:-01)?(?:[T ]00:00:00(?:\.0+)?(?:Z|\+00:00)?)?$")
_QUARTER = re.compile(r"^(\d{4})[- ]?Q([1-4])$|^Q([1-4])[- ](\d{4})$")
_MOMENT = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d*[1-9])?)(?:\.0+)?(?:Z|\+00:00)?$")
_MIDNIGHT = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]00:00:00")
_TRIES = 2_000
"""So many choices of columns are compared at most."""


class Mark(Frozen):
    """The verdict on one response, and in words what is wrong with it."""

    verdict: Verdict
    fault: str = ""


def mark(question: Question, response: Response) -> Mark:
    """Judge a response."""
    if response.status != "answered":
        return _unanswered(question, response)
    match question.kind:
        case "ambiguous":
            return Mark(verdict="wrong", fault=f"answered one reading only ({question.why})")
        case "unanswerable":
            return _without_answer(question, response)
        case _:
            return _with_answer(question, response)


def _unanswered(question: Question, response: Response) -> Mark:
    fault = f"{response.status}: {response.reason or response.answer}"
    if response.status in ("failed", "cancelled"):
        return Mark(verdict="failed", fault=fault)
    asked_back = response.status == "needs_clarification" and (response.options or question.kind == "ambiguous")
    verdict: Verdict = "clarified" if asked_back else "declined"
    return Mark(verdict=verdict, fault=fault if question.kind == "answerable" else "")


def _without_answer(question: Question, response: Response) -> Mark:
    said = bool(question.or_said and question.or_said in response.answer)
    values = [value for row in response.rows or () for value in row]
    empty = question.or_empty and response.rows is not None and all(value is None for value in values)
    if said or empty:
        return Mark(verdict="right")
    return Mark(verdict="wrong", fault=f"answered: {response.answer}")


def _with_answer(question: Question, response: Response) -> Mark:
    if response.rows is None:
        return Mark(verdict="wrong", fault=f"no rows, but a text: {response.answer}")
    if not any(_agrees(question, response.rows, expected) for expected in question.answers):
        first = question.answers[0]
        return Mark(verdict="wrong", fault=f"rows {_short(response.rows)} instead of {_short(first)}")
    drawn = response.chart.kind if response.chart else "none"
    if question.chart and drawn != question.chart:
        return Mark(verdict="wrong", fault=f"drawn as {drawn} instead of {question.chart}")
    return Mark(verdict="right")


def _agrees(question: Question, rows: Sequence[Sequence[Scalar]], expected: Sequence[Sequence[Any]]) -> bool:
    if any(same_rows(rows, form, ordered=question.ordered) for form in (expected, *_full_names(expected))):
        return True
    if not question.null_group_optional:
        return False
    return same_rows(_named(rows), _named(expected), ordered=question.ordered)


def _full_names(expected: Sequence[Sequence[Any]]) -> list[list[list[Any]]]:
    """The expected rows with two neighbouring texts written as one: 'Anna', 'Bauer' is 'Anna Bauer'."""
    width = len(expected[0]) if expected else 0
    pairs = [at for at in range(width - 1) if all(isinstance(v, str) for row in expected for v in row[at : at + 2])]
    return [[[*row[:at], f"{row[at]} {row[at + 1]}", *row[at + 2 :]] for row in expected] for at in pairs]


def _named(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    return [row for row in rows if all(value is not None for value in row)]


def _short(rows: Sequence[Sequence[Any]]) -> str:
    return f"{[list(row) for row in rows[:3]]}{' …' if len(rows) > 3 else ''}"


def same_rows(rows: Sequence[Sequence[Scalar]], expected: Sequence[Sequence[Any]], *, ordered: bool) -> bool:
    """Whether some choice of columns gives exactly the expected rows."""
    if len(rows) != len(expected):
        return False
    if not rows:
        return True
    wanted = [[_plain(value) for value in row] for row in expected]
    found = [[_plain(value) for value in row] for row in rows]
    if len(found[0]) < len(wanted[0]):
        return False
    choices = (_columns_like(found, [row[index] for row in wanted]) for index in range(len(wanted[0])))
    for columns in itertools.islice(itertools.product(*choices), _TRIES):
        if len({index for index, _ in columns}) < len(columns):
            continue
        chosen = [[scale(row[index]) for index, scale in columns] for row in found]
        if _same_table(chosen, wanted, ordered=False) and (not ordered or _same_order(chosen, wanted)):
            return True
    return False


def _same_order(found: list[list[Any]], wanted: list[list[Any]]) -> bool:
    """Row by row the same; where a column rises or falls all the way, rows that tie in it may change places."""
    if _same_table(found, wanted, ordered=True):
        return True
    columns = zip(zip(*found, strict=True), zip(*wanted, strict=True), strict=True)
    return any(
        _is_sorted(right) and all(_same(a, b) for a, b in zip(left, right, strict=True)) for left, right in columns
    )


def _is_sorted(values: Sequence[Any]) -> bool:
    """Whether these numbers only rise or only fall, and are not all the same."""
    if not all(isinstance(value, int | float) for value in values) or values[0] == values[-1]:
        return False
    ascending = sorted(values)
    return list(values) in (ascending, ascending[::-1])


Scale = Callable[[Any], Any]


def _columns_like(found: list[list[Any]], wanted: list[Any]) -> list[tuple[int, Scale]]:
    """The columns that alone hold the wanted values, as they stand or as a percentage."""
    scales: list[Scale] = [_unchanged, _from_percent] if _is_share(wanted) else [_unchanged]
    return [
        (index, scale)
        for scale in scales
        for index in range(len(found[0]))
        if _same_table([[scale(row[index])] for row in found], [[value] for value in wanted], ordered=False)
    ]


def _is_share(values: Sequence[Any]) -> bool:
    """Small fractions: no count and no amount of money."""
    return all(isinstance(value, float) and abs(value) < 10 for value in values) and any(
        not float(value).is_integer() for value in values
    )


def _unchanged(value: Any) -> Any:
    return value


def _from_percent(value: Any) -> Any:
    return value / 100 if isinstance(value, int | float) and not isinstance(value, bool) else value


def _same_table(left: list[list[Any]], right: list[list[Any]], *, ordered: bool) -> bool:
    pairs = zip(left, right, strict=True) if ordered else zip(_sorted(left), _sorted(right), strict=True)
    return all(all(_same(a, b) for a, b in zip(one, other, strict=True)) for one, other in pairs)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    if month := _MONTH.match(value):
        return f"{month[1]}-{month[2]}"
    if quarter := _QUARTER.match(value):
        return f"{quarter[1] or quarter[4]}-{int(quarter[2] or quarter[3]) * 3 - 2:02d}"
    if _MIDNIGHT.match(value):
        return value[:10]
    moment = _MOMENT.match(value)
    return f"{moment[1]} {moment[2]}" if moment else value


def _same(left: Any, right: Any) -> bool:
    """`right` is the expected value; a quarter or a year given as a number is met by its first day."""
    numbers = (int, float)
    if isinstance(left, str) and isinstance(right, numbers) and not isinstance(right, bool):
        return _same_period(left, right)
    if isinstance(left, numbers) and isinstance(right, numbers) and not isinstance(left, bool):
        return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-6) or _rounded(left, right)
    return bool(left == right)


_KEPT = 6


def _rounded(found: float, expected: float) -> bool:
    """Whether an engine rounded: the average of a decimal keeps four digits more than the decimal (2.96364)."""
    _, _, fraction = f"{found!r}".partition(".")
    digits = len(f"{found!r}".replace(".", "").lstrip("-0"))
    return fraction.isdigit() and digits >= _KEPT and len(fraction) >= 4 and round(expected, len(fraction)) == found


def _same_period(left: str, right: float) -> bool:
    if day := re.match(r"^(\d{4})-(\d{2})$", left):
        return (int(day[2]) + 2) / 3 == right or (day[2] == "01" and int(day[1]) == right)
    return left.replace(".", "", 1).isdigit() and math.isclose(float(left), right, rel_tol=1e-6)


def _sorted(rows: list[list[Any]]) -> list[list[Any]]:
    return sorted(rows, key=lambda row: [_key(value) for value in row])


def _key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (0, float(f"{value:.7g}"), "") if math.isfinite(value) else (1, 0.0, str(value))
    return (2, 0.0, "" if value is None else str(value))
