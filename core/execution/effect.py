"""What a statement would do, as a dry run found it: what a person reads before approving, and what drift is
measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from core.execution import cells
from core.types import Column, Frozen, Scalar

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_ROWS = 10
PREVIEW_ROWS = 50
MOST_TEXT = 1_000
"""Characters of a cell."""
ABSENT = "absent"
"""The version of a table that is not there."""


class Sample(Frozen):
    """Some rows, as JSON cells."""

    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Scalar, ...], ...] = ()
    marks: tuple[str, ...] = ()
    """What becomes of each row of a MERGE: updated, deleted or inserted; empty for other statements."""


class Effect(Frozen):
    """The result of a dry run; nothing was changed to find it. JSON and back gives the same value."""

    operation: str
    """As the guard's review names it."""
    summary: tuple[str, ...]
    """Sentences for a person, the most important first."""
    rows: int | None = None
    """Rows that it gives, writes, changes or removes; 0 for a definition, None when they were not counted."""
    rows_estimated: bool = False
    columns: tuple[Column, ...] = ()
    """Of the result, or of the table afterwards where that is known."""
    before: Sample | None = None
    """Rows that are changed or removed, as they are. Row n of an UPDATE is row n of `after`."""
    after: Sample | None = None
    """Rows as they would be; for a read, its first rows."""
    changed: dict[str, int] = Field(default_factory=dict)
    """Column -> number of rows whose value would differ."""
    counts: dict[str, int] = Field(default_factory=dict)
    """Rows by what becomes of them: updated, deleted, inserted, kept, removed."""
    creates: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    alters: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    dependants: tuple[str, ...] = ()
    """Views that read what is replaced, altered or dropped, as far as the requester may see them."""
    bytes: int | None = None
    """Size of the tables that it reads."""
    versions: dict[str, str | None] = Field(default_factory=dict)
    """Table -> a token that every commit changes; `absent`; None where there is none (a view, a foreign table)."""
    plan: str | None = None
    """The engine's plan, cut at 4,000 characters."""
    seconds: float = 0.0
    statements: int = 0
    """How many statements the dry run sent."""
    notes: tuple[str, ...] = ()
    """What was not looked at, and why."""


def short(rows: tuple[tuple[Scalar, ...], ...]) -> tuple[tuple[Scalar, ...], ...]:
    """The rows with long text cut at 1,000 characters: an effect is shown, stored and sent."""
    return tuple(tuple(_short(cell) for cell in row) for row in rows)


def shown_type(name: str) -> str:
    """A type of the catalog as it is shown; names of fields keep their case."""
    return name if "<" in name else name.upper()


def _short(cell: Scalar) -> Scalar:
    return f"{cell[:MOST_TEXT]}…" if isinstance(cell, str) and len(cell) > MOST_TEXT else cell


def sample(table: pa.Table, rows: int = SAMPLE_ROWS) -> Sample:
    """The first rows of a result."""
    first = table.slice(0, rows)
    return Sample(columns=cells.columns(first), rows=short(cells.rows(first)))


def preview(table: pa.Table, rows: int = PREVIEW_ROWS) -> Sample:
    """At most 50 rows, for a message or a page."""
    return sample(table, min(rows, PREVIEW_ROWS))
