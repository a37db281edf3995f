"""A long VALUES list of plain literals as rows, without the way through the query translation, which takes seconds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
from sqlglot import exp

_FEWEST = 100
"""Shorter lists go the way of every query."""
_INT, _BIGINT, _DIGITS = 2**31, 2**63, 38


def plain_rows(values: exp.Expr | None) -> pa.Table | None:
    """The rows of a VALUES; None when it is short, or holds anything but texts, NULLs, booleans and exact numbers."""
    if not isinstance(values, exp.Values) or len(values.expressions) < _FEWEST:
        return None
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in values.expressions]
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        return None
    columns = [_column([row[position] for row in rows]) for position in range(width)]
    if any(column is None for column in columns):
        return None
    return pa.Table.from_arrays(columns, names=[f"col{number}" for number in range(1, width + 1)])


def _column(items: Sequence[exp.Expr]) -> pa.Array | None:
    found = [item for item in items if not isinstance(item, exp.Null)]
    if found and all(isinstance(item, exp.Literal) and item.is_string for item in found):
        return pa.array([None if isinstance(item, exp.Null) else item.this for item in items], pa.string())
    if found and all(isinstance(item, exp.Boolean) for item in found):
        return pa.array([None if isinstance(item, exp.Null) else bool(item.this) for item in items], pa.bool_())
    numbers = [None if isinstance(item, exp.Null) else _number(item) for item in items]
    if not found or any(number == "" for number in numbers):
        return None
    return _numbers([number for number in numbers if number is not None], numbers)


def _number(item: exp.Expr) -> str | None:
    """The digits of an exact number; an empty text for anything else."""
    sign, inner = ("-", item.this) if isinstance(item, exp.Neg) else ("", item)
    if not isinstance(inner, exp.Literal) or inner.is_string or not inner.this.replace(".", "", 1).isdigit():
        return ""
    return sign + str(inner.this)


def _numbers(given: Sequence[str], numbers: Sequence[str | None]) -> pa.Array | None:
    if all("." not in number for number in given):
        whole = [None if number is None else int(number) for number in numbers]
        most = max(abs(int(number)) for number in given)
        if most >= _BIGINT:
            return None
        return pa.array(whole, pa.int32() if most < _INT else pa.int64())
    scale = max(len(number.partition(".")[2]) for number in given)
    digits = max(len(number.lstrip("-").partition(".")[0].lstrip("0")) for number in given)
    if digits + scale > _DIGITS:
        return None
    exact = [None if number is None else Decimal(number) for number in numbers]
    return pa.array(exact, pa.decimal128(max(digits + scale, 1), scale))
