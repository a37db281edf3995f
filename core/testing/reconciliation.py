"""Figures that one table states and the rows of another add up to: header totals and lines, reports and what they sum.

How the sum is defined (which rows count) is not known beforehand: every definition that leaves out one flag and one
category is tried in one statement, and the one that agrees with nearly all rows is the rule; the rest are its findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from core.semantic.draft.keys import Edge
from core.testing.check import Check, Read
from core.testing.profile import Facts, Profile, number
from core.testing.relations import Relations
from core.testing.rules import day
from core.testing.sql import fill, literal, path, quote
from core.testing.words import DEADLINES, words

AGREES = 0.9
_FEWEST = 12
_MOST_SUMS = 120
_MOST_DATES = 2


@dataclass(frozen=True)
class Way:
    """One definition of a sum: what is added up over which rows."""

    amount: str
    """SQL over the aliases a (the rows) and b (what they refer to)."""
    words: str
    where: str = ""
    left_out: str = ""

    @property
    def sum(self) -> str:
        return f"SUM(CASE WHEN {self.where} THEN {self.amount} END)" if self.where else f"SUM({self.amount})"


@dataclass(frozen=True)
class Source:
    """Rows to add up, and by what: pairs of the stating table's column and an expression over the rows."""

    table: str
    rows: str
    """The FROM clause."""
    by: tuple[tuple[str, str], ...]
    ways: tuple[Way, ...]

    def totals(self, ways: Sequence[Way]) -> str:
        """The statement that adds them up, one column a way."""
        keys = ", ".join(f"{expression} AS k{index}" for index, (_, expression) in enumerate(self.by))
        sums = ", ".join(f"{way.sum} AS s{index}" for index, way in enumerate(ways))
        return fill("totals", keys=keys, sums=sums, source=self.rows, groups=", ".join(e for _, e in self.by))

    @property
    def condition(self) -> str:
        return " AND ".join(f"h.{quote(column)} = l.k{index}" for index, (column, _) in enumerate(self.by))


@dataclass(frozen=True)
class Books:
    """Everything known of the tables of a schema."""

    profiles: dict[str, Profile]
    relations: Relations

    def figures(self, table: str) -> list[Facts]:
        """Numbers of a table that are no key and no reference and not all the same."""
        taken = {column for edge in self.relations.of(table) for column in edge.columns}
        taken |= set(self.relations.keys.get(table, ()))
        return [f for f in self.profiles[table].of("number") if f.name not in taken and (f.distinct or 0) > 1]


def reconcile(books: Books, table: str, read: Read) -> Iterator[Check]:
    """The rules by which figures of `table` are sums of other rows; one statement a source. Raises what `read` does."""
    if books.profiles[table].rows < _FEWEST:
        return
    found: set[str] = set()
    for source in [*_lines(books, table), *_facts(books, table)]:
        for check in _agreeing(books, table, source, read):
            if check.columns[0] not in found:
                found.add(check.columns[0])
                yield check


