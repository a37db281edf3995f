"""The days that a statement's conditions let through, as far as they are written as plain bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlglot import exp

from core.semantic.match.dates import month_start
from core.semantic.names import identifier_words

_TURNED: dict[Any, Any] = {exp.GTE: exp.LTE, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.LT: exp.GT}
"""The comparison that says the same with its sides changed."""
_NOW = (exp.CurrentDate, exp.CurrentTimestamp)


@dataclass
class Bounds:
    """start <= day < end, of one column; both ends may be open."""

    columns: set[tuple[str, str]] = field(default_factory=set)
    """(alias, column) of every condition on a time, case folded."""
    lowers: set[date] = field(default_factory=set)
    uppers: set[date] = field(default_factory=set)
    relative: bool = False
    """Whether something is measured from the present day, so that the ends are not written down."""

    @property
    def written(self) -> bool:
        return bool(self.lowers or self.uppers)


def bounds_of(tree: Any) -> Bounds:
    """What the WHERE conditions of a statement say of days."""
    found = Bounds()
    found.relative = any(tree.find_all(*_NOW)) or any(
        str(call.this).casefold() in ("now", "getdate", "curdate") for call in tree.find_all(exp.Anonymous)
    )
    parts = _Parts()
    for test in tree.find_all(exp.GTE, exp.GT, exp.LT, exp.LTE, exp.EQ, exp.Between):
        if parts.take(test) or test.find_ancestor(exp.Qualify) is not None:
            continue
        part = None if isinstance(test, exp.Between) else _part(test.this)
        if part is not None and part[0] != "year":
            found.relative = True  # 'MONTH(x) >= 4' says days together with another condition only
        _read(found, test)
    parts.give(found)
    found.relative = found.relative or any(_moved(literal) for literal in tree.find_all(exp.Literal))
    return found


_OF_A_YEAR: dict[Any, str] = {exp.Quarter: "quarter", exp.Month: "month", exp.Day: "day", exp.DayOfMonth: "day"}


def _part(call: Any) -> tuple[str, Any] | None:
    """('month', x) of MONTH(x) and of EXTRACT(MONTH FROM x)."""
    if isinstance(call, exp.Extract):
        return str(call.this).casefold(), call.expression
    unit = "year" if isinstance(call, exp.Year) else _OF_A_YEAR.get(type(call))
    return None if unit is None else (unit, call.this)


@dataclass
class _Parts:
    """'YEAR(x) = 2026 AND MONTH(x) = 5': the parts of a day that stand beside each other."""

    found: dict[tuple[int, str], dict[str, tuple[int, Any]]] = field(default_factory=dict)

    def take(self, test: Any) -> bool:
        """Whether it is about a part of a day, and so not read by itself."""
        if not isinstance(test, exp.EQ):
            return False
        part, number = _part(test.this), _integer(test.expression)
        if part is None or number is None:
            return False
        top: Any = test
        while isinstance(top.parent, (exp.And, exp.Paren)):
            top = top.parent
        self.found.setdefault((id(top), part[1].sql()), {})[part[0]] = (number, part[1])
        return True

    def give(self, found: Bounds) -> None:
        """The days of each year, quarter, month or day that is told whole."""
        for parts in self.found.values():
            numbers = {unit: number for unit, (number, _) in parts.items()}
            span = _days(numbers)
            if span is None:
                found.relative = True  # a part of every year is no span of days
                continue
            found.lowers.add(span[0])
            found.uppers.add(span[1])
            for _, column in parts.values():
                _note(found, column)


def _days(numbers: dict[str, int]) -> tuple[date, date] | None:
    year, quarter, month, day = (numbers.get(unit) for unit in ("year", "quarter", "month", "day"))
    if year is None or not 1000 <= year <= 9998:
        return None
    try:
        if day is not None:
            start = date(year, month or 0, day)
            return start, start + timedelta(days=1)
        first = month or (3 * quarter - 2 if quarter is not None else 1)
        length = 1 if month else 3 if quarter is not None else 12
        return date(year, first, 1), month_start(date(year, first, 1), length)
    except ValueError:
        return None


def _moved(literal: Any) -> bool:
    """A written day that something is added to."""
    if not literal.is_string or _day(literal) is None:
        return False
    parent = literal.parent
    while isinstance(parent, (exp.Cast, exp.Paren, exp.TsOrDsToDate, exp.Date, exp.DateTrunc, exp.TimestampTrunc)):
        parent = parent.parent
    return isinstance(
        parent, (exp.Add, exp.Sub, exp.DateAdd, exp.DateSub, exp.TsOrDsAdd, exp.AddMonths, exp.TimestampAdd)
    )


def _read(found: Bounds, test: Any) -> None:
    if isinstance(test, exp.Between):
        low, high = _day(test.args["low"]), _day(test.args["high"])
        if low is not None and high is not None:
            found.lowers.add(low)
            found.uppers.add(_later(high, 1))
            _note(found, test.this)
        elif (part := _part(test.this)) is not None and part[0] == "year":
            _years(found, part[1], _integer(test.args["low"]), _integer(test.args["high"]))
        return
    left, right = test.this, test.expression
    kind: Any = type(test)
    if _day(left) is not None and _day(right) is None:
        left, right = right, left
        kind = _TURNED.get(kind, kind)
    part, year = _part(left), _integer(right)
    if part is not None and part[0] == "year" and year is not None and 1000 <= year <= 9997:
        later = kind in (exp.GT, exp.LTE)
        _bound(found, part[1], exp.GTE if kind in (exp.GT, exp.GTE) else exp.LT, date(year + int(later), 1, 1))
        return
    day = _day(right) or _month_written(left, right)
    if day is not None:
        _bound(found, left, kind, day)


def _bound(found: Bounds, left: Any, kind: Any, day: date) -> None:
    _note(found, left)
    if kind is exp.EQ:
        end = _period_end(left, day)
        found.lowers.add(day)
        found.uppers.add(end)
    elif kind in (exp.GTE, exp.GT):
        found.lowers.add(_later(day, int(kind is exp.GT)))
    else:
        found.uppers.add(_later(day, int(kind is exp.LTE)))


_REST = {7: "-01", 4: "-01-01"}
"""What is missing of a day when a month or a year is written."""


def _month_written(left: Any, right: Any) -> date | None:
    """'DATE_FORMAT(x, "yyyy-MM") = "2026-05"'."""
    if not isinstance(left, exp.TimeToStr) or not isinstance(right, exp.Literal) or not right.is_string:
        return None
    try:
        return date.fromisoformat(f"{right.this}{_REST[len(right.this)]}") if len(right.this) in _REST else None
    except ValueError:
        return None


def _period_end(left: Any, day: date) -> date:
    """'date_trunc(month, x) = DATE …' is the whole month."""
    unit = next((str(t.text("unit") or "").casefold() for t in left.find_all(exp.DateTrunc, exp.TimestampTrunc)), "")
    if isinstance(left, exp.TimeToStr):
        unit = "month" if "m" in left.text("format") else "year"
    if isinstance(left, exp.Column) and day.day == 1:
        unit = "".join(identifier_words(left.name)[-1:]).casefold()
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is not None and day.year < date.max.year:
        return month_start(day, months)
    return _later(day, 7 if unit == "week" else 1)


def _years(found: Bounds, call: Any, first: int | None, last: int | None) -> None:
    if first is None or last is None or not 1000 <= first <= last <= 9998:
        return
    found.lowers.add(date(first, 1, 1))
    found.uppers.add(date(last + 1, 1, 1))
    _note(found, call)


def _note(found: Bounds, tree: Any) -> None:
    for column in [tree] if isinstance(tree, exp.Column) else tree.find_all(exp.Column):
        found.columns.add((column.table.casefold(), column.name.casefold()))


def _later(day: date, days: int) -> date:
    """'9999-12-31' stands for no end, and has no day after it."""
    return min(day, date.max - timedelta(days=days)) + timedelta(days=days)


def _day(tree: Any) -> date | None:
    inner = tree
    while isinstance(inner, (exp.Cast, exp.Paren, exp.TsOrDsToDate, exp.Date)):
        inner = inner.this
    if not isinstance(inner, exp.Literal) or not inner.is_string:
        return None
    try:
        return date.fromisoformat(str(inner.this)[:10])
    except ValueError:
        return None


def _integer(tree: Any) -> int | None:
    try:
        return int(str(tree.this)) if isinstance(tree, exp.Literal) else None
    except ValueError:
        return None
