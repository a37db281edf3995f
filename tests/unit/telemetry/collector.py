"""A collector of OpenTelemetry on loopback: keeps what it is sent, decoded, and answers as it is told."""

from __future__ import annotations

import gzip
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

Span = dict[str, Any]


class LoopbackCollector:
    """`answers` are (status, seconds before it, spans refused) of the next requests; then it takes everything."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, float, int]] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.spans: list[Span] = []
        self.hung_up = threading.Event()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, wait, refused = collector._take(self.path, headers, body)
                collector.hung_up.wait(wait)
                answer = ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess(rejected_spans=refused))
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", collector.url)
                self.end_headers()
                self.wfile.write(answer.SerializeToString())

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> LoopbackCollector:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hung_up.set()
        self._server.shutdown()
        self._server.server_close()

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, float, int]:
        self.requests.append((path, headers))
        answer = self.answers.pop(0) if self.answers else (200, 0.0, 0)
        if answer[0] == 200 and not answer[1]:
            self.spans += decoded(gzip.decompress(body))
        return answer


def decoded(body: bytes) -> list[Span]:
    """The spans of a request with their attributes as a dictionary."""
    request = ExportTraceServiceRequest.FromString(body)
    found: list[Span] = []
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                attributes = {
                    pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in span.attributes
                }
                found.append({"span": span, "attributes": attributes, "name": span.name})
    return found


def until(condition: Any, seconds: float = 10.0) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(condition())
