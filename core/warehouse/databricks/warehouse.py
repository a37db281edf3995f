"""DatabricksWarehouse: the warehouse port over a SQL warehouse, a connection pool per principal behind it."""

from __future__ import annotations

import importlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Literal

import pyarrow as pa
import sqlglot
from sqlglot import exp

from core.clock import Clock, SystemClock
from core.errors import PlatformError, StatementInvalid
from core.ids import new_id
from core.types import PLATFORM, Cancellation, Principal
from core.warehouse.databricks.appending import inserts, quote
from core.warehouse.databricks.changes import Overlap, read_changes
from core.warehouse.databricks.credentials import Credentials
from core.warehouse.databricks.errors import statement_error
from core.warehouse.databricks.metadata import Metadata, parts_of
from core.warehouse.databricks.options import WarehouseOptions
from core.warehouse.databricks.parameters import bound
from core.warehouse.databricks.pool import SessionPool
from core.warehouse.databricks.results import plain
from core.warehouse.databricks.sending import Sender
from core.warehouse.databricks.session import Outcome, Session, Statement, open_session
from core.warehouse.databricks.start_watch import StartWatch
from core.warehouse.port import Parameters, Plan, Row, StatementRecord, TableInfo, Value

Kind = Literal["query", "execute", "append", "changes", "explain", "describe"]
Tags = Callable[[], Mapping[str, str]]
_DEFINES = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(CREATE|DROP|ALTER|COMMENT|RESTORE|UNDROP)\b", re.IGNORECASE | re.DOTALL
)
_ROWS = re.compile(r"rowCount=([0-9.E+]+)")
_BYTES = re.compile(r"sizeInBytes=([0-9.E+]+)\s*([KMGTPE]?i?B)")
_UNITS = {"B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5, "EiB": 6}


class _Running:
    """What is being recorded about one call."""

    def __init__(self, statement_id: str) -> None:
        self.statement_id = statement_id
        self.tables: tuple[str, ...] = ()
        self.rows = 0


class DatabricksWarehouse:
    """Every method may be called from any thread. The first connection is opened by the first statement."""

    def __init__(
        self,
        options: WarehouseOptions,
        credentials: Credentials,
        *,
        catalog: str = "main",
        clock: Clock | None = None,
        on_statement: Callable[[StatementRecord], None] | None = None,
        tags: Tags = dict,
        start: StartWatch | None = None,
    ) -> None:
        self._options = options
        self._credentials = credentials
        self._catalog = catalog
        self._clock = clock or SystemClock()
        self._on_statement = on_statement
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
        """Rows of a SELECT, SHOW, DESCRIBE or EXPLAIN; `schema.metadata[b'statement_id']` names the statement."""
        with self._recorded("query", principal, statement) as running:
            sent = self._statement(statement, parameters, timeout_s, row_limit, cancellation)
            outcome = self._sender.send(sent, principal, repeatable=True)
            running.statement_id = outcome.statement_id or running.statement_id
            running.rows = outcome.rows.num_rows
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
        with self._recorded("execute", principal, statement) as running:
            sent = self._statement(statement, parameters, timeout_s, None, cancellation)
            outcome = self._sender.send(sent, principal, repeatable=False)
            running.statement_id = outcome.statement_id or running.statement_id
            if _DEFINES.match(statement):
                self._metadata.forget()
            elif outcome.affected < 0 and outcome.rows.num_columns:
                raise StatementInvalid("A query gives rows: send it to query, not execute.")
            running.rows = max(0, outcome.affected)
            return running.rows

    def append(self, table: str, rows: Sequence[Mapping[str, Value]]) -> None:
        """Blind append, one statement and one commit for each MiB of rows, in order. As the platform itself.

        A batch below that is whole or absent; readers take the first row of an id, so it may be sent again.
        """
        name = ".".join(parts_of(table, self._catalog, 3))
        with self._recorded("append", PLATFORM, "", tables=(name,)) as running:
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
        with self._recorded("changes", PLATFORM, "", tables=(".".join(parts),)) as running:
            target = ".".join(quote(part) for part in parts)
            overlap = Overlap(self._options.changes_overlap_s, self._options.changes_slow_overlap_s)
            rows, following = read_changes(target, cursor, overlap, self._platform_rows)
            running.rows = len(rows)
            return rows, following

    def explain(self, statement: str, parameters: Parameters | None = None, *, principal: Principal) -> Plan:
        """The plan, without running the statement; raises when it would not resolve."""
        with self._recorded("explain", principal, statement) as running:
            outcome = self._run(f"EXPLAIN COST {statement}", parameters, principal, repeatable=True)
            text = "\n".join(str(row) for row in outcome.rows.column(0).to_pylist())
            if "AnalysisException" in text or "ParseException" in text:
                raise statement_error(text)  # the server gives what is wrong with a statement as its plan
            return Plan(text, _estimated_rows(text), _estimated_bytes(text), running.tables)

    def describe(self, table: str, *, principal: Principal) -> TableInfo:
        """Columns, comments and declared keys; raises TableNotFound."""
        catalog, schema, name = parts_of(table, self._catalog, 3)
        with self._recorded("describe", principal, "", tables=(f"{catalog}.{schema}.{name}",)):
            return self._metadata.table(catalog, schema, name, principal)

    def tables(self, schema: str, *, principal: Principal) -> tuple[TableInfo, ...]:
        """All tables and views of `catalog.schema`, with columns, by name; empty when the schema does not exist."""
        catalog, name = parts_of(schema, self._catalog, 2)
        with self._recorded("describe", principal, "") as running:
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
        timeout_s: float | None = None,
        row_limit: int | None = None,
        cancellation: Cancellation | None = None,
    ) -> Statement:
        tags = tuple((key, value) for key, value in self._tags().items() if value)
        return Statement(text, bound(parameters), timeout_s, row_limit, cancellation, tags)

    def _run(self, text: str, parameters: Parameters | None, principal: Principal, *, repeatable: bool) -> Outcome:
        return self._sender.send(self._statement(text, parameters), principal, repeatable=repeatable)

    def _platform_rows(self, text: str, parameters: Parameters) -> pa.Table:
        return plain(self._run(text, parameters, PLATFORM, repeatable=True).rows)

    def _metadata_rows(self, text: str, parameters: Parameters, principal: Principal) -> list[Row]:
        rows: list[Row] = plain(self._run(text, parameters, principal, repeatable=True).rows).to_pylist()
        return rows

    @contextmanager
    def _recorded(
        self, kind: Kind, principal: Principal, statement: str, *, tables: tuple[str, ...] | None = None
    ) -> Iterator[_Running]:
        running = _Running(new_id(self._clock))
        running.tables = tables_in(statement, self._catalog) if tables is None else tables
        started, error = time.perf_counter(), None
        try:
            yield running
        except PlatformError as raised:
            error = raised.error_class or raised.code
            raise
        finally:
            if self._on_statement is not None:
                seconds = time.perf_counter() - started
                self._on_statement(
                    StatementRecord(running.statement_id, kind, running.tables, principal, seconds, running.rows, error)
                )


@lru_cache(maxsize=512)
def tables_in(statement: str, catalog: str) -> tuple[str, ...]:
    """Names of the tables in a statement, with their catalog; for counting and tracing, not for deciding anything."""
    if not statement:
        return ()
    try:
        tree = sqlglot.parse_one(statement, dialect="databricks")
    except sqlglot.errors.SqlglotError:
        return ()
    found = (tuple(part.name for part in table.parts) for table in tree.find_all(exp.Table))
    named = (".".join(parts if len(parts) == 3 else (catalog, *parts)) for parts in found if len(parts) > 1)
    return tuple(dict.fromkeys(named))


def _estimated_rows(text: str) -> int | None:
    match = _ROWS.search(text)
    return int(float(match[1])) if match else None


def _estimated_bytes(text: str) -> int | None:
    match = _BYTES.search(text)
    return int(float(match[1]) * 1024 ** _UNITS.get(match[2], 0)) if match else None


def _import_connector() -> None:
    for name in ("pandas", "databricks.sql"):
        importlib.import_module(name)
