"""Keeps tables tidy in the background when commits leave too much behind; never on a caller's time."""

from __future__ import annotations

import logging
import threading
import time

from core.errors import PlatformError
from core.warehouse.embedded.delta import DeltaFolder
from core.warehouse.embedded.housekeeping import checkpoint, needs_checkpoint, tidy
from core.warehouse.embedded.writer import Writer

_log = logging.getLogger(__name__)

FILES_BEFORE_COMPACTION = 80
_COMMITS_BETWEEN_LOOKS = 20
"""What there is to do is looked up once in so many commits of this process to a table."""
_BETWEEN_TIDYINGS_S = 3600.0


class Compactor:
    """One daemon thread a warehouse, started when first needed; `close` waits for the table in hand."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._waiting: dict[str, DeltaFolder] = {}
        self._commits: dict[str, int] = {}
        self._tidied: dict[str, float] = {}
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def committed(self, folder: DeltaFolder) -> None:
        """Called after each commit; queues the table when it has too many files or commits."""
        key = folder.name.key
        with self._condition:
            self._commits[key] = self._commits.get(key, -1) + 1
            due = self._commits[key] % _COMMITS_BETWEEN_LOOKS == 0 and not self._closed
        if not due or not (_has_many_files(folder) or needs_checkpoint(folder)):
            return
        with self._condition:
            self._waiting[key] = folder
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="warehouse-compaction", daemon=True)
                self._thread.start()
            self._condition.notify()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._waiting.clear()
            self._condition.notify()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=10)

    def _work(self) -> None:
        while True:
            with self._condition:
                while not self._waiting and not self._closed:
                    self._condition.wait()
                if self._closed:
                    return
                _, folder = self._waiting.popitem()
            try:
                self._keep(folder)
            except PlatformError as error:
                # The table stays as it is, only slower to read; a later commit asks again.
                _log.warning("could not compact %s: %s", folder.name.full_name, error)

    def _keep(self, folder: DeltaFolder) -> None:
        if _has_many_files(folder):
            _log.info("compacted %s to %d files", folder.name.full_name, self._writer.compact(folder))
        if needs_checkpoint(folder):
            checkpoint(folder)
        now, key = time.monotonic(), folder.name.key
        if now - self._tidied.get(key, -_BETWEEN_TIDYINGS_S) >= _BETWEEN_TIDYINGS_S:
            self._tidied[key] = now
            _log.info("removed %d files of %s", tidy(folder), folder.name.full_name)


def _has_many_files(folder: DeltaFolder) -> bool:
    return len(folder.current().files) > FILES_BEFORE_COMPACTION
