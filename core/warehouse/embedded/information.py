"""The rows of `information_schema`, made for each statement from what the catalog and the Delta logs say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pyarrow as pa

from core.errors import TableNotFound
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.constraint_rows import constraint_rows
from core.warehouse.embedded.information_columns import INFORMATION_SCHEMA, RELATIONS, SYSTEM
from core.warehouse.embedded.names import TableName
from core.warehouse.embedded.rows import arrow_rows
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import TableInfo, Value

Row = dict[str, Value]
Listing = Callable[[str, str], tuple[TableInfo, ...]]
"""Tables and views of (catalog, schema)."""

OWNER = "platform"
_ARROW = {"STRING": pa.string(), "INT": pa.int32(), "TIMESTAMP": pa.timestamp("us", "UTC")}
_SIMPLE = {"TINYINT": "BYTE", "SMALLINT": "SHORT", "BIGINT": "LONG"}
_BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64, "FLOAT": 24, "DOUBLE": 53}
_KEYWORD = re.compile(
    r"(?:(?<=[<:,])|^)(?:TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|BOOLEAN|STRING|BINARY|DATE|TIMESTAMP(?:_NTZ)?|DECIMAL|"
    r"ARRAY|MAP|STRUCT)(?=[<>(),]|$)"
)
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class InformationSchema:
    """Answers for the `information_schema` of each catalog, and for that of `system`, which tells of all."""

    def __init__(self, space: TableSpace, listing: Listing) -> None:
        self._space = space
        self._listing = listing

    def rows(self, name: TableName) -> pa.Table:
        """All rows of one relation; raises TableNotFound when there is no such catalog."""
        relation = name.name.casefold()
        columns = RELATIONS[relation]
        rows = [row for catalog in self._catalogs(name.catalog) for row in self._catalog_rows(relation, catalog)]
        if relation == "information_schema_catalog_name":
            rows = [{"catalog_name": name.catalog}]
        schema = pa.schema([pa.field(column, _ARROW[kind]) for column, kind in columns])
        return arrow_rows(schema, rows, name.full_name)

    def _catalogs(self, wanted: str) -> list[str]:
        known = self._space.catalog.catalogs()
        if wanted.casefold() == SYSTEM:
            return list(known)
        found = [catalog for catalog in known if catalog.casefold() == wanted.casefold()]
        if not found:
            raise TableNotFound(f"The catalog {wanted} cannot be found.", error_class="NO_SUCH_CATALOG_EXCEPTION")
        return found

    def _catalog_rows(self, relation: str, catalog: str) -> Iterator[Row]:
        if relation == "catalogs":
            yield {"catalog_name": catalog, "catalog_owner": OWNER}
        elif relation == "schemata":
            yield from self._schemata(catalog)
        elif relation in ("tables", "columns", "views"):
            for schema in self._space.catalog.schemas(catalog):
                for info in self._listing(catalog, schema):
                    yield from self._of_table(relation, info)
            yield from _own_rows(relation, catalog)
        elif relation in ("column_masks", "row_filters"):
            return  # this engine refuses both
        else:
            yield from constraint_rows(relation, self._tables(catalog), self._space.catalog.default_catalog)

    def _tables(self, catalog: str) -> list[TableInfo]:
        schemas = self._space.catalog.schemas(catalog)
        return [info for schema in schemas for info in self._listing(catalog, schema) if info.kind == "table"]

    def _schemata(self, catalog: str) -> Iterator[Row]:
        for schema in self._space.catalog.schemas(catalog):
            comment = self._space.catalog.schema_facts(catalog, schema).comment
            yield {"catalog_name": catalog, "schema_name": schema, "schema_owner": OWNER, "comment": comment}
        yield {"catalog_name": catalog, "schema_name": INFORMATION_SCHEMA, "schema_owner": OWNER}

    def _of_table(self, relation: str, info: TableInfo) -> Iterator[Row]:
        entry = self._space.catalog.find(TableName(info.catalog, info.schema, info.name))
        if entry is None:
            return
        if relation == "tables":
            yield {**_name(info), **_table(info), **self._moments(entry)}
        elif relation == "columns":
            defaults = self._defaults(entry)
            for position, column in enumerate(info.columns):
                yield {
                    **_name(info),
                    **_column(column.name, column.type, position, nullable=column.nullable),
                    "column_default": defaults.get(column.name),
                    "comment": column.comment,
                }
        elif info.kind == "view":
            definition = self._space.catalog.view(entry).text
            yield {
                **_name(info), "view_definition": definition, "check_option": "NONE", "is_updatable": "NO",
                "is_insertable_into": "NO",
            }  # fmt: skip

    def _defaults(self, entry: Entry) -> dict[str, str]:
        if entry.kind == "view":
            return {}
        fields = self._space.folder(entry).current().fields
        return {field.name: field.default for field in fields if field.default is not None}

    def _moments(self, entry: Entry) -> Row:
        changed = _moment(self._space.catalog.changed_s(entry))
        made = self._space.folder(entry).current().created_ms if entry.kind == "table" else None
        created = changed if made is None else _moment(made / 1000)
        return {"created": created, "created_by": OWNER, "last_altered": changed, "last_altered_by": OWNER}


def _name(info: TableInfo) -> Row:
    return {"table_catalog": info.catalog, "table_schema": info.schema, "table_name": info.name}


def _table(info: TableInfo) -> Row:
    view = info.kind == "view"
    return {
        "table_type": "VIEW" if view else "MANAGED",
        "is_insertable_into": "NO" if view else "YES",
        "commit_action": "PRESERVE",
        "table_owner": OWNER,
        "comment": info.comment,
        "data_source_format": "UNKNOWN_DATA_SOURCE_FORMAT" if view else "DELTA",
    }


def _column(name: str, kind: str, position: int, *, nullable: bool) -> Row:
    simple = re.split(r"[<(]", kind)[0]
    decimal = _DECIMAL.fullmatch(kind)
    precision = int(decimal[1]) if decimal else _BITS.get(kind)
    scale = int(decimal[2]) if decimal else 0 if simple in ("TINYINT", "SMALLINT", "INT", "BIGINT") else None
    return {
        "column_name": name,
        "ordinal_position": position,
        "is_nullable": "YES" if nullable else "NO",
        "full_data_type": shown_type(kind),
        "data_type": _SIMPLE.get(simple, simple),
        "numeric_precision": precision,
        "numeric_precision_radix": None if precision is None else 10 if decimal else 2,
        "numeric_scale": scale,
        "datetime_precision": 0 if kind == "DATE" else 3 if kind.startswith("TIMESTAMP") else None,
        "is_identity": "NO",
        "is_generated": "NEVER",
        "is_system_time_period_start": "NO",
        "is_system_time_period_end": "NO",
        "is_updatable": "YES",
    }


def shown_type(kind: str) -> str:
    """A type as DESCRIBE prints it: keywords in lower case, names of a struct's fields as they are spelled."""
    return _KEYWORD.sub(lambda found: found[0].lower(), kind)


def _own_rows(relation: str, catalog: str) -> Iterator[Row]:
    """The relations of the information_schema list themselves, as views."""
    for table, columns in RELATIONS.items():
        named: Row = {"table_catalog": catalog, "table_schema": INFORMATION_SCHEMA, "table_name": table}
        if relation == "tables":
            yield {**named, **_table(TableInfo(catalog, INFORMATION_SCHEMA, table, "view"))}
        elif relation == "columns":
            for position, (column, kind) in enumerate(columns):
                yield {**named, **_column(column, kind, position, nullable=True)}


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
