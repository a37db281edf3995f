"""The warehouse port: what the platform needs of a SQL engine over Delta tables.

Two adapters: EmbeddedWarehouse (delta-rs writes, DuckDB reads) and, for a workspace, the SQL connector.
Statements are Databricks SQL with named parameters (`:name`) only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

import pyarrow as pa

from core.types import Cancellation, Principal

Value = None | bool | int | float | str | Decimal | date | datetime
Parameters = Mapping[str, Value]
Row = dict[str, Value]


@dataclass(frozen=True)
class ColumnInfo:
    """A column of a table or view."""

    name: str
    type: str
    """Databricks SQL type: BIGINT, STRING, DECIMAL(18,2), TIMESTAMP, ARRAY<STRING>, ..."""
    nullable: bool = True
    comment: str | None = None


@dataclass(frozen=True)
class TableInfo:
    """A table or view by its three parts; names keep their case and spaces."""

    catalog: str
    schema: str
    name: str
    kind: Literal["table", "view"] = "table"
    columns: tuple[ColumnInfo, ...] = ()
    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    """Table properties. `aiops.primary_key` and `aiops.foreign_keys` (JSON) hold declared keys of loaded tables."""

    @property
    def full_name(self) -> str:
        """`catalog.schema.name`."""
        return f"{self.catalog}.{self.schema}.{self.name}"


@dataclass(frozen=True)
class Plan:
    """What the engine would do; `text` for people, the estimates where the engine gives them."""

    text: str
    estimated_rows: int | None = None
    estimated_bytes: int | None = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatementRecord:
    """One statement as it ended, for counting and tracing; never holds values that were bound to parameters."""

    statement_id: str
    kind: Literal["query", "execute", "append", "changes", "explain", "describe"]
    tables: tuple[str, ...]
    """Fully qualified (catalog.schema.table)."""
    principal: Principal
    seconds: float
    rows: int
    error: str | None = None
    text: str = ""
    """As it was given to the port, its parameters by name; empty for what has no text of a caller's own."""


class Warehouse(Protocol):
    """Guarantees: a write that returned is durable and whole; a read sees one version of each table.

    Raises the WarehouseError family of core.errors only.
    """

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
        ...

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
        ...

    def append(self, table: str, rows: Sequence[Mapping[str, Value]]) -> None:
        """Blind append in one commit for the whole batch; columns that a row lacks are NULL. As the platform itself."""
        ...

    def changes(self, table: str, cursor: str | None) -> tuple[list[Row], str]:
        """Rows appended since `cursor` (None: all), and the next cursor.

        The cursor is opaque and survives a restart. Overlap is allowed: a row may come twice, none is left out.
        """
        ...

    def explain(self, statement: str, parameters: Parameters | None = None, *, principal: Principal) -> Plan:
        """The plan, without running the statement; raises when it would not resolve."""
        ...

    def describe(self, table: str, *, principal: Principal) -> TableInfo:
        """Columns, comments and properties; raises TableNotFound."""
        ...

    def tables(self, schema: str, *, principal: Principal) -> tuple[TableInfo, ...]:
        """All tables and views of `catalog.schema`, with columns, by name; empty when the schema does not exist."""
        ...

    def close(self) -> None:
        """Release connections, threads and temporary files."""
        ...
