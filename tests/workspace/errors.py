"""The platform's errors as a workspace words them: `[ERROR_CLASS] message SQLSTATE: xxxxx`."""

from __future__ import annotations

from core.errors import (
    PlatformError,
    StatementCancelled,
    StatementInvalid,
    StatementRefused,
    StatementTimeout,
    TableNotFound,
    WarehouseUnavailable,
    WriteConflict,
)

_STATES = {
    "DIVIDE_BY_ZERO": "22012",
    "ARITHMETIC_OVERFLOW": "22003",
    "NUMERIC_VALUE_OUT_OF_RANGE": "22003",
    "CAST_OVERFLOW": "22003",
    "CAST_INVALID_INPUT": "22018",
    "INVALID_ARRAY_INDEX": "22003",
    "INVALID_ARRAY_INDEX_IN_ELEMENT_AT": "22003",
    "CANNOT_PARSE_TIMESTAMP": "22007",
    "SCALAR_SUBQUERY_TOO_MANY_ROWS": "21000",
    "DELTA_NOT_NULL_CONSTRAINT_VIOLATED": "23502",
    "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE": "21506",
    "TABLE_OR_VIEW_NOT_FOUND": "42P01",
    "TABLE_OR_VIEW_ALREADY_EXISTS": "42P07",
    "SCHEMA_NOT_FOUND": "42704",
    "UNRESOLVED_COLUMN": "42703",
    "AMBIGUOUS_REFERENCE": "42704",
    "PARSE_SYNTAX_ERROR": "42601",
    "DATATYPE_MISMATCH": "42K09",
    "INSUFFICIENT_PERMISSIONS": "42501",
    "DELTA_CONCURRENT_WRITE": "2D521",
    "UNSUPPORTED_FEATURE": "0A000",
}
_FALLBACK: tuple[tuple[type[PlatformError], str, str], ...] = (
    (TableNotFound, "TABLE_OR_VIEW_NOT_FOUND", "42P01"),
    (StatementInvalid, "INVALID_STATEMENT", "42000"),
    (StatementRefused, "UNSUPPORTED_FEATURE", "0A000"),
    (StatementTimeout, "STATEMENT_TIMEOUT", "57014"),
    (StatementCancelled, "OPERATION_CANCELED", "HY008"),
    (WriteConflict, "DELTA_CONCURRENT_WRITE", "2D521"),
    (WarehouseUnavailable, "TEMPORARILY_UNAVAILABLE", "08000"),
    (PlatformError, "STATEMENT_FAILED", "22000"),
)


def wording(error: PlatformError) -> tuple[str, str]:
    """(message, SQLSTATE) of an error of the engine."""
    kind, state = next((name, found) for cls, name, found in _FALLBACK if isinstance(error, cls))
    name = error.error_class or kind
    state = _STATES.get(name, state)
    text = error.message if error.message.startswith(f"[{name}]") else f"[{name}] {error.message}"
    return f"{text.rstrip('.')}. SQLSTATE: {state}", state


CONFLICT = (
    "[DELTA_CONCURRENT_APPEND] Transaction conflict detected. Files were added by a concurrent update. "
    "Please try the operation again. SQLSTATE: 2D521"
)
