"""Columns of text matched against patterns: whether all values agree, how many do not, what they are cast to."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

PROBE = 64
"""How many values are tried before a pattern is matched against the whole column."""

_SQL_TYPES = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN", pa.date32(): "DATE"}


@dataclass(frozen=True)
class Typed:
    """A column with its type, and a remark when a person should know how it was read."""

    values: pa.ChunkedArray
    remark: str | None = None
    empty: int = 0
    """How many empty fields of a text column were read as null."""

    @property
    def sql_type(self) -> str:
        """The column's type as a person who asks about it knows it."""
        kind = self.values.type
        if pa.types.is_decimal(kind):
            return f"DECIMAL({kind.precision},{kind.scale})"
        if pa.types.is_timestamp(kind):
            return "TIMESTAMP"
        return _SQL_TYPES.get(kind, "STRING")


def matches(values: pa.ChunkedArray, pattern: str) -> bool:
    """Whether every value that is not null matches; looks at a few first."""
    some = values.drop_null().slice(0, PROBE)
    if not pc.all(pc.match_substring_regex(some, pattern), min_count=0).as_py():
        return False
    return bool(pc.all(pc.match_substring_regex(values, pattern), min_count=0).as_py())


def some_match(values: pa.ChunkedArray, pattern: str) -> bool:
    """Whether a value matches."""
    return bool(pc.any(pc.match_substring_regex(values, pattern), min_count=0).as_py())


def others(values: pa.ChunkedArray, pattern: str) -> tuple[int, str]:
    """How many values do not match, and the first of them."""
    known = values.drop_null()
    unlike = known.filter(pc.invert(pc.match_substring_regex(known, pattern)))
    return len(unlike), unlike[0].as_py() if len(unlike) else ""


def cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """The values in another type, or None when one of them does not fit."""
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        return None


def remarks(*said: str | None) -> str | None:
    """Several remarks as one."""
    return "; ".join(text for text in said if text) or None
