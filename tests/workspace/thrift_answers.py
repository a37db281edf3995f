"""Answers of the Thrift protocol, built from operations: states, errors, result pages."""

from __future__ import annotations

import secrets
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes
from thrift.transport.TTransport import TTransportException

from tests.workspace.arrow_results import batches, thrift_schema
from tests.workspace.operation import Operation

_STATE = ttypes.TOperationState
OK = ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS)


class HttpAnswer(TTransportException):
    """Leaves the Thrift layer: an HTTP status instead of an answer."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message=message)
        self.status = status
        self.text = message
        self.headers = headers or {}


class ConnectionDropped(TTransportException):
    """Leaves the Thrift layer: the connection ends without an answer."""

    def __init__(self) -> None:
        super().__init__(message="The connection ends here.")


def identifier(guid: bytes) -> ttypes.THandleIdentifier:
    """A handle's id."""
    return ttypes.THandleIdentifier(guid=guid, secret=guid)


def invalid(what: str) -> ttypes.TStatus:
    """The status for a session or operation that is closed or was never there."""
    return ttypes.TStatus(
        statusCode=ttypes.TStatusCode.INVALID_HANDLE_STATUS, errorMessage=f"Invalid {what}: it is closed or unknown."
    )


def handle(guid: bytes) -> ttypes.TOperationHandle:
    """Of one statement."""
    return ttypes.TOperationHandle(
        operationId=identifier(guid), operationType=ttypes.TOperationType.EXECUTE_STATEMENT, hasResultSet=True
    )


def failed(message: str, state: str) -> ttypes.TExecuteStatementResp:
    """A statement that ended at once, with an error."""
    direct = ttypes.TSparkDirectResults(operationStatus=_error(message, state))
    return ttypes.TExecuteStatementResp(
        status=OK, operationHandle=handle(secrets.token_bytes(16)), directResults=direct
    )


def status(operation: Operation) -> ttypes.TGetOperationStatusResp:
    """How far a statement is."""
    if not operation.done.is_set():
        return ttypes.TGetOperationStatusResp(status=OK, operationState=_STATE.RUNNING_STATE)
    if operation.cancelled:
        return ttypes.TGetOperationStatusResp(status=OK, operationState=_STATE.CANCELED_STATE)
    if operation.error is not None:
        return _error(*operation.error)
    return ttypes.TGetOperationStatusResp(
        status=OK, operationState=_STATE.FINISHED_STATE, hasResultSet=True, numModifiedRows=operation.affected
    )


def _error(message: str, state: str) -> ttypes.TGetOperationStatusResp:
    return ttypes.TGetOperationStatusResp(
        status=OK, operationState=_STATE.ERROR_STATE, sqlState=state, errorMessage=message, displayMessage=message
    )


def direct_results(operation: Operation, most_rows: int) -> ttypes.TSparkDirectResults:
    """The state and, of a statement that has ended well, the first page beside it."""
    if operation.rows is None:
        return ttypes.TSparkDirectResults(operationStatus=status(operation))
    first = page(operation, most_rows)
    return ttypes.TSparkDirectResults(
        operationStatus=status(operation),
        resultSetMetadata=metadata(operation),
        resultSet=first,
        closeOperation=None if first.hasMoreRows else ttypes.TCloseOperationResp(status=OK),
    )


def metadata(operation: Operation) -> ttypes.TGetResultSetMetadataResp:
    """The columns of a result and the form of its pages."""
    rows: pa.Table = operation.rows
    return ttypes.TGetResultSetMetadataResp(
        status=OK,
        schema=thrift_schema(rows.schema),
        resultFormat=ttypes.TSparkRowSetType.ARROW_BASED_SET,
        arrowSchema=rows.schema.serialize().to_pybytes(),
        lz4Compressed=operation.request.compressed,
        isStagingOperation=False,
    )


def page(operation: Operation, most_rows: int) -> ttypes.TFetchResultsResp:
    """The next rows of a result."""
    rows: Any = operation.rows
    first = operation.served
    part = rows.slice(first, most_rows)
    operation.served += len(part)
    found = list(batches(part, compressed=operation.request.compressed))
    return ttypes.TFetchResultsResp(
        status=OK,
        hasMoreRows=operation.served < len(rows),
        results=ttypes.TRowSet(startRowOffset=first, rows=[], arrowBatches=found),
    )
