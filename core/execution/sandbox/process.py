"""One confined interpreter as a child process: request in, output and answer out, its own clock, one kill for all."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast

from core.execution.sandbox.port import FailureKind, Json, RungName, SandboxFailure, SandboxLimits, SandboxResult
from core.types import Cancellation

if TYPE_CHECKING:
    import pyarrow as pa

_START_SECONDS = 30.0
_END_SECONDS = 5.0
_CHUNK = 65_536
_KINDS = frozenset({"exception", "syntax", "memory", "ended", "result_too_large"})


@dataclass(frozen=True)
class Launch:
    """How the child is started: `command` gets the number of the answer's file as its last word."""

    rung: RungName
    command: Sequence[str]
    request: dict[str, Any]
    pass_files: tuple[int, ...] = ()
    folder: str | None = None
    after: Callable[[], None] = field(default=lambda: None)
    """Called when the child is dead: ends what it may have left."""


def run_confined(launch: Launch, limits: SandboxLimits, cancellation: Cancellation | None) -> SandboxResult:
    """Start, watch and end the child. Never leaves it running."""
    started = time.monotonic()
    reading, writing = os.pipe()
    try:
        with tempfile.TemporaryFile() as request:
            request.write(json.dumps(launch.request).encode())
            request.seek(0)
            child = _start(launch, request, writing)
    finally:
        os.close(writing)
    watch = _Watch(child, reading, limits)
    forget = cancellation.on_cancel(watch.cancel) if cancellation is not None else lambda: None
    try:
        watch.until_end()
    finally:
        forget()
        watch.kill()
        launch.after()
        os.close(reading)
    return watch.result(launch.rung, time.monotonic() - started)


def _start(launch: Launch, request: IO[bytes], writing: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*launch.command, str(writing)],
        stdin=request,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={},
        cwd=launch.folder or "/",
        pass_fds=(writing, *launch.pass_files),
        start_new_session=True,
    )


class _Watch:
    """Reads what the child writes, within its caps, until it ends or its time does."""

    def __init__(self, child: subprocess.Popen[bytes], answer: int, limits: SandboxLimits) -> None:
        self._child = child
        self._answer = answer
        self._limits = limits
        self._output = bytearray()
        self._answered = bytearray()
        self._written = 0
        self._cancelled = False
        self._late = False
        self._flooded = False
        self._deadline = time.monotonic() + _START_SECONDS
        self._ready = False

    def cancel(self) -> None:
        self._cancelled = True
        self._end_group()

    def kill(self) -> None:
        """End the child and wait until nobody holds the answer's pipe any more: then all that it started is dead."""
        self._end_group()
        self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        with selectors.DefaultSelector() as selector:
            selector.register(self._answer, selectors.EVENT_READ)
            while selector.select(_END_SECONDS) and os.read(self._answer, _CHUNK):
                pass

    def _end_group(self) -> None:
        """The group, because bubblewrap forks before it has tied its child to itself."""
        if self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)

    def until_end(self) -> None:
        assert self._child.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout.fileno(), selectors.EVENT_READ, self._take_output)
            selector.register(self._answer, selectors.EVENT_READ, self._take_answer)
            while selector.get_map() and not self._flooded:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    self._late = True
                    return
                for key, _ in selector.select(min(left, 0.5)):
                    chunk = os.read(key.fd, _CHUNK)
                    if not chunk:
                        selector.unregister(key.fd)
                    key.data(chunk)

    def _take_output(self, chunk: bytes) -> None:
        self._written += len(chunk)
        room = self._limits.output_bytes - len(self._output)
        self._output += chunk[: max(0, room)]

    def _take_answer(self, chunk: bytes) -> None:
        self._answered += chunk
        if not self._ready and self._answered.startswith(b"ready\n"):
            self._ready = True
            self._deadline = time.monotonic() + self._limits.seconds
        self._flooded = len(self._answered) > self._limits.result_bytes + _CHUNK

    def result(self, rung: RungName, seconds: float) -> SandboxResult:
        value, table, truncated, error = self._read()
        return SandboxResult(
            stdout=self._output.decode("utf-8", "replace"),
            stdout_truncated=self._written > len(self._output),
            result=value,
            table=table,
            truncated=truncated,
            error=error,
            seconds=seconds,
            rung=rung,
        )

    def _read(self) -> tuple[Json, pa.Table | None, bool, SandboxFailure | None]:
        failure = self._ended_early()
        if failure is not None:
            return None, None, False, failure
        head, _, body = bytes(self._answered).removeprefix(b"ready\n").partition(b"\n")
        try:
            header = json.loads(head)
            if header["kind"] == "value":
                return cast(Json, header["value"]), None, False, None
            if header["kind"] == "table":
                return None, _read_table(body, self._limits), header["truncated"] is True, None
            return None, None, False, _failure(header)
        except (ValueError, KeyError, TypeError, RecursionError):
            return None, None, False, SandboxFailure("no_result", "The code sent a result that cannot be read.")

    def _ended_early(self) -> SandboxFailure | None:
        if self._cancelled:
            return SandboxFailure("cancelled", "It was stopped.")
        if self._late and self._ready:
            return SandboxFailure("timeout", f"It ran longer than {self._limits.seconds:g} seconds and was stopped.")
        if self._flooded:
            return SandboxFailure("result_too_large", "The result is larger than may leave the sandbox.")
        if not self._ready:
            said = self._output.decode("utf-8", "replace").strip()[-300:]
            return SandboxFailure("no_result", f"The sandbox did not start. {said}".strip())
        if b"\n" not in bytes(self._answered[len(b"ready\n") :]):
            status = self._child.returncode
            return SandboxFailure("ended", f"The code ended without a result (status {status}): killed, or by itself.")
        return None


def _failure(header: dict[str, Any]) -> SandboxFailure:
    kind = header["error"] if header["error"] in _KINDS else "exception"
    number = header.get("line")
    return SandboxFailure(cast(FailureKind, kind), str(header["message"]), number if isinstance(number, int) else None)


def _read_table(body: bytes, limits: SandboxLimits) -> pa.Table:
    """The table, every buffer checked against its type: the bytes come from the code. Raises ValueError."""
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
            table = stream.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from error
    if table.num_rows > limits.result_rows:
        raise ValueError("more rows than were allowed")
    return table
