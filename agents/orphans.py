"""Looks for what ended processes left unanswered and hands it to this process' agents; silent while nothing changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from core.errors import PlatformError

_log = logging.getLogger(__name__)


class OrphanWatch:
    """One daemon thread for the life of a server or a worker.

    A look costs one small statement, so it is taken only when `worth_looking` says that something may have changed;
    that question must cost none.
    """

    def __init__(self, take_over: Callable[[], object], worth_looking: Callable[[], bool], pause_s: float) -> None:
        self._take_over = take_over
        self._worth_looking = worth_looking
        self._pause_s = pause_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._asked = False

    def start(self) -> None:
        """Look at once, and from then on every `pause_s` seconds when there is a reason to."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="orphan-watch", daemon=True)
            self._thread.start()

    def ask(self) -> None:
        """Somebody waits for an answer that another process owes: there is a reason to look at the next beat."""
        self._asked = True

    def close(self) -> None:
        """Stop looking; waits for a look that is under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10.0)

    def _run(self) -> None:
        due = True
        while not self._stop.is_set():
            try:
                asked, self._asked = self._asked, False
                if due or asked or self._worth_looking():
                    self._take_over()
                due = False
            except PlatformError as error:
                due = True
                _log.warning("Looking for what ended processes left failed, and is tried again: %s", error)
            self._stop.wait(self._pause_s)
