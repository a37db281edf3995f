"""The days that a statement's conditions let through, as far as they are written as plain bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlglot import exp

from core.semantic.match.dates import month_start

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
    for where in tree.find_all(exp.Where):
        for test in where.find_all(exp.GTE, exp.GT, exp.LT, exp.LTE, exp.EQ, exp.Between):
            _read(found, test)
    return found


def _read(found: Bounds, test: Any) -> None:
    if isinstance(test, exp.Between):
        low, high = _day(test.args["low"]), _day(test.args["high"])
        if low is not None and high is not None:
            found.lowers.add(low)
            found.uppers.add(high + timedelta(days=1))
            _note(found, test.this)
        elif isinstance(test.this, exp.Year):
            _years(found, test.this, _integer(test.args["low"]), _integer(test.args["high"]))
        return
    left, right = test.this, test.expression
    kind: Any = type(test)
    if _day(left) is not None and _day(right) is None:
        left, right = right, left
        kind = _TURNED.get(kind, kind)
    if isinstance(left, exp.Year) and kind is exp.EQ:
        year = _integer(right)
        _years(found, left, year, year)
        return
    day = _day(right)
    if day is not None:
        _bound(found, left, kind, day)


def _bound(found: Bounds, left: Any, kind: Any, day: date) -> None:
    _note(found, left)
    if kind is exp.EQ:
        end = _period_end(left, day)
        found.lowers.add(day)
        found.uppers.add(end)
    elif kind in (exp.GTE, exp.GT):
        found.lowers.add(day + timedelta(days=int(kind is exp.GT)))
    else:
        found.uppers.add(day + timedelta(days=int(kind is exp.LTE)))


def _period_end(left: Any, day: date) -> date:
    """'date_trunc(month, x) = DATE …' is the whole month."""
    unit = next((str(t.text("unit") or "").casefold() for t in left.find_all(exp.DateTrunc, exp.TimestampTrunc)), "")
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is not None:
        return month_start(day, months)
    return day + timedelta(days=7 if unit == "week" else 1)


def _years(found: Bounds, call: Any, first: int | None, last: int | None) -> None:
    if first is None or last is None or not 1000 <= first <= last <= 9998:
        return
    found.lowers.add(date(first, 1, 1))
    found.uppers.add(date(last + 1, 1, 1))
    _note(found, call)


def _note(found: Bounds, tree: Any) -> None:
    for column in [tree] if isinstance(tree, exp.Column) else tree.find_all(exp.Column):
        found.columns.add((column.table.casefold(), column.name.casefold()))


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
