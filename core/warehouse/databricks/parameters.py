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

LARGEST, MOST_DIGITS = 2**63, 38


def bound(parameters: Parameters | None) -> list[Any]:
    """The parameters as the connector takes them; raises StatementInvalid for a value that SQL cannot hold."""
    return [_parameter(name, value) for name, value in (parameters or {}).items()]


def checked_text(text: str, what: str = "The statement") -> str:
    """The text, without the look of a subclass; raises StatementInvalid for half a character, which no byte spells."""
    plain = str.__str__(text)
    try:
        plain.encode()
    except UnicodeEncodeError as error:
        raise StatementInvalid(
            f"{what} holds half a character (a lone surrogate) at position {error.start}.",
            next_step="Correct the text where it comes from, then send it again.",
            error_class="MALFORMED_CHARACTER_CODING",
        ) from None
    return plain


def in_utc(moment: datetime, what: str) -> datetime:
    """A time with a zone, in UTC; one without counts as UTC. Raises StatementInvalid outside the years 1 to 9999."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise StatementInvalid(
            f"{what} is {moment.isoformat()}, which is outside the years 1 to 9999 in UTC.",
            error_class="DATETIME_OVERFLOW",
        ) from None


def _parameter(name: str, value: Value) -> Any:
    from databricks.sql.parameters import native as types

    if value is None:
        return types.VoidParameter(None, name=name)
    if isinstance(value, bool):
        return types.BooleanParameter(value, name=name)
    if isinstance(value, str):
        return types.StringParameter(checked_text(value, f":{name}"), name=name)
    if isinstance(value, int):
        if not -LARGEST <= value < LARGEST:
            raise StatementInvalid(f":{name} is {value}, which no BIGINT holds.", error_class="ARITHMETIC_OVERFLOW")
        return types.BigIntegerParameter(int(value), name=name)
    if isinstance(value, float):
        return types.DoubleParameter(float(value), name=name)
    if isinstance(value, Decimal):
        return _decimal(name, value)
    if isinstance(value, datetime):
        return types.TimestampParameter(in_utc(value, f":{name}"), name=name)
    if isinstance(value, date):
        return types.DateParameter(value, name=name)
    raise StatementInvalid(f":{name} is of the type {type(value).__name__}, which is no parameter of a statement.")


def _decimal(name: str, value: Decimal) -> Any:
    from databricks.sql.parameters.native import StringParameter

    text, precision, scale = digits(value, f":{name}")
    parameter = StringParameter(text, name=name)
    parameter.CAST_EXPR = f"DECIMAL({precision},{scale})"
    return parameter


def digits(value: Decimal, what: str) -> tuple[str, int, int]:
    """A decimal without an exponent, its precision and scale; raises StatementInvalid when no DECIMAL holds it."""
    if not value.is_finite():
        raise StatementInvalid(f"{what} is {value}, which no DECIMAL holds.", error_class="CAST_INVALID_INPUT")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) <= MOST_DIGITS:  # else its text could be of any length
        text = f"{value:f}"
        whole, _, fraction = text.lstrip("-").partition(".")
        scale = len(fraction)
        precision = max(len(whole.lstrip("0")) + scale, 1)
        if precision <= MOST_DIGITS:
            return text, precision, scale
    raise StatementInvalid(
        f"{what} is {value}, which needs more than {MOST_DIGITS} digits.", error_class="ARITHMETIC_OVERFLOW"
    )
