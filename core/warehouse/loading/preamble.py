"""What stands above the table of a delimited file: blank lines, comments and titles, which are no header.

Comments (`#`) are cut off as lines, because they need not be written as rows; titles are rows that are too short.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from core.warehouse.loading.dialect import Dialect, has_header, is_value, sample_rows, sniff

MOST_TITLES = 10
_HASH = re.compile(r"#\s*")


@dataclass(frozen=True)
class Comments:
    """Lines to be passed over at the start of a file, and those among them that say something, by number."""

    lines: int
    said: tuple[tuple[int, str], ...]
    header: bool = False
    """The line below is the header, written as a comment (`#id,name`)."""


def comments(sample: str, default: str) -> Comments:
    """The comments that the sample begins with; `default` is the delimiter expected."""
    lines = split_lines(sample)
    count = 0
    while count < len(lines) and (not lines[count].strip("\r\n\t \ufeff") or lines[count].startswith("#")):
        count += 1
    said = [(number, line.strip()) for number, line in enumerate(lines[:count], start=1) if line.startswith("#")]
    if not said:
        return Comments(0, ())
    last, text = said[-1]
    if _is_header(text, "".join(lines[count:]), default):
        return Comments(last - 1, tuple(said[:-1]), header=True)
    return Comments(count, tuple(said))


def split_lines(text: str) -> list[str]:
    """The lines as an open file gives them, endings kept (str.splitlines also ends them at form feeds)."""
    return io.StringIO(text, newline="").readlines()


def uncommented(name: str) -> str:
    """The first name of a header that is written as a comment: `#id` is id, `#` alone stays."""
    return _HASH.sub("", name, count=1) or name


def titles(sampled: list[list[str]], width: int) -> int:
    """How many rows stand above the header: titles, and rows filled half at most above a header that is one.

    In a table of two columns a title needs a blank line below it, or a header that is beyond doubt.
    """
    rows = [row for row in sampled if row]
    most = min(MOST_TITLES, len(rows) - 1)
    count = 0
    while count < most and width > 1 and _filled(rows[count]) <= max(1, width // 2):
        count += 1
    if count in (0, most) and (count != 1 or not names_typed_columns(rows[count:])):
        return 0
    doubtful = width == 2 or any(_filled(row) > 1 for row in rows[:count])
    if not doubtful or names_typed_columns(rows[count:]) or (width == 2 and _blank_between(sampled, count)):
        return count
    return _single(rows, width)


def names_typed_columns(rows: list[list[str]]) -> bool:
    """Whether the first row is beyond doubt a header: names above cells of which some are values."""
    if len(rows) < 2 or not all(cell.strip() for cell in rows[0]) or any(is_value(cell) for cell in rows[0]):
        return False
    return any(is_value(cell) for row in rows[1:] for cell in row)


def _single(rows: list[list[str]], width: int) -> int:
    count = 0
    while width > 2 and _filled(rows[count]) <= 1:
        count += 1
    return count


def _blank_between(sampled: list[list[str]], count: int) -> bool:
    """Whether a blank line stands between the first of `count` titles and the header."""
    seen = 0
    for row in sampled:
        seen += bool(row)
        if seen and not row and seen <= count:
            return True
    return False


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_header(comment: str, rest: str, default: str) -> bool:
    """Whether the last comment is the header: as wide as the table, which has none of its own."""
    dialect: Dialect = sniff(rest, default)
    rows = [row for row in sample_rows(rest, dialect) if row]
    names = sample_rows(comment, dialect)
    if not rows or dialect.width < 2 or len(names) != 1 or len(names[0]) != dialect.width:
        return False
    if not has_header(rows):
        return True
    return not comment.startswith("# ") and not names_typed_columns(rows)
