"""Joins small files in the background when an append leaves too many; never on a caller's time."""

from __future__ import annotations

import logging
import threading

from core.errors import PlatformError
from core.warehouse.embedded.delta import DeltaFolder
from core.warehouse.embedded.writer import Writer

_log = logging.getLogger(__name__)

FILES_BEFORE_COMPACTION = 80
_COMMITS_BETWEEN_LOOKS = 20
"""The file count is looked up once in so many appends of this process."""


class Compactor:
    """One daemon thread a warehouse, started when first needed; `close` waits for the table in hand."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._waiting: dict[str, DeltaFolder] = {}
        self._appends: dict[str, int] = {}
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def appended(self, folder: DeltaFolder) -> None:
        """Called after each append; queues the table when it has too many files."""
        key = folder.name.key
        with self._condition:
            self._appends[key] = self._appends.get(key, -1) + 1
            due = self._appends[key] % _COMMITS_BETWEEN_LOOKS == 0 and not self._closed
        if not due or len(folder.current().files) <= FILES_BEFORE_COMPACTION:
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
                left = self._writer.compact(folder)
                _log.info("compacted %s to %d files", folder.name.full_name, left)
            except PlatformError as error:
                # The table stays as it is, only slower to read; the next append asks again.
                _log.warning("could not compact %s: %s", folder.name.full_name, error)
