"""Named parameters (`:name`): each becomes a typed DuckDB parameter, so that rewrites know what it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.port import Parameters, Value

BOUND = "bound"
"""Marks the CAST that only says which type a parameter was sent as."""
_INT = 2**31
_BIGINT = 2**63


def type_of(name: str, value: Value) -> str:
    """The SQL type that a value is sent as, the same as over the SQL connector."""
    if value is None:
        return "VOID"
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        if not -_BIGINT <= value < _BIGINT:
            raise StatementInvalid(f"Parameter {name} does not fit a BIGINT.", error_class="INVALID_PARAMETER_VALUE")
        return "INT" if -_INT <= value < _INT else "BIGINT"
    if isinstance(value, float):
        return "DOUBLE"
    if isinstance(value, Decimal):
        return _decimal_type(name, value)
    if isinstance(value, datetime):
        return "TIMESTAMP"
    if isinstance(value, date):
        return "DATE"
    if isinstance(value, str):
        return "STRING"
    raise StatementInvalid(
        f"Parameter {name} has the type {type(value).__name__}, which cannot be bound.",
        error_class="INVALID_PARAMETER_VALUE",
    )


def signature(parameters: Parameters) -> tuple[tuple[str, str], ...]:
    """Names and types, for the cache of translated statements."""
    return tuple(sorted((name, type_of(name, value)) for name, value in parameters.items()))


def bound(value: Value) -> object:
    """What DuckDB is given; its own text form where a Python object would need another library."""
    if isinstance(value, datetime):
        utc = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return utc.isoformat(sep=" ", timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value


def bind(tree: exp.Expr, types: Mapping[str, str]) -> tuple[exp.Expr, tuple[str, ...]]:
    """The tree with each `:name` typed by `types`, and the names used; raises StatementInvalid for one not given."""
    used: set[str] = set()

    def replace(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        name = node.name
        if not name or name == "?":
            raise StatementInvalid(
                "Parameters are named (:name); '?' is not supported.", error_class="UNBOUND_SQL_PARAMETER"
            )
        if name not in types:
            raise StatementInvalid(f"The parameter :{name} has no value.", error_class="UNBOUND_SQL_PARAMETER")
        if types[name] == "VOID":
            return exp.Null()
        used.add(name)
        typed = exp.cast(node, types[name], dialect="databricks")
        typed.meta[BOUND] = True
        return typed

    result = tree.transform(replace, copy=False)
    return result, tuple(sorted(used))


def _decimal_type(name: str, value: Decimal) -> str:
    if not value.is_finite():
        raise StatementInvalid(f"Parameter {name} is not a number.", error_class="INVALID_PARAMETER_VALUE")
    text = f"{value:f}".lstrip("-")
    whole, _, fraction = text.partition(".")
    scale = len(fraction)
    precision = max(len(whole.lstrip("0")) + scale, 1, scale)
    if precision > 38:
        raise StatementInvalid(f"Parameter {name} has more than 38 digits.", error_class="INVALID_PARAMETER_VALUE")
    return f"DECIMAL({precision},{scale})"
