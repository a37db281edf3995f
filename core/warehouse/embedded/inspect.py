"""DESCRIBE, SHOW and EXPLAIN, and the typed metadata of tables and views."""

from __future__ import annotations

import re

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.clauses import Clauses, inner_descriptions, with_names
from core.warehouse.embedded.described import described
from core.warehouse.embedded.descriptions import Descriptions
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.embedded.dml import Modifier
from core.warehouse.embedded.listings import Listings, listing
from core.warehouse.embedded.names import parse_name
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.refusals import first_word, refuse_by_name, unsupported
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import Parameters, Plan, TableInfo

_MODE = re.compile(r"(?:EXTENDED|FORMATTED|COST|CODEGEN)\s+", re.IGNORECASE)
_TOLD = "__aiops_told_{}"


class Inspector:
    """Answers what is there and how a statement would run."""

    def __init__(self, space: TableSpace, reader: Reader, modifier: Modifier) -> None:
        self._space = space
        self._reader = reader
        self._modifier = modifier
        self._listings = Listings(space, self.describe)
        self._descriptions = Descriptions(space, reader, self.describe)

    def answer(self, word: str, text: str, parameters: Parameters) -> pa.Table | None:
        """The rows of a SHOW, DESCRIBE or EXPLAIN, given with its first word; None when it is of another kind."""
        if word == "EXPLAIN":
            rest = text[len(word) :].strip()
            mode = _MODE.match(rest)
            plan = self.plan(rest[mode.end() :] if mode else rest, parameters)
            return listing({"plan": pa.string()}, [{"plan": plan.text}])
        if word not in ("SHOW", "DESCRIBE", "DESC"):
            return None
        words = Clauses(text[len(word) :], parameters)
        return self._listings.show(words) if word == "SHOW" else self._descriptions.describe(words, parameters)

    def over_descriptions(self, text: str, parameters: Parameters, limits: Limits) -> pa.Table | None:
        """The rows of a query over `(DESCRIBE ...)`; None when there is none in it."""
        given: dict[str, pa.Table] = {}
        for start, end, inner in reversed(inner_descriptions(text)):
            name = _TOLD.format(len(given))
            words = Clauses(inner, parameters)
            _ = words.take("DESCRIBE") or words.take("DESC")
            given[name] = self._descriptions.describe(words, parameters)
            text = f"{text[:start]}SELECT * FROM {name}{text[end:]}"
        return self._reader.over(parse(text), given, parameters, limits) if given else None

    def plan(self, statement: str, parameters: Parameters) -> Plan:
        """How a query or a change of rows would run; raises when it would not resolve."""
        _, text = first_word(statement)
        refuse_by_name(text)
        tree = parse(with_names(text, parameters))
        head = ""
        if not isinstance(tree, exp.Query):
            change = self._modifier.planned(tree, parameters)
            if change is None:
                raise unsupported(f"EXPLAIN of {' '.join(text.split()[:2]).upper()}")
            head, tree = f"{tree.key.upper()} {change.table}\n", change.query
        translated = self._reader.translated(statement if not head else tree, parameters)
        names = tuple(dict.fromkeys(use.name.full_name for use in translated.tables))
        return Plan(head + self._reader.plan_text(translated, parameters), tables=names)

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
        return self._space.catalog.schema_name(parts)
