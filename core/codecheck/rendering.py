"""Writes a checked tree back as Databricks SQL without changing what it means.

The library's own writer turns exact percentiles into approximate ones and gives LISTAGG a comma; both are spelled
out here first.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def render(tree: Any) -> str:
    """The text of `tree` in Databricks SQL, laid out for people, without comments. The tree may change."""
    from sqlglot import exp

    if tree.find(exp.WithinGroup, exp.GroupConcat):
        tree = _spelled_out(tree.copy())
    return str(_writer()(dialect="databricks", comments=False, pretty=True).generate(tree, copy=False))


@cache
def _writer() -> Any:
    """The library's writer for Databricks, but for what it does for old Hive.

    That knew WITH only at the top; two of one name in different scopes would become one there.
    """
    from sqlglot import Dialect

    databricks = Dialect.get_or_raise("databricks").generator_class
    return type("Writer", (databricks,), {"EXPRESSIONS_WITHOUT_NESTED_CTES": set()})


def _spelled_out(tree: Any) -> Any:
    from sqlglot import exp

    for strings in list(tree.find_all(exp.GroupConcat)):
        if strings.args.get("separator") is None:
            strings.set("separator", exp.Literal.string(""))
    innermost_first = list(tree.find_all(exp.WithinGroup, bfs=True))[::-1]
    for group in innermost_first:
        if isinstance(group.this, (exp.PercentileCont, exp.PercentileDisc)):
            group.replace(exp.Var(this=_percentile(group)))
    return tree


def _percentile(group: Any) -> str:
    call, order = (part.sql(dialect="databricks", comments=False) for part in (group.this, group.expression))
    return f"{call} WITHIN GROUP ({order.strip()})"
