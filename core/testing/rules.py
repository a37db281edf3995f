"""Validation rules of one table: proposed from what nearly all of its rows keep, and from names and keys.

A rule that a small share of the rows breaks is the finding itself, so it is proposed and fails. One that many rows
break is no rule, unless names say that it should be one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from core.testing.check import Check
from core.testing.closer import Closer
from core.testing.profile import Facts, Profile
from core.testing.relations import Relations
from core.testing.sql import TODAY, fill, listed, literal, path, quote
from core.testing.words import AHEAD, SHARES, looks_like, words

NEARLY_ALL = 0.97
PRESENT = 0.95
"""Share of rows that must have a value for its absence to be a finding: forms leave more gaps than logic breaks."""
NAMED = 0.8
"""Share that is enough where the names say what must hold."""
_SHOWN = 3


@dataclass(frozen=True)
class Subject:
    """A table as rules see it."""

    profile: Profile
    relations: Relations
    closer: Closer

    @property
    def key(self) -> tuple[str, ...]:
        return self.relations.keys.get(self.profile.name, ())

    @property
    def schema(self) -> str:
        return self.profile.full_name.removesuffix(f".{self.profile.name}")

    def refers(self, column: str) -> bool:
        """Whether a column is (part of) a reference to another table."""
        return any(column in edge.columns for edge in self.relations.of(self.profile.name))

    def row_check(self, rule: str, columns: Sequence[str], condition: str, sentence: str, **baseline: object) -> Check:
        """A rule on single rows; `condition` is true for a violation."""
        shown = tuple(dict.fromkeys((*self.key, *columns)))
        table = self.profile.full_name
        return Check(
            kind="rule",
            rule=rule,
            name=f"{rule}: {', '.join(columns)}",
            target=table,
            schema_name=self.schema,
            sentence=sentence,
            statement=fill("rows_where", shown=listed(shown), table=path(table), condition=condition),
            shown=shown,
            condition=condition,
            table=table,
            columns=tuple(columns),
            baseline=baseline,
        )

    def table_check(
        self, rule: str, columns: Sequence[str], statement: str, shown: Sequence[str], sentence: str
    ) -> Check:
        """A rule on the table as a whole, by a statement that returns the violations."""
        table = self.profile.full_name
        return Check(
            kind="rule", rule=rule, name=f"{rule}: {', '.join(columns)}", target=table, schema_name=self.schema,
            sentence=sentence, statement=statement, shown=tuple(shown), table=table, columns=tuple(columns),
        )  # fmt: skip


def propose(subject: Subject) -> Iterator[Check]:
    """All rules of a table that its profile supports."""
    for facts in subject.profile.columns.values():
        yield from _presence(subject, facts)
        yield from _accepted(subject, facts)
        yield from _range(subject, facts)
    yield from _unique(subject)
    yield from _repeated(subject)
    yield from _references(subject)
    yield from _date_order(subject)


def _presence(subject: Subject, facts: Facts) -> Iterator[Check]:
    rows, column = subject.profile.rows, quote(facts.name)
    by = subject.closer.explains.get(facts.name)
    if by is not None:
        with_value = ", ".join(literal(value) for value in by.required)
        yield subject.row_check(
            "not_null_when", (facts.name, by.column), f"{quote(by.column)} IN ({with_value}) AND {column} IS NULL",
            f"{facts.name} is present wherever {by.column} is {' or '.join(by.required)}.",
        )  # fmt: skip
    elif facts.name in subject.key or (rows and facts.present >= PRESENT * rows):
        yield subject.row_check("not_null", (facts.name,), f"{column} IS NULL", f"{facts.name} is never missing.")


def _accepted(subject: Subject, facts: Facts) -> Iterator[Check]:
    if not facts.frequencies or facts.name in subject.key:
        return
    usual = _without_misspelt(facts.frequencies)
    values = ", ".join(literal(value) for value in usual)
    shown = ", ".join(usual[:8]) + (", …" if len(usual) > 8 else "")
    yield subject.row_check(
        "accepted_values", (facts.name,), f"{quote(facts.name)} NOT IN ({values})",
        f"{facts.name} is one of {len(usual)} known values ({shown}).", values=usual,
    )  # fmt: skip


def _without_misspelt(frequencies: dict[str, int]) -> list[str]:
    """The values in order; a rare one that only spells a usual one otherwise is left out."""
    usual: list[str] = []
    for value, count in sorted(frequencies.items(), key=lambda item: (-item[1], item[0])):
        if not any(count * 50 <= frequencies[other] and looks_like(value, other) for other in usual):
            usual.append(value)
    return sorted(usual)


def _range(subject: Subject, facts: Facts) -> Iterator[Check]:
    column, name = quote(facts.name), facts.name
    few_beyond = facts.present > 0 and facts.negative <= (1 - NEARLY_ALL) * facts.present
    if not few_beyond:
        return
    if facts.family in ("date", "timestamp"):
        if not words(name) & AHEAD:
            yield subject.row_check(
                "not_in_future", (name,), f"CAST({column} AS DATE) > {TODAY}", f"{name} does not lie in the future."
            )
    elif facts.family == "number" and name not in subject.key and not subject.refers(name):
        is_share = bool(words(name) & SHARES) and _at_most_one(facts)
        if is_share:
            condition, sentence = f"{column} < 0 OR {column} > 1", f"{name} lies between 0 and 1."
        else:
            condition, sentence = f"{column} < 0", f"{name} is not negative."
        yield subject.row_check("range", (name,), condition, sentence)


def _at_most_one(facts: Facts) -> bool:
    return isinstance(facts.high, int | float) and facts.high <= 1


def _unique(subject: Subject) -> Iterator[Check]:
    keys = [subject.key, *subject.closer.unique_together]
    for columns in dict.fromkeys(key for key in keys if key):
        present = " AND ".join(f"{quote(column)} IS NOT NULL" for column in columns)
        statement = fill("not_unique", shown=listed(columns), table=path(subject.profile.full_name), present=present)
        together = " and ".join(columns)
        sentence = f"No two rows have the same {together}."
        yield subject.table_check("unique", columns, statement, (*columns, "times"), sentence)


def _repeated(subject: Subject) -> Iterator[Check]:
    columns, rows = subject.closer.compared, subject.profile.rows
    repeats = subject.closer.repeats
    if repeats is None or not rows or repeats > (1 - NEARLY_ALL) * rows:
        return
    statement = fill("repeated_rows", shown=listed(columns), table=path(subject.profile.full_name))
    apart = f" apart from {', '.join(subject.key)}" if subject.key else ""
    sentence = f"No row repeats another{apart}: {', '.join(columns[:6])}{', …' if len(columns) > 6 else ''}."
    check = subject.table_check("no_repeats", columns, statement, (*columns, "times"), sentence)
    yield check.model_copy(update={"name": "no_repeats: the whole row"})


def _references(subject: Subject) -> Iterator[Check]:
    for edge in subject.relations.of(subject.profile.name):
        parent = subject.profile.full_name.removesuffix(subject.profile.name) + edge.parent
        pairs = zip(edge.columns, edge.references, strict=True)
        shown = tuple(dict.fromkeys((*subject.key, *edge.columns)))
        statement = fill(
            "orphans",
            shown=listed(shown, "c."),
            table=path(subject.profile.full_name),
            parent=path(parent),
            condition=" AND ".join(f"c.{quote(a)} = p.{quote(b)}" for a, b in pairs),
            present=" AND ".join(f"c.{quote(column)} IS NOT NULL" for column in edge.columns),
        )
        sentence = f"Every {', '.join(edge.columns)} is found in {edge.parent}."
        yield subject.table_check("referential", (*edge.columns, edge.parent), statement, shown, sentence).model_copy(
            update={"columns": edge.columns}
        )


def _date_order(subject: Subject) -> Iterator[Check]:
    for pair in subject.closer.ordered_dates:
        first, last = quote(pair.first), quote(pair.last)
        if pair.holds < (NAMED if pair.named else NEARLY_ALL):
            continue
        yield subject.row_check(
            "date_order", (pair.last, pair.first), f"{first} > {last}", f"{pair.first} is not later than {pair.last}."
        )


def day(value: object) -> date | None:
    """A date or timestamp cell as a day."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
