"""Every node of a tree must be in the closed lists of `vocabulary.py`; what is not is denied by its name."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from core.codecheck import tables
from core.codecheck.functions import FUNCTION_NAMES, FUNCTION_NODES
from core.codecheck.parsing import Denied
from core.codecheck.vocabulary import STRUCTURE_NODES, WRITE_NODES

_MAX_NODES = 20_000
_LOOKED_INTO = frozenset({"Table", "Lateral", "Dot", "Distinct", "Placeholder", "CTE", "DataType"})
_TYPES = frozenset(
    {"ARRAY", "BIGINT", "BINARY", "BOOLEAN", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT", "INTERVAL", "MAP"}
    | {"NULL", "SMALLINT", "STRUCT", "TEXT", "TIMESTAMP", "TIMESTAMPLTZ", "TIMESTAMPNTZ", "TIMESTAMPTZ", "TINYINT"}
    | {"VARBINARY", "VARCHAR", "VARIANT"}
)
"""The types of Databricks SQL, as the parser calls them: another one is sent under a name that the person did not
write, or is none."""
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_nodes(tree: Any, expected: frozenset[int]) -> None:
    """Every node below (and including) `tree` must be in the closed lists; raises Denied naming what is not."""
    from sqlglot import exp

    generators: set[int] = set()
    for count, node in enumerate(tree.walk(bfs=True)):
        if count > _MAX_NODES:
            raise Denied("The statement is too large to be checked.")
        kind: Any = type(node)
        if _is_plain(kind) or id(node) in expected:
            continue
        if isinstance(node, (exp.Table, exp.Lateral)) and isinstance(node.this, exp.Func):
            if not tables.is_table_function(node):
                raise Denied(f"Not allowed: the table function '{_function_name(node.this)}'.")
            generators.add(id(node.this))
        if id(node) not in generators:
            _check_node(node)


def _check_query(node: Any, where: str) -> None:
    from sqlglot import exp

    if not isinstance(node, exp.Query):
        raise Denied(f"Not allowed: {where} needs a query in its brackets.")


@cache
def _is_plain(kind: Any) -> bool:
    """Whether every node of this class may stand in a query, whatever it holds."""
    from sqlglot import exp

    if issubclass(kind, exp.Func):
        return not issubclass(kind, (exp.Anonymous, exp.Exists)) and kind.key in FUNCTION_NODES
    return kind.__name__ in STRUCTURE_NODES and kind.__name__ not in _LOOKED_INTO


def _check_node(node: Any) -> None:
    """A node that is not plain: its class is not known, or what it holds decides."""
    from sqlglot import exp

    name = type(node).__name__
    if isinstance(node, exp.Exists):
        if node.args.get("expression") is None:  # with one it is the function over an array
            _check_query(node.this, "EXISTS")
    elif isinstance(node, exp.Func):
        if not (isinstance(node, exp.Anonymous) and node.name.isascii() and node.name.lower() in FUNCTION_NAMES):
            raise Denied(f"Not allowed: the function '{_function_name(node)}' is not a permitted one.")
    elif name not in STRUCTURE_NODES:
        if name in WRITE_NODES:
            raise Denied(f"Not allowed: {name.upper()} inside a query; a question may only read.")
        raise Denied(f"Not allowed: the construct {name} is not a permitted one.")
    elif name == "Dot" and isinstance(node.expression, exp.Func):
        call = node.sql(dialect="databricks")[:80]
        raise Denied(f"Not allowed: '{call}' calls a function that is not a permitted one.")
    elif name == "Distinct" and node.args.get("on"):
        raise Denied("Not allowed: DISTINCT ON is not a construct of Databricks SQL.")
    elif name == "Placeholder" and not _PARAMETER.fullmatch(str(node.this or "")):
        raise Denied("Not allowed: a parameter without a plain name; write it as :name.")
    elif name == "DataType" and not _is_known_type(node):
        raise Denied(f"Not allowed: {node.sql(dialect='databricks')[:80]} is not a type of Databricks SQL.")
    elif name == "CTE":
        if tables.deceives(node.alias) or node.alias.lower() == "identifier":
            raise Denied(f"Not allowed: the name '{node.alias}' reads as another than it is.")
        _check_query(node.this, f"WITH {node.alias[:80]}")


def _is_known_type(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node.this, exp.Interval) or getattr(node.this, "name", "") in _TYPES


def _function_name(node: Any) -> str:
    from sqlglot import exp

    return str(node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
