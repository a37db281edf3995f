"""The faults of a statement, cheapest first; none is found by running it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import sqlglot
from sqlglot import exp

from core.semantic.match.dates import When, back
from core.semantic.match.lexicon import stems
from core.semantic.model import SemanticCatalog
from core.semantic.scrutiny.averages import misaveraged
from core.semantic.scrutiny.conditions import elsewhere, turned, unsaid
from core.semantic.scrutiny.definitions import miscounted, otherwise_aggregated, undefined
from core.semantic.scrutiny.expectations import Expectations
from core.semantic.scrutiny.grain import misgrouped
from core.semantic.scrutiny.joins import idle, misjoined, repeated, unjoined
from core.semantic.scrutiny.ranking import misranked
from core.semantic.scrutiny.references import References, references_of
from core.semantic.scrutiny.sources import sources_of
from core.semantic.scrutiny.thresholds import otherwise_compared
from core.semantic.scrutiny.times import Bounds, bounds_of
from core.types import Frozen

Kind = Literal[
    "fan_out",
    "wrong_join",
    "wrong_grain",
    "missing_filter",
    "wrong_filter",
    "wrong_time",
    "wrong_rank",
    "wrong_aggregate",
]


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
    for sources in sources_of(tree, references):
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
    for kind, sentence in _said(tree, catalog, asked):
        yield Fault(kind=kind, sentence=sentence)
    yield from _time(tree, asked, references)


def _said(tree: Any, catalog: SemanticCatalog, asked: Expectations) -> Iterator[tuple[Kind, str]]:
    """What the statement says otherwise than the question."""
    looks: tuple[tuple[Kind, Iterator[str]], ...] = (
        ("missing_filter", unsaid(tree, asked)),
        ("wrong_filter", turned(tree, asked)),
        ("wrong_filter", elsewhere(tree, references_of(catalog).values)),
        ("wrong_filter", otherwise_compared(tree, asked.thresholds)),
        ("wrong_grain", misgrouped(tree, asked)),
        ("wrong_rank", misranked(tree, asked.ranking)),
        ("wrong_aggregate", misaveraged(tree, asked)),
        ("wrong_aggregate", otherwise_aggregated(tree, asked.definitions)),
        ("wrong_aggregate", miscounted(tree, asked.definitions, references_of(catalog))),
        ("missing_filter", undefined(tree, asked.definitions, frozenset().union(*asked.homes, *asked.tested))),
    )
    for kind, sentences in looks:
        yield from ((kind, sentence) for sentence in sentences)


def _time(tree: Any, asked: Expectations, references: References) -> Iterator[Fault]:
    """The days that are let through, against those that are asked for."""
    bounds = bounds_of(tree)
    if asked.times and not bounds.relative:
        label = " and ".join(when.label for when in asked.times)
        if not bounds.written:
            if asked.change is None and not _names_years(tree, asked):
                yield Fault(kind="wrong_time", sentence=f"The question is about {label}; no condition says so.")
        elif not _lets_through(bounds, asked, _reach(tree, bounds, asked, references)):
            yield Fault(kind="wrong_time", sentence=f"The conditions let through other days than {label}.")
    yield from _other_column(tree, bounds, asked, references.times)


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


def _reach(tree: Any, bounds: Bounds, asked: Expectations, references: References) -> date | None:
    """The last day that a row can be of, by every column that is compared; None where that is not known."""
    tables = {alias: table for sources in sources_of(tree) for alias, table in sources.tables.items()}
    lasts = []
    for alias, column in bounds.columns:
        home = tables.get(alias)
        homes = [home] if home is not None else list(tables.values())
        found = [references.lasts[f"{home}|{column}"] for home in homes if f"{home}|{column}" in references.lasts]
        if not found:
            return None
        lasts += found
    return max(*lasts, asked.today) if lasts and asked.today < date.max else None


def _lets_through(bounds: Bounds, asked: Expectations, reach: date | None) -> bool:
    """The days that are asked for; of a change also those of the period before; no end is missed after the last row."""
    if asked.change is None:
        right = _right_bounds(asked)
        if (bounds.lowers, bounds.uppers) in right:
            return True
        past = [(lowers, {day for day in uppers if reach is None or day <= reach}) for lowers, uppers in right]
        written = {day for day in bounds.uppers if reach is None or day <= reach}
        return (bounds.lowers, written) in past
    starts = {when.start for when in asked.times if when.start is not None}
    ends = {when.end for when in asked.times if when.end is not None}
    written = {day for day in bounds.uppers if reach is None or day <= reach}
    ends = {day for day in ends if reach is None or day <= reach}
    first, last = min(starts, default=date.min), max(ends, default=date.max)
    lowers = bounds.lowers <= _with_earlier(starts) | {day for day in bounds.lowers if first < day < last}
    uppers = written <= _with_earlier(ends) | {day for day in written if first < day < last}
    return lowers and uppers and max(written, default=date.max) == last


def _names_years(tree: Any, asked: Expectations) -> bool:
    """'year = 2021', where a year is kept as a number; every year that is asked for has to be there."""
    numbers = {
        int(literal.this)
        for test in tree.find_all(exp.EQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In)
        for literal in test.find_all(exp.Literal)
        if not literal.is_string and literal.this.isdigit()
    }
    return all(numbers & _edges(when) for when in asked.times)


def _edges(when: When) -> set[int]:
    """The numbers that 'in 2021', 'before 2021', 'since 2021' may be written with."""
    ends = [year for year in (*(when.years or ()), when.year) if year is not None]
    if when.year is not None or len(ends) == 2:
        return set(ends)
    return {year + further for year in ends for further in (-1, 0, 1)}


def _with_earlier(days: set[date]) -> set[date]:
    """Each day, and the day a period before it, for each length of a period."""
    return days | {back(day, unit, 1) for day in days for unit in ("day", "week", "month", "quarter", "year")}


def _right_bounds(asked: Expectations) -> list[tuple[set[date], set[date]]]:
    """The days that conditions may name: each time's own ends, or those of all of them together."""
    starts = {when.start for when in asked.times if when.start is not None}
    ends = {when.end for when in asked.times if when.end is not None}
    together = ({min(starts)} if starts else set(), {max(ends)} if ends else set())
    return [(starts, ends), together]
