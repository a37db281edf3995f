"""How a delimited file is written: what separates its fields, how they are quoted, whether it names its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_ROWS = 200
_TYPED = re.compile(
    r"-?[$£€]?\d[\d,.]* ?[%€$£]?|\d{4}-\d{2}-\d{2}.*|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*|true|false", re.IGNORECASE
)


@dataclass(frozen=True)
class Dialect:
    """What csv.reader needs, and the usual number of fields."""

    delimiter: str
    quote: str
    escape: str | None
    skip_space: bool
    width: int

    def reader_options(self) -> dict[str, Any]:
        """Keyword arguments of csv.reader."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "escapechar": self.escape,
            "doublequote": self.escape is None,
            "skipinitialspace": self.skip_space,
        }


def sniff(sample: str, default: str = ",") -> Dialect:
    """The dialect under which most rows of the sample have the same, and the largest, number of fields."""
    quote = _quote(sample)
    escape = "\\" if f"\\{quote}" in sample and quote * 2 not in sample.replace(f"\\{quote}", "") else None
    best, best_score = Dialect(default, quote, escape, False, 1), (0.0, 0)
    for delimiter in (default, *(other for other in DELIMITERS if other != default)):
        candidate = Dialect(delimiter, quote, escape, False, 1)
        widths = Counter(len(row) for row in sample_rows(sample, candidate) if row)
        usual = [(count, width) for width, count in widths.items() if width > 1]
        if not usual:
            continue
        count, width = max(usual)
        score = (round(count / widths.total(), 1), width)
        if score > best_score:
            best, best_score = Dialect(delimiter, quote, escape, False, width), score
    return _complete(sample, best)


def sample_rows(sample: str, dialect: Dialect) -> list[list[str]]:
    """The first rows of the sample, without the last one, which may be cut off."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), **dialect.reader_options()):
            rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        return rows
    return rows


def _quote(sample: str) -> str:
    double = len(re.findall(r"(?:^|[,;\t|])\s*\"", sample, re.MULTILINE))
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n])", sample, re.MULTILINE))
    return "'" if single > 2 and double == 0 else '"'


def _complete(sample: str, dialect: Dialect) -> Dialect:
    rows = [row for row in sample_rows(sample, dialect) if row]
    later = [field for row in rows for field in row[1:] if field]
    space = bool(later) and dialect.delimiter != "\t" and all(field.startswith(" ") for field in later)
    return Dialect(dialect.delimiter, dialect.quote, dialect.escape, space, dialect.width)


def is_value(cell: str) -> bool:
    """Whether a cell looks like a number, an amount, a date or a truth value."""
    return _TYPED.fullmatch(cell.strip()) is not None


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: no cell of it looks like a value.

    Years as names (`country, 2023, 2024`) are allowed where text stands beside them.
    """
    first = [cell.strip() for cell in rows[0]]
    if not any(first):
        return False
    typed = [cell for cell in first if is_value(cell)]
    if not typed:
        return len(rows) > 1 or len({cell.casefold() for cell in first}) == len(first)
    years = all(re.fullmatch(r"(19|20)\d\d", cell) for cell in typed)
    return years and len(set(typed)) == len(typed) < len(first) and not _same_kind(rows, typed)


def _same_kind(rows: list[list[str]], years: list[str]) -> bool:
    """Whether the columns under the supposed years hold years themselves: then the first row is data."""
    positions = [index for index, cell in enumerate(rows[0]) if cell.strip() in years]
    below = [row[index].strip() for row in rows[1:] for index in positions if index < len(row)]
    return bool(below) and all(re.fullmatch(r"(19|20)\d\d", cell) for cell in below)
