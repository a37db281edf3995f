"""DESCRIBE as rows, with Databricks' column names."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from core.errors import StatementInvalid
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.clauses import Clauses
from core.warehouse.embedded.errors import storage_errors
from core.warehouse.embedded.information import OWNER, shown_type
from core.warehouse.embedded.information_columns import is_information_schema, relation_columns
from core.warehouse.embedded.json_description import json_description
from core.warehouse.embedded.listings import TEXT, listing
from core.warehouse.embedded.properties import keys
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.space import TableSpace
from core.warehouse.embedded.types import delta_of_arrow, sql_type
from core.warehouse.port import ColumnInfo, Parameters, TableInfo, Value

_COLUMNS = {"col_name": TEXT, "data_type": TEXT, "comment": TEXT}
_MAP = pa.map_(TEXT, TEXT)
_DELTA_ONLY = "DELTA_TABLE_ONLY_OPERATION"


class Descriptions:
    """Answers DESCRIBE from the folder and the Delta logs."""

    def __init__(self, space: TableSpace, reader: Reader, describe: Callable[[Entry], TableInfo]) -> None:
        self._space = space
        self._reader = reader
        self._info = describe

    def describe(self, words: Clauses, parameters: Parameters) -> pa.Table:
        """The rows of a DESCRIBE, from behind that word."""
        if words.take("HISTORY"):
            return self._history(words)
        if words.take("DETAIL"):
            name = words.name()
            words.end()
            return self._detail(name)
        if words.take("SCHEMA") or words.take("DATABASE"):
            return self._schema(words)
        if words.take("QUERY") or words.peek() in ("SELECT", "WITH", "VALUES", "FROM"):
            return self._query(words.rest(), parameters)
        words.take("TABLE")
        extended = words.take("EXTENDED")
        info = self._told(words.name())
        if words.take("AS", "JSON"):
            words.end()
            if not extended:
                raise StatementInvalid("AS JSON goes with EXTENDED.", error_class="DESCRIBE_JSON_NOT_EXTENDED")
            return listing({"json_metadata": TEXT}, [{"json_metadata": json_description(info)}])
        if not words.done:
            return self._column(info, words)
        return listing(_COLUMNS, [*_columns(info), *(self._details(info) if extended else ())])

    def _told(self, parts: tuple[str, ...]) -> TableInfo:
        name = self._space.catalog.name(parts)
        if not is_information_schema(name):
            return self._info(self._space.catalog.get(name))
        columns = tuple(ColumnInfo(column, kind) for column, kind in relation_columns(name))
        return TableInfo(name.catalog, name.schema, name.name, "view", columns)

    def _column(self, info: TableInfo, words: Clauses) -> pa.Table:
        name = words.part()
        words.end()
        found = next((column for column in info.columns if column.name.casefold() == name.casefold()), None)
        if found is None:
            raise StatementInvalid(f"{info.full_name} has no column {name}.", error_class="UNRESOLVED_COLUMN")
        pairs = (("col_name", found.name), ("data_type", shown_type(found.type)), ("comment", found.comment or "NULL"))
        rows: list[dict[str, Value]] = [{"info_name": key, "info_value": text} for key, text in pairs]
        return listing({"info_name": TEXT, "info_value": TEXT}, rows)

    def _details(self, info: TableInfo) -> list[dict[str, Value]]:
        properties = ",".join(f"{key}={text}" for key, text in sorted(info.properties.items()))
        facts = [
            ("Catalog", info.catalog),
            ("Database", info.schema),
            ("Table", info.name),
            ("Type", "VIEW" if info.kind == "view" else "MANAGED"),
            ("Comment", info.comment),
            ("Provider", None if info.kind == "view" else "delta"),
            ("Owner", OWNER),
            ("Table Properties", f"[{properties}]"),
        ]
        rows: list[dict[str, Value]] = [{"col_name": ""}, {"col_name": "# Detailed Table Information"}]
        rows += [{"col_name": key, "data_type": text} for key, text in facts if text is not None]
        found = keys(info.name, info.properties)
        constraints = [(found.primary_name, "PRIMARY KEY", found.primary)] if found.primary else []
        constraints += [(key.name, "FOREIGN KEY", key.columns) for key in found.foreign]
        if constraints:
            rows += [{"col_name": ""}, {"col_name": "# Constraints"}]
        for name, kind, columns in constraints:
            rows.append({"col_name": name, "data_type": f"{kind} ({', '.join(f'`{c}`' for c in columns)})"})
        for row in rows:
            row.update({key: row.get(key) or "" for key in ("data_type", "comment")})
        return rows

    def _schema(self, words: Clauses) -> pa.Table:
        extended = words.take("EXTENDED")
        catalog, schema = self._space.catalog.schema_name(words.name())
        words.end()
        facts = self._space.catalog.schema_facts(catalog, schema)
        pairs = [
            ("Catalog Name", catalog),
            ("Namespace Name", schema),
            ("Comment", facts.comment or ""),
            ("Owner", OWNER),
        ]
        if extended:
            listed = ",".join(f"({key},{text})" for key, text in sorted(facts.properties.items()))
            pairs.append(("Properties", f"({listed})"))
        rows: list[dict[str, Value]] = [
            {"database_description_item": key, "database_description_value": text} for key, text in pairs
        ]
        return listing({"database_description_item": TEXT, "database_description_value": TEXT}, rows)

    def _query(self, statement: str, parameters: Parameters) -> pa.Table:
        found, _ = self._reader.rows(statement, parameters, Limits(row_limit=0))
        rows: list[dict[str, Value]] = [
            {"col_name": field.name, "data_type": shown_type(sql_type(delta_of_arrow(field.type)))}
            for field in found.schema
        ]
        return listing(_COLUMNS, rows)

    def _history(self, words: Clauses) -> pa.Table:
        folder = self._space.table(words.name())
        limit = words.value() if words.take("LIMIT") else None
        words.end()
        if limit is not None and (not isinstance(limit, int) or limit < 0):
            raise StatementInvalid(f"{limit!r} is not a number of rows.", error_class="INVALID_LIMIT_LIKE_EXPRESSION")
        with storage_errors(folder.name.full_name):
            commits = sorted(folder.open().history(), key=lambda commit: -int(commit["version"]))[:limit]
        fixed = {
            "version": pa.int64(), "timestamp": pa.timestamp("us", "UTC"), "userId": TEXT, "userName": TEXT,
            "operation": TEXT,
        }  # fmt: skip
        rows: list[dict[str, Value]] = [
            {
                "version": commit["version"],
                "timestamp": datetime.fromtimestamp(commit["timestamp"] / 1000, UTC),
                "operation": commit.get("operation"),
            }
            for commit in commits
        ]
        table = listing(fixed, rows)
        table = table.append_column("operationParameters", _maps(commits, "operationParameters"))
        for name, kind in (("clusterId", TEXT), ("readVersion", pa.int64()), ("isolationLevel", TEXT)):
            table = table.append_column(name, pa.nulls(len(commits), kind))
        table = table.append_column("isBlindAppend", pa.nulls(len(commits), pa.bool_()))
        table = table.append_column("operationMetrics", _maps(commits, "operationMetrics"))
        for name in ("userMetadata", "engineInfo"):
            table = table.append_column(name, pa.nulls(len(commits), TEXT))
        return table

    def _detail(self, name: tuple[str, ...]) -> pa.Table:
        folder = self._space.table(name)
        snapshot = folder.current()
        created = None if snapshot.created_ms is None else datetime.fromtimestamp(snapshot.created_ms / 1000, UTC)
        changed = datetime.fromtimestamp(self._space.catalog.changed_s(self._space.entry(name)), UTC)
        row: dict[str, Value] = {
            "format": "delta",
            "id": snapshot.table_id,
            "name": folder.name.full_name,
            "description": snapshot.description,
            "location": str(folder.path),
            "createdAt": created,
            "lastModified": changed,
            "numFiles": len(snapshot.files),
            "sizeInBytes": snapshot.size_bytes,
        }
        moments = {"createdAt", "lastModified"}
        columns = {
            key: pa.timestamp("us", "UTC") if key in moments else pa.int64() if isinstance(found, int) else TEXT
            for key, found in row.items()
        }
        table = listing(columns, [row])
        no_columns = pa.array([[]], pa.list_(TEXT))
        table = table.add_column(7, "partitionColumns", no_columns).add_column(8, "clusteringColumns", no_columns)
        return table.append_column("properties", pa.array([list(snapshot.properties)], _MAP))


def _columns(info: TableInfo) -> list[dict[str, Value]]:
    return [
        {"col_name": column.name, "data_type": shown_type(column.type), "comment": column.comment}
        for column in info.columns
    ]


def _maps(commits: list[dict[str, Any]], key: str) -> pa.Array:
    """A column of texts by name; what is no text is written as JSON."""
    return pa.array(
        [[(name, _text(item)) for name, item in (commit.get(key) or {}).items()] for commit in commits], _MAP
    )


def _text(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item)
