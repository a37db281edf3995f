"""EmbeddedWarehouse: the warehouse port over a folder of Delta tables, for one process among several.

Routes a statement by its kind: queries to the reader, SHOW and DESCRIBE to the catalog, writes to delta-rs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa

from core.clock import Clock, SystemClock
from core.types import PLATFORM, Cancellation, Principal
from core.warehouse.embedded.alter import Alterer
from core.warehouse.embedded.changes import read_changes
from core.warehouse.embedded.commands import Commands
from core.warehouse.embedded.constraints import Constraints
from core.warehouse.embedded.definer import Definer
from core.warehouse.embedded.dml import Modifier
from core.warehouse.embedded.housekeeping import RETENTION_S, checkpoint, tidy
from core.warehouse.embedded.inspect import Inspector
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.refusals import first_word, refuse_by_name
from core.warehouse.embedded.rows import arrow_rows
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import Parameters, Plan, Row, TableInfo, Value
from core.warehouse.recording import OnStatement, Recorder

_QUERIES = frozenset({"SELECT", "WITH", "FROM", "VALUES", "TABLE", ""})


class EmbeddedWarehouse:
    """Delta tables under `root` (`<catalog>/<schema>/<table>`); every method may be called from any thread."""

    def __init__(
        self,
        root: Path,
        *,
        catalog: str = "main",
        clock: Clock | None = None,
        on_statement: OnStatement | None = None,
    ) -> None:
        self._recorder = Recorder(clock or SystemClock(), on_statement)
        self._space = TableSpace(Path(root), catalog)
        self._reader = Reader(self._space)
        self._definer = Definer(self._space, self._reader)
        modifier = Modifier(self._space, self._reader)
        self._inspector = Inspector(self._space, self._reader, modifier)
        self._commands = Commands(self._space, self._definer, modifier, Alterer(self._space, self._reader))
        self._space.writer.check = Constraints(self._reader).check

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
        """Rows of a SELECT, SHOW, DESCRIBE, EXPLAIN, OPTIMIZE, VACUUM or RESTORE; the metadata names the statement."""
        limits = Limits(timeout_s, row_limit, cancellation)
        with self._recorder.call("query", principal) as running:
            running.text = statement
            table = self._told(statement, parameters or {}, limits)
            if table is None:
                table, translated = self._reader.rows(statement, parameters or {}, limits)
                running.tables = tuple(use.name.full_name for use in translated.tables)
            elif row_limit is not None:
                table = table.slice(0, row_limit)
            running.rows = len(table)
            return table.replace_schema_metadata({"statement_id": running.statement_id})

    def execute(
        self,
        statement: str,
        parameters: Parameters | None = None,
        *,
        principal: Principal,
        timeout_s: float | None = None,
        cancellation: Cancellation | None = None,
    ) -> int:
        """Run a write or a DDL statement; gives the number of affected rows (0 for DDL)."""
        limits = Limits(timeout_s, None, cancellation)
        with self._recorder.call("execute", principal) as running:
            running.text = statement
            running.rows, running.tables = self._commands.execute(statement, parameters or {}, limits)
            return running.rows

    def append(self, table: str, rows: Sequence[Mapping[str, Value]]) -> None:
        """Blind append in one commit for the whole batch; columns that a row lacks are NULL. As the platform itself."""
        with self._recorder.call("append", PLATFORM) as running:
            folder = self._space.table(table)
            running.tables, running.rows = (folder.name.full_name,), len(rows)
            if rows:
                prepared = arrow_rows(folder.current().schema, rows, folder.name.full_name)
                self._space.append(folder, prepared)

    def changes(self, table: str, cursor: str | None) -> tuple[list[Row], str]:
        """Rows appended since `cursor` (None: all), and the next cursor; a row may come twice, none is left out."""
        with self._recorder.call("changes", PLATFORM) as running:
            folder = self._space.table(table)
            running.tables = (folder.name.full_name,)
            rows, following = read_changes(self._space, folder, cursor)
            running.rows = len(rows)
            return rows, following

    def explain(self, statement: str, parameters: Parameters | None = None, *, principal: Principal) -> Plan:
        """The plan, without running the statement; raises when it would not resolve."""
        with self._recorder.call("explain", principal) as running:
            running.text = statement
            plan = self._inspector.plan(statement, parameters or {})
            running.tables = plan.tables
            return plan

    def describe(self, table: str, *, principal: Principal) -> TableInfo:
        """Columns, comments and properties; raises TableNotFound."""
        with self._recorder.call("describe", principal) as running:
            info = self._inspector.describe(self._space.entry(table))
            running.tables = (info.full_name,)
            return info

    def tables(self, schema: str, *, principal: Principal) -> tuple[TableInfo, ...]:
        """All tables and views of `catalog.schema`, with columns, by name; empty when the schema does not exist."""
        with self._recorder.call("describe", principal) as running:
            found = self._inspector.tables(schema)
            running.tables, running.rows = tuple(info.full_name for info in found), len(found)
            return found

    def write_table(
        self,
        full_name: str,
        table: pa.Table,
        *,
        mode: Literal["create", "append", "replace"] = "create",
        properties: Mapping[str, str] | None = None,
        comment: str | None = None,
    ) -> None:
        """Bulk write of Arrow rows without SQL text; the schema is made when missing, the table is whole or absent.

        `replace` makes the table, or gives an existing one these rows, columns (a field's `comment` metadata is its
        comment), properties and comment in one commit; nothing of the old ones is kept but the earlier versions.
        """
        with self._recorder.call("append", PLATFORM) as running:
            running.tables, running.rows = (full_name,), len(table)
            self._definer.write(full_name, table, mode=mode, properties=properties, comment=comment)

    def compact(self, table: str) -> int:
        """Join the small files of a table; gives the number of files it then has. Safe beside reads and appends."""
        folder = self._space.table(table)
        return self._space.writer.compact(folder)

    def tidy(self, table: str, retention_s: float = RETENTION_S) -> int:
        """Checkpoint a table and delete files and commits that no version younger than `retention_s` seconds needs.

        Gives how many files it deleted. Readers of older versions in other processes fail once and read again.
        """
        folder = self._space.table(table)
        checkpoint(folder)
        return tidy(folder, retention_s)

    def close(self) -> None:
        """Release connections, threads and temporary files."""
        self._space.close()

    def __enter__(self) -> EmbeddedWarehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _told(self, statement: str, parameters: Parameters, limits: Limits) -> pa.Table | None:
        """The rows of a statement that is no SELECT, or that asks a DESCRIBE; None for any other query."""
        word, text = first_word(statement)
        if word in _QUERIES:
            return self._inspector.over_descriptions(text, parameters, limits)
        refuse_by_name(text)
        table = self._inspector.answer(word, text, parameters)
        return self._commands.maintain(word, text, parameters) if table is None else table
