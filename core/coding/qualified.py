"""A query as a person wrote it, with every column named by its table and every star written out."""

from __future__ import annotations

import re
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from core.coding.frames import Schema, parts_of
from core.coding.pandas_rows import NotCovered

_UNRESOLVED = re.compile(r"Column '\"?(?P<column>[^'\"]+)\"?'")


def qualified(statement: str, columns: Schema) -> str:
    """The same query; `columns` holds those of every table that it reads. Raises NotCovered where one is not there or
    is in several tables.
    """
    nested: dict[str, Any] = {}
    for table, types in columns.items():
        catalog, schema, name = parts_of(table)
        nested.setdefault(catalog, {}).setdefault(schema, {})[name] = dict(types)
    try:
        tree = sqlglot.parse_one(statement, dialect="databricks")
        tree = qualify(tree, dialect="databricks", schema=nested)
    except SqlglotError as error:
        named = _UNRESOLVED.search(str(error))
        raise NotCovered(
            f"the column {named['column']!r}, which is in none or in several of its tables" if named else "this query"
        ) from error
    return tree.sql(dialect="databricks")
