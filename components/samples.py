"""Rows of a sample as a table of text: a real one, so that screen readers and the find box see it; never markup."""

from __future__ import annotations

from collections.abc import Sequence

from components.escaping import plain
from components.formats import cell, is_number
from core.execution import Sample
from core.types import Scalar

COLUMNS, CHARACTERS = 12, 60
_MARKS = {
    "updated": ":orange[:material/edit: updated]",
    "deleted": ":red[:material/remove: deleted]",
    "inserted": ":green[:material/add: inserted]",
}


def sample_table(sample: Sample, other: Sample | None = None) -> str:
    """The sample as Markdown. Of a row that stands in `other` too, what differs there is bold and marked with a dot."""
    columns = sample.columns[:COLUMNS]
    marked = bool(sample.marks)
    heads = [*([""] if marked else []), *(plain(column.name) for column in columns)]
    lines = [*([":--"] if marked else []), *("--:" if is_number(column) else ":--" for column in columns)]
    table = [_line(heads), _line(lines)]
    for index, row in enumerate(sample.rows):
        against = other.rows[index] if other is not None and _alike(sample, other, index) else None
        cells = [_cell(sample, row, against, position) for position in range(len(columns))]
        if marked:
            mark = sample.marks[index] if index < len(sample.marks) else ""
            cells.insert(0, _MARKS.get(mark, plain(mark)))
        table.append(_line(cells))
    return "\n".join(table)


def cut(sample: Sample) -> str:
    """What the table does not show, in words; '' when it shows all columns."""
    hidden = len(sample.columns) - COLUMNS
    return f"{hidden} more columns are not shown here." if hidden > 0 else ""


def _alike(sample: Sample, other: Sample, index: int) -> bool:
    """Whether row n of both is the same row: as it is, and as it would be."""
    return sample.columns == other.columns and len(sample.rows) == len(other.rows) and index < len(other.rows)


def _cell(sample: Sample, row: Sequence[Scalar], against: Sequence[Scalar] | None, position: int) -> str:
    text = cell(row[position], sample.columns[position])
    shown = plain(text if len(text) <= CHARACTERS else f"{text[: CHARACTERS - 1]}…") or " "
    changed = against is not None and row[position] != against[position]
    return f"**• {shown}**" if changed else shown


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
