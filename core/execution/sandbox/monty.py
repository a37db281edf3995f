"""The rung for shaping plain values: an interpreter written for untrusted code, in a worker process; no pandas."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from typing import Any

from core.errors import SandboxUnavailable
from core.execution.sandbox.port import (
    DEFAULT_LIMITS,
    Inputs,
    Json,
    RungName,
    SandboxFailure,
    SandboxLimits,
    SandboxResult,
)
from core.execution.sandbox.request import is_table
from core.types import Cancellation

INSTALL = "Install the requirements of the platform again (pydantic-monty)."


class MontySandbox:
    """The language without a system below it: no files, network, processes, environment or sleeping."""

    rung: RungName = "monty"

    def __init__(self) -> None:
        try:
            import pydantic_monty
        except ImportError as error:
            raise SandboxUnavailable("pydantic-monty is not installed.", next_step=INSTALL) from error
        self._monty = pydantic_monty

    def run(
        self,
        code: str,
        *,
        inputs: Inputs | None = None,
        limits: SandboxLimits = DEFAULT_LIMITS,
        cancellation: Cancellation | None = None,
    ) -> SandboxResult:
        """See Sandbox.run. Tables are refused: there is no pandas here."""
        if any(map(is_table, (inputs or {}).values())):
            raise SandboxUnavailable("A table cannot be handed to this sandbox.", next_step="Use bubblewrap.")
        output = _Output(limits.output_bytes)
        started = time.monotonic()
        value, error = self._feed(code, dict(inputs or {}), limits, cancellation, output)
        result: Json = None
        if error is None:
            result, error = _bounded(value, limits)
        seconds = time.monotonic() - started
        return SandboxResult(output.text, output.truncated, result, None, False, error, seconds, self.rung)

    def _feed(
        self,
        code: str,
        inputs: dict[str, Any],
        limits: SandboxLimits,
        cancellation: Cancellation | None,
        output: _Output,
    ) -> tuple[Any, SandboxFailure | None]:
        caps: Any = {"max_feed_duration_secs": limits.seconds, "max_memory": limits.memory_bytes}
        try:
            pool = self._monty.Monty(min_processes=0)
        except FileNotFoundError as error:
            raise SandboxUnavailable("The interpreter of pydantic-monty is missing.", next_step=INSTALL) from error
        with pool as workers, workers.checkout(limits=caps, os_policy={"sleep": "zero"}) as session:
            clock = _Clock(session.worker_pid, limits.seconds, cancellation)
            try:
                value = session.feed_run(code, inputs=inputs, print_callback=output.take)
                if not _binds_result(code):
                    return value, None
                return session.feed_run("result", print_callback=output.take), None
            except self._monty.MontySyntaxError as error:
                return None, SandboxFailure("syntax", str(error)[:2000])
            except self._monty.MontyError as error:
                return None, clock.failure() or _failure(str(error))
            finally:
                clock.stop()


class _Clock:
    """Ends the worker when its time is over or a person stops it."""

    def __init__(self, worker: int | None, seconds: float, cancellation: Cancellation | None) -> None:
        self._worker = worker
        self._seconds = seconds
        self._reason: SandboxFailure | None = None
        self._timer = threading.Timer(seconds + 0.5, self._late)
        self._timer.daemon = True
        self._timer.start()
        self._forget = cancellation.on_cancel(self._cancelled) if cancellation is not None else lambda: None

    def failure(self) -> SandboxFailure | None:
        return self._reason

    def stop(self) -> None:
        self._timer.cancel()
        self._forget()
        self._worker = None

    def _late(self) -> None:
        self._end(SandboxFailure("timeout", f"It ran longer than {self._seconds:g} seconds and was stopped."))

    def _cancelled(self) -> None:
        self._end(SandboxFailure("cancelled", "It was stopped."))

    def _end(self, reason: SandboxFailure) -> None:
        self._reason = self._reason or reason
        if self._worker is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._worker, signal.SIGKILL)


class _Output:
    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[str] = []
        self._size = 0
        self.truncated = False

    def take(self, _stream: str, text: str) -> None:
        room = self._most - self._size
        kept = text.encode()[: max(0, room)].decode("utf-8", "ignore")
        self.truncated = self.truncated or len(kept) < len(text)
        self._size += len(kept.encode())
        self._kept.append(kept)

    @property
    def text(self) -> str:
        return "".join(self._kept)


def _binds_result(code: str) -> bool:
    import ast

    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError):
        return False
    targets = [t for node in body if isinstance(node, ast.Assign) for t in node.targets]
    return any(isinstance(target, ast.Name) and target.id == "result" for target in targets)


def _failure(text: str) -> SandboxFailure:
    if text.startswith("TimeoutError"):
        return SandboxFailure("timeout", "It ran longer than its limit and was stopped.")
    if text.startswith("MemoryError"):
        return SandboxFailure("memory", "The memory limit was reached.")
    return SandboxFailure("exception", text[:2000])


def _bounded(value: Any, limits: SandboxLimits) -> tuple[Json, SandboxFailure | None]:
    import json

    plain = _plain(value, 0)
    if len(json.dumps(plain)) > limits.result_bytes:
        return None, SandboxFailure("result_too_large", f"The result is larger than {limits.result_bytes} bytes.")
    return plain, None


def _plain(value: Any, depth: int) -> Json:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if depth <= 40 and isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if depth <= 40 and isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, depth + 1) for item in value]
    return str(value)[:2000]
