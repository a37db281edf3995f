"""Writes a checked tree back as Databricks SQL without changing what it means.

The library's own writer turns exact percentiles into approximate ones and gives LISTAGG a comma; this one does not.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def render(tree: Any) -> str:
    """The text of `tree` in Databricks SQL, laid out for people, without comments."""
    from sqlglot.dialects.databricks import Databricks

    return str(_writer()(dialect=Databricks(), comments=False, pretty=True).generate(tree))


@cache
def _writer() -> Any:
    from sqlglot import exp
    from sqlglot.dialects.databricks import Databricks

    base = Databricks.generator_class
    join_strings = base.TRANSFORMS[exp.GroupConcat]

    def list_aggregate(writer: Any, node: Any) -> str:
        if node.args.get("separator") is None:
            node = node.copy()
            node.set("separator", exp.Literal.string(""))
        return str(join_strings(writer, node))

    kept = {kind: rule for kind, rule in base.TRANSFORMS.items() if kind is not exp.WithinGroup}

    class ExactWriter(base):  # type: ignore[misc, valid-type]
        TRANSFORMS = {**kept, exp.GroupConcat: list_aggregate}  # noqa: RUF012

    return ExactWriter
