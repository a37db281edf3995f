"""The calls that the SQL connector makes of a warehouse, over the generated server side that it ships."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes
from thrift.transport.TTransport import TTransportException

from core.types import Principal
from core.warehouse import EmbeddedWarehouse
from tests.workspace.arrow_results import batches, thrift_schema
from tests.workspace.errors import CONFLICT
from tests.workspace.faults import Faults
from tests.workspace.operation import Operation, Request
from tests.workspace.principals import Person, refusal
from tests.workspace.wire import Wire

AT_ONCE_S = 0.05
"""How long ExecuteStatement waits for the end before it answers with a running operation."""
LONG_POLL_S = 0.1
_STATE = ttypes.TOperationState
_OK = ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS)


class HttpAnswer(TTransportException):
    """Leaves the Thrift layer: an HTTP status instead of an answer."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message=message)
        self.status = status
        self.text = message
        self.headers = headers or {}


class ConnectionDropped(TTransportException):
    """Leaves the Thrift layer: the connection ends without an answer."""


@dataclass
class _Session:
    person: Person
    configuration: dict[str, str]
    tags: str = ""
    operations: set[bytes] = field(default_factory=set)


class ThriftService:
    """All sessions and operations of one warehouse. The caller of each request is given by `caller`."""

    def __init__(
        self, engine: EmbeddedWarehouse, faults: Faults, wire: Wire, caller: Callable[[], tuple[Person, int]]
    ) -> None:
        self._engine = engine
        self._faults = faults
        self._wire = wire
        self._caller = caller
        self._sessions: dict[bytes, _Session] = {}
        self._operations: dict[bytes, Operation] = {}
        self._lock = threading.Lock()

    @property
    def sessions(self) -> int:
        """Sessions that are open."""
        with self._lock:
            return len(self._sessions)

    def lose_sessions(self) -> None:
        """Every session is unknown from now on, as after a long silence or a restart."""
        with self._lock:
            self._sessions.clear()

    # ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────

    def OpenSession(self, req: ttypes.TOpenSessionReq) -> ttypes.TOpenSessionResp:
        self._faults.wait_for_start()
        person, _ = self._caller()
        guid = secrets.token_bytes(16)
        configuration = dict(req.configuration or {})
        with self._lock:
            self._sessions[guid] = _Session(person, configuration, configuration.get("QUERY_TAGS", ""))
        return ttypes.TOpenSessionResp(
            status=_OK,
            serverProtocolVersion=ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8,
            sessionHandle=ttypes.TSessionHandle(sessionId=_identifier(guid)),
            configuration=configuration,
            initialNamespace=req.initialNamespace,
            canUseMultipleCatalogs=True,
        )

    def CloseSession(self, req: ttypes.TCloseSessionReq) -> ttypes.TCloseSessionResp:
        with self._lock:
            session = self._sessions.pop(req.sessionHandle.sessionId.guid, None)
            for guid in session.operations if session else ():
                self._operations.pop(guid, None)
        return ttypes.TCloseSessionResp(status=_OK if session else _invalid("SessionHandle"))

    # ── statements ────────────────────────────────────────────────────────────────────────────────────────────

    def ExecuteStatement(self, req: ttypes.TExecuteStatementReq) -> ttypes.TExecuteStatementResp:
        self._faults.wait_for_start()
        session = self._session(req.sessionHandle.sessionId.guid)
        person, size = self._caller()
        tags = (req.confOverlay or {}).get("query_tags", "") if session is None else _tags(session, req)
        if session is None or session.person.name != person.name:
            self._wire.note(req.statement, person.name, tags, "invalid_session", size)
            return ttypes.TExecuteStatementResp(status=_invalid("SessionHandle"))
        fault = self._faults.draw(req.statement)
        if fault is not None:
            self._wire.note(req.statement, person.name, tags, fault, size)
            if fault != "drop_after":
                return self._struck(fault, req)
        missing = refusal(person, req.statement)
        if missing is not None:
            self._wire.note(req.statement, person.name, tags, "INSUFFICIENT_PERMISSIONS", size)
            return _failed(f"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: {missing} SQLSTATE: 42501", "42501")
        operation, guid = self._start(req, session)
        if fault == "drop_after":
            operation.done.wait()
            raise ConnectionDropped(message="The connection ends here.")
        operation.done.wait(AT_ONCE_S + (operation.request.latency_s if operation.request.latency_s < AT_ONCE_S else 0))
        self._wire.note(req.statement, person.name, tags, operation.outcome if operation.done.is_set() else "ok", size)
        handle = ttypes.TOperationHandle(
            operationId=_identifier(guid),
            operationType=ttypes.TOperationType.EXECUTE_STATEMENT,
            hasResultSet=True,
        )
        direct = self._direct(operation, req) if operation.done.is_set() and req.getDirectResults else None
        if direct is not None and direct.closeOperation is not None:
            with self._lock:
                self._operations.pop(guid, None)
        return ttypes.TExecuteStatementResp(status=_OK, operationHandle=handle, directResults=direct)

    def GetOperationStatus(self, req: ttypes.TGetOperationStatusReq) -> ttypes.TGetOperationStatusResp:
        operation = self._operation(req.operationHandle)
        if operation is None:
            return ttypes.TGetOperationStatusResp(status=_invalid("OperationHandle"))
        operation.done.wait(LONG_POLL_S)
        return _status(operation)

    def CancelOperation(self, req: ttypes.TCancelOperationReq) -> ttypes.TCancelOperationResp:
        operation = self._operation(req.operationHandle)
        if operation is not None:
            operation.cancel()
        return ttypes.TCancelOperationResp(status=_OK)

    def CloseOperation(self, req: ttypes.TCloseOperationReq) -> ttypes.TCloseOperationResp:
        with self._lock:
            operation = self._operations.pop(req.operationHandle.operationId.guid, None)
        if operation is not None:
            operation.cancel()
        return ttypes.TCloseOperationResp(status=_OK)

    # ── results ───────────────────────────────────────────────────────────────────────────────────────────────

    def GetResultSetMetadata(self, req: ttypes.TGetResultSetMetadataReq) -> ttypes.TGetResultSetMetadataResp:
        operation = self._operation(req.operationHandle)
        if operation is None or operation.rows is None:
            text = operation.error[0] if operation is not None and operation.error else "no result"
            status = ttypes.TStatus(statusCode=ttypes.TStatusCode.ERROR_STATUS, errorMessage=text)
            return ttypes.TGetResultSetMetadataResp(status=status)
        return _metadata(operation.rows, compressed=False)

    def FetchResults(self, req: ttypes.TFetchResultsReq) -> ttypes.TFetchResultsResp:
        operation = self._operation(req.operationHandle)
        if operation is None or operation.rows is None:
            return ttypes.TFetchResultsResp(status=_invalid("OperationHandle"))
        response = _page(operation, int(req.maxRows or len(operation.rows)), compressed=False)
        if req.includeResultSetMetadata:
            response.resultSetMetadata = _metadata(operation.rows, compressed=False)
        return response

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _session(self, guid: bytes) -> _Session | None:
        with self._lock:
            return self._sessions.get(guid)

    def _operation(self, handle: ttypes.TOperationHandle) -> Operation | None:
        with self._lock:
            return self._operations.get(handle.operationId.guid)

    def _start(self, req: ttypes.TExecuteStatementReq, session: _Session) -> tuple[Operation, bytes]:
        limit = session.configuration.get("STATEMENT_TIMEOUT")
        request = Request(
            statement=req.statement,
            parameters=req.parameters or (),
            principal=Principal(user_id=session.person.name, role="workspace"),
            timeout_s=float(limit) if limit else None,
            latency_s=self._faults.latency_s,
        )
        guid = secrets.token_bytes(16)
        operation = Operation(self._engine, request)
        with self._lock:
            self._operations[guid] = operation
            session.operations.add(guid)
        return operation, guid

    def _struck(self, fault: str, req: ttypes.TExecuteStatementReq) -> ttypes.TExecuteStatementResp:
        if fault.startswith("http_"):
            seconds = self._faults.retry_after
            headers = {"Retry-After": str(seconds)} if seconds is not None and fault != "http_500" else {}
            raise HttpAnswer(int(fault.removeprefix("http_")), "The warehouse is busy.", headers)
        if fault == "token_expired":
            raise HttpAnswer(401, "The access token has expired.")
        if fault == "denied":
            raise HttpAnswer(403, "No permission to use this warehouse.")
        if fault == "drop_before":
            raise ConnectionDropped(message="The connection ends here.")
        if fault == "conflict":
            return _failed(CONFLICT, "2D521")
        with self._lock:
            self._sessions.pop(req.sessionHandle.sessionId.guid, None)
        return ttypes.TExecuteStatementResp(status=_invalid("SessionHandle"))

    def _direct(self, operation: Operation, req: ttypes.TExecuteStatementReq) -> ttypes.TSparkDirectResults:
        status = _status(operation)
        if operation.rows is None:
            return ttypes.TSparkDirectResults(operationStatus=status)
        compressed = bool(req.canDecompressLZ4Result)
        page = _page(operation, int(req.getDirectResults.maxRows), compressed=compressed)
        closed = None if page.hasMoreRows else ttypes.TCloseOperationResp(status=_OK)
        metadata = _metadata(operation.rows, compressed=compressed and not page.hasMoreRows)
        if page.hasMoreRows and compressed:  # later pages come uncompressed, and one result has one form
            operation.served = 0
            page = _page(operation, int(req.getDirectResults.maxRows), compressed=False)
        return ttypes.TSparkDirectResults(
            operationStatus=status, resultSetMetadata=metadata, resultSet=page, closeOperation=closed
        )


