"""The order of rows that a query leaves open, so that the same question always gives the same rows first.

Times ascend; else the first number shown descends; then labels ascend; further numbers settle what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from core.semantic.model import SemanticModel
from core.semantic.query import Group, SemanticQuery

Key = tuple[Any, bool]
"""A tree to order by, and whether it descends."""


def row_order(query: SemanticQuery, model: SemanticModel, groups: Sequence[Any], numbers: Sequence[Any]) -> list[Key]:
    """What the query orders by, then what makes that order complete; nothing for a single row."""
    keys: list[Key] = [
        (numbers[item.term] if item.term is not None else groups[item.group or 0], item.descending)
        for item in query.order
    ]
    if groups:
        keys += _usual(query, model, groups, numbers)
    kept: list[Key] = []
    for tree, descending in keys:
        if all(tree != other for other, _ in kept):
            kept.append((tree, descending))
    return kept


def _usual(query: SemanticQuery, model: SemanticModel, groups: Sequence[Any], numbers: Sequence[Any]) -> list[Key]:
    indexes = query.shown if query.shown is not None else range(len(numbers))
    shown: list[Key] = [(numbers[index], True) for index in indexes]
    labels: list[Key] = [(tree, False) for tree in groups]
    timed = [_is_time(model, group) for group in query.groups]
    if query.order or not shown or all(timed):
        return [*labels, *shown] if _may_repeat(query, model) else labels
    times = [key for key, is_time in zip(labels, timed, strict=True) if is_time]
    return [*times, shown[0], *labels, *(shown[1:] if _may_repeat(query, model) else [])]


def _is_time(model: SemanticModel, group: Group) -> bool:
    if group.part is not None:
        return False
    return group.grain is not None or model.dimension_by_name[group.dimension].type in ("date", "timestamp")


def _may_repeat(query: SemanticQuery, model: SemanticModel) -> bool:
    """Rows of two things with one name are told apart by their numbers only."""
    labels = {entity.label for entity in model.entities if entity.key}
    return any(group.dimension in labels for group in query.groups)


def ordered(select: Any, keys: Sequence[Key]) -> Any:
    for tree, descending in keys:
        select = select.order_by(exp.Ordered(this=tree.copy(), desc=descending, nulls_first=False))
    return select
