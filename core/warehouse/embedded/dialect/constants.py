"""What a statement computes before it is read: names in IDENTIFIER(...), and the versions of time travel."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect.refusal import refused
from core.warehouse.embedded.names import parse_name

Evaluate = Callable[[exp.Expr], object]
"""The value of an expression without columns."""
_COMPUTED = re.compile(r"\bIDENTIFIER\s*\(|\bAS\s+OF\b|\bTABLE_CHANGES\b", re.IGNORECASE)
_VERSION = re.compile(r"v(\d+)", re.IGNORECASE)
CHANGES = "table_changes"


def may_compute(statement: str) -> bool:
    """Whether the text may hold something to compute; a cheap look before parsing."""
    return bool(_COMPUTED.search(statement))


def computed(tree: exp.Expr, evaluate: Evaluate) -> exp.Expr:
    """The tree with the names and versions that its constant expressions give."""
    for schema in list(tree.find_all(exp.Schema)):
        _name_target(schema, evaluate)
    for node in list(tree.find_all(exp.Anonymous)):
        if str(node.this).lower() == "identifier":
            _name(node, evaluate)
    for version in tree.find_all(exp.Version):
        version.set("expression", _literal(version.expression, evaluate))
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Anonymous) and str(table.this.this).lower() == CHANGES:
            table.this.set("expressions", [_literal(item, evaluate) for item in table.this.expressions])
    return tree


def at_versions(tree: exp.Expr) -> exp.Expr:
    """`table@v3` as VERSION AS OF 3."""
    for table in tree.find_all(exp.Table):
        alias = table.args.get("alias")
        marked = alias.this if alias is not None else None
        if not isinstance(marked, exp.Parameter):
            continue
        found = _VERSION.fullmatch(marked.name)
        if found is None:
            raise refused(f"The version @{marked.name} (write @v and its number)")
        table.set("alias", None)
        version = exp.Version(this="VERSION", expression=exp.Literal.number(found[1]), kind="AS OF")
        table.set("version", version)
    return tree


def _name(node: exp.Anonymous, evaluate: Evaluate) -> None:
    parts = _parts(node.expressions, evaluate)
    if isinstance(node.parent, exp.Table):
        table = _table(parts)
        for part in ("this", "db", "catalog"):
            node.parent.set(part, table.args.get(part))
    elif isinstance(node.parent, exp.Dot):
        node.replace(exp.to_identifier(parts[0], quoted=True))
    else:
        node.replace(exp.column(*reversed(parts), quoted=True))


def _name_target(schema: exp.Schema, evaluate: Evaluate) -> None:
    """INSERT INTO IDENTIFIER(:t) reads like a table of that name with one column."""
    table, given = schema.this, schema.expressions
    if not isinstance(table, exp.Table) or table.name.upper() != "IDENTIFIER" or len(given) != 1:
        return
    if isinstance(given[0], exp.Placeholder | exp.Literal | exp.DPipe):
        schema.replace(_table(_parts(given, evaluate)))


def _table(parts: tuple[str, ...]) -> exp.Table:
    if len(parts) > 3:
        raise StatementInvalid("IDENTIFIER names more than three parts.", error_class="IDENTIFIER_TOO_MANY_NAME_PARTS")
    name, schema, catalog = (*reversed(parts), None, None)[:3]
    return exp.table_(name, schema, catalog, quoted=True)


def _parts(given: list[exp.Expr], evaluate: Evaluate) -> tuple[str, ...]:
    found = evaluate(given[0]) if len(given) == 1 else None
    if not isinstance(found, str) or not found:
        raise StatementInvalid("IDENTIFIER takes one text that is a name.", error_class="NOT_A_CONSTANT_STRING")
    return parse_name(found)


def _literal(value: exp.Expr, evaluate: Evaluate) -> exp.Expr:
    while isinstance(value, exp.Paren):
        value = value.this
    if isinstance(value, exp.Literal):
        return value
    found = evaluate(value)
    if isinstance(found, datetime | date):
        return exp.Literal.string(found.isoformat())
    if isinstance(found, int) and not isinstance(found, bool):
        return exp.Literal.number(found)
    if isinstance(found, str):
        return exp.Literal.string(found)
    raise StatementInvalid("A version is a number, a moment or a text.", error_class="INVALID_TIME_TRAVEL_SPEC")
