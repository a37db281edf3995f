"""SHOW as rows, with Databricks' column names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from core.errors import StatementInvalid
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.clauses import Clauses
from core.warehouse.embedded.creation_text import creation_text
from core.warehouse.embedded.information_columns import INFORMATION_SCHEMA
from core.warehouse.embedded.refusals import unsupported
from core.warehouse.embedded.rows import arrow_rows
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import TableInfo, Value

TEXT = pa.string()


def listing(columns: Mapping[str, pa.DataType], rows: Sequence[Mapping[str, Value]]) -> pa.Table:
    """Rows of metadata as a result table."""
    return arrow_rows(pa.schema(list(columns.items())), rows, "the result")


class Listings:
    """Answers SHOW from the folder."""

    def __init__(self, space: TableSpace, describe: Callable[[Entry], TableInfo]) -> None:
        self._space = space
        self._info = describe

    def show(self, words: Clauses) -> pa.Table:
        """The rows of a SHOW, from behind that word; raises StatementRefused for a listing that is not offered."""
        for start, answer in (
            (("SCHEMAS",), self._schemas),
            (("DATABASES",), self._schemas),
            (("TABLES",), self._tables),
            (("VIEWS",), self._views),
            (("COLUMNS",), self._columns),
            (("TBLPROPERTIES",), self._properties),
            (("CREATE", "TABLE"), self._creation),
            (("CATALOGS",), self._catalogs),
        ):
            if words.take(*start):
                return answer(words)
        raise unsupported(f"SHOW {' '.join(words.rest().upper().split()[:2])}")

    def _catalogs(self, words: Clauses) -> pa.Table:
        found = _matching(self._space.catalog.catalogs(), _like(words))
        return listing({"catalog": TEXT}, [{"catalog": catalog} for catalog in found])

    def _schemas(self, words: Clauses) -> pa.Table:
        catalog = words.name()[-1] if _in(words) else self._space.catalog.default_catalog
        if catalog.casefold() not in [known.casefold() for known in self._space.catalog.catalogs()]:
            raise StatementInvalid(f"The catalog {catalog} cannot be found.", error_class="NO_SUCH_CATALOG_EXCEPTION")
        known = sorted({*self._space.catalog.schemas(catalog), INFORMATION_SCHEMA})
        found = _matching(known, _like(words))
        return listing({"databaseName": TEXT}, [{"databaseName": schema} for schema in found])

    def _tables(self, words: Clauses) -> pa.Table:
        schema, entries = self._entries(words, "SHOW TABLES")
        columns = {"database": TEXT, "tableName": TEXT, "isTemporary": pa.bool_()}
        found = _matching([entry.name.name for entry in entries], _like(words))
        return listing(columns, [{"database": schema, "tableName": name, "isTemporary": False} for name in found])

    def _views(self, words: Clauses) -> pa.Table:
        schema, entries = self._entries(words, "SHOW VIEWS")
        columns = {"namespace": TEXT, "viewName": TEXT, "isTemporary": pa.bool_(), "isMaterialized": pa.bool_()}
        found = _matching([entry.name.name for entry in entries if entry.kind == "view"], _like(words))
        rows: list[dict[str, Value]] = [
            {"namespace": schema, "viewName": name, "isTemporary": False, "isMaterialized": False} for name in found
        ]
        return listing(columns, rows)

    def _columns(self, words: Clauses) -> pa.Table:
        if not _in(words):
            raise words.unexpected("expected IN or FROM")
        name = words.name()
        if _in(words):
            name = (*words.name(), name[-1])
        words.end()
        info = self._info(self._space.entry(name))
        return listing({"col_name": TEXT}, [{"col_name": column.name} for column in info.columns])

    def _properties(self, words: Clauses) -> pa.Table:
        info = self._info(self._space.entry(words.name()))
        found = dict(info.properties)
        if words.take("("):
            key = words.property_key()
            words.need(")")
            found = {key: found.get(key, f"Table {info.full_name} does not have property: {key}")}
        words.end()
        rows: list[dict[str, Value]] = [{"key": name, "value": text} for name, text in sorted(found.items())]
        return listing({"key": TEXT, "value": TEXT}, rows)

    def _creation(self, words: Clauses) -> pa.Table:
        entry = self._space.entry(words.name())
        words.end()
        return listing({"createtab_stmt": TEXT}, [{"createtab_stmt": creation_text(self._space, self._info, entry)}])

    def _entries(self, words: Clauses, what: str) -> tuple[str, tuple[Entry, ...]]:
        if not _in(words):
            raise unsupported(f"{what} without IN (sessions have no current schema)")
        catalog, schema = self._space.catalog.schema_name(words.name())
        folder = self._space.catalog.schema_folder(catalog, schema)
        if folder is None:
            raise StatementInvalid(f"The schema {catalog}.{schema} cannot be found.", error_class="SCHEMA_NOT_FOUND")
        return folder.name, self._space.catalog.entries(catalog, schema)


def _in(words: Clauses) -> bool:
    return words.take("IN") or words.take("FROM")


def _like(words: Clauses) -> str | None:
    """`[LIKE] 'pattern'` at the end."""
    words.take("LIKE")
    pattern = None if words.done else words.literal()
    words.end()
    return pattern


def _matching(names: Sequence[str], like: str | None) -> list[str]:
    """Names by a pattern in which `*` is any text and `|` an alternative."""
    if like is None:
        return list(names)
    parts = (".*".join(re.escape(piece) for piece in part.strip().split("*")) for part in like.split("|"))
    wanted = re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)
    return [name for name in names if wanted.fullmatch(name)]
