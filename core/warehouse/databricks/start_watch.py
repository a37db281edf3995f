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
    """Thread-safe. `on_change` is called with the new state, from whichever thread saw it, one call after the other."""

    def __init__(
        self,
        read_state: Callable[[], str] | None,
        *,
        quiet_s: float = 60.0,
        look_every_s: float = 2.0,
        check_s: float = 2.0,
        on_change: Callable[[State], None] = lambda state: None,
    ) -> None:
        self._read_state = read_state
        self._quiet_s = quiet_s
        self._look_every_s = look_every_s
        self._check_s = check_s
        self.on_change = on_change
        self.on_waited: Callable[[float], None] = lambda seconds: None
        """Told, in the thread of a statement, how many seconds it waited for the warehouse's start."""
        self._ran_at = 0.0
        """When the warehouse was last found to run after it had been starting."""
        self._answered_at: float | None = None
        self._state: State = "running"
        self._waiting = 0
        self._looking = False
        self._check: threading.Thread | None = None
        self._changed = threading.Condition()
        self._telling = threading.RLock()

    @property
    def state(self) -> State:
        """`starting` only while a statement waits for it, or since `check` found it so."""
        return self._state

    def check(self) -> State:
        """The state now; asks the workspace only when no statement was answered for a while, and waits two seconds.

        What a slow workspace says later is there at the next check.
        """
        with self._changed:
            if self._is_quiet() and (self._check is None or not self._check.is_alive()):
                asked_at = time.monotonic()
                self._check = threading.Thread(target=self._note, args=(asked_at,), name="warehouse-check", daemon=True)
                self._check.start()
            asking = self._check
        if asking is not None:
            asking.join(self._check_s)
        return self._state

    def _note(self, asked_at: float) -> None:
        found = self._read()
        with self._telling:
            if found is not None and not self._answered_since(asked_at):
                self._become(found)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around one statement with all its attempts."""
        began = time.monotonic()
        with self._changed:
            self._waiting += 1
            if self._is_quiet() and not self._looking:
                self._looking = True
                threading.Thread(target=self._look, name="warehouse-state", daemon=True).start()
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1
                left_alone = not self._waiting
                self._changed.notify_all()
            if left_alone:
                self._become("running")
            if self._ran_at > began:  # it was found starting meanwhile, so it was from the beginning
                self.on_waited(self._ran_at - began)

    def answered(self) -> None:
        """The warehouse has said something of a statement, so it runs."""
        with self._changed:
            self._answered_at = time.monotonic()
            self._changed.notify_all()
        self._become("running")

    def _look(self) -> None:
        """One look; again every two seconds only while the warehouse starts and somebody waits."""
        while self._is_starting():
            pass

    def _is_starting(self) -> bool:
        """One look and the pause after it; False when there is no reason for another."""
        asked_at = time.monotonic()
        found = self._read()
        with self._telling:
            if found is not None and self._is_waited_for(asked_at):
                self._become(found)
        with self._changed:
            self._changed.wait_for(
                lambda: found != "starting" or not self._is_waited_for(asked_at), timeout=self._look_every_s
            )
            self._looking = found == "starting" and self._is_waited_for(asked_at)
            return self._looking

    def _read(self) -> State | None:
        """None when the workspace does not say: the look is a courtesy, the statement itself says what is wrong."""
        if self._read_state is None:
            return None
        try:
            return "starting" if self._read_state() in _STARTING else "running"
        except Exception as error:  # noqa: BLE001
            _log.debug("the warehouse's state could not be read: %s", error)
            return None

    def _is_quiet(self) -> bool:
        if self._read_state is None:
            return False
        return self._answered_at is None or time.monotonic() - self._answered_at > self._quiet_s

    def _is_waited_for(self, asked_at: float) -> bool:
        return self._waiting > 0 and not self._answered_since(asked_at)

    def _answered_since(self, moment: float) -> bool:
        return self._answered_at is not None and self._answered_at >= moment

    def _become(self, state: State) -> None:
        with self._telling:
            changed, self._state = self._state != state, state
            if not changed:
                return
            if state == "running":
                self._ran_at = time.monotonic()
            try:
                self.on_change(state)
            except Exception:  # noqa: BLE001 - who is told must not be able to fail somebody's statement
                _log.exception("who is told of the warehouse's state failed")
