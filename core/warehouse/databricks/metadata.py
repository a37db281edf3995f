"""Tables and columns from information_schema, read as the principal (so that it sees what it may) and kept a while."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from core.errors import StatementInvalid, TableNotFound
from core.types import Principal
from core.warehouse.databricks.appending import quote
from core.warehouse.port import ColumnInfo, Parameters, TableInfo
from core.warehouse.statements import load

Rows = Callable[[str, Parameters, Principal], list[dict[str, Any]]]
PRIMARY_KEY, FOREIGN_KEYS = "aiops.primary_key", "aiops.foreign_keys"


@dataclass(frozen=True)
class _Kept:
    read_at: float
    tables: tuple[TableInfo, ...]


class Metadata:
    """Two statements a schema: its columns, and its keys; a third for the properties of one table. Thread-safe."""

    def __init__(self, rows: Rows, *, fresh_s: float) -> None:
        self._rows = rows
        self._fresh_s = fresh_s
        self._kept: dict[tuple[str, str, str], _Kept] = {}
        self._definitions = 0
        """How often a definition may have changed: what was read before is not kept after."""
        self._sql = load("core.warehouse.databricks", "statements.sql")
        self._lock = threading.Lock()

    def tables(self, catalog: str, schema: str, principal: Principal) -> tuple[TableInfo, ...]:
        """All of a schema, by name."""
        return self._read(catalog, schema, None, principal)

    def table(self, catalog: str, schema: str, name: str, principal: Principal) -> TableInfo:
        """One table or view; raises TableNotFound when it is not there, or not for the principal to see."""
        found = self._read(catalog, schema, name, principal)
        if not found:
            raise TableNotFound(
                f"The table or view {catalog}.{schema}.{name} cannot be found.",
                error_class="TABLE_OR_VIEW_NOT_FOUND",
            )
        return found[0]

    def _properties(self, table: TableInfo, principal: Principal) -> Mapping[str, str]:
        name = ".".join(quote(part) for part in (table.catalog, table.schema, table.name))
        rows = self._rows(f"SHOW TBLPROPERTIES {name}", {}, principal)
        return {str(row["key"]): str(row["value"]) for row in rows}

    def forget(self) -> None:
        """A definition may have changed."""
        with self._lock:
            self._definitions += 1
            self._kept.clear()

    def _read(self, catalog: str, schema: str, table: str | None, principal: Principal) -> tuple[TableInfo, ...]:
        key = (principal.user_id, f"{catalog}.{schema}".casefold(), (table or "").casefold())
        with self._lock:
            kept, definitions = self._kept.get(key), self._definitions
        if kept is not None and time.monotonic() - kept.read_at <= self._fresh_s:
            return kept.tables
        tables = self._asked(catalog, schema, table, principal)
        with self._lock:
            if definitions == self._definitions:
                now = time.monotonic()
                self._kept = {k: kept for k, kept in self._kept.items() if now - kept.read_at <= self._fresh_s}
                self._kept[key] = _Kept(now, tables)
        return tables

    def _asked(self, catalog: str, schema: str, table: str | None, principal: Principal) -> tuple[TableInfo, ...]:
        parameters: Parameters = {"schema": schema, "table": table}
        columns = self._rows(self._sql["columns"].replace("{catalog}", quote(catalog)), parameters, principal)
        keys: list[dict[str, Any]] = []
        if columns:
            keys = self._rows(self._sql["keys"].replace("{catalog}", quote(catalog)), parameters, principal)
        declared = {name: list(found) for name, found in groupby(keys, key=lambda row: str(row["table_name"]))}
        tables = tuple(
            _table(catalog, schema, list(found), declared.get(name, []), name)
            for name, found in groupby(columns, key=lambda row: str(row["table_name"]))
        )
        if table is not None:
            tables = tuple(
                replace(info, properties={**self._properties(info, principal), **info.properties}) for info in tables
            )
        return tables


def _table(catalog: str, schema: str, rows: list[dict[str, Any]], keys: list[dict[str, Any]], name: str) -> TableInfo:
    columns = tuple(
        ColumnInfo(
            name=str(row["column_name"]),
            type=spelled(str(row["full_data_type"])),
            nullable=str(row["is_nullable"]).upper() != "NO",
            comment=row["column_comment"],
        )
        for row in rows
        if row["column_name"] is not None
    )
    return TableInfo(
        catalog=catalog,
        schema=schema,
        name=name,
        kind="view" if "VIEW" in str(rows[0]["table_type"]).upper() else "table",
        columns=columns,
        comment=rows[0]["table_comment"],
        properties=_key_properties(catalog, keys),
    )


def _key_properties(catalog: str, keys: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Declared keys in the properties in which loaded tables of the embedded engine have them."""
    primary: list[str] = []
    foreign: list[dict[str, Any]] = []
    for name, found in groupby(keys, key=lambda row: str(row["constraint_name"])):
        parts = list(found)
        names = [str(part["column_name"]) for part in parts]
        if "PRIMARY" in str(parts[0]["constraint_type"]).upper():
            primary = names
        elif parts[0]["target_table"] is not None:
            target = f"{catalog}.{parts[0]['target_schema']}.{parts[0]['target_table']}"
            references = [str(part["target_column"]) for part in parts]
            foreign.append({"name": name, "columns": names, "table": target, "references": references})
    properties = {PRIMARY_KEY: json.dumps(primary)} if primary else {}
    return properties | ({FOREIGN_KEYS: json.dumps(foreign)} if foreign else {})


def spelled(full_data_type: str) -> str:
    """`array<struct<of it:int>>` as `ARRAY<STRUCT<of it:INT>>`: types in capitals, names of fields as they are."""
    result: list[str] = []
    part, quoted = "", False
    for character in full_data_type:
        quoted ^= character == "`"
        if quoted or character not in "<>,():":
            part += character
        else:
            result += [part if character == ":" else part.upper(), character]
            part = ""
    return "".join([*result, part.upper()]).strip()


def parts_of(name: str, default_catalog: str, wanted: int) -> tuple[str, ...]:
    """The parts of `schema[.table]` with or without a catalog; `wanted` counts them with it."""
    parts: list[str] = []
    current, quoted = "", False
    for character in name + ".":
        if character == "`":
            quoted = not quoted
        elif character == "." and not quoted:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    if len(parts) == wanted - 1:
        parts.insert(0, default_catalog)
    if len(parts) != wanted or not all(parts):
        raise StatementInvalid(f"{name!r} is not a name of {wanted} parts.", error_class="PARSE_SYNTAX_ERROR")
    return tuple(parts)
