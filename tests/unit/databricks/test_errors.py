"""How a warehouse words its errors, and what each becomes."""

from __future__ import annotations

from typing import Any

import pytest
from databricks.sql import exc
from urllib3 import exceptions as network

from core.errors import (
    AccessDenied,
    PlatformError,
    SignInExpired,
    StatementCancelled,
    StatementFailed,
    StatementInvalid,
    StatementRefused,
    StatementTimeout,
    TableNotFound,
    WarehouseUnavailable,
    WriteConflict,
)
from core.warehouse.databricks.errors import failure, statement_error

WORDED: list[tuple[str, str, type[PlatformError]]] = [
    ("TABLE_OR_VIEW_NOT_FOUND", "42P01", TableNotFound),
    ("DELTA_TABLE_NOT_FOUND", "42P01", TableNotFound),
    ("DELTA_PATH_DOES_NOT_EXIST", "42K03", StatementInvalid),
    ("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", StatementInvalid),
    ("UNRESOLVED_FIELD.WITHOUT_SUGGESTION", "42703", StatementInvalid),
    ("AMBIGUOUS_REFERENCE", "42704", StatementInvalid),
    ("SCHEMA_NOT_FOUND", "42704", StatementInvalid),
    ("CATALOG_NOT_FOUND", "42P08", StatementInvalid),
    ("PARSE_SYNTAX_ERROR", "42601", StatementInvalid),
    ("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "42K09", StatementInvalid),
    ("MISSING_AGGREGATION", "42803", StatementInvalid),
    ("MISSING_GROUP_BY", "42803", StatementInvalid),
    ("GROUP_BY_AGGREGATE", "42903", StatementInvalid),
    ("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", StatementInvalid),
    ("UNBOUND_SQL_PARAMETER", "42P02", StatementInvalid),
    ("TABLE_OR_VIEW_ALREADY_EXISTS", "42P07", StatementInvalid),
    ("SCHEMA_ALREADY_EXISTS", "42P06", StatementInvalid),
    ("COLUMN_ALREADY_EXISTS", "42711", StatementInvalid),
    ("INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS", "21S01", StatementInvalid),
    ("INVALID_PARAMETER_VALUE.PATTERN", "22023", StatementFailed),
    ("UNRESOLVED_ROUTINE", "42883", StatementRefused),
    ("UNSUPPORTED_FEATURE.TIME_TRAVEL", "0A000", StatementRefused),
    ("UNSUPPORTED_DATATYPE", "0A000", StatementRefused),
    ("DELTA_UNSUPPORTED_DROP_COLUMN", "0AKDC", StatementRefused),
    ("INSUFFICIENT_PERMISSIONS", "42501", AccessDenied),
    ("UNAUTHORIZED_ACCESS", "42501", AccessDenied),
    ("DIVIDE_BY_ZERO", "22012", StatementFailed),
    ("REMAINDER_BY_ZERO", "22012", StatementFailed),
    ("CAST_INVALID_INPUT", "22018", StatementFailed),
    ("CAST_OVERFLOW", "22003", StatementFailed),
    ("CAST_OVERFLOW_IN_TABLE_INSERT", "22003", StatementFailed),
    ("ARITHMETIC_OVERFLOW", "22003", StatementFailed),
    ("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003", StatementFailed),
    ("INVALID_ARRAY_INDEX", "22003", StatementFailed),
    ("CANNOT_PARSE_TIMESTAMP", "22007", StatementFailed),
    ("DATETIME_OVERFLOW", "22008", StatementFailed),
    ("EXCEED_LIMIT_LENGTH", "54006", StatementFailed),
    ("SCALAR_SUBQUERY_TOO_MANY_ROWS", "21000", StatementFailed),
    ("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE", "21506", StatementFailed),
    ("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "23502", StatementFailed),
    ("DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001", StatementFailed),
    ("AI_FUNCTION_HTTP_REQUEST_ERROR", "08000", StatementFailed),
    ("FAILED_READ_FILE.FILE_NOT_EXIST", "KD001", StatementFailed),
    ("INTERNAL_ERROR", "XX000", StatementFailed),
    ("DELTA_CONCURRENT_APPEND", "2D521", WriteConflict),
    ("DELTA_CONCURRENT_APPEND.ROW_LEVEL_CHANGES", "2D521", WriteConflict),
    ("DELTA_CONCURRENT_DELETE_READ", "2D521", WriteConflict),
    ("DELTA_CONCURRENT_DELETE_DELETE", "2D521", WriteConflict),
    ("DELTA_CONCURRENT_TRANSACTION", "2D521", WriteConflict),
    ("DELTA_CONCURRENT_WRITE", "2D521", WriteConflict),
    ("DELTA_METADATA_CHANGED", "2D521", WriteConflict),
    ("DELTA_PROTOCOL_CHANGED", "2D521", WriteConflict),
    ("DELTA_SCHEMA_CHANGE_SINCE_ANALYSIS", "KD007", WriteConflict),
    ("QUERY_EXECUTION_TIMEOUT_EXCEEDED", "57KD0", StatementTimeout),
    ("OPERATION_CANCELED", "HY008", StatementCancelled),
    ("SERVER_IS_BUSY", "08KD1", WarehouseUnavailable),
]
RETRYABLE = {WriteConflict, WarehouseUnavailable}


@pytest.mark.parametrize(("error_class", "state", "kind"), WORDED, ids=[case[0] for case in WORDED])
def test_error_class_and_state_give_the_type(error_class: str, state: str, kind: type[PlatformError]) -> None:
    raised = exc.ServerOperationError(
        f"[{error_class}] What happened to `a`.`b`, in words. SQLSTATE: {state}; line 1 pos 2"
    )
    found = failure(raised)
    assert type(found.error) is kind
    assert found.error.error_class == error_class.split(".")[0]
    assert found.error.retryable == (kind in RETRYABLE)
    assert not found.on_the_way
    assert "SQLSTATE" not in found.error.message
    assert found.error.message.startswith(f"[{error_class}] What happened to `a`.`b`, in words.")


@pytest.mark.parametrize(
    ("text", "kind", "error_class"),
    [
        ("Something unknown. SQLSTATE: 42P01", TableNotFound, None),
        ("Conflict without a class (SQLSTATE: 2D521)", WriteConflict, None),
        ("nothing known at all", StatementFailed, None),
        ("PERMISSION_DENIED: User does not have USE CATALOG on Catalog 'x'.", AccessDenied, "PERMISSION_DENIED"),
        (
            "org.apache.spark.sql.AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] It cannot be found. SQLSTATE: 42P01",
            TableNotFound,
            "TABLE_OR_VIEW_NOT_FOUND",
        ),
        (
            "[CAST_INVALID_INPUT] The value '[TABLE_OR_VIEW_NOT_FOUND] x' cannot be cast. SQLSTATE: 22018",
            StatementFailed,
            "CAST_INVALID_INPUT",
        ),
        ("The column [PRICE] of the import is wrong. SQLSTATE: 22023", StatementFailed, None),
    ],
)
def test_other_wordings(text: str, kind: type[PlatformError], error_class: str | None) -> None:
    found = statement_error(text)
    assert (type(found), found.error_class) == (kind, error_class)


def _request(code: int | None, text: str = "Error during request to server", cause: object = None) -> Exception:
    return exc.RequestError(text, {"http-code": code}, None, cause)


def _duration(cause: BaseException | None) -> Exception:
    raised = exc.MaxRetryDurationError("Retry request would exceed the duration")
    raised.__context__ = cause
    return _request(200, cause=raised)


BROKE = network.ProtocolError("Connection aborted.")
REFUSED = network.NewConnectionError(None, "refused")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raised", "kind", "flag"),
    [
        (exc.DatabaseError("Invalid SessionHandle: SessionHandle [1b-2]"), WarehouseUnavailable, "session_lost"),
        (
            _request(400, "Error during request to server: BAD_REQUEST: Invalid SessionHandle: Session [1] is closed."),
            WarehouseUnavailable,
            "session_lost",
        ),
        (exc.DatabaseError("Invalid OperationHandle: closed"), WarehouseUnavailable, "session_lost"),
        (exc.DatabaseError("Command 01f0 unexpectedly closed server side"), WarehouseUnavailable, "broken"),
        (_duration(None), WarehouseUnavailable, "turned_away"),
        (_duration(BROKE), WarehouseUnavailable, "broken"),
        (_duration(REFUSED), WarehouseUnavailable, "turned_away"),
        (BROKE, WarehouseUnavailable, "broken"),
        (network.MaxRetryError(None, "/", REFUSED), WarehouseUnavailable, "turned_away"),  # type: ignore[arg-type]
        (network.ReadTimeoutError(None, "/", "late"), WarehouseUnavailable, "broken"),  # type: ignore[arg-type]
        (ConnectionResetError("reset"), WarehouseUnavailable, "broken"),
        (_request(401), SignInExpired, "unauthorized"),
        (_request(403, "Error during request to server: : Invalid access token."), SignInExpired, "unauthorized"),
        (_request(403), AccessDenied, "refused"),
        (_request(404), WarehouseUnavailable, "refused"),
        (_request(413, "too large"), StatementFailed, "refused"),
        (_request(500), WarehouseUnavailable, "broken"),
        (_request(502), WarehouseUnavailable, "broken"),
        (_request(200, "what is this"), WarehouseUnavailable, "broken"),
        (_request(None), WarehouseUnavailable, "broken"),
        (_request(200, cause=SignInExpired("gone")), SignInExpired, ""),
        (_request(200, cause=WarehouseUnavailable("no token to be had")), WarehouseUnavailable, "turned_away"),
        (WarehouseUnavailable("ours"), WarehouseUnavailable, ""),
    ],
)
def test_what_happened_on_the_way(raised: BaseException, kind: type[PlatformError], flag: str) -> None:
    found = failure(raised)
    names = ("session_lost", "turned_away", "broken", "unauthorized", "refused")
    flags = {name for name in names if getattr(found, name)}
    assert type(found.error) is kind
    assert flags == ({flag} if flag else set())
    assert found.on_the_way == bool(flag)


def test_statement_that_the_server_had_taken_may_have_run() -> None:
    for raised in (_duration(None), _request(401), _request(403), exc.DatabaseError("Invalid SessionHandle: x")):
        found = failure(raised).under_way()
        assert found.broken
        assert not any((found.turned_away, found.unauthorized, found.session_lost, found.refused))
    failed = failure(exc.ServerOperationError("[DIVIDE_BY_ZERO] no SQLSTATE: 22012"))
    assert failed.under_way() == failed


def test_what_is_not_the_connectors_is_raised_as_it_is() -> None:
    with pytest.raises(KeyError):
        failure(KeyError("a mistake of ours"))


def test_error_that_the_caller_was_handling_has_nothing_to_do_with_it() -> None:
    outer: Any = ConnectionResetError("before")
    raised = exc.ServerOperationError("[DIVIDE_BY_ZERO] no SQLSTATE: 22012")
    raised.__context__ = outer
    assert failure(raised, outer).error.error_class == "DIVIDE_BY_ZERO"
