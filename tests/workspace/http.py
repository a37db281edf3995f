"""The HTTP server: finds out who calls, hands Thrift to the warehouse and the rest to REST, drops connections."""

from __future__ import annotations

import json
import logging
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from databricks.sql.thrift_api.TCLIService.TCLIService import Processor
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

from tests.workspace import rest
from tests.workspace.principals import Person
from tests.workspace.thrift_answers import ConnectionDropped, HttpAnswer

if TYPE_CHECKING:
    from tests.workspace.workspace import Workspace

_log = logging.getLogger(__name__)
_PREFIX = "/sql/1.0/warehouses/"
caller = threading.local()
"""The person and the size of the request that this thread serves."""


def current_caller() -> tuple[Person, int]:
    """Who makes the request in hand, and its bytes."""
    return caller.person, caller.size


class WorkspaceServer(ThreadingHTTPServer):
    """Listens on loopback only."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, workspace: Workspace, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.workspace = workspace
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one client until it leaves, or the server does."""
        with self._lock:
            self._clients.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._clients.discard(request)

    def server_close(self) -> None:
        """End the connections too: clients of a server that has stopped are not answered over those they hold."""
        super().server_close()
        with self._lock:
            for client in self._clients:
                with suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WorkspaceServer

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        authorization = self.headers.get("Authorization") or ""
        person = self.server.workspace.principals.of_token(authorization.removeprefix("Bearer "))
        try:
            if address.path.startswith(_PREFIX):
                self._thrift(address.path.removeprefix(_PREFIX), body, person)
            else:
                self.server.workspace.calls.append((self.command, address.path))
                query = dict(parse_qsl(address.query))
                call = rest.Call(self.command, address.path, query, body, authorization, person)
                status, answer = rest.answer(self.server.workspace, call)
                if isinstance(answer, bytes):
                    self._send(status, answer, "application/octet-stream")
                else:
                    self._send(status, json.dumps(answer).encode(), "application/json")
        except HttpAnswer as answer:
            self._send(answer.status, b"", "text/plain", {**answer.headers, "x-databricks-reason-phrase": answer.text})
        except ConnectionDropped:
            self._drop()

    def _thrift(self, warehouse: str, body: bytes, person: Person | None) -> None:
        service = self.server.workspace.warehouses.get(warehouse)
        if service is None:
            raise HttpAnswer(404, f"There is no warehouse {warehouse}.")
        if person is None:
            raise HttpAnswer(401, "The access token is missing or expired.")
        caller.person, caller.size = person, len(body)
        incoming, outgoing = TMemoryBuffer(body), TMemoryBuffer()
        # Without these two a large parameter or result would end the connection.
        protocol = TBinaryProtocol(incoming, string_length_limit=None, container_length_limit=None)
        Processor(service).process(protocol, TBinaryProtocol(outgoing))
        self._send(200, outgoing.getvalue(), "application/x-thrift")

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *arguments: object) -> None:
        _log.debug(format, *arguments)
