"""The calls that the SQL connector makes of a warehouse, over the generated server side that it ships."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from databricks.sql.thrift_api.TCLIService import ttypes

from core.errors import StatementRefused
from core.types import Principal
from core.warehouse import EmbeddedWarehouse
from tests.workspace.errors import CONFLICT, wording
from tests.workspace.faults import FETCH, OPEN, POLL, Faults
from tests.workspace.operation import Operation, Request
from tests.workspace.principals import Person
from tests.workspace.privileges import refusal, visible
from tests.workspace.session_statements import answered
from tests.workspace.thrift_answers import (
    OK,
    ConnectionDropped,
    HttpAnswer,
    direct_results,
    failed,
    handle,
    identifier,
    invalid,
    metadata,
    page,
    status,
)
from tests.workspace.wire import Wire

AT_ONCE_S = 0.05
"""How long ExecuteStatement waits for the end before it answers with a running operation."""
LONG_POLL_S = 0.1


@dataclass
class _Session:
    person: Person
    configuration: dict[str, str]
    tags: str = ""
    operations: set[bytes] = field(default_factory=set)


class ThriftService:
    """All sessions and operations of one warehouse. The caller of each request is given by `caller`."""

    def __init__(
        self, engine: EmbeddedWarehouse, catalog: str, wire: Wire, caller: Callable[[], tuple[Person, int]]
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self.faults = Faults()
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

    @property
    def operations(self) -> int:
        """Statements that run, or whose results somebody may still fetch."""
        with self._lock:
            return len(self._operations)

    def sessions_of(self, name: str) -> int:
        """Sessions of one person that are open."""
        with self._lock:
            return sum(session.person.name == name for session in self._sessions.values())

    def lose_sessions(self) -> None:
        """Every session and its statements are unknown from now on, as after a long silence or a restart."""
        with self._lock:
            self._sessions.clear()
            operations, self._operations = self._operations, {}
        for operation in operations.values():
            operation.cancel()

    def stop(self, start_seconds: float) -> None:
        """The warehouse stops; the next who needs it starts it, which takes a while."""
        self.lose_sessions()
        self.faults.stop(start_seconds)

    # ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────

    def OpenSession(self, req: ttypes.TOpenSessionReq) -> ttypes.TOpenSessionResp:
        self.faults.wait_for_start()
        person, _ = self._caller()
        fault = self._struck(OPEN)
        guid = secrets.token_bytes(16)
        configuration = dict(req.configuration or {})
        with self._lock:
            self._sessions[guid] = _Session(person, configuration, configuration.get("QUERY_TAGS", ""))
        if fault == "drop_after":
            raise ConnectionDropped
        return ttypes.TOpenSessionResp(
            status=OK,
            serverProtocolVersion=ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8,
            sessionHandle=ttypes.TSessionHandle(sessionId=identifier(guid)),
            configuration=configuration,
            initialNamespace=req.initialNamespace,
            canUseMultipleCatalogs=True,
        )

    def CloseSession(self, req: ttypes.TCloseSessionReq) -> ttypes.TCloseSessionResp:
        with self._lock:
            session = self._sessions.pop(req.sessionHandle.sessionId.guid, None)
            found = [self._operations.pop(guid, None) for guid in (session.operations if session else ())]
        for operation in found:
            if operation is not None:
                operation.cancel()
        return ttypes.TCloseSessionResp(status=OK if session else invalid("SessionHandle"))

    # ── statements ────────────────────────────────────────────────────────────────────────────────────────────

    def ExecuteStatement(self, req: ttypes.TExecuteStatementReq) -> ttypes.TExecuteStatementResp:
        self.faults.wait_for_start()
        guid = req.sessionHandle.sessionId.guid
        session = self._session(guid)
        person, _ = self._caller()
        if session is None or session.person.name != person.name:
            self._note(req, session, "invalid_session")
            return ttypes.TExecuteStatementResp(status=invalid("SessionHandle"))
        fault = self.faults.draw(req.statement)
        if fault is not None:
            self._note(req, session, fault)
        if fault == "conflict":
            return failed(CONFLICT, "2D521")
        if fault == "session_lost":
            self._lose(guid)
            return ttypes.TExecuteStatementResp(status=invalid("SessionHandle"))
        self._strike(fault)
        missing = refusal(person, req.statement)
        if missing is not None:
            self._note(req, session, "INSUFFICIENT_PERMISSIONS")
            return failed(f"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: {missing} SQLSTATE: 42501", "42501")
        try:
            is_about_session = answered(req.statement, session.configuration, self._catalog)
        except StatementRefused as error:
            self._note(req, session, error.error_class or error.code)
            return failed(*wording(error))
        return self._executed(req, session, "SELECT 1 WHERE false" if is_about_session else req.statement, fault)

    def _executed(
        self, req: ttypes.TExecuteStatementReq, session: _Session, statement: str, fault: str | None
    ) -> ttypes.TExecuteStatementResp:
        operation, guid = self._start(req, session, statement)
        if fault == "drop_after":
            operation.done.wait()
            raise ConnectionDropped
        latency_s = operation.request.latency_s
        operation.done.wait(AT_ONCE_S + (latency_s if latency_s < AT_ONCE_S else 0))
        has_ended = operation.done.is_set()
        self._note(req, session, operation.outcome if has_ended else "ok")
        direct = None
        if has_ended and req.getDirectResults:
            direct = direct_results(operation, int(req.getDirectResults.maxRows))
            if direct.closeOperation is not None:
                with self._lock:
                    self._operations.pop(guid, None)
        return ttypes.TExecuteStatementResp(status=OK, operationHandle=handle(guid), directResults=direct)

    def GetOperationStatus(self, req: ttypes.TGetOperationStatusReq) -> ttypes.TGetOperationStatusResp:
        operation = self._operation(req.operationHandle, POLL)
        if operation is None:
            return ttypes.TGetOperationStatusResp(status=invalid("OperationHandle"))
        operation.done.wait(LONG_POLL_S)
        return status(operation)

    def CancelOperation(self, req: ttypes.TCancelOperationReq) -> ttypes.TCancelOperationResp:
        operation = self._operation(req.operationHandle)
        if operation is not None:
            operation.cancel()
        return ttypes.TCancelOperationResp(status=OK)

    def CloseOperation(self, req: ttypes.TCloseOperationReq) -> ttypes.TCloseOperationResp:
        with self._lock:
            operation = self._operations.pop(req.operationHandle.operationId.guid, None)
        if operation is not None:
            operation.cancel()
        return ttypes.TCloseOperationResp(status=OK)

    # ── results ───────────────────────────────────────────────────────────────────────────────────────────────

    def GetResultSetMetadata(self, req: ttypes.TGetResultSetMetadataReq) -> ttypes.TGetResultSetMetadataResp:
        operation = self._operation(req.operationHandle)
        if operation is None or operation.rows is None:
            text = operation.error[0] if operation is not None and operation.error else "no result"
            answer = ttypes.TStatus(statusCode=ttypes.TStatusCode.ERROR_STATUS, errorMessage=text)
            return ttypes.TGetResultSetMetadataResp(status=answer)
        return metadata(operation)

    def FetchResults(self, req: ttypes.TFetchResultsReq) -> ttypes.TFetchResultsResp:
        operation = self._operation(req.operationHandle, FETCH)
        if operation is None or operation.rows is None:
            return ttypes.TFetchResultsResp(status=invalid("OperationHandle"))
        response = page(operation, int(req.maxRows or len(operation.rows)))
        if req.includeResultSetMetadata:
            response.resultSetMetadata = metadata(operation)
        return response

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _session(self, guid: bytes) -> _Session | None:
        with self._lock:
            return self._sessions.get(guid)

    def _operation(self, found: ttypes.TOperationHandle, call: str = "") -> Operation | None:
        """The operation of a handle; what goes wrong with `call` goes wrong here."""
        guid = found.operationId.guid
        with self._lock:
            operation = self._operations.get(guid)
        if operation is not None and call and self._struck(call, operation.request.statement) == "session_lost":
            with self._lock:
                owner = next((key for key, kept in self._sessions.items() if guid in kept.operations), b"")
            self._lose(owner)
            return None
        return operation

    def _lose(self, guid: bytes) -> None:
        """A session and its operations are unknown from now on; statements that run go on."""
        with self._lock:
            session = self._sessions.pop(guid, None)
            for operation in session.operations if session else ():
                self._operations.pop(operation, None)

    def _start(self, req: ttypes.TExecuteStatementReq, session: _Session, statement: str) -> tuple[Operation, bytes]:
        limit = session.configuration.get("STATEMENT_TIMEOUT")
        request = Request(
            statement=visible(session.person, statement),
            parameters=req.parameters or (),
            principal=Principal(user_id=session.person.name, role="workspace"),
            timeout_s=float(limit) if limit else None,
            latency_s=self.faults.latency_s,
            compressed=bool(req.canDecompressLZ4Result),
        )
        guid = secrets.token_bytes(16)
        operation = Operation(self._engine, request)
        with self._lock:
            self._operations[guid] = operation
            session.operations.add(guid)
        return operation, guid

    def _struck(self, call: str, statement: str = "") -> str | None:
        """The fault that a call meets."""
        fault = self.faults.draw(statement, call)
        self._strike(fault)
        return fault

    def _strike(self, fault: str | None) -> None:
        """End the request, for faults that leave it without an answer."""
        if fault is None:
            return
        if fault.startswith("http_"):
            seconds = self.faults.retry_after
            headers = {"Retry-After": str(seconds)} if seconds is not None and fault != "http_500" else {}
            raise HttpAnswer(int(fault.removeprefix("http_")), "The warehouse is busy.", headers)
        if fault == "token_expired":
            raise HttpAnswer(401, "The access token has expired.")
        if fault == "denied":
            raise HttpAnswer(403, "No permission to use this warehouse.")
        if fault == "drop_before":
            raise ConnectionDropped

    def _note(self, req: ttypes.TExecuteStatementReq, session: _Session | None, outcome: str) -> None:
        person, size = self._caller()
        own = (req.confOverlay or {}).get("query_tags", "")
        tags = ",".join(part for part in (session.tags if session else "", own) if part)
        self._wire.note(req.statement, person.name, tags, outcome, size)
