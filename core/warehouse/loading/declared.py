"""Columns whose type the source declares (SQLite, PostgreSQL, MySQL): the declaration wins while the values fit.

Where they do not fit, the values decide, and a remark says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from core.warehouse.loading.dates import UTC_TIMESTAMP, iso_dates, read_date
from core.warehouse.loading.inference import infer
from core.warehouse.loading.patterns import Typed

Cell = None | bool | int | float | str | bytes
Family = Literal["integer", "float", "decimal", "boolean", "date", "timestamp", "text", "binary", "unknown"]

_FAMILIES: tuple[tuple[str, Family], ...] = (
    (r"tinyint\(1\)|bool|bit(\(1\))?$", "boolean"),
    (r"interval|time$|time |timetz|point|daterange|tsrange|tstzrange|int\d?range|numrange", "text"),
    (r".*int|.*serial|year|int\d$", "integer"),
    (r"real|float|double", "float"),
    (r"numeric|decimal|dec\b|number|(small)?money|fixed", "decimal"),
    (r"datetime|timestamp|smalldatetime", "timestamp"),
    (r"date", "date"),
    (r".*blob|bytea|.*binary|image|bit", "binary"),
    (r".*char|.*text|clob|uuid|json|enum|set\(|citext|inet|xml|name$|string", "text"),
)
_TRUTHS = {"t": True, "true": True, "1": True, "y": True, "yes": True, "on": True}
_FALSEHOODS = {"f": False, "false": False, "0": False, "n": False, "no": False, "off": False}
BOOLEANS = _TRUTHS | _FALSEHOODS
_LONG = Context(prec=80)
"""Python's own 28 digits are fewer than a DECIMAL has."""


@dataclass(frozen=True)
class DeclaredType:
    """A declared type by family; precision and scale for DECIMAL(p, s)."""

    text: str
    family: Family
    precision: int | None = None
    scale: int | None = None


def parse_type(text: str) -> DeclaredType:
    """`NUMERIC(10,2)`, `character varying(40)`, `INTEGER`, ... ; what is not known is `unknown`."""
    lowered = text.strip().lower()
    if lowered.endswith("[]"):
        return DeclaredType(text, "text")
    family: Family = next((family for pattern, family in _FAMILIES if re.match(pattern, lowered)), "unknown")
    numbers = re.search(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", lowered)
    if family == "decimal" and numbers:
        return DeclaredType(text, family, int(numbers[1]), int(numbers[2] or 0))
    if family == "decimal" and "money" in lowered:
        return DeclaredType(text, family, 18, 4 if lowered == "smallmoney" else 2)
    return DeclaredType(text, family)


def convert(values: Sequence[Cell], declared: DeclaredType) -> Typed | None:
    """The column in its declared type; None for binary data, which cannot be asked about."""
    if _is_binary(values, declared):
        return None
    if all(value is None for value in values):
        return Typed(pa.chunked_array([pa.nulls(len(values), _empty_kind(declared))]))
    fitted = _fit(values, declared)
    if fitted is not None:
        return Typed(fitted)
    typed = by_value(values)
    if declared.family in ("unknown", "decimal", "binary"):
        return typed
    return Typed(typed.values, f"declared {declared.text}, but not all values fit")


def _is_binary(values: Sequence[Cell], declared: DeclaredType) -> bool:
    """Bytes, or a binary column without plain text (PostgreSQL writes bytes as hexadecimal text)."""
    if any(isinstance(value, bytes) for value in values):
        return True
    plain = (isinstance(value, str) and not value.startswith("\\x") for value in values)
    return declared.family == "binary" and not any(plain)


def by_value(values: Sequence[Cell]) -> Typed:
    """A column without a usable declaration: numbers by their own kind, text as dates or text."""
    if all(value is None or isinstance(value, int | float) for value in values):
        return _numbers(values)
    if all(value is None or isinstance(value, str) for value in values):
        strings = _strings(values)
        dates = iso_dates(strings)
        return Typed(strings if dates is None else dates)
    return Typed(_strings(values), "values of several kinds: kept as text")


def _numbers(values: Sequence[Cell]) -> Typed:
    if all(value is None or isinstance(value, int) for value in values):
        try:
            return Typed(pa.chunked_array([pa.array(values, pa.int64())]))
        except (pa.ArrowInvalid, OverflowError):
            return Typed(_strings(values), "numbers too long for BIGINT: kept as text")
    return infer(_strings(values))


def _empty_kind(declared: DeclaredType) -> pa.DataType:
    kinds: dict[Family, pa.DataType] = {
        "integer": pa.int64(),
        "float": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": UTC_TIMESTAMP,
    }
    if declared.family == "decimal":
        return _decimal_kind(declared) or pa.float64()
    return kinds.get(declared.family, pa.string())


def _decimal_kind(declared: DeclaredType) -> pa.DataType | None:
    if declared.precision is None or declared.scale is None or not 1 <= declared.precision <= 38:
        return None
    return pa.decimal128(declared.precision, declared.scale) if declared.scale <= declared.precision else None


def _strings(values: Sequence[Cell]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([_text(value) for value in values], pa.string())])


