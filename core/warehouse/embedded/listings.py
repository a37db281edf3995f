"""SHOW and DESCRIBE as rows, with Databricks' column names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import translate as glob

import pyarrow as pa

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.errors import storage_errors
from core.warehouse.embedded.names import parse_name
from core.warehouse.embedded.rows import arrow_rows
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import TableInfo, Value

_NAME = r"(?P<name>(?:`(?:[^`]|``)+`|[^\s.`']+)(?:\.(?:`(?:[^`]|``)+`|[^\s.`']+))*)"
_LIKE = r"(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?"
_TEXT, _MOMENT = pa.string(), pa.timestamp("us", "UTC")


def listing(columns: Mapping[str, pa.DataType], rows: Sequence[Mapping[str, Value]]) -> pa.Table:
    """Rows of metadata as a result table."""
    return arrow_rows(pa.schema(list(columns.items())), rows, "the result")


class CatalogListings:
    """Answers SHOW and DESCRIBE from the folder."""

    def __init__(self, space: TableSpace, describe: Callable[[Entry], TableInfo]) -> None:
        self._space = space
        self._info = describe

    def show(self, rest: str) -> pa.Table:
        """The rows of `SHOW <rest>`; raises StatementRefused for a listing that is not offered."""
        for pattern, answer in (
            (rf"(?:SCHEMAS|DATABASES)(?:\s+(?:IN|FROM)\s+{_NAME})?{_LIKE}", self._schemas),
            (rf"TABLES\s+(?:IN|FROM)\s+{_NAME}{_LIKE}", self._tables),
            (rf"VIEWS\s+(?:IN|FROM)\s+{_NAME}{_LIKE}", self._views),
            (rf"COLUMNS\s+(?:IN|FROM)\s+{_NAME}", self._columns),
            (rf"TBLPROPERTIES\s+{_NAME}(?:\s*\(\s*(?P<like>[^)]+?)\s*\))?", self._properties),
        ):
            match = re.fullmatch(pattern, rest, re.IGNORECASE)
            if match:
                return answer(match["name"], match.groupdict().get("like"))
        raise StatementRefused(f"SHOW {rest} is not supported.", error_class="UNSUPPORTED_FEATURE")

    def describe(self, rest: str) -> pa.Table:
        """The rows of `DESCRIBE <rest>`: a table, its HISTORY or its DETAIL."""
        match = re.fullmatch(
            rf"(?:(?P<what>HISTORY|DETAIL|TABLE|EXTENDED|TABLE\s+EXTENDED)\s+)?{_NAME}", rest, re.IGNORECASE
        )
        if match is None:
            raise StatementRefused(f"DESCRIBE {rest} is not supported.", error_class="UNSUPPORTED_FEATURE")
        what = (match["what"] or "TABLE").upper()
        if what == "HISTORY":
            return self._history(match["name"])
        if what == "DETAIL":
            return self._detail(match["name"])
        return self._description(match["name"], extended="EXTENDED" in what)

    def _schemas(self, name: str | None, like: str | None) -> pa.Table:
        catalog = parse_name(name)[-1] if name else self._space.catalog.default_catalog
        found = _matching(self._space.catalog.schemas(catalog), like)
        return listing({"databaseName": _TEXT}, [{"databaseName": schema} for schema in found])

    def _tables(self, name: str, like: str | None) -> pa.Table:
        columns = {"database": _TEXT, "tableName": _TEXT, "isTemporary": pa.bool_()}
        entries = self._entries(name)
        found = _matching([entry.name.name for entry in entries], like)
        return listing(columns, [{"database": self._schema(name), "tableName": t, "isTemporary": False} for t in found])

    def _views(self, name: str, like: str | None) -> pa.Table:
        columns = {"namespace": _TEXT, "viewName": _TEXT, "isTemporary": pa.bool_(), "isMaterialized": pa.bool_()}
        found = _matching([entry.name.name for entry in self._entries(name) if entry.kind == "view"], like)
        schema = self._schema(name)
        rows: list[dict[str, Value]] = [
            {"namespace": schema, "viewName": v, "isTemporary": False, "isMaterialized": False} for v in found
        ]
        return listing(columns, rows)

    def _columns(self, name: str, _: str | None) -> pa.Table:
        info = self._info(self._space.entry(name))
        return listing({"col_name": _TEXT}, [{"col_name": column.name} for column in info.columns])

    def _properties(self, name: str, key: str | None) -> pa.Table:
        info = self._info(self._space.entry(name))
        found = dict(info.properties)
        if key is not None:
            wanted = key.strip("'\"").replace("`", "")
            missing = f"Table {info.full_name} does not have property: {wanted}"
            found = {wanted: found.get(wanted, missing)}
        rows: list[dict[str, Value]] = [{"key": name, "value": text} for name, text in sorted(found.items())]
        return listing({"key": _TEXT, "value": _TEXT}, rows)

    def _description(self, name: str, *, extended: bool) -> pa.Table:
        info = self._info(self._space.entry(name))
        rows: list[dict[str, Value]] = [
            {"col_name": column.name, "data_type": column.type.lower(), "comment": column.comment}
            for column in info.columns
        ]
        if extended:
            details = (
                ("Catalog", info.catalog),
                ("Database", info.schema),
                ("Table", info.name),
                ("Type", info.kind.upper()),
            )
            rows.append({"col_name": "# Detailed Table Information", "data_type": "", "comment": ""})
            rows.extend({"col_name": key, "data_type": text, "comment": ""} for key, text in details)
        return listing({"col_name": _TEXT, "data_type": _TEXT, "comment": _TEXT}, rows)

    def _history(self, name: str) -> pa.Table:
        folder = self._space.table(name)
        with storage_errors(folder.name.full_name):
            commits = folder.open().history()
        rows: list[dict[str, Value]] = [
            {
                "version": commit["version"],
                "timestamp": datetime.fromtimestamp(commit["timestamp"] / 1000, UTC),
                "operation": commit.get("operation"),
                "operationParameters": json.dumps(commit.get("operationParameters") or {}),
                "operationMetrics": json.dumps(commit.get("operationMetrics") or {}),
            }
            for commit in commits
        ]
        columns = {
            "version": pa.int64(),
            "timestamp": _MOMENT,
            "operation": _TEXT,
            "operationParameters": _TEXT,
            "operationMetrics": _TEXT,
        }
        return listing(columns, rows)

    def _detail(self, name: str) -> pa.Table:
        folder = self._space.table(name)
        snapshot = folder.current()
        row: dict[str, Value] = {
            "format": "delta",
            "id": snapshot.table_id,
            "name": folder.name.full_name,
            "description": snapshot.description,
            "location": str(folder.path),
            "numFiles": len(snapshot.files),
            "sizeInBytes": snapshot.size_bytes,
            "properties": json.dumps(dict(snapshot.properties)),
        }
        columns = {key: pa.int64() if isinstance(found, int) else _TEXT for key, found in row.items()}
        return listing(columns, [row])

    def _entries(self, schema: str) -> tuple[Entry, ...]:
        parts = parse_name(schema)
        if len(parts) > 2:
            raise StatementInvalid(f"{schema!r} is not a schema: name it as catalog.schema.")
        catalog = parts[0] if len(parts) == 2 else self._space.catalog.default_catalog
        if self._space.catalog.schema_folder(catalog, parts[-1]) is None:
            raise StatementInvalid(f"The schema {catalog}.{parts[-1]} cannot be found.", error_class="SCHEMA_NOT_FOUND")
        return self._space.catalog.entries(catalog, parts[-1])

    def _schema(self, schema: str) -> str:
        return parse_name(schema)[-1]


def _matching(names: Sequence[str], like: str | None) -> list[str]:
    if like is None:
        return list(names)
    wanted = re.compile("|".join(glob(part.strip()) for part in like.split("|")), re.IGNORECASE)
    return [name for name in names if wanted.fullmatch(name)]
