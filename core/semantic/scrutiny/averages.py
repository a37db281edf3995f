"""Averages that are none, and averages of averages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from core.semantic.scrutiny.expectations import Expectations

_AVERAGES = (exp.Avg, exp.Div, exp.Median, exp.PercentileCont, exp.PercentileDisc, exp.ApproxQuantile, exp.SafeDivide)


def misaveraged(tree: Any, asked: Expectations) -> Iterator[str]:
    """Sentences about a statement that averages what is averaged already, or gives no average where one is asked."""
    names = {
        part.alias.casefold()
        for inner in tree.find_all(exp.Subquery, exp.CTE)
        for part in getattr(inner.this, "expressions", [])
        if isinstance(part, exp.Alias) and isinstance(part.this, exp.Avg)
    }
    if any(isinstance(call.this, exp.Column) and call.this.name.casefold() in names for call in tree.find_all(exp.Avg)):
        yield "It averages averages, as if each had the same number of rows."
    known = any(call.name.casefold().startswith(("try_div", "percentile")) for call in tree.find_all(exp.Anonymous))
    if asked.averaged and tree.find(*_AVERAGES) is None and not known:
        yield "The question asks for an average; the statement gives none."