def _text(value: Cell) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _fit(values: Sequence[Cell], declared: DeclaredType) -> pa.ChunkedArray | None:
    """The values in the declared type, or None when one of them does not fit."""
    try:
        return _FITTERS[declared.family](values, declared)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, InvalidOperation, KeyError):
        return None


def _fit_integer(values: Sequence[Cell], _: DeclaredType) -> pa.ChunkedArray:
    whole = [value if value is None or type(value) is int else int(str(value)) for value in values]
    return pa.chunked_array([pa.array(whole, pa.int64())])


def _fit_float(values: Sequence[Cell], _: DeclaredType) -> pa.ChunkedArray:
    numbers = [value if value is None or type(value) is float else float(str(value)) for value in values]
    return pa.chunked_array([pa.array(numbers, pa.float64())])


def _fit_decimal(values: Sequence[Cell], declared: DeclaredType) -> pa.ChunkedArray | None:
    kind = _decimal_kind(declared)
    if kind is None:
        typed = infer(_strings([None if value is None else _digits(value) for value in values])).values
        number = pa.types.is_integer(typed.type) or pa.types.is_decimal(typed.type) or pa.types.is_floating(typed.type)
        return typed if number else None
    step = Decimal(1).scaleb(-kind.scale)
    # Floats of SQLite carry noise in the 16th digit, hence the rounding to the declared scale.
    exact = [None if value is None else Decimal(_digits(value)).quantize(step, context=_LONG) for value in values]
    return pa.chunked_array([pa.array(exact, kind)])


def _digits(value: Cell) -> str:
    return re.sub(r"[$£€, ]", "", str(_text(value)))


def _fit_boolean(values: Sequence[Cell], _: DeclaredType) -> pa.ChunkedArray:
    truths = [None if value is None else BOOLEANS[str(_text(value)).strip().lower()] for value in values]
    return pa.chunked_array([pa.array(truths, pa.bool_())])


def _fit_date(values: Sequence[Cell], _: DeclaredType) -> pa.ChunkedArray | None:
    """Dates in every form that can be read in one way only, since the column is declared to hold them."""
    if not all(value is None or isinstance(value, str) for value in values):
        return None
    strings = _strings(values)
    dates = iso_dates(strings)
    if dates is not None:
        return dates
    typed = read_date(pc.if_else(pc.equal(strings, ""), pa.scalar(None, pa.string()), strings))
    return None if typed is None else typed.values


def _fit_timestamp(values: Sequence[Cell], declared: DeclaredType) -> pa.ChunkedArray | None:
    dates = _fit_date(values, declared)
    # PostgreSQL's timestamp stays one; SQLite's DATETIME is often only a day.
    if dates is not None and declared.text.lower().startswith("timestamp"):
        return pc.cast(dates, UTC_TIMESTAMP)
    return dates


def _fit_text(values: Sequence[Cell], _: DeclaredType) -> pa.ChunkedArray:
    strings = _strings(values)
    dates = iso_dates(strings)
    return strings if dates is None else dates


def _fit_unknown(values: Sequence[Cell], _: DeclaredType) -> pa.ChunkedArray | None:
    return by_value(values).values


_FITTERS = {
    "integer": _fit_integer,
    "float": _fit_float,
    "decimal": _fit_decimal,
    "boolean": _fit_boolean,
    "date": _fit_date,
    "timestamp": _fit_timestamp,
    "text": _fit_text,
    "binary": _fit_text,
    "unknown": _fit_unknown,
}
