"""DESCRIBE, SHOW and EXPLAIN, and the typed metadata of tables and views."""

from __future__ import annotations

import re

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.described import described
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.embedded.listings import CatalogListings, listing
from core.warehouse.embedded.names import parse_name
from core.warehouse.embedded.reader import Reader
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import Parameters, Plan, TableInfo

_FIRST_WORD = re.compile(r"^(?:\s|--[^\n]*\n|/\*.*?\*/)*(SHOW|DESCRIBE|DESC|EXPLAIN)\b\s*", re.IGNORECASE | re.DOTALL)


class Inspector:
    """Answers what is there and how a statement would run."""

    def __init__(self, space: TableSpace, reader: Reader) -> None:
        self._space = space
        self._reader = reader
        self._catalog = CatalogListings(space, self.describe)

    def answer(self, statement: str) -> pa.Table | None:
        """The rows of a SHOW, DESCRIBE or EXPLAIN; None when the statement is of another kind."""
        match = _FIRST_WORD.match(statement)
        if match is None:
            return None
        word, rest = match[1].upper(), statement[match.end() :].strip().rstrip(";").strip()
        if word == "EXPLAIN":
            plan = self.plan(re.sub(r"(?i)^(EXTENDED|FORMATTED|COST|CODEGEN)\s+", "", rest), {})
            return listing({"plan": pa.string()}, [{"plan": plan.text}])
        return self._catalog.show(rest) if word == "SHOW" else self._catalog.describe(rest)

    def plan(self, statement: str, parameters: Parameters) -> Plan:
        """How a query would run; raises when it would not resolve."""
        tree = parse(statement)
        if not isinstance(tree, exp.Query):
            raise StatementRefused("Only queries can be explained.", error_class="UNSUPPORTED_FEATURE")
        translated = self._reader.translated(statement, parameters)
        text = self._reader.plan_text(translated, parameters)
        names = tuple(dict.fromkeys(use.name.full_name for use in translated.tables))
        return Plan(text, tables=names)

    def describe(self, entry: Entry) -> TableInfo:
        """A table's columns, or those that a view's SELECT gives."""
        return described(self._space, self._reader, entry)

    def tables(self, schema: str) -> tuple[TableInfo, ...]:
        """All tables and views of a schema, by name."""
        catalog, folder = self.schema_parts(schema)
        return tuple(self.describe(entry) for entry in self._space.catalog.entries(catalog, folder))

    def schema_parts(self, schema: str) -> tuple[str, str]:
        parts = parse_name(schema)
        if len(parts) > 2:
            raise StatementInvalid(f"{schema!r} is not a schema: name it as catalog.schema.")
        return (parts[0], parts[1]) if len(parts) == 2 else (self._space.catalog.default_catalog, parts[0])
