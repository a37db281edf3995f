"""What is to be done to which tables: every name in here was found in the live schema."""

from __future__ import annotations

from core.types import Frozen


class _OfTable(Frozen):
    table: str
    """Three parts, back-quoted where needed."""
    into: str | None = None
    """The table that the result replaces; None shows the first rows."""


class Read(_OfTable):
    """The rows as they are."""


class Clean(_OfTable):
    """Texts trimmed, empty texts made null, rows without a key dropped."""

    texts: tuple[str, ...]
    required: tuple[str, ...] = ()


class Deduplicate(_OfTable):
    """One row for each value of the keys."""

    keys: tuple[str, ...]
    newest: str
    """The column that says which row is the newest; the greatest wins, nulls lose."""
    ascending: bool = False


class JoinTables(_OfTable):
    """Every row of `table`, with the columns of `other` that it does not have."""

    other: str
    keys: tuple[tuple[str, str], ...]
    """(column of `table`, column of `other`)"""
    added: tuple[str, ...]


class Aggregate(Frozen):
    """A query that the semantic layer compiled and the guard wrote out."""

    statement: str
    into: str | None = None


class Merge(Frozen):
    """Rows of `source` update those of `target` with the same keys; the others are inserted."""

    source: str
    target: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    """Those that both have."""


class Reference(Frozen):
    """Every value of `column` is one of `other_column`."""

    column: str
    other: str
    other_column: str


class Range(Frozen):
    """Bounds are inclusive; None: no bound."""

    column: str
    low: float | None = None
    high: float | None = None


class Expect(Frozen):
    """What rows of a table have to hold; the code fails with the counts of those that do not."""

    table: str
    not_null: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    ranges: tuple[Range, ...] = ()
    references: tuple[Reference, ...] = ()


Spec = Read | Clean | Deduplicate | JoinTables | Aggregate | Merge | Expect
