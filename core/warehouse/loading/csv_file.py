"""Delimited text (.csv, .tsv): read in one pass, rows that do not fit the header named by their line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import LoadError
from core.warehouse.loading import encoding, preamble
from core.warehouse.loading.dialect import Dialect, has_header, sample_rows, sniff
from core.warehouse.loading.inference import infer
from core.warehouse.loading.numbers import shows_decimal_commas
from core.warehouse.loading.patterns import Typed
from core.warehouse.loading.plan import LISTED_PER_KIND, Contents, LoadedTable, column_names, counted

if TYPE_CHECKING:
    from _csv import Reader

SAMPLE_CHARACTERS = 1 << 17
ROWS_PER_CHUNK = 50_000
LONGEST_FIELD = 16 << 20
TOTAL = r"(?i)^\s*(grand |sub[- ]?)?totals?:?\s*$"


@dataclass
class _Layout:
    """The columns of a file, and what is done with rows of another length."""

    names: list[str]
    header_rows: int
    trailing: bool = False
    """Every row ends in a delimiter, so that an empty field follows the last column."""


class _Lines:
    """The lines of a file as csv.reader takes them; remembers those of the last row."""

    def __init__(self, file: Iterator[str]) -> None:
        self._file = file
        self._taken: list[str] = []
        self.row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self._taken.append(line)
            yield line

    def ended(self) -> None:
        """A row is complete."""
        self.row, self._taken = self._taken, []

    def left_open(self, dialect: Dialect) -> bool:
        """Whether the last row ends inside of a quoted field, so that the file was cut off or a quote forgotten."""
        try:
            list(csv.reader(self.row, strict=True, **dialect.reader_options()))
        except csv.Error as error:
            return "unexpected end of data" in str(error)
        return False


@dataclass
class _Ragged:
    """Counts rows that do not fit and lists the first of each kind."""

    file: str
    contents: Contents
    counts: Counter[str] = field(default_factory=Counter)
    without_values: int = 0

    def padded(self, line: int, got: int, expected: int) -> None:
        self._note("padded", line, f"{got} of {expected} fields", "the missing ones are null")

    def trimmed(self, line: int, got: int, expected: int) -> None:
        self._note("trimmed", line, f"{got} fields for {expected} columns", "the extra ones are empty")

    def rejected(self, line: int, got: int, expected: int) -> None:
        self._note("rejected", line, f"a row of {got} fields", f"the table has {expected} columns")

    def blank(self) -> None:
        self.without_values += 1

    def finish(self) -> None:
        if self.without_values:
            self.contents.skip(self.file, counted(self.without_values, "row"), "without any value")
        for kind, count in self.counts.items():
            if count > LISTED_PER_KIND:
                record = self.contents.skip if kind == "rejected" else self.contents.adjust
                record(self.file, f"{count - LISTED_PER_KIND} more rows {kind}", "as the ones listed before")

    def _note(self, kind: str, line: int, what: str, why: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= LISTED_PER_KIND:
            record = self.contents.skip if kind == "rejected" else self.contents.adjust
            record(f"{self.file} line {line}", what, why)


def read_csv(path: Path, contents: Contents) -> None:
    """Add the file's table to `contents`, called by the file's stem. Raises LoadError."""
    found = encoding.detect(path)
    if found.remark:
        contents.adjust(path.name, "encoding", found.remark)
    with encoding.open_text(path, found, newline="") as file:
        sample = file.read(SAMPLE_CHARACTERS)
        if not sample.strip("\r\n\t ,;|\ufeff"):
            raise LoadError(f"{path.name} is empty.", next_step="Load a file with a header line and at least one row.")
        lines = preamble.split_lines(sample)
        declared = 1 if sample.startswith("sep=") and len(lines[0].strip()) == 5 else 0
        above = preamble.comments("".join(lines[declared:]), sample_default(path))
        sample = "".join(lines[declared + above.lines :])
        if not sample.strip():
            raise LoadError(f"{path.name} holds nothing but comments.", next_step="Load a file that has rows.")
        file.seek(0)
        for _ in range(declared + above.lines):
            file.readline()
        for number, said in above.said:
            contents.skip(f"{path.name} line {number + declared}", said[:80], "a comment above the table")
        dialect = sniff(sample, sample_default(path))
        layout = _layout(path, sample, dialect, contents, commented=above.header)
        columns = _read(path, file, dialect, layout, contents, first_line=1 + declared + above.lines)
    table = _typed(path.name, layout.names, columns, dialect, contents)
    contents.add(path.stem, LoadedTable(table), where=path.name)


def sample_default(path: Path) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ","


def _layout(path: Path, sample: str, dialect: Dialect, contents: Contents, *, commented: bool) -> _Layout:
    sampled = sample_rows(sample, dialect)
    titles = preamble.titles(sampled, dialect.width)
    rows = [row for row in sampled if row]
    for row in rows[:titles]:
        contents.skip(path.name, " ".join(cell for cell in row if cell)[:80], "stands above the table")
    rows = rows[titles:]
    if not has_header(rows):
        contents.adjust(path.name, "no header line", "the columns are called column_1, column_2, ...")
        return _Layout([f"column_{number}" for number in range(1, dialect.width + 1)], titles)
    header = list(rows[0])
    if commented:
        header[0] = preamble.uncommented(header[0])
        contents.adjust(path.name, "the header is written as a comment", f"the first column is called {header[0]!r}")
    trailing = False
    if len(rows) > 1 and dialect.width == len(header) + 1:
        trailing = all(not row[-1].strip() for row in rows[1:] if len(row) == dialect.width)
        if not trailing:
            header = ["row", *header]  # as R writes it: the first column has no name
            contents.adjust(path.name, "one more column than names", "the first column is called 'row'")
    elif len(header) > 1 and not header[-1].strip() and all(not row[-1].strip() for row in rows[1:] if row):
        header, trailing = header[:-1], True
    return _Layout(column_names(header, path.name, contents), titles + 1, trailing)


def _read(
    path: Path, file: Iterator[str], dialect: Dialect, layout: _Layout, contents: Contents, first_line: int
) -> list[list[pa.Array]]:
    csv.field_size_limit(LONGEST_FIELD)
    chunks: list[list[pa.Array]] = [[] for _ in layout.names]
    rows: list[list[str]] = []
    ragged = _Ragged(path.name, contents)
    lines = _Lines(file)
    reader = csv.reader(lines, **dialect.reader_options())
    row: list[str] = []
    started = 0
    try:
        for started, row in _table_rows(reader, lines, layout.header_rows):
            if not any(row):
                ragged.blank()
            elif len(row) != len(layout.names):
                fitted = _fitted(row, layout, ragged, started + first_line - 1)
                if fitted is not None:
                    rows.append(fitted)
            else:
                rows.append(row)
            if len(rows) == ROWS_PER_CHUNK:
                _flush(rows, chunks)
    except csv.Error as error:
        raise _unreadable(path, started + first_line, str(error)) from error
    if row and lines.left_open(dialect):
        raise _unreadable(path, started + first_line - 1, "field larger than the file")
    _flush(rows, chunks)
    ragged.finish()
    return chunks


def _table_rows(reader: Reader, lines: _Lines, skip: int) -> Iterator[tuple[int, list[str]]]:
    """Rows below the header with the line that each begins on; blank lines are nothing."""
    begins = 1
    for row in reader:
        if row and skip:
            skip -= 1
        elif row:
            lines.ended()
            yield begins, row
        begins = reader.line_num + 1


def _fitted(row: list[str], layout: _Layout, ragged: _Ragged, line: int) -> list[str] | None:
    width = len(layout.names)
    if len(row) < width:
        ragged.padded(line, len(row), width)
        return row + [""] * (width - len(row))
    if not any(cell.strip() for cell in row[width:]):
        if not (layout.trailing and len(row) == width + 1):
            ragged.trimmed(line, len(row), width)
        return row[:width]
    ragged.rejected(line, len(row), width)
    return None


def _flush(rows: list[list[str]], chunks: list[list[pa.Array]]) -> None:
    for column, values in zip(chunks, zip(*rows, strict=True), strict=False):
        column.append(pa.array(values, pa.string()))
    rows.clear()


def _unreadable(path: Path, line: int, error: str) -> LoadError:
    why = "a quote is opened and never closed" if "field larger" in error else error
    return LoadError(
        f"{path.name} cannot be read from line {line} on: {why}.",
        next_step=f"Correct line {line} of {path.name} and load it again.",
    )


def _typed(
    file: str, names: list[str], columns: list[list[pa.Array]], dialect: Dialect, contents: Contents
) -> pa.Table:
    arrays = []
    empty: list[str] = []
    commas = dialect.delimiter == ";"
    group = commas and any(shows_decimal_commas(pa.chunked_array(chunks, pa.string())) for chunks in columns)
    for name, chunks in zip(names, columns, strict=True):
        strings = pa.chunked_array(chunks, pa.string())
        chunks.clear()  # so that the text is freed column by column
        typed = infer(strings, decimal_comma=commas, dots_group=group)
        if typed.remark:
            contents.adjust(f"{file} column {name!r}", typed.remark, f"the column is {typed.sql_type}")
        if typed.empty:
            empty.append(f"{name!r} ({typed.empty:,})")
        _name_totals(f"{file} column {name!r}", typed, contents)
        arrays.append(typed.values)
    if empty:
        contents.adjust(file, f"empty fields of text columns {', '.join(empty)}", "read as null")
    return pa.table(arrays, names=names)


def _name_totals(where: str, column: Typed, contents: Contents) -> None:
    """Say when rows seem to sum up the others: they are loaded as rows, and sums would count them too."""
    if pa.types.is_string(column.values.type):
        count = pc.sum(pc.match_substring_regex(column.values, TOTAL)).as_py()
        if count:
            contents.adjust(where, f"{counted(count, 'row')} of totals", "loaded as rows, so that sums count them too")
