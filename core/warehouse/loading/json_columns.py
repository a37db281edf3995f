"""Columns from JSON values: objects become one column a key, lists and what is deeper stay JSON text.

Questions are about columns, so that `{"at": {"x": 1}}` is asked about as `at_x`. Only one level is taken apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.warehouse.loading.dates import read_date
from core.warehouse.loading.inference import infer
from core.warehouse.loading.patterns import remarks
from core.warehouse.loading.plan import Contents

MOST_KEYS = 100
"""Objects with more keys than that are not records but tables of their own."""
NAMED = 5


def exact_number(text: str) -> float | Decimal:
    """A JSON number with a dot or an exponent: a float where that is the same number, else a Decimal."""
    number = float(text)
    if len(text) <= 16 or "e" in text.lower():
        return number
    exact = Decimal(text)
    return number if Decimal(repr(number)) == exact else exact


def typed_columns(
    file: str, columns: dict[str, list[Any]], contents: Contents
) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Names and typed columns; names may occur twice. What changes on the way is noted in `contents`."""
    for name, values in columns.items():
        keys = _keys(values)
        if not keys or len(keys) > MOST_KEYS:
            yield name, _typed(f"{file} column {name!r}", values, contents)
            continue
        shown = ", ".join(repr(f"{name}_{key}") for key in keys[:NAMED]) + (", ..." if len(keys) > NAMED else "")
        contents.adjust(f"{file} column {name!r}", "objects become one column a key", shown)
        for key in keys:
            inner = [None if value is None else value.get(key) for value in values]
            yield f"{name}_{key}", _typed(f"{file} column {f'{name}_{key}'!r}", inner, contents)


def _keys(values: Sequence[Any]) -> list[str]:
    """The keys of all objects, in the order of their appearance; none when a value is something else."""
    keys: dict[str, None] = {}
    for value in values:
        if value is None:
            continue
        if not isinstance(value, dict):
            return []
        keys.update(dict.fromkeys(value))
    return list(keys)


def _typed(where: str, values: Sequence[Any], contents: Contents) -> pa.ChunkedArray:
    """Numbers and truth values as they are; text as dates where all of it can be read so; the rest as JSON text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {str}:
        return _words(where, values, contents)
    if kinds == {bool} or not kinds:
        return pa.chunked_array([pa.array(values, pa.bool_() if kinds else pa.null())])
    if kinds <= {int, float, Decimal}:
        return _numbers(where, values, contents)
    if kinds == {list}:
        return _json_text(where, values, "lists", contents)
    if kinds == {dict}:
        return _json_text(where, values, "objects in objects, without keys or with too many", contents)
    return _json_text(where, values, "values of several kinds", contents)


def _words(where: str, values: Sequence[str | None], contents: Contents) -> pa.ChunkedArray:
    texts = pa.chunked_array([pa.array(values, pa.string())])
    trimmed = pc.utf8_trim_whitespace(texts)
    known = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    typed = read_date(known) if known.null_count < len(known) else None
    if typed is None:
        return texts
    empty = known.null_count - texts.null_count
    remark = remarks(typed.remark, f"{empty:,} empty texts read as missing" if empty else None)
    if remark:
        contents.adjust(where, remark, f"the column is {typed.sql_type}")
    return typed.values


def _numbers(where: str, values: Sequence[Any], contents: Contents) -> pa.ChunkedArray:
    """BIGINT or DOUBLE; numbers that neither of them holds as DECIMAL, or as text when they are too long for it."""
    plain = None if any(isinstance(value, Decimal) for value in values) else _machine_numbers(values)
    if plain is not None:
        return plain
    texts = [None if value is None else _digits(value) for value in values]
    typed = infer(pa.chunked_array([pa.array(texts, pa.string())]))
    contents.adjust(where, typed.remark or "long numbers", f"the column is {typed.sql_type}")
    return typed.values


def _machine_numbers(values: Sequence[Any]) -> pa.ChunkedArray | None:
    """BIGINT or DOUBLE, None when a whole number is too long for them."""
    try:
        return pa.chunked_array([pa.array(values)])
    except (pa.ArrowException, OverflowError):
        return None


def _digits(value: float | Decimal) -> str:
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


def _json_text(where: str, values: Sequence[Any], why: str, contents: Contents) -> pa.ChunkedArray:
    contents.adjust(where, "kept as JSON text", why)
    return pa.chunked_array([pa.array([_as_text(value) for value in values], pa.string())])


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=_digits)
