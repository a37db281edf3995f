"""Every node of a tree must be in the closed lists of `vocabulary.py`; what is not is denied by its name."""

from __future__ import annotations

from typing import Any

from core.codecheck import tables
from core.codecheck.functions import FUNCTION_NAMES, FUNCTION_NODES
from core.codecheck.parsing import Denied
from core.codecheck.vocabulary import STRUCTURE_NODES, WRITE_NODES

_MAX_NODES = 20_000


def check_nodes(tree: Any, expected: frozenset[int]) -> None:
    """Every node below (and including) `tree` must be in the closed lists; raises Denied naming what is not."""
    from sqlglot import exp

    generators: set[int] = set()
    for count, node in enumerate(tree.walk(bfs=True)):
        if count > _MAX_NODES:
            raise Denied("The statement is too large to be checked.")
        if id(node) in expected:
            continue
        if isinstance(node, (exp.Table, exp.Lateral)) and isinstance(node.this, exp.Func):
            if not tables.is_table_function(node):
                raise Denied(f"Not allowed: the table function '{_function_name(node.this)}'.")
            generators.add(id(node.this))
        if id(node) not in generators:
            _check_node(node)


def _check_node(node: Any) -> None:
    from sqlglot import exp

    if isinstance(node, exp.Func):
        if isinstance(node, exp.Anonymous):
            known = node.name.isascii() and node.name.lower() in FUNCTION_NAMES
        else:
            known = node.key in FUNCTION_NODES
        if not known:
            raise Denied(f"Not allowed: the function '{_function_name(node)}' is not a permitted one.")
    elif type(node).__name__ not in STRUCTURE_NODES:
        name = type(node).__name__
        if name in WRITE_NODES:
            raise Denied(f"Not allowed: {name.upper()} inside a query; a question may only read.")
        raise Denied(f"Not allowed: the construct {name} is not a permitted one.")
    elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        raise Denied(
            f"Not allowed: '{node.sql(dialect='databricks')[:80]}' calls a function that is not a permitted one."
        )
    elif isinstance(node, exp.Distinct) and node.args.get("on"):
        raise Denied("Not allowed: DISTINCT ON is not a construct of Databricks SQL.")
    elif isinstance(node, exp.Placeholder) and not node.this:
        raise Denied("Not allowed: a parameter without a name; write it as :name.")
    elif isinstance(node, exp.CTE) and tables.deceives(node.alias):
        raise Denied(f"Not allowed: the name '{node.alias}' holds characters that look like others or cannot be seen.")


def _function_name(node: Any) -> str:
    from sqlglot import exp

    return str(node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
