"""Python values as the connector's named parameters; what would travel as another value is refused.

Types are given, not inferred: whole numbers are BIGINT as on the embedded engine, and a DECIMAL has exactly the digits
of its value (the connector counts a sign as a digit and reads exponents as they stand).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from core.errors import StatementInvalid
from core.warehouse.port import Parameters, Value

_LARGEST, _MOST_DIGITS = 2**63, 38


def bound(parameters: Parameters | None) -> list[Any]:
    """The parameters as the connector takes them; raises StatementInvalid for a value that SQL cannot hold."""
    return [_parameter(name, value) for name, value in (parameters or {}).items()]


def _parameter(name: str, value: Value) -> Any:
    from databricks.sql.parameters import native as types

    if value is None:
        return types.VoidParameter(None, name=name)
    if isinstance(value, bool):
        return types.BooleanParameter(value, name=name)
    if isinstance(value, str):
        return types.StringParameter(value, name=name)
    if isinstance(value, int):
        if not -_LARGEST <= value < _LARGEST:
            raise StatementInvalid(f":{name} is {value}, which no BIGINT holds.", error_class="ARITHMETIC_OVERFLOW")
        return types.BigIntegerParameter(value, name=name)
    if isinstance(value, float):
        return types.DoubleParameter(value, name=name)
    if isinstance(value, Decimal):
        return _decimal(name, value)
    if isinstance(value, datetime):
        # A time without a zone would be read in the session's; everywhere else it counts as UTC.
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return types.TimestampParameter(moment, name=name)
    if isinstance(value, date):
        return types.DateParameter(value, name=name)
    raise StatementInvalid(f":{name} is of the type {type(value).__name__}, which is no parameter of a statement.")


def _decimal(name: str, value: Decimal) -> Any:
    from databricks.sql.parameters.native import StringParameter

    if not value.is_finite():
        raise StatementInvalid(f":{name} is {value}, which no DECIMAL holds.", error_class="CAST_INVALID_INPUT")
    text = f"{value:f}"
    whole, _, fraction = text.lstrip("-").partition(".")
    scale = len(fraction)
    precision = max(len(whole.lstrip("0")) + scale, scale, 1)
    if precision > _MOST_DIGITS:
        raise StatementInvalid(f":{name} has {precision} digits; 38 is the most.", error_class="ARITHMETIC_OVERFLOW")
    parameter = StringParameter(text, name=name)
    parameter.CAST_EXPR = f"DECIMAL({precision},{scale})"
    return parameter
