"""The faults of a statement, cheapest first; none is found by running it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import sqlglot
from sqlglot import exp

from core.semantic.match.lexicon import stems
from core.semantic.model import SemanticCatalog
from core.semantic.scrutiny.expectations import Expectations
from core.semantic.scrutiny.joins import idle, misjoined, repeated, unjoined
from core.semantic.scrutiny.references import references_of
from core.semantic.scrutiny.sources import Sources, sources_of
from core.semantic.scrutiny.times import Bounds, bounds_of
from core.types import Frozen

Kind = Literal["fan_out", "wrong_join", "wrong_grain", "missing_filter", "wrong_time"]
_UNITS = {
    exp.Year: "year", exp.Month: "month", exp.Quarter: "quarter", exp.Week: "week", exp.Day: "day",
    exp.WeekOfYear: "week", exp.DayOfMonth: "day",
}  # fmt: skip


class Fault(Frozen):
    """One thing that is wrong with a statement, for the person and for whoever mends it."""

    kind: Kind
    sentence: str


def scrutinise(sql: str, catalog: SemanticCatalog, asked: Expectations) -> tuple[Fault, ...]:
    """Every fault of a SELECT of Databricks SQL that parses; raises what sqlglot raises when it does not."""
    tree = sqlglot.parse_one(sql, dialect="databricks")
    return tuple(_faults(tree, catalog, asked))


def _faults(tree: Any, catalog: SemanticCatalog, asked: Expectations) -> Iterator[Fault]:
    references = references_of(catalog)
    for sources in sources_of(tree):
        for alias in unjoined(sources):
            yield Fault(kind="wrong_join", sentence=f"{alias} is joined with nothing, so every row meets every row.")
        for left, right in misjoined(sources, references):
            yield Fault(
                kind="wrong_join", sentence=f"{left} and {right} are joined by columns that are no key of theirs."
            )
        for table in idle(sources, references):
            yield Fault(kind="fan_out", sentence=f"{table} is joined for nothing: that repeats or drops rows.")
        for table in repeated(sources, references):
            yield Fault(kind="fan_out", sentence=f"A join repeats rows of {table} whose numbers are added up.")
    yield from _missing(tree, asked)
    yield from _grain(tree, asked)
    yield from _time(tree, asked, references.times)


def _missing(tree: Any, asked: Expectations) -> Iterator[Fault]:
    """Values and flags that the question names and no condition does."""
    said = [str(literal.this).casefold().strip("%") for literal in tree.find_all(exp.Literal) if literal.is_string]
    for texts in asked.values:
        if not any(text == word or (word and word in text) for text in texts for word in said):
            name = sorted(texts)[0]
            yield Fault(kind="missing_filter", sentence=f"The question names '{name}', and no condition does.")
    tests = [*tree.find_all(exp.Where, exp.Having, exp.Case, exp.Filter, exp.If)]
    tested = {column.name.casefold() for test in tests for column in test.find_all(exp.Column)}
    for columns in asked.tested:
        if not columns & tested and not tree.find(exp.Exists):
            name = sorted(columns)[0]
            yield Fault(kind="missing_filter", sentence=f"The question is about {name}, and no condition is.")


def _grain(tree: Any, asked: Expectations) -> Iterator[Fault]:
    """Units of time and the number of groups."""
    grouped = [sources for sources in sources_of(tree) if sources.select.args.get("group") is not None]
    units = {unit for sources in grouped for unit in _units(sources)}
    if asked.ranked and _only_numbers(tree):
        yield Fault(kind="wrong_grain", sentence="The question asks which; the statement gives a number only.")
    if asked.groups and not grouped and not tree.find(exp.Window):
        yield Fault(kind="wrong_grain", sentence="The question asks for a number for each; nothing is grouped.")
    elif asked.single and grouped and _outermost_is_grouped(tree):
        yield Fault(kind="wrong_grain", sentence="The question asks for one number; the statement groups.")
    lacking, finer = asked.grains - units, units - asked.allowed_grains - {"year"}
    if lacking:
        yield Fault(kind="wrong_grain", sentence=f"The statement does not group by {' and '.join(sorted(lacking))}.")
    elif finer and not asked.single and (asked.allowed_grains or not asked.times):
        yield Fault(kind="wrong_grain", sentence=f"Nobody asked for groups by {' and '.join(sorted(finer))}.")


def _only_numbers(tree: Any) -> bool:
    """One row of aggregates."""
    plain = isinstance(tree, exp.Select) and tree.args.get("group") is None
    return plain and all(part.find(exp.AggFunc) and not part.find(exp.Window) for part in tree.expressions)


def _outermost_is_grouped(tree: Any) -> bool:
    return isinstance(tree, exp.Select) and tree.args.get("group") is not None


def _units(sources: Sources) -> Iterator[str]:
    for key in sources.select.args["group"].expressions:
        shown = _shown(sources.select, key)
        for call in shown.find_all(exp.DateTrunc, exp.TimestampTrunc):
            yield str(call.text("unit")).casefold()
        for kind, unit in _UNITS.items():
            if any(shown.find_all(kind)):
                yield unit


def _shown(select: Any, key: Any) -> Any:
    """The expression that a group by position or by name means."""
    if isinstance(key, exp.Literal) and not key.is_string and key.this.isdigit():
        index = int(key.this) - 1
        return select.expressions[index] if 0 <= index < len(select.expressions) else key
    if isinstance(key, exp.Column) and not key.table:
        return next((e for e in select.expressions if e.alias_or_name.casefold() == key.name.casefold()), key)
    return key


def _time(tree: Any, asked: Expectations, times: dict[str, str]) -> Iterator[Fault]:
    """The days that are let through, against those that are asked for."""
    bounds = bounds_of(tree)
    if asked.times and not bounds.relative:
        label = " and ".join(when.label for when in asked.times)
        if not bounds.written:
            yield Fault(kind="wrong_time", sentence=f"The question is about {label}; no condition says so.")
        elif (bounds.lowers, bounds.uppers) not in _right_bounds(asked):
            yield Fault(kind="wrong_time", sentence=f"The conditions let through other days than {label}.")
    yield from _other_column(tree, bounds, asked, times)


def _other_column(tree: Any, bounds: Bounds, asked: Expectations, times: dict[str, str]) -> Iterator[Fault]:
    """A time condition on another date of the table than its own, which the question does not name."""
    tables = {alias: table for sources in sources_of(tree) for alias, table in sources.tables.items()}
    if not asked.times:
        return
    for alias, column in sorted(bounds.columns):
        table = tables.get(alias) or (next(iter(tables.values())) if len(tables) == 1 else None)
        own = times.get(table or "")
        named = set(stems(column)) - {"dat", "at", "on", "tim"}
        if own is not None and column != own and not (named and named & asked.words):
            yield Fault(kind="wrong_time", sentence=f"The time is taken from {column}; the table's own is {own}.")


def _right_bounds(asked: Expectations) -> list[tuple[set[date], set[date]]]:
    """The days that conditions may name: each time's own ends, or those of all of them together."""
    starts = {when.start for when in asked.times if when.start is not None}
    ends = {when.end for when in asked.times if when.end is not None}
    together = ({min(starts)} if starts else set(), {max(ends)} if ends else set())
    return [(starts, ends), together]
