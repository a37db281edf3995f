"""One connection of the connector: opened with a principal's credentials, running one statement at a time."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.errors import StatementCancelled, StatementFailed
from core.types import Principal
from core.warehouse.databricks.credentials import Headers
from core.warehouse.databricks.errors import Failure, failure
from core.warehouse.databricks.options import PRODUCT, WarehouseOptions
from core.warehouse.databricks.waiting import ENDLESS, STOPPED, Patience

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Statement:
    """What is sent: text, parameters as the connector takes them, limits and tags."""

    text: str
    parameters: list[Any]
    patience: Patience = ENDLESS
    row_limit: int | None = None
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
        # this second as its whole patience, which the shortest of its pauses exceeds even when the computer's clock
        # is set back meanwhile, it never does; what may be repeated is decided in `sending.py`.
        _retry_stop_after_attempts_duration=1,
        _retry_stop_after_attempts_count=1,
        _retry_delay_min=60,
        _retry_delay_max=3600,
        **plain,
    )
    return Session(connection, principal, options)


class Session:
    """Not thread-safe, but for what a cancellation and the time limit do from their own threads."""

    def __init__(self, connection: Any, principal: Principal, options: WarehouseOptions) -> None:
        self._connection = connection
        self._options = options
        self.principal = principal
        self.used_at = time.monotonic()
        self.accepted = False
        """Whether the server took the last statement; what fails afterwards leaves open whether it ran."""

    def run(self, statement: Statement) -> Outcome:
        """Send it and take everything that comes back.

        Raises StatementTimeout, StatementCancelled, or what the connector raises.
        """
        self.accepted = False
        outside = sys.exc_info()[1]
        cursor = self._connection.cursor()
        try:
            with _stoppable(cursor, statement.patience, outside):
                self._execute(cursor, statement, outside)
                rows = _rows(cursor, statement.row_limit)
            outcome = Outcome(rows, _affected(cursor, rows), str(cursor.query_id or ""))
        except Exception as error:
            self.accepted = cursor.active_command_id is not None
            if not failure(error, outside).on_the_way:  # else the server may not answer, and the session is dropped
                _close(cursor, failed=True)
            raise
        _close(cursor)
        return outcome

    def close(self) -> None:
        """End the session on the server; one that is gone already is no error."""
        try:
            self._connection.close()
        except Exception as error:  # noqa: BLE001 - whatever a dead connection raises, it is closed now
            _log.debug("a session could not be closed: %s", type(error).__name__)

    def drop(self) -> threading.Thread:
        """Close it beside the caller, who need not wait until the server, or its silence, has answered."""
        thread = threading.Thread(target=self.close, name="drop-session", daemon=True)
        thread.start()
        return thread

    def _execute(self, cursor: Any, statement: Statement, outside: BaseException | None) -> None:
        tags = dict(statement.tags) or None
        try:
            cursor.execute(statement.text, statement.parameters or None, query_tags=tags)
        except Exception as error:
            found = failure(error, outside)
            if cursor.active_command_id is None or not _may_pass(found):
                raise
            _log.info("a running statement is asked for again: %s", found.error)
        else:
            return
        self._follow(cursor, statement.patience, outside)
        cursor.get_async_execution_result()

    def _follow(self, cursor: Any, patience: Patience, outside: BaseException | None) -> None:
        """Ask for a statement that the server has taken, over new connections, until it has ended.

        It runs on whatever happens to the connection, so that its outcome need not remain unknown.
        """
        deadline = time.monotonic() + self._options.retry_s
        while True:
            try:
                if not cursor.is_query_pending():
                    return
                deadline = time.monotonic() + self._options.retry_s
            except Exception as error:
                found = failure(error, outside)
                if not _may_pass(found) or time.monotonic() >= deadline:
                    raise
            time.sleep(self._options.first_pause_s)


def _may_pass(found: Failure) -> bool:
    """Whether asking again for a running statement may have another answer."""
    return found.on_the_way and not (found.session_lost or found.refused)


def _close(cursor: Any, *, failed: bool = False) -> None:
    """Let the server forget the statement; the connector does so only for one that has a result."""
    with suppress(Exception):  # the outcome is known; what is left on the server ends with the session
        if failed and cursor.active_command_id is not None:
            cursor.backend.close_command(cursor.active_command_id)
        cursor.close()


def _rows(cursor: Any, limit: int | None) -> pa.Table:
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
def _stoppable(cursor: Any, patience: Patience, outside: BaseException | None) -> Iterator[None]:
    """Stops the statement when its time is up or a person cancels, and says which of the two it was.

    A statement that had ended by then keeps its outcome, and a connection that broke stays what it is: whether the
    statement ran is more important than that it was to be stopped.
    """
    patience.check()
    done, late = threading.Event(), threading.Event()

    def stop() -> None:
        # Again until it has ended: a cancel that comes before the server knows the statement has no effect.
        while not done.is_set():
            with suppress(Exception):
                cursor.cancel()
            done.wait(0.25)

    def expire() -> None:
        if not done.wait(patience.left_s):
            late.set()
            stop()

    def cancel() -> None:
        threading.Thread(target=stop, name="stop-statement", daemon=True).start()

    if patience.until is not None:
        threading.Thread(target=expire, name="statement-limit", daemon=True).start()
    try:
        with patience.told(cancel):
            yield
            _check_ended(cursor)
    except Exception as error:
        if failure(error, outside).on_the_way:
            raise
        if late.is_set():
            raise patience.timeout() from error
        if patience.cancellation is not None and patience.cancellation.cancelled:
            raise StatementCancelled(STOPPED) from error
        raise
    finally:
        done.set()


def _check_ended(cursor: Any) -> None:
    """A statement that was stopped may look like one without rows."""
    status = getattr(cursor.active_result_set, "status", None)
    if status is not None and status.name in ("CANCELLED", "FAILED"):
        raise StatementFailed("The statement ended without a result.")
