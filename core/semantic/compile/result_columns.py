"""The names of result columns: of a group, of a number."""

from __future__ import annotations

from core.semantic.model import SemanticModel
from core.semantic.query import Group, Ratio, Term


def output_name(model: SemanticModel, group: Group) -> str:
    """The result column of a group: the dimension's name, with the grain when it is a time."""
    name = group.dimension.replace(" ", "_")
    return group.grain or group.part or name


def term_name(term: Term | Ratio) -> str:
    """The result column of a number."""
    if term.label:
        return term.label.replace(" ", "_")
    if isinstance(term, Ratio):
        return "ratio"
    if term.measure:
        return term.measure.replace(" ", "_")
    subject = (term.dimension or term.entity or "rows").replace(" ", "_")
    prefix = {"count": "number_of", "count_distinct": "number_of", "avg": "average", "sum": "total"}
    return f"{prefix.get(str(term.aggregate), str(term.aggregate))}_{subject}"
