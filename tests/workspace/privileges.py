"""What a statement needs of the catalog's privileges, and what of information_schema its sender may see.

A view needs a right on itself only, not on what it reads. A MERGE, an UPDATE and a DELETE read the table that they
change; CREATE TABLE AS and INSERT … SELECT need the right to write as well as to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import sqlglot
from sqlglot import exp

from tests.workspace.principals import DEFINE, READ, WRITE, Person

_MAINTENANCE = re.compile(r"\s*(?:OPTIMIZE|VACUUM|RESTORE(?:\s+TABLE)?)\s+([\w.`]+)", re.IGNORECASE)
_BUILT_IN = "information_schema"
_SEEN_BY_TABLE = frozenset(
    (
        *("tables", "columns", "views", "table_constraints", "key_column_usage"),
        *("constraint_column_usage", "constraint_table_usage"),
    )
)
Need = tuple[str, str]
"""A privilege and the full name that it is needed on."""


def refusal(person: Person, statement: str) -> str | None:
    """What the person lacks for a statement, in Databricks' words; None when it may run."""
    for privilege, name in _needs(statement):
        if not _may(person, privilege, name):
            return f"User does not have permission {privilege} on '{name}'."
    return None


def visible(person: Person, statement: str) -> str:
    """The statement over the part of information_schema that the person has a privilege on."""
    if _BUILT_IN not in statement.casefold() or any(grant.pattern == "*" for grant in person.grants):
        return statement
    tree = _parsed(statement)
    if tree is None:
        return statement
    for table in list(tree.find_all(exp.Table)):
        parts = [part.name.casefold() for part in table.parts]
        if _BUILT_IN in parts[:-1] and parts[-1] in _SEEN_BY_TABLE:
            alias = table.alias or table.name
            bare = table.copy()
            bare.set("alias", None)
            seen = exp.select("*").from_(bare).where(_condition(person), dialect="databricks")
            table.replace(seen.subquery(alias))
    return tree.sql("databricks")


def _condition(person: Person) -> str:
    """True for rows about tables that any of the person's grants names; built-in relations are everybody's."""
    name = "concat(table_catalog, '.', table_schema, '.', table_name)"
    patterns = [grant.pattern.replace("_", r"\_").replace("*", "%") for grant in person.grants]
    granted = [f"{name} LIKE '{pattern}'" for pattern in patterns]
    return " OR ".join([*granted, f"table_schema = '{_BUILT_IN}'"])


def has_privilege(person: Person, privilege: str, name: str) -> bool:
    """Whether one of the person's grants gives a privilege on what a full name stands for."""
    return _may(person, privilege, name)


def _may(person: Person, privilege: str, name: str) -> bool:
    return any(privilege in grant.privileges and fnmatchcase(name, grant.pattern) for grant in person.grants)


def _needs(statement: str) -> Iterator[Need]:
    maintained = _MAINTENANCE.match(statement)
    if maintained:
        yield WRITE, _full_name(maintained[1].replace("`", "").split("."))
        return
    tree = _parsed(statement)
    if tree is None or isinstance(tree, exp.Use | exp.Set):
        return
    target = _target(tree)
    for table in tree.find_all(exp.Table):
        parts = [part.name for part in table.parts]
        if len(parts) < 2 or _BUILT_IN in parts:
            continue
        if _is_of_schema(tree):
            yield DEFINE, f"{'.'.join(parts)}.*"
        elif table is target or isinstance(tree, exp.Drop | exp.TruncateTable | exp.Comment):
            yield from _needs_on_target(tree, _full_name(parts))
        else:
            yield READ, _full_name(parts)


def _needs_on_target(tree: exp.Expr, name: str) -> Iterator[Need]:
    changes = isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.TruncateTable)
    yield (WRITE if changes else DEFINE), name
    if isinstance(tree, exp.Update | exp.Delete | exp.Merge):
        yield READ, name


def _is_of_schema(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Create | exp.Drop) and str(tree.args.get("kind")).upper() in ("SCHEMA", "DATABASE")


def _full_name(parts: list[str]) -> str:
    return ".".join(parts if len(parts) == 3 else ["main", *parts])


def _target(tree: exp.Expr) -> exp.Expr | None:
    if isinstance(tree, exp.Insert | exp.Create | exp.Update | exp.Delete | exp.Merge | exp.Alter):
        found = tree.this
        return found.this if isinstance(found, exp.Schema) else found
    return None


def _parsed(statement: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(statement, dialect="databricks")
    except sqlglot.errors.SqlglotError:
        return None
