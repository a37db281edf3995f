"""Types of text columns: what every value of a column agrees on, and text where they do not agree.

Nothing is guessed that could lose a character: numbers with leading zeros or a plus sign and dates whose day and
month could be exchanged stay text. Empty fields are null, in text columns too: delimited files have no agreed way
to tell nothing from an empty text. Words such as NA are null beside numbers and dates, and words in text columns.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from core.warehouse.loading.dates import (
    BY_NAME,
    BY_NUMBER,
    ISO_DATE,
    ISO_TIMESTAMP,
    compact_remark,
    read_date,
    why_no_date,
)
from core.warehouse.loading.numbers import FLOAT, read_number, why_no_number
from core.warehouse.loading.patterns import PROBE, Typed, matches, others, remarks, some_match

MISSING_WORDS = pa.array(["NULL", "null", "Null", "NA", "N/A", "n/a", "NaN", "nan", "#N/A", "None", "-", "\\N"])
TEXT_NULLS = pa.array(["NULL", "\\N"])
BOOLEAN = r"(?i)^(true|false)$"
FEW = 0.1
"""Up to this share of values that differ from all others is worth a remark."""


def infer(strings: pa.ChunkedArray, *, decimal_comma: bool = False, dots_group: bool = False) -> Typed:
    """The column in the narrowest type that every value has.

    With `decimal_comma` (files that separate by semicolons), `1,234` is 1.234; with `dots_group` (other columns of
    such a file have decimal commas), `1.234` is 1234.
    """
    trimmed = pc.utf8_trim_whitespace(strings)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    missing = pc.is_in(trimmed, value_set=MISSING_WORDS)
    known = pc.if_else(missing, pa.scalar(None, pa.string()), trimmed)
    if known.null_count == len(known):
        return _text(strings, None)
    typed = (
        _boolean(known) or read_number(known, decimal_comma=decimal_comma, dots_group=dots_group) or read_date(known)
    )
    if typed is None:
        return _text(strings, why_no_date(known) or why_no_number(known) or _exceptions(known))
    if pa.types.is_int64(typed.values.type):
        typed = Typed(typed.values, remarks(typed.remark, compact_remark(known)))
    words = _counted(trimmed.filter(missing))
    return Typed(typed.values, remarks(typed.remark, f"{words} read as missing" if words else None))


def _boolean(values: pa.ChunkedArray) -> Typed | None:
    return Typed(pc.equal(pc.utf8_lower(values), "true")) if matches(values, BOOLEAN) else None


def _text(strings: pa.ChunkedArray, remark: str | None) -> Typed:
    """The column as it stands, without what stands for nothing."""
    empty = pc.sum(pc.equal(strings, "")).as_py() or 0
    null = pc.is_in(strings, value_set=TEXT_NULLS)
    values = pc.if_else(pc.or_(pc.equal(strings, ""), null), pa.scalar(None, pa.string()), strings)
    nulled, kept = _counted(strings.filter(null)), _counted(values.filter(pc.is_in(values, value_set=MISSING_WORDS)))
    said = remarks(remark, f"{nulled} read as missing" if nulled else None, f"{kept} kept as text" if kept else None)
    return Typed(values, said, empty if empty < len(strings) else 0)


def _counted(words: pa.ChunkedArray) -> str:
    """How many values, and which; nothing for none."""
    if not len(words):
        return ""
    return f"{len(words):,} value{'s' if len(words) > 1 else ''} {', '.join(sorted(pc.unique(words).to_pylist()))}"


def _exceptions(values: pa.ChunkedArray) -> str | None:
    """A remark when nearly all values are numbers or dates, so that a few keep the column text."""
    some = values.drop_null().slice(0, PROBE)
    total = len(values) - values.null_count
    for kind, pattern in (("number", FLOAT), ("date", f"{ISO_DATE}|{ISO_TIMESTAMP}"), ("date", BY_NUMBER),
                          ("date", BY_NAME)):  # fmt: skip
        if not some_match(some, pattern):
            continue
        count, first = others(values, pattern)
        if 0 < count <= total * FEW:
            return f"{count:,} of {total:,} values are no {kind}s, such as {first[:40]!r}: kept as text"
    return None
