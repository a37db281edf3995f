"""What a requester holds while it waits, and what a handler is given beside its message."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from core.bus.dispatch import inside_shared_pool
from core.bus.message import Message
from core.errors import BusError, Cancelled
from core.types import Cancellation


class PendingReply:
    """The answer to come. Safe from any thread but those that agents share, which may not wait."""

    def __init__(self, request: Message, cancel: Callable[[str], object]) -> None:
        self.request = request
        self._cancel = cancel
        self._event = threading.Event()
        self._response: Message | None = None
        self._error: Exception | None = None
        self._callbacks: list[tuple[Callable[[Message], None], Callable[[Exception], None]]] = []
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        """Whether `result` would return, or raise, at once."""
        return self._event.is_set()

    def result(self, timeout: float | None = None) -> Message:
        """The response, whatever its kind (`failure_of` tells); waits at most `timeout` seconds.

        Raises TimeoutError when there is none by then (the request goes on), BusError in a shared handler, and the
        WarehouseError of a final flush that failed.
        """
        if not self._event.is_set() and inside_shared_pool():
            raise BusError("A handler of the shared pool waited for an answer; only turns may wait.")
        if not self._event.wait(timeout):
            raise TimeoutError(f"No answer from {self.request.to_agent} within {timeout} s.")
        if self._error is not None:
            raise self._error
        if self._response is None:
            raise BusError("The request ended without a response.")
        return self._response

    def cancel(self) -> None:
        """Ask the bus to answer the request with `cancelled`; too late when it has an answer."""
        self._cancel(self.request.message_id)

    def on_done(
        self, callback: Callable[[Message], None], failed: Callable[[Exception], None] = lambda error: None
    ) -> None:
        """Call `callback` with the response when it is there (at once if it is), or `failed` with the error of its
        commit; both must be quick and not raise.
        """
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append((callback, failed))
                return
        if self._response is not None:
            callback(self._response)
        elif self._error is not None:
            failed(self._error)

    def resolve(self, response: Message) -> None:
        """For the bus: the response is there; too late when the reply has ended."""
        for callback, _ in self._end(response=response):
            callback(response)

    def fail(self, error: Exception) -> None:
        """For the bus: there will be no response here; too late when the reply has ended."""
        for _, failed in self._end(error=error):
            failed(error)

    def _end(
        self, response: Message | None = None, error: Exception | None = None
    ) -> list[tuple[Callable[[Message], None], Callable[[Exception], None]]]:
        with self._lock:
            if self._event.is_set():
                return []
            self._response, self._error = response, error
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        return callbacks


@dataclass
class Delivery:
    """How a message came to its handler."""

    agent: str
    attempt: int
    """1 for the first delivery by this process."""
    effect_id: str
    """The key of what the handler does outside the bus: look it up before doing it again."""
    fence: int = 0
    """How often the request was taken over from a dead process."""
    queued_seconds: float = 0.0
    cancellation: Cancellation = field(default_factory=Cancellation)
    still_owned: Callable[[], None] = field(default=lambda: None, repr=False)
    """Raises Fenced when another process has taken the request over."""

    def check(self) -> None:
        """Raise Cancelled when the request has been cancelled or has expired, Fenced when it was taken over."""
        self.check_fence()
        if self.cancellation.cancelled:
            raise Cancelled("The request was stopped.")

    def check_fence(self) -> None:
        """Call right before an effect: raise Fenced when another process has taken the request over meanwhile.

        Asks the warehouse only when this process' lease may have run out, and then raises what the statement raises.
        """
        self.still_owned()
