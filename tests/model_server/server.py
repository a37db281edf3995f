"""The HTTP server: keeps every call, and answers each with the next behaviour that was queued, or the usual one."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from tests.model_server.behaviours import Asked, Behaviour, Reply, text


class ModelServer:
    """Use as a context manager; `queue` says what comes next, `usual` what comes when nothing is queued."""

    def __init__(self, usual: Behaviour | None = None, *, known: tuple[str, ...] = ()) -> None:
        self.usual = usual or text("Hello.")
        self.known = known
        """The models that exist; others get HTTP 404. Empty: every name."""
        self.asked: list[Asked] = []
        self._queue: deque[Behaviour] = deque()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """The base address, as a client is configured with it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def queue(self, *behaviours: Behaviour) -> None:
        """What the next calls get, one each."""
        with self._lock:
            self._queue.extend(behaviours)

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def reply(self, asked: Asked) -> Reply:
        """What this call gets."""
        with self._lock:
            self.asked.append(asked)
            if self.known and asked.body.get("model") not in self.known:
                return Reply(404, b'{"error": {"message": "no such model"}}')
            behaviour = self._queue.popleft() if self._queue else self.usual
        return behaviour(asked)

    def wait(self, seconds: float) -> None:
        """Let time pass, less of it when the server ends."""
        self._ended.wait(seconds)


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            self._send(server.reply(Asked(self.path, dict(self.headers.items()), body)))

        def _send(self, reply: Reply) -> None:
            if reply.delay_s:
                server.wait(reply.delay_s)
            if reply.drop:
                self.close_connection = True
                return
            try:
                self.send_response(reply.status)
                for name, value in dict(reply.headers).items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body[: reply.stop_after])
                self.wfile.flush()
            except OSError:
                self.close_connection = True
                return
            if reply.stop_after is not None:
                server.wait(reply.hang_s)
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests look at `asked` instead."""

    return Handler


def serve() -> None:
    """For a person: answers every call with one sentence, until it is stopped."""
    with ModelServer(text("This is the loopback model; it knows nothing.")) as running:
        print(f"export LLM_BASE_URL={running.url} LLM_ENDPOINT=loopback-model")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return
