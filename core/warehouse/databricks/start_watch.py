"""Whether the warehouse is starting, so that a person who waits for it is told at once.

A statement that comes after a silence asks the workspace for the warehouse's state beside itself. That is a call of
the workspace's API, not a statement: it does not start the warehouse and costs nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

State = Literal["running", "starting"]
_STARTING = ("STARTING", "STOPPED", "STOPPING")
_log = logging.getLogger(__name__)


class StartWatch:
    """Thread-safe. `on_change` is called with the new state, from whichever thread saw it."""

    def __init__(
        self,
        read_state: Callable[[], str] | None,
        *,
        quiet_s: float = 60.0,
        on_change: Callable[[State], None] = lambda state: None,
    ) -> None:
        self._read_state = read_state
        self._quiet_s = quiet_s
        self.on_change = on_change
        self._answered_at: float | None = None
        self._state: State = "running"
        self._waiting = 0
        self._asking = False
        self._lock = threading.Lock()

    @property
    def state(self) -> State:
        """`starting` only while a statement waits for it."""
        return self._state

    def check(self) -> State:
        """The state now; asks the workspace only when no statement was answered for a while."""
        with self._lock:
            quiet = self._is_quiet() and self._read_state is not None
        if not quiet:
            return self._state
        assert self._read_state is not None
        try:
            self._become("starting" if self._read_state() in _STARTING else "running")
        except Exception as error:  # noqa: BLE001 - as in `_look`
            _log.debug("the warehouse's state could not be read: %s", error)
        return self._state

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around one attempt of a statement."""
        with self._lock:
            self._waiting += 1
            ask = self._is_quiet() and not self._asking and self._read_state is not None
            self._asking = self._asking or ask
        if ask:
            threading.Thread(target=self._look, name="warehouse-state", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                self._answered_at = time.monotonic()
            self._become("running")

    def _look(self) -> None:
        """One look; again every two seconds only while the warehouse starts and somebody waits."""
        assert self._read_state is not None
        try:
            while self._read_state() in _STARTING:
                with self._lock:
                    if not self._waiting:
                        return
                self._become("starting")
                time.sleep(2.0)
        except Exception as error:  # noqa: BLE001 - the look is a courtesy; the statement itself says what is wrong
            _log.debug("the warehouse's state could not be read: %s", error)
        finally:
            with self._lock:
                self._asking = False

    def _is_quiet(self) -> bool:
        return self._answered_at is None or time.monotonic() - self._answered_at > self._quiet_s

    def _become(self, state: State) -> None:
        with self._lock:
            changed, self._state = self._state != state, state
        if changed:
            self.on_change(state)