def _identifier(guid: bytes) -> ttypes.THandleIdentifier:
    return ttypes.THandleIdentifier(guid=guid, secret=guid)


def _invalid(what: str) -> ttypes.TStatus:
    return ttypes.TStatus(
        statusCode=ttypes.TStatusCode.INVALID_HANDLE_STATUS, errorMessage=f"Invalid {what}: it is closed or unknown."
    )


def _tags(session: _Session, req: ttypes.TExecuteStatementReq) -> str:
    own = (req.confOverlay or {}).get("query_tags", "")
    return ",".join(part for part in (session.tags, own) if part)


def _failed(message: str, state: str) -> ttypes.TExecuteStatementResp:
    status = ttypes.TGetOperationStatusResp(
        status=_OK, operationState=_STATE.ERROR_STATE, sqlState=state, errorMessage=message, displayMessage=message
    )
    handle = ttypes.TOperationHandle(
        operationId=_identifier(secrets.token_bytes(16)),
        operationType=ttypes.TOperationType.EXECUTE_STATEMENT,
        hasResultSet=False,
    )
    direct = ttypes.TSparkDirectResults(operationStatus=status)
    return ttypes.TExecuteStatementResp(status=_OK, operationHandle=handle, directResults=direct)


def _status(operation: Operation) -> ttypes.TGetOperationStatusResp:
    if not operation.done.is_set():
        return ttypes.TGetOperationStatusResp(status=_OK, operationState=_STATE.RUNNING_STATE)
    if operation.cancelled:
        return ttypes.TGetOperationStatusResp(status=_OK, operationState=_STATE.CANCELED_STATE)
    if operation.error is not None:
        message, state = operation.error
        return ttypes.TGetOperationStatusResp(
            status=_OK,
            operationState=_STATE.ERROR_STATE,
            sqlState=state,
            errorMessage=message,
            displayMessage=message,
        )
    return ttypes.TGetOperationStatusResp(
        status=_OK, operationState=_STATE.FINISHED_STATE, hasResultSet=True, numModifiedRows=operation.affected
    )


def _metadata(rows: pa.Table, *, compressed: bool) -> ttypes.TGetResultSetMetadataResp:
    return ttypes.TGetResultSetMetadataResp(
        status=_OK,
        schema=thrift_schema(rows.schema),
        resultFormat=ttypes.TSparkRowSetType.ARROW_BASED_SET,
        arrowSchema=rows.schema.serialize().to_pybytes(),
        lz4Compressed=compressed,
        isStagingOperation=False,
    )


def _page(operation: Operation, most: int, *, compressed: bool) -> ttypes.TFetchResultsResp:
    rows: Any = operation.rows
    first = operation.served
    part = rows.slice(first, most)
    operation.served += len(part)
    return ttypes.TFetchResultsResp(
        status=_OK,
        hasMoreRows=operation.served < len(rows),
        results=ttypes.TRowSet(startRowOffset=first, rows=[], arrowBatches=list(batches(part, compressed=compressed))),
    )