def _agreeing(books: Books, table: str, source: Source, read: Read) -> Iterator[Check]:
    stated = books.figures(table)
    if not stated or not source.ways:
        return
    ways = source.ways[: max(1, _MOST_SUMS // len(stated))]
    counts = [
        (facts, way, f"COUNT_IF({_agrees(facts.name, index)}) AS c{column}_{index}", f"c{column}_{index}")
        for column, facts in enumerate(stated)
        for index, way in enumerate(ways)
    ]
    answer = read(
        fill(
            "agreement", figures=", ".join(["COUNT(*) AS n", *(count for _, _, count, _ in counts)]),
            table=path(books.profiles[table].full_name), totals=source.totals(ways), condition=source.condition,
        )
    )  # fmt: skip
    row = {column.name: number(value) for column, value in zip(answer.columns, answer.rows[0], strict=True)}
    for facts in stated:
        best = max((c for c in counts if c[0] is facts), key=lambda c: row[c[3]])
        if row[best[3]] >= AGREES * max(facts.present, _FEWEST):
            yield _check(books.profiles[table], facts.name, source, best[1])


def _agrees(figure: str, index: int) -> str:
    stated = f"h.{quote(figure)}"
    return f"ABS({stated} - COALESCE(l.s{index}, 0)) <= GREATEST(0.01, ABS({stated}) * 0.000001)"


def _check(profile: Profile, figure: str, source: Source, way: Way) -> Check:
    by = [column for column, _ in source.by]
    statement = fill(
        "disagreeing", shown=", ".join(f"h.{quote(column)}" for column in by), figure=f"h.{quote(figure)}",
        table=path(profile.full_name), totals=source.totals([way]), condition=source.condition,
        agrees=_agrees(figure, 0),
    )  # fmt: skip
    return Check(
        kind="rule",
        rule="reconciliation",
        name=f"reconciliation: {figure}, {source.table}",
        target=profile.full_name,
        schema_name=profile.full_name.removesuffix(f".{profile.name}"),
        sentence=f"{figure} is the sum of {way.words} of {source.table} by {' and '.join(by)}{way.left_out}.",
        statement=statement,
        shown=(*by, "stated", "summed"),
        table=profile.full_name,
        columns=(figure, *by),
    )


def _lines(books: Books, table: str) -> Iterator[Source]:
    """Tables whose rows refer to single rows of `table`."""
    for edge in books.relations.edges:
        if edge.parent == table and books.figures(edge.child):
            by = tuple((parent, f"a.{quote(child)}") for child, parent in _pairs(edge))
            ways = tuple(_ways(books, edge.child, None, products=True))
            yield Source(edge.child, f"{path(books.profiles[edge.child].full_name)} AS a", by, ways)


def _pairs(edge: Edge) -> Iterator[tuple[str, str]]:
    return zip(edge.columns, edge.references, strict=True)


def _facts(books: Books, table: str) -> Iterator[Source]:
    """Rows that share a reference with `table` and have a date: what a report by period sums up."""
    for own, period in product(books.relations.of(table), books.profiles[table].of("date")):
        if len(own.columns) != 1 or (unit := _unit(period)) is None:
            continue
        for child, via in _rows_with(books, own.parent, but=table):
            holder = via.parent if via else child
            for dated in [f for f in books.profiles[holder].of("date") if not words(f.name) & DEADLINES][:_MOST_DATES]:
                yield _source(books, (own, period.name, unit), (child, via), dated.name)


def _source(books: Books, stating: tuple[Edge, str, str], rows: tuple[str, Edge | None], dated: str) -> Source:
    own, period, unit = stating
    child, via = rows
    alias, holder = ("b", via.parent) if via else ("a", child)
    column = next(e.columns[0] for e in books.relations.of(holder) if e.parent == own.parent and len(e.columns) == 1)
    clause = f"{path(books.profiles[child].full_name)} AS a"
    if via:
        on = " AND ".join(f"a.{quote(one)} = b.{quote(other)}" for one, other in _pairs(via))
        clause += f" JOIN {path(books.profiles[holder].full_name)} AS b ON {on}"
    by = (
        (own.columns[0], f"{alias}.{quote(column)}"),
        (period, f"CAST(DATE_TRUNC('{unit}', {alias}.{quote(dated)}) AS DATE)"),
    )
    return Source(child, clause, by, tuple(_ways(books, child, via.parent if via else None)))


def _unit(period: Facts) -> str | None:
    """The length of the periods that a date column names, from how far apart its values lie; None under a month."""
    low, high, distinct = day(period.low), day(period.high), period.distinct or 0
    if low is None or high is None or distinct < 3 or low.day != 1 or high.day != 1:
        return None
    return "MONTH" if (high - low).days >= 27 * (distinct - 1) else None


def _rows_with(books: Books, parent: str, *, but: str) -> Iterator[tuple[str, Edge | None]]:
    """Tables with figures whose rows refer to `parent`, or refer to one that does."""
    holders = {edge.child for edge in books.relations.edges if edge.parent == parent and edge.child != but}
    for holder in sorted(holders):
        if books.figures(holder):
            yield holder, None
        for edge in books.relations.edges:
            if edge.parent == holder and edge.child != but and books.figures(edge.child):
                yield edge.child, edge


def _ways(books: Books, table: str, parent: str | None, *, products: bool = False) -> Iterator[Way]:
    """Every amount over every choice of rows, the plainest choices first."""
    figures = [facts.name for facts in books.figures(table)]
    amounts = [(f"a.{quote(name)}", name) for name in figures]
    if products:
        pairs = [(one, other) for index, one in enumerate(figures) for other in figures[index + 1 :]]
        amounts += [(f"a.{quote(one)} * a.{quote(other)}", f"{one} x {other}") for one, other in pairs]
    flags = [("", "")] + [(f"NOT a.{quote(f.name)}", f.name) for f in books.profiles[table].of("boolean")]
    holders = [("a", table), *([("b", parent)] if parent else [])]
    categories = [("", "")] + [
        (f"{alias}.{quote(facts.name)} <> {literal(value)}", f"{facts.name} is {value}")
        for alias, holder in holders
        for facts in books.profiles[holder].of("text")
        for value in facts.frequencies
    ]
    for flag, category in sorted(product(flags, categories), key=lambda pair: bool(pair[0][0]) + bool(pair[1][0])):
        said = " or ".join(text for _, text in (flag, category) if text)
        where = " AND ".join(condition for condition, _ in (flag, category) if condition)
        for amount, name in amounts:
            yield Way(amount, name, where, f", leaving out rows where {said}" if said else "")
