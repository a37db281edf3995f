"""Writes a checked tree back as Databricks SQL without changing what it means.

The library's own writer turns exact percentiles into approximate ones and gives LISTAGG a comma; both are spelled
out here first.
"""

from __future__ import annotations

from typing import Any


def render(tree: Any) -> str:
    """The text of `tree` in Databricks SQL, laid out for people, without comments."""
    from sqlglot import exp

    if tree.find(exp.WithinGroup, exp.GroupConcat):
        tree = _spelled_out(tree.copy())
    return str(tree.sql(dialect="databricks", comments=False, pretty=True, copy=False))


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
