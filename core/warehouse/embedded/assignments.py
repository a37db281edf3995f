"""Which column a change writes and with what: names as the table spells them, DEFAULT, and nothing unread."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlglot
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.delta import Field
from core.warehouse.embedded.types import sql_type


class Columns:
    """The columns of the table that a statement changes."""

    def __init__(self, fields: Sequence[Field], table: str, alias: str = "") -> None:
        self.fields = tuple(fields)
        self.types = {field.name: sql_type(field.type) for field in fields}
        self._table = table
        self._alias = alias
        self._spelled = {field.name.casefold(): field for field in fields}

    @property
    def names(self) -> list[str]:
        return [field.name for field in self.fields]

    def stored(self, name: str) -> str:
        """The name as the table spells it; raises StatementInvalid."""
        return self._field(name).name

    def listed(self, names: Sequence[str]) -> list[str]:
        """Column names of a list, each once."""
        found = [self.stored(name) for name in names]
        for name in found:
            if found.count(name) > 1:
                raise StatementInvalid(f"The column {name} comes twice.", error_class="COLUMN_ALREADY_EXISTS")
        return found

    def target(self, node: exp.Expr) -> str:
        """The column that stands left of `=` in a SET."""
        parts = [part.name for part in node.parts] if isinstance(node, exp.Column) else []
        if not parts:
            raise StatementRefused(f"SET {node.sql('databricks')} is not supported.", error_class="UNSUPPORTED_FEATURE")
        qualifier = parts[-2].casefold() if len(parts) > 1 else ""
        if qualifier and qualifier != self._alias.casefold():
            if any(part.casefold() in self._spelled for part in parts[:-1]):
                raise StatementRefused(
                    f"SET of a field of a STRUCT ({node.sql('databricks')}) is not supported; set the whole column.",
                    error_class="UNSUPPORTED_FEATURE",
                )
            raise StatementInvalid(
                f"The column {node.sql('databricks')} cannot be resolved.", error_class="UNRESOLVED_COLUMN"
            )
        return self.stored(parts[-1])

    def assignments(self, items: Sequence[exp.Expr]) -> dict[str, exp.Expr]:
        """Columns and their new values from the `column = value` of a SET."""
        values: dict[str, exp.Expr] = {}
        for item in items:
            if not isinstance(item, exp.EQ):
                raise StatementRefused(
                    f"SET {item.sql('databricks')} is not supported.", error_class="UNSUPPORTED_FEATURE"
                )
            name = self.target(item.this)
            if name in values:
                raise StatementInvalid(f"The column {name} is set twice.", error_class="ASSIGNMENT_CONFLICT")
            values[name] = self.value(item.expression, name)
        return values

    def value(self, node: exp.Expr, name: str) -> exp.Expr:
        """The value, or what the column's DEFAULT stands for."""
        return self.default(name) if is_default(node) else node

    def default(self, name: str) -> exp.Expr:
        """The expression of a column's default; NULL when it has none."""
        text = self._field(name).default
        return exp.Null() if text is None else sqlglot.parse_one(text, read="databricks")

    def missing(self, names: Collection[str]) -> dict[str, exp.Expr]:
        """The columns beside `names` that have a default, with its expression."""
        return {
            field.name: self.default(field.name)
            for field in self.fields
            if field.default is not None and field.name not in names
        }

    def _field(self, name: str) -> Field:
        found = self._spelled.get(name.casefold())
        if found is None:
            raise StatementInvalid(f"The table {self._table} has no column {name}.", error_class="UNRESOLVED_COLUMN")
        return found


def as_query(node: exp.Expr) -> exp.Expr:
    """A VALUES or TABLE in the place of a query, as the SELECT that it stands for."""
    if isinstance(node, exp.Values):
        named = node if node.alias else exp.alias_(node, "inline_values", table=True)
        return exp.select("*").from_(named)
    return exp.select("*").from_(node) if isinstance(node, exp.Table) else node


def is_default(node: exp.Expr) -> bool:
    """True for the bare keyword DEFAULT."""
    if isinstance(node, exp.Var):
        return node.name.upper() == "DEFAULT"
    if not isinstance(node, exp.Column) or not isinstance(node.this, exp.Identifier) or node.this.quoted:
        return False
    return not node.table and node.name.upper() == "DEFAULT"


def refuse_unread(tree: exp.Expr, read: Mapping[type[exp.Expr], Collection[str]]) -> None:
    """Raises StatementRefused when a change has a part that nobody would look at (RETURNING, PARTITION, ...)."""
    if isinstance(tree, exp.Delete) and not tree.this:
        raise StatementInvalid("DELETE needs FROM before the table.", error_class="PARSE_SYNTAX_ERROR")
    for key, found in tree.args.items():
        if found and key not in read[type(tree)]:
            raise StatementRefused(
                f"{key.strip('_').upper().replace('_', ' ')} is not supported in {tree.key.upper()}.",
                error_class="UNSUPPORTED_FEATURE",
            )


def table_parts(table: exp.Expr | None) -> tuple[str, ...]:
    """The parts of the name of the table that is changed; raises for what is no table."""
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        shown = table.sql("databricks") if table else "The statement"
        raise StatementInvalid(f"{shown} names no table to change.", error_class="PARSE_SYNTAX_ERROR")
    for part in ("partition", "version", "sample"):
        if table.args.get(part):
            raise StatementRefused(
                f"{part.upper()} of the table to change is not supported.", error_class="UNSUPPORTED_FEATURE"
            )
    return tuple(part.name for part in table.parts)
