"""Typed parameters of a request, as values of the embedded engine or as expressions in the statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.port import Value

_READERS: dict[str, Callable[[str], Value]] = {
    "STRING": str,
    "TINYINT": int,
    "SMALLINT": int,
    "INT": int,
    "BIGINT": int,
    "FLOAT": float,
    "DOUBLE": float,
    "DECIMAL": Decimal,
    "BOOLEAN": lambda text: text.strip().lower() == "true",
    "DATE": date.fromisoformat,
    "TIMESTAMP": lambda text: _moment(text),
    "TIMESTAMP_NTZ": lambda text: _moment(text),
}
_CAST = {"TINYINT", "SMALLINT", "INT", "FLOAT", "TIMESTAMP_NTZ", "DECIMAL"}
"""Types that the engine's own parameters do not have: the marker is wrapped in a CAST."""


def bound(statement: str, parameters: Sequence[Any]) -> tuple[str, dict[str, Value]]:
    """The statement and the values for it; raises StatementInvalid for a value that its type does not hold."""
    values: dict[str, Value] = {}
    instead: dict[str, str] = {}
    for parameter in parameters:
        _bind(parameter.name, parameter, values, instead)
    return (_rewritten(statement, instead) if instead else statement), values


def _bind(name: str, parameter: Any, values: dict[str, Value], instead: dict[str, str]) -> None:
    kind = str(parameter.type).upper()
    base = re.split(r"[(<]", kind)[0]
    if base in ("ARRAY", "MAP"):
        elements = []
        for number, argument in enumerate(parameter.arguments or ()):
            inner = f"{name}__{number}"
            _bind(inner, argument, values, instead)
            elements.append(instead.pop(inner, f":{inner}"))
        instead[name] = f"{base.lower()}({', '.join(elements)})"
        return
    text = getattr(parameter.value, "stringValue", parameter.value)
    if base == "VOID" or text is None:
        values[name] = None
        return
    reader = _READERS.get(base)
    if reader is None:
        raise StatementInvalid(f"Parameters of the type {kind} are not known.", error_class="INVALID_PARAMETER_VALUE")
    try:
        values[name] = reader(text)
    except (ValueError, ArithmeticError) as error:
        raise StatementInvalid(
            f"The value '{text}' of :{name} cannot be cast to {kind}.", error_class="CAST_INVALID_INPUT"
        ) from error
    if isinstance(values[name], int) and base == "BIGINT" and not -(2**63) <= int(text) < 2**63:
        raise StatementInvalid(f":{name} overflows BIGINT.", error_class="ARITHMETIC_OVERFLOW")
    if base in _CAST:
        instead[name] = f"CAST(:{name} AS {kind})"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _rewritten(statement: str, instead: dict[str, str]) -> str:
    tree = sqlglot.parse_one(statement, dialect="databricks")
    for marker in list(tree.find_all(exp.Placeholder)):
        if marker.name in instead:
            marker.replace(sqlglot.parse_one(instead[marker.name], dialect="databricks"))
    return tree.sql("databricks")
