"""Expressions that statements are put together from: tests of numbers, restricted numbers, counts of results."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from core.errors import ModelQueryError
from core.semantic.compile.conditions import _COMPARE, literal
from core.semantic.compile.scope import identifier
from core.semantic.compile.windows import additive


def bracketed(tree: Any) -> Any:
    """'a - b' in brackets, so that it is divided as one number."""
    return exp.paren(tree) if isinstance(tree, exp.Binary) else tree


def total_over_groups(tree: Any) -> Any:
    """The sum of a number over all groups; ModelQueryError where groups do not add up (distinct counts, averages)."""
    if not additive(tree):
        raise ModelQueryError("The parts of this number do not add up to a total.")
    return exp.Window(this=exp.Sum(this=tree.copy()))


def count_rows(select: Any, name: str) -> Any:
    """How many rows a statement has, named after what they are."""
    outer = exp.select(exp.alias_(exp.Count(this=exp.Star()), f"number_of_{name.replace(' ', '_')}", quoted=True))
    return outer.from_(select.subquery(alias=identifier("groups")))


def average_rows(select: Any, names: list[str]) -> Any:
    """The mean of the one number over the one group; ModelQueryError for more of either."""
    if len(names) != 2:
        raise ModelQueryError("An average over groups is of one number and one group.")
    group, number = names
    mean = exp.Avg(this=exp.column(identifier(number), table=identifier("groups")))
    outer = exp.select(exp.alias_(mean, f"average_{number}_per_{group}", quoted=True))
    return outer.from_(select.subquery(alias=identifier("groups")))


def with_conditions(select: Any, conditions: list[Any]) -> Any:
    """The statement over the rows that meet every condition."""
    return select.where(exp.and_(*conditions)) if conditions else select


def restrict(tree: Any, test: Any) -> Any:
    """Every aggregate in `tree` over the rows that pass `test` only."""
    for call in [tree] if isinstance(tree, exp.AggFunc) else list(tree.find_all(exp.AggFunc)):
        filtered = exp.Filter(this=call.copy(), expression=exp.Where(this=test.copy()))
        if call is tree:
            return filtered
        call.replace(filtered)
    return tree


def compare(tree: Any, op: str, values: tuple[float, ...]) -> Any:
    """A number of a group against one value, or between two."""
    numbers = [literal(value, "number") for value in values]
    if op == "between":
        return exp.Between(this=tree.copy(), low=numbers[0], high=numbers[1])
    return _COMPARE[op](this=tree.copy(), expression=numbers[0])


def compare_numbers(tree: Any, op: str, other: Any) -> Any:
    """One number of a group against another; sums and counts of nothing are 0, averages of nothing are unknown."""
    sides = [
        exp.Coalesce(this=side.copy(), expressions=[exp.Literal.number(0)]) if additive(side) else side.copy()
        for side in (tree, other)
    ]
    return _COMPARE[op](this=sides[0], expression=sides[1])


def each_once(trees: list[Any]) -> list[Any]:
    """Equal trees once, in the order of their first."""
    kept: list[Any] = []
    for tree in trees:
        if tree not in kept:
            kept.append(tree)
    return kept
