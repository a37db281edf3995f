"""How the statement list is checked: values compare by type too, decimals by their scale, NaN equals NaN."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.errors import PlatformError, StatementRefused
from core.types import PLATFORM
from core.warehouse.port import Value, Warehouse

Rows = list[tuple[object, ...]]
Case = tuple[str, Rows]
"""A statement and its rows, in order."""
Scalar = tuple[str, object]
"""What follows SELECT, and the only value of the first row."""
Refusal = tuple[str, str]
"""A statement, and a word of the message that names what is refused."""
Failure = tuple[str, str]
"""A statement, and its Databricks error class."""


def at(*parts: int) -> datetime:
    """A moment in UTC: year, month, day, hour, minute, second, microsecond."""
    padded = [*parts, *([0] * (7 - len(parts)))]
    return datetime(*padded[:7], tzinfo=UTC)  # type: ignore[arg-type]


def rows(warehouse: Warehouse, statement: str, parameters: dict[str, Value] | None = None) -> Rows:
    table = warehouse.query(statement, parameters, principal=PLATFORM)
    plain = table.rename_columns([str(number) for number in range(table.num_columns)])
    return [tuple(row.values()) for row in plain.to_pylist()]


def check_rows(warehouse: Warehouse, statement: str, expected: Rows) -> None:
    found = rows(warehouse, statement)
    assert same(found, expected), f"{found} is not {expected}"


def check_scalar(warehouse: Warehouse, expression: str, expected: object) -> None:
    found = rows(warehouse, f"SELECT {expression}")[0][0]
    assert same(found, expected), f"{found!r} is not {expected!r}"


def check_refusal(warehouse: Warehouse, statement: str, named: str) -> None:
    with pytest.raises(StatementRefused) as raised:
        rows(warehouse, statement)
    assert named.casefold() in str(raised.value).casefold()


def check_failure(warehouse: Warehouse, statement: str, error_class: str) -> None:
    with pytest.raises(PlatformError) as raised:
        rows(warehouse, statement)
    assert raised.value.error_class == error_class


def same(found: object, expected: object) -> bool:
    if isinstance(expected, list | tuple):
        return (
            type(found) is type(expected)
            and len(found) == len(expected)  # type: ignore[arg-type]
            and all(map(same, found, expected))  # type: ignore[call-overload]
        )
    if isinstance(expected, dict):
        return (
            isinstance(found, dict) and list(found) == list(expected) and same([*found.values()], [*expected.values()])
        )
    if isinstance(expected, float) and isinstance(found, float) and math.isnan(expected):
        return math.isnan(found)
    if isinstance(expected, datetime) and isinstance(found, datetime):
        return found == expected and (found.tzinfo is None) == (expected.tzinfo is None)
    if isinstance(expected, Decimal):
        return isinstance(found, Decimal) and found.as_tuple() == expected.as_tuple()
    if type(expected).__name__ == "ApproxScalar":
        return isinstance(found, float) and found == expected
    return type(found) is type(expected) and found == expected
