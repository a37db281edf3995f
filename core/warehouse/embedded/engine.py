"""The DuckDB side: one in-memory database, a cursor for each statement, interrupt on time-out and cancellation.

External access is off (data files under the root excepted) and the configuration is locked before any question runs.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from core.errors import StatementCancelled, StatementTimeout, WarehouseUnavailable
from core.types import Cancellation
from core.warehouse.embedded.errors import statement_error
from core.warehouse.embedded.native import Functions
from core.warehouse.embedded.types import literal

STORE = "m"
"""The attached, compressed in-memory database that holds mirrored tables."""
_MEMORY_LIMIT = "1GB"
_CLOSING_S = 5.0
"""How long closing waits for statements that still run."""
_log = logging.getLogger(__name__)


class Engine:
    """Runs DuckDB SQL; safe from any thread."""

    def __init__(self, root: Path) -> None:
        self._spill = Path(tempfile.gettempdir()) / f"aiops-spill-{id(self):x}-{threading.get_native_id()}"
        self._cursors: dict[int, Any] = {}
        self._closed = False
        self._idle = threading.Condition()
        self._connection = duckdb.connect(":memory:")
        self._functions = Functions(self._connection)
        self._connection.execute(
            "SET GLOBAL TimeZone='UTC'; SET GLOBAL ieee_floating_point_ops=false;"
            "SET autoinstall_known_extensions=false;"
            f"SET autoload_known_extensions=false; SET memory_limit='{_MEMORY_LIMIT}'; SET enable_progress_bar=false;"
            f"SET temp_directory={literal(str(self._spill))}; SET allowed_directories=[{literal(f'{root}/')}];"
            f"ATTACH ':memory:' AS {STORE} (COMPRESS); SET enable_external_access=false; SET lock_configuration=true"
        )

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """An own cursor for one thread's work, closed afterwards. Raises WarehouseUnavailable after `close`."""
        with self._idle:
            if self._closed:
                raise WarehouseUnavailable("The warehouse is closed.")
            cursor = self._connection.cursor()
            self._cursors[id(cursor)] = cursor
        try:
            yield cursor
        finally:
            cursor.close()
            with self._idle:
                del self._cursors[id(cursor)]
                self._idle.notify_all()

    def run(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_s: float | None = None,
        cancellation: Cancellation | None = None,
        shape: Callable[[Any], Any] | None = None,
        given: Mapping[str, pa.Table] | None = None,
    ) -> pa.Table:
        """The rows of `sql`; `shape` may wrap the relation (casts, limit) before it runs. Raises typed errors.

        `given` are rows in memory by the name that `sql` reads them by.
        """
        with self.cursor() as cursor, interruptible(cursor, timeout_s, cancellation):
            self._functions.make(sql, cursor.execute)
            for name, rows in (given or {}).items():
                cursor.register(name, rows)
            relation = cursor.sql(sql, params=dict(parameters)) if parameters else cursor.sql(sql)
            if relation is None:
                return pa.table({})
            return (shape(relation) if shape else relation).to_arrow_table()

    def close(self) -> None:
        """Stop what still runs, wait for it a moment, and let go of the memory; further work is refused."""
        deadline = time.monotonic() + _CLOSING_S
        with self._idle:
            self._closed = True
            while self._cursors and time.monotonic() < deadline:
                for cursor in self._cursors.values():
                    cursor.interrupt()
                self._idle.wait(0.05)
            try:
                self._connection.close()
            except duckdb.Error:
                _log.warning("The engine was still at work when it was closed.")
        shutil.rmtree(self._spill, ignore_errors=True)


@contextmanager
def interruptible(cursor: Any, timeout_s: float | None, cancellation: Cancellation | None) -> Iterator[None]:
    """Stops what runs on `cursor` when the time is up or a person cancels; types what DuckDB raises."""
    done, late = threading.Event(), threading.Event()

    def stop() -> None:
        # Repeated, because an interrupt that arrives before the statement starts has no effect.
        while not done.wait(0.02):
            cursor.interrupt()

    def expire() -> None:
        late.set()
        stop()

    timer = threading.Timer(timeout_s, expire) if timeout_s is not None else None
    forget = _watch(cancellation, stop)
    if timer:
        timer.daemon = True
        timer.start()
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, duckdb.InterruptException):
            raise _stopped(late.is_set(), timeout_s) from error
        raise statement_error(error) from error
    finally:
        done.set()
        forget()
        if timer:
            timer.cancel()
    if cancellation is not None and cancellation.cancelled:
        raise _stopped(False, timeout_s)


def _watch(cancellation: Cancellation | None, stop: Callable[[], None]) -> Callable[[], None]:
    if cancellation is None:
        return lambda: None
    if cancellation.cancelled:
        raise _stopped(False, None)
    return cancellation.on_cancel(lambda: threading.Thread(target=stop, daemon=True).start())


def _stopped(late: bool, timeout_s: float | None) -> StatementTimeout | StatementCancelled:
    if late:
        return StatementTimeout(f"The statement took longer than {timeout_s:g} seconds and was stopped.")
    return StatementCancelled("The statement was stopped on request.", error_class="OPERATION_CANCELED")
