"""Statements that are no queries, by their first word: each goes to the part that runs it."""

from __future__ import annotations

import re

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused, TableNotFound
from core.warehouse.embedded.alter import Alterer
from core.warehouse.embedded.clauses import Clauses, inner_descriptions, with_names
from core.warehouse.embedded.cloning import clone_of
from core.warehouse.embedded.definer import Definer
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.embedded.dml import Modifier
from core.warehouse.embedded.maintenance import Maintenance
from core.warehouse.embedded.reader import Limits
from core.warehouse.embedded.refusals import first_word, refuse_by_name, unsupported
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import Parameters

_SCHEMA = re.compile(r"CREATE\s+(?:SCHEMA|DATABASE)\b", re.IGNORECASE)
_REPLACE = re.compile(r"REPLACE\s+TABLE\s+", re.IGNORECASE)
_MAINTENANCE = frozenset({"OPTIMIZE", "VACUUM", "RESTORE", "ANALYZE", "REFRESH"})
_ASKED = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN"})


class Commands:
    """Runs everything that `execute` takes."""

    def __init__(self, space: TableSpace, definer: Definer, modifier: Modifier, alterer: Alterer) -> None:
        self._space = space
        self._definer = definer
        self._modifier = modifier
        self._alterer = alterer
        self._maintenance = Maintenance(space)

    def maintain(self, word: str, text: str, parameters: Parameters) -> pa.Table | None:
        """The result of OPTIMIZE, VACUUM and the like; None when the statement is of another kind."""
        if word not in _MAINTENANCE:
            return None
        return self._maintenance.run(word, Clauses(text[len(word) :], parameters))

    def execute(self, statement: str, parameters: Parameters, limits: Limits) -> tuple[int, tuple[str, ...]]:
        """Runs a write or a definition; gives the affected rows and the full names of the tables it names."""
        word, text = first_word(statement)
        refuse_by_name(text)
        if word in _ASKED:
            raise StatementInvalid(f"{word} gives rows: send it to query, not execute.")
        if word in ("ALTER", "COMMENT"):
            return self._altered(word, Clauses(text, parameters))
        if word in _MAINTENANCE:
            self.maintain(word, text, parameters)
            return 0, ()
        schema = _SCHEMA.match(text)
        if schema is not None:
            self._definer.create_schema(Clauses(text[schema.end() :], parameters))
            return 0, ()
        clone = clone_of(text, parameters)
        if clone is not None:
            self._definer.clone(clone)
            return 0, (self._space.catalog.name(clone.target).full_name,)
        if inner_descriptions(text):
            raise unsupported("DESCRIBE inside a statement that writes")
        tree = self._parsed(with_names(text, parameters))
        return self._run(tree, parameters, limits), targets(tree, self._space)

    def _altered(self, word: str, words: Clauses) -> tuple[int, tuple[str, ...]]:
        words.need(word)
        if word == "ALTER":
            return 0, self._alterer.alter(words)
        words.need("ON")
        return 0, self._alterer.comment(words)

    def _parsed(self, text: str) -> exp.Expr:
        """REPLACE TABLE is CREATE OR REPLACE TABLE of a table that exists."""
        if not _REPLACE.match(text):
            return parse(text)
        tree = parse(f"CREATE OR {text}")
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        name = self._space.catalog.name(tuple(part.name for part in target.parts))
        if self._space.catalog.find(name) is None:
            raise TableNotFound(
                f"The table {name.full_name} cannot be found; REPLACE TABLE needs one.",
                error_class="TABLE_OR_VIEW_NOT_FOUND",
            )
        return tree

    def _run(self, tree: exp.Expr, parameters: Parameters, limits: Limits) -> int:
        for part in (self._modifier, self._definer):
            affected = part.run(tree, parameters, limits)
            if affected is not None:
                return affected
        if isinstance(tree, exp.Query):
            raise StatementInvalid("A query gives rows: send it to query, not execute.")
        raise StatementRefused(
            f"{' '.join(tree.sql('databricks').split()[:2]).upper()} is not supported by the embedded warehouse.",
            error_class="UNSUPPORTED_FEATURE",
        )


def targets(tree: exp.Expr, space: TableSpace) -> tuple[str, ...]:
    """Full names of the tables that a statement names."""
    names = []
    for table in tree.find_all(exp.Table):
        parts = tuple(part.name for part in table.parts)
        if 1 < len(parts) < 4 and isinstance(table.this, exp.Identifier):
            names.append(space.catalog.name(parts).full_name)
    return tuple(dict.fromkeys(names))
