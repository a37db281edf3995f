"""One connection of the connector: opened with a principal's credentials, running one statement at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.errors import StatementCancelled, StatementTimeout
from core.types import Cancellation, Principal
from core.warehouse.databricks.credentials import Headers
from core.warehouse.databricks.options import PRODUCT, WarehouseOptions

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Statement:
    """What is sent: text, parameters as the connector takes them, limits and tags."""

    text: str
    parameters: list[Any]
    timeout_s: float | None = None
    row_limit: int | None = None
    cancellation: Cancellation | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came back: rows with Arrow types (no columns for DDL), how many rows were changed, and the id."""

    rows: pa.Table
    affected: int
    """-1 where the statement does not say."""
    statement_id: str


def open_session(options: WarehouseOptions, principal: Principal, headers: Headers) -> Session:
    """Connect; waits while the warehouse starts. Raises what the connector raises."""
    from databricks import sql

    # The connector logs each failed request as an error, also those that are repeated (`sending.py` says what counts),
    # and to a second logger, whatever the level, whole requests with their parameters.
    logging.getLogger("databricks.sql").setLevel(logging.CRITICAL)
    logging.getLogger("databricks.sql.unsafe").setLevel(logging.CRITICAL)
    plain = (
        {"_connection_uri": f"{options.address}{options.http_path}"} if options.address.startswith("http://") else {}
    )
    connection = sql.connect(
        server_hostname=options.address.split("://", 1)[1],
        http_path=options.http_path,
        credentials_provider=lambda: headers,
        user_agent_entry=PRODUCT,
        session_configuration={
            "STATEMENT_TIMEOUT": str(options.statement_timeout_s),
            "TIMEZONE": "UTC",
            "ANSI_MODE": "true",
        },
        query_tags={"app": options.app},
        enable_telemetry=False,
        use_kernel=options.use_kernel,
        _socket_timeout=options.socket_timeout_s,
        # The connector would send a statement again after its connection broke, which runs a write twice. With
        # this second as its whole patience it never does; what may be repeated is decided in `sending.py`.
        _retry_stop_after_attempts_duration=1,
        _retry_stop_after_attempts_count=1,
        _retry_delay_min=2,
        _retry_delay_max=5,
        **plain,
    )
    return Session(connection, principal)


class Session:
    """Not thread-safe, but for what `Cancellation` and the time limit do from their own threads."""

    def __init__(self, connection: Any, principal: Principal) -> None:
        self._connection = connection
        self.principal = principal
        self.used_at = time.monotonic()

    def run(self, statement: Statement) -> Outcome:
        """Send it and take everything that comes back.

        Raises StatementTimeout, StatementCancelled, or what the connector raises.
        """
        cursor = self._connection.cursor()
        try:
            with _stoppable(cursor, statement):
                cursor.execute(statement.text, statement.parameters or None, query_tags=dict(statement.tags) or None)
                rows = self._rows(cursor, statement.row_limit)
            return Outcome(rows, _affected(cursor, rows), str(cursor.query_id or ""))
        finally:
            with suppress(Exception):
                cursor.close()

    def close(self) -> None:
        """End the session on the server; one that is gone already is no error."""
        try:
            self._connection.close()
        except Exception as error:  # noqa: BLE001 - whatever a dead connection raises, it is closed now
            _log.debug("a session could not be closed: %s", error)

    def drop(self) -> None:
        """Forget a broken connection; its end is told to the server beside the caller, who need not wait for it."""
        threading.Thread(target=self.close, name="drop-session", daemon=True).start()

    def _rows(self, cursor: Any, limit: int | None) -> pa.Table:
        if not cursor.description:
            return pa.table({})
        table: pa.Table = cursor.fetchall_arrow() if limit is None else cursor.fetchmany_arrow(max(limit, 1))
        return table if limit is None else table.slice(0, limit)


def _affected(cursor: Any, rows: pa.Table) -> int:
    """The connector's own count; else the first number of a row that is called so."""
    if cursor.rowcount >= 0:
        return int(cursor.rowcount)
    if rows.num_rows == 1 and rows.column_names and rows.column_names[0] == "num_affected_rows":
        return int(rows.column(0)[0].as_py())
    return -1


@contextmanager
def _stoppable(cursor: Any, statement: Statement) -> Iterator[None]:
    """Stops the statement when its time is up or a person cancels, and says which of the two it was."""
    done, late = threading.Event(), threading.Event()
    cancellation = statement.cancellation

    def stop() -> None:
        # Again until it has ended: a cancel that comes before the server knows the statement has no effect.
        while not done.is_set():
            with suppress(Exception):
                cursor.cancel()
            done.wait(0.25)

    def expire() -> None:
        late.set()
        stop()

    timer = threading.Timer(statement.timeout_s, expire) if statement.timeout_s is not None else None
    forget: Callable[[], None] = lambda: None  # noqa: E731
    if cancellation is not None:
        if cancellation.cancelled:
            raise StatementCancelled("The statement was stopped.")
        forget = cancellation.on_cancel(lambda: threading.Thread(target=stop, daemon=True).start())
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield
    except Exception as error:
        if late.is_set():
            raise StatementTimeout(f"The statement took longer than {statement.timeout_s:g} s.") from error
        if cancellation is not None and cancellation.cancelled:
            raise StatementCancelled("The statement was stopped.") from error
        raise
    finally:
        done.set()
        forget()
        if timer is not None:
            timer.cancel()
    if cancellation is not None and cancellation.cancelled:
        raise StatementCancelled("The statement was stopped.")
