"""What a person called a table, a schema or a model, found among what their role may read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from core.errors import AccessDenied, NotFound
from core.governance.scope import split_name
from core.semantic import SemanticCatalog, SemanticModel
from core.types import Principal
from core.warehouse.port import TableInfo, Warehouse

if TYPE_CHECKING:
    from agents.semantics import SemanticLayer
    from core.governance import Policy


@dataclass(frozen=True)
class Target:
    """Tables of one schema: one of them, or all that the role may read; and the model, where one was meant."""

    schema: str
    """catalog.schema"""
    table: TableInfo | None = None
    model: tuple[SemanticCatalog, SemanticModel] | None = None

    @property
    def name(self) -> str:
        """Under which the tests are kept."""
        if self.model is not None:
            return f"model {self.schema}: {self.model[1].name}"
        return self.table.full_name if self.table is not None else self.schema


class TargetFinder:
    """Looks in the schemas of one role. Raises AccessDenied for what it may not read, never 'not found'."""

    def __init__(self, warehouse: Warehouse, policy: Policy, semantics: SemanticLayer, principal: Principal) -> None:
        self._warehouse = warehouse
        self._policy = policy
        self._semantics = semantics
        self._principal = principal

    def find(self, subject: str, schema: str | None) -> Target:
        """The target; '' is the schema that the question is limited to, else the default one."""
        default = self._schema(schema) if schema else f"{self._policy.default_catalog}.{self._policy.default_schema}"
        if not subject:
            self.readable(default)
            return Target(default)
        parts = _parts(subject)
        if len(parts) == 3:
            return self._table(f"{parts[0]}.{parts[1]}", parts[2])
        if len(parts) == 2:
            return self._of_two(parts)
        return self._of_one(parts[0], [default] if schema else [default, *self._others(default)])

    def readable(self, schema: str) -> tuple[TableInfo, ...]:
        """The tables of a schema that the role may read. Raises AccessDenied when it may read none, NotFound when
        there are none.
        """
        ruling = self._policy.decide_read(self._principal.role, f"{schema}.`*`".replace("`*`", "any"))
        tables = self._warehouse.tables(schema, principal=self._principal)
        allowed = tuple(t for t in tables if self._policy.can_read(self._principal.role, _quoted(t)))
        if not allowed and (tables or not ruling.permitted):
            raise AccessDenied(f"Not allowed: the tables of {schema} are not among those that your role may read.")
        if not allowed:
            raise NotFound(f"There are no tables in {schema}.", next_step="Name a schema that holds some.")
        return allowed

    def _of_two(self, parts: Sequence[str]) -> Target:
        """`schema.table` first, then `catalog.schema`."""
        schema = f"{self._policy.default_catalog}.{parts[0]}"
        if parts[0].casefold() == self._policy.default_catalog.casefold():
            whole = f"{parts[0]}.{parts[1]}"
            self.readable(whole)
            return Target(whole)
        return self._table(schema, parts[1])

    def _table(self, schema: str, name: str) -> Target:
        tables = self.readable(schema)
        found = _match(name, tables)
        if found is not None:
            return Target(schema, found)
        if not self._policy.can_read(self._principal.role, f"{schema}.`{name}`"):
            raise AccessDenied(f"Not allowed: {schema}.{name} is not among the tables that your role may read.")
        raise _not_there(name, tables)

    def _of_one(self, name: str, schemas: Sequence[str]) -> Target:
        seen: list[TableInfo] = []
        denied: AccessDenied | None = None
        for schema in schemas:
            try:
                tables = self.readable(schema)
            except AccessDenied as error:
                denied = error
                continue
            except NotFound:
                continue
            seen += tables
            found = _match(name, tables)
            if found is not None:
                return Target(schema, found)
        for schema in schemas:
            if schema.split(".")[-1].casefold() == name.casefold():
                self.readable(schema)
                return Target(schema)
        model = self._model(name.removeprefix("model "))
        if model is not None:
            return Target(model[0].name, model=model)
        if not seen and denied is not None:
            raise denied
        raise _not_there(name.removeprefix("model "), seen)

    def _model(self, name: str) -> tuple[SemanticCatalog, SemanticModel] | None:
        """The model of that name: exactly so before case aside, of the default schema before others."""
        found = [
            (catalog, model)
            for catalog in self._semantics.readable(self._principal.role)
            for model in catalog.models
            if _plain(model.name) == _plain(name)
        ]
        default = f"{self._policy.default_catalog}.{self._policy.default_schema}".casefold()
        found.sort(key=lambda each: (each[1].name != name, each[0].name.casefold() != default))
        return found[0] if found else None

    def _schema(self, schema: str) -> str:
        return schema if "." in schema else f"{self._policy.default_catalog}.{schema}"

    def _others(self, default: str) -> list[str]:
        names = [catalog.name for catalog in self._semantics.catalogs()]
        return [name for name in names if name.casefold() != default.casefold()]


def _parts(subject: str) -> tuple[str, ...]:
    """The parts of a name, with or without back quotes; words with spaces are one part."""
    try:
        return tuple(split_name(subject))
    except ValueError:
        return (subject,)


def _quoted(table: TableInfo) -> str:
    return ".".join(f"`{part}`" for part in (table.catalog, table.schema, table.name))


def _match(name: str, tables: Sequence[TableInfo]) -> TableInfo | None:
    """The table of that name: exactly, else case, spaces and a plural aside."""
    exact = next((table for table in tables if table.name == name), None)
    if exact is not None:
        return exact
    wanted = _plain(name)
    return next((table for table in tables if _plain(table.name) == wanted), None) or next(
        (table for table in tables if _plain(table.name).rstrip("s") == wanted.rstrip("s")), None
    )


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.casefold()).strip()


def _not_there(name: str, tables: Sequence[TableInfo]) -> NotFound:
    names = [table.name for table in tables]
    near = get_close_matches(name, names, n=3, cutoff=0.5) or names[:8]
    return NotFound(
        f"There is no table, schema or model {name[:80]!r} that your role may read; there are: {', '.join(near)}.",
        next_step="Name one of them.",
    )
