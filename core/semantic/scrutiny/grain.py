"""What a statement has a row for, against what the question wants a row for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from core.semantic.scrutiny.expectations import Expectations
from core.semantic.scrutiny.sources import Sources, sources_of

_UNITS = {
    exp.Year: "year", exp.Month: "month", exp.Quarter: "quarter", exp.Week: "week", exp.Day: "day",
    exp.WeekOfYear: "week", exp.DayOfMonth: "day",
}  # fmt: skip
_FORMATS = {
    "day": frozenset("dje"),
    "weekday": frozenset("uwaA"),
    "week": frozenset("VUW"),
    "month": frozenset("mbB"),
    "year": frozenset("yYG"),
}
_FINER = ("day", "week", "month", "quarter", "year")
_SPLIT = (exp.Case, exp.If, exp.Filter, exp.CountIf, exp.Subquery)
"""What makes one row of several parts."""


def misgrouped(tree: Any, asked: Expectations) -> Iterator[str]:
    """Sentences about missing groups, groups that nobody asked for, and other units of time."""
    selects = sources_of(tree)
    grouped = [sources for sources in selects if sources.select.args.get("group") is not None]
    if asked.ranking.shown and _only_numbers(tree):
        yield "The question asks which; the statement gives a number only."
    yield from _groups(tree, asked, grouped)
    yield from _undivided(selects, asked)
    if asked.grouping.compared and _one_row(tree) and tree.find(*_SPLIT) is None:
        yield "The question compares; the statement gives one number for all."
    if grouped or tree.find(exp.Distinct) is None:
        yield from _other_units(grouped, asked)


def _groups(tree: Any, asked: Expectations, grouped: list[Sources]) -> Iterator[str]:
    wanted = asked.grouping.groups
    keys = max((len(sources.select.args["group"].expressions) for sources in grouped), default=0)
    divided = asked.averaged and tree.find(exp.Div) is not None
    if wanted and not grouped and _one_row(tree) and not divided:
        yield "The question asks for a number for each; nothing is grouped."
    elif 0 < keys < wanted and not tree.find(exp.Window):
        yield f"The question asks for groups by {wanted} things; the statement groups by {keys}."
    elif asked.grouping.single and grouped and isinstance(tree, exp.Select) and tree.args.get("group") is not None:
        yield "The question asks for one number; the statement groups."


def _undivided(selects: list[Sources], asked: Expectations) -> Iterator[str]:
    """'average freight per shipper' as the average of all rows: neither grouped nor divided by the shippers."""
    if not asked.grouping.divided or len(selects) != 1:
        return
    (sources,) = selects
    select = sources.select
    averages = list(select.find_all(exp.Avg))
    if not averages or select.args.get("group") is not None or select.find(exp.Count, exp.Window) is not None:
        return
    averaged = {column.table.casefold() for call in averages for column in call.find_all(exp.Column)}
    homes = {sources.tables.get(alias) for alias in averaged} if "" not in averaged else set(sources.tables.values())
    if not homes & asked.grouping.divided:
        yield "The question asks for an average for each; the statement averages all rows."


def _other_units(grouped: list[Sources], asked: Expectations) -> Iterator[str]:
    """Units of time that are lacking, that nobody asked for, or that are too coarse for the change asked for."""
    units = {unit for sources in grouped for unit in _units(sources)}
    columns = {column.name.casefold() for sources in grouped for column in _key_columns(sources)}
    named = frozenset(unit for unit in asked.grouping.months if units)
    divided = asked.averaged and not grouped
    lacking = frozenset() if divided else ((asked.grains | named) & set(_FINER)) - units - columns
    finer = (units & set(_FINER)) - asked.allowed_grains - {"year"}
    if lacking:
        yield f"The statement does not group by {' and '.join(sorted(lacking))}."
    elif finer and not asked.grouping.single and (asked.allowed_grains or not asked.times):
        yield f"Nobody asked for groups by {' and '.join(sorted(finer))}."
    unit = (asked.change or "").removeprefix("change").strip()
    if unit in _FINER and units and all(_FINER.index(each) > _FINER.index(unit) for each in units & set(_FINER)):
        yield f"The question asks for the change from {unit} to {unit}; no group is a {unit}."


def _one_row(tree: Any) -> bool:
    """A SELECT of aggregates over all its rows, whatever windows are put over them."""
    if not isinstance(tree, exp.Select) or tree.args.get("group") is not None:
        return False
    calls = (call for part in tree.expressions for call in part.find_all(exp.AggFunc))
    return any(call.find_ancestor(exp.Select) is tree and not _over_window(call) for call in calls)


def _over_window(call: Any) -> bool:
    parent = call.parent
    while isinstance(parent, (exp.Filter, exp.IgnoreNulls, exp.RespectNulls)):
        parent = parent.parent
    return isinstance(parent, exp.Window)


def _only_numbers(tree: Any) -> bool:
    """One row of aggregates."""
    plain = isinstance(tree, exp.Select) and tree.args.get("group") is None
    return plain and all(
        part.find(exp.AggFunc) and not part.find(exp.Window, exp.ArgMax, exp.ArgMin) for part in tree.expressions
    )


def _units(sources: Sources) -> Iterator[str]:
    for key in sources.select.args["group"].expressions:
        shown = _shown(sources.select, key)
        for call in shown.find_all(exp.DateTrunc, exp.TimestampTrunc):
            yield str(call.text("unit")).casefold()
        for kind, unit in _UNITS.items():
            if any(shown.find_all(kind)):
                yield unit
        yield from _written_units(shown)


def _written_units(shown: Any) -> Iterator[str]:
    """EXTRACT(YEAR FROM x), DATE_FORMAT(x, 'yyyy-MM'), SUBSTRING(x, 1, 7): the finest unit that is left."""
    yield from (str(call.this).casefold() for call in shown.find_all(exp.Extract))
    for call in shown.find_all(exp.TimeToStr):
        letters = set(re.findall("%-?([a-zA-Z])", call.text("format")))
        yield next((unit for unit, marks in _FORMATS.items() if letters & marks), "day")
    for call in shown.find_all(exp.Substring, exp.Left):
        length = call.args.get("length") or call.args.get("expression")
        yield {"4": "year", "7": "month", "10": "day"}.get(str(length), "day")


def _key_columns(sources: Sources) -> Iterator[Any]:
    for key in sources.select.args["group"].expressions:
        yield from _shown(sources.select, key).find_all(exp.Column)


def _shown(select: Any, key: Any) -> Any:
    """The expression that a group by position or by name means."""
    if isinstance(key, exp.Literal) and not key.is_string and key.this.isdigit():
        index = int(key.this) - 1
        return select.expressions[index] if 0 <= index < len(select.expressions) else key
    if isinstance(key, exp.Column) and not key.table:
        return next((e for e in select.expressions if e.alias_or_name.casefold() == key.name.casefold()), key)
    return key
