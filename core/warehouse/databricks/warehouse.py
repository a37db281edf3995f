"""DatabricksWarehouse: the warehouse port over a SQL warehouse, a connection pool per principal behind it."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

import pyarrow as pa

from core.clock import Clock, SystemClock
from core.errors import StatementInvalid
from core.types import PLATFORM, Cancellation, Principal
from core.warehouse.databricks.appending import inserts, quote
from core.warehouse.databricks.changes import Overlap, read_changes
from core.warehouse.databricks.credentials import Credentials
from core.warehouse.databricks.kinds import check_kind, is_definition, is_explanation, is_query, is_write, tables_in
from core.warehouse.databricks.metadata import Metadata, parts_of
from core.warehouse.databricks.options import WarehouseOptions
from core.warehouse.databricks.parameters import bound, checked_text
from core.warehouse.databricks.plans import plan
from core.warehouse.databricks.pool import SessionPool
from core.warehouse.databricks.results import plain
from core.warehouse.databricks.sending import Sender
from core.warehouse.databricks.session import Outcome, Session, Statement, open_session
from core.warehouse.databricks.start_watch import StartWatch
from core.warehouse.databricks.waiting import ENDLESS, Patience
from core.warehouse.port import Parameters, Plan, Row, TableInfo, Value
from core.warehouse.recording import Kind, OnStatement, Recorder, Running

Tags = Callable[[], Mapping[str, str]]


class DatabricksWarehouse:
    """Every method may be called from any thread. The first connection is opened by the first statement."""

    def __init__(
        self,
        options: WarehouseOptions,
        credentials: Credentials,
        *,
        catalog: str = "main",
        clock: Clock | None = None,
        on_statement: OnStatement | None = None,
        tags: Tags = dict,
        start: StartWatch | None = None,
    ) -> None:
        self._options = options
        self._credentials = credentials
        self._catalog = catalog
        self._clock = clock or SystemClock()
        self._recorder = Recorder(self._clock, on_statement)
        self._tags = tags
        self.start = start or StartWatch(None)
        self._pool = SessionPool(
            self._opened,
            per_principal=options.per_principal,
            limit=options.connections,
            idle_close_s=options.idle_close_s,
        )
        self._sender = Sender(self._pool, options, self.start)
        self._metadata = Metadata(self._metadata_rows, fresh_s=options.metadata_fresh_s)
        # The connector imports pandas at its first connection, which takes two seconds.
        threading.Thread(target=_import_connector, name="import-connector", daemon=True).start()

    def query(
        self,
        statement: str,
        parameters: Parameters | None = None,
        *,
        principal: Principal,
        timeout_s: float | None = None,
        row_limit: int | None = None,
        cancellation: Cancellation | None = None,
    ) -> pa.Table:
        """Rows of a SELECT, SHOW, DESCRIBE or EXPLAIN, and what OPTIMIZE and the like report.

        `schema.metadata[b'statement_id']` names the statement.
        """
        with self._call("query", principal, statement) as running:
            running.text = statement
            check_kind(statement)
            if is_write(statement):
                raise StatementInvalid("A statement that changes something goes to execute, not query.")
            sent = self._statement(statement, parameters, Patience.of(timeout_s, cancellation), row_limit)
            outcome = self._send(sent, principal, repeatable=is_query(statement))
            running.statement_id = outcome.statement_id or running.statement_id
            running.rows = outcome.rows.num_rows
            if is_definition(statement):
                self._metadata.forget()
            if is_explanation(statement):
                plan(str(outcome.rows.column(0)[0]), running.tables)
            return plain(outcome.rows).replace_schema_metadata({"statement_id": running.statement_id})

    def execute(
        self,
        statement: str,
        parameters: Parameters | None = None,
        *,
        principal: Principal,
        timeout_s: float | None = None,
        cancellation: Cancellation | None = None,
    ) -> int:
        """Run a write or a DDL statement; gives the number of affected rows (0 for DDL).

        Raises StatementOutcomeUnknown when the connection broke while it may have run: it is never sent twice.
        """
        with self._call("execute", principal, statement) as running:
            running.text = statement
            check_kind(statement)
            if is_query(statement):
                raise StatementInvalid("A query gives rows: send it to query, not execute.")
            sent = self._statement(statement, parameters, Patience.of(timeout_s, cancellation))
            try:
                outcome = self._send(sent, principal, repeatable=False)
            finally:
                if is_definition(statement):
                    self._metadata.forget()
            running.statement_id = outcome.statement_id or running.statement_id
            running.rows = max(0, outcome.affected)
            return running.rows

    def append(self, table: str, rows: Sequence[Mapping[str, Value]]) -> None:
        """Blind append, one statement and one commit for each MiB of rows, in order. As the platform itself.

        A batch below that is whole or absent; readers take the first row of an id, so it may be sent again.
        """
        name = ".".join(parts_of(table, self._catalog, 3))
        with self._recorder.call("append", PLATFORM, (name,)) as running:
            if not rows:
                return
            options = self._options
            target = ".".join(quote(part) for part in parts_of(table, self._catalog, 3))
            for insert in inserts(target, rows, most_bytes=options.append_bytes, largest_row=options.largest_row_bytes):
                outcome = self._run(insert.text, {"rows": insert.rows}, PLATFORM, repeatable=True)
                running.rows += insert.count
                running.statement_id = outcome.statement_id or running.statement_id

    def changes(self, table: str, cursor: str | None) -> tuple[list[Row], str]:
        """Rows appended since `cursor` (None: all), and the next cursor; a row may come twice, none is left out."""
        parts = parts_of(table, self._catalog, 3)
        with self._recorder.call("changes", PLATFORM, (".".join(parts),)) as running:
            target = ".".join(quote(part) for part in parts)
            overlap = Overlap(self._options.changes_overlap_s, self._options.changes_slow_overlap_s)
            rows, following = read_changes(target, cursor, overlap, self._platform_rows, self._clock.now())
            running.rows = len(rows)
            return rows, following

    def explain(self, statement: str, parameters: Parameters | None = None, *, principal: Principal) -> Plan:
        """The plan, without running the statement; raises when it would not resolve."""
        with self._call("explain", principal, statement) as running:
            running.text = statement
            outcome = self._run(f"EXPLAIN COST {statement}", parameters, principal, repeatable=True)
            return plan("\n".join(str(row) for row in outcome.rows.column(0).to_pylist()), running.tables)

    def describe(self, table: str, *, principal: Principal) -> TableInfo:
        """Columns, comments and declared keys; raises TableNotFound."""
        catalog, schema, name = parts_of(table, self._catalog, 3)
        with self._recorder.call("describe", principal, (f"{catalog}.{schema}.{name}",)):
            return self._metadata.table(catalog, schema, name, principal)

    def tables(self, schema: str, *, principal: Principal) -> tuple[TableInfo, ...]:
        """All tables and views of `catalog.schema`, with columns, by name; empty when the schema does not exist."""
        catalog, name = parts_of(schema, self._catalog, 2)
        with self._recorder.call("describe", principal) as running:
            found = self._metadata.tables(catalog, name, principal)
            running.tables, running.rows = tuple(info.full_name for info in found), len(found)
            return found

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def __enter__(self) -> DatabricksWarehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _opened(self, principal: Principal) -> Session:
        return open_session(self._options, principal, self._credentials.headers(principal))

    def _statement(
        self,
        text: str,
        parameters: Parameters | None,
        patience: Patience = ENDLESS,
        row_limit: int | None = None,
    ) -> Statement:
        tags = tuple((key, value) for key, value in self._tags().items() if value)
        return Statement(checked_text(text), bound(parameters), patience, row_limit, tags)

    def _run(self, text: str, parameters: Parameters | None, principal: Principal, *, repeatable: bool) -> Outcome:
        return self._send(self._statement(text, parameters), principal, repeatable=repeatable)

    def _send(self, statement: Statement, principal: Principal, *, repeatable: bool) -> Outcome:
        # The connector keeps a token as long as it is valid; who has signed out asks no more over a session of before.
        self._credentials.headers(principal)
        return self._sender.send(statement, principal, repeatable=repeatable)

    def _platform_rows(self, text: str, parameters: Parameters) -> pa.Table:
        return plain(self._run(text, parameters, PLATFORM, repeatable=True).rows)

    def _metadata_rows(self, text: str, parameters: Parameters, principal: Principal) -> list[Row]:
        rows: list[Row] = plain(self._run(text, parameters, principal, repeatable=True).rows).to_pylist()
        return rows

    def _call(self, kind: Kind, principal: Principal, statement: str) -> AbstractContextManager[Running]:
        return self._recorder.call(kind, principal, tables_in(statement, self._catalog))


def _import_connector() -> None:
    for name in ("pandas", "databricks.sql"):
        importlib.import_module(name)
