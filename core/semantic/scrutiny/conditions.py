"""Conditions that the question names and the statement lacks, turns round, or puts on another column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlglot import exp

from core.semantic.scrutiny.expectations import Expectations
from core.semantic.scrutiny.sources import Sources, sources_of

_TESTS = (
    exp.Where,
    exp.Having,
    exp.Case,
    exp.Filter,
    exp.If,
    exp.CountIf,
    exp.Join,
    exp.Count,
    exp.Group,
    exp.Avg,
    exp.Sum,
)
"""What a column can be tested by; COUNT(column) counts where it is known, AVG(flag) where it is so."""
_COMPARED = (exp.EQ, exp.LT, exp.LTE)
_DENIALS = (exp.Not, exp.NEQ, exp.Except, exp.Is, exp.Case, exp.If, exp.Filter, exp.Sub)


def unsaid(tree: Any, asked: Expectations) -> Iterator[str]:
    """Sentences about values and flags that the question names and no condition that matters does."""
    said = [str(literal.this).casefold().strip("%") for literal in _texts(tree)]
    keys = {column.name.casefold() for group in tree.find_all(exp.Group) for column in group.find_all(exp.Column)}
    for texts, homes in zip(asked.values, asked.homes, strict=True):
        if asked.grouping.compared and homes & keys:
            continue  # each has its row
        if not any(text == word or (word and word in text) for text in texts for word in said):
            yield f"The question names '{sorted(texts)[0]}', and no condition does."
    tests = tree.find_all(*_TESTS)
    tested = {column.name.casefold() for test in tests for column in _columns(test)}
    for columns in asked.tested:
        if not columns & tested and not tree.find(exp.Exists):
            yield f"The question is about {sorted(columns)[0]}, and no condition is."


def turned(tree: Any, asked: Expectations) -> Iterator[str]:
    """Sentences about what the question leaves out, and the statement asks for."""
    for texts in asked.excluded:
        if any(str(literal.this).casefold() in texts and _demanded(literal) for literal in _texts(tree)):
            yield f"The question leaves out '{sorted(texts)[0]}'; the statement asks for it."
    if asked.without and tree.find(*_DENIALS) is None and not any(_empty(test) for test in tree.find_all(*_COMPARED)):
        yield "The question asks for those without; the statement leaves none out."


def _demanded(literal: Any) -> bool:
    """Whether rows with this text are what WHERE lets through, and nothing around turns it."""
    where = literal.find_ancestor(exp.Where)
    plain = isinstance(literal.parent, (exp.EQ, exp.In)) and where is not None and where.parent.parent is None
    return plain and literal.find_ancestor(exp.Not, exp.Case, exp.If, exp.Or, exp.Subquery) is None


def _empty(test: Any) -> bool:
    """'= 0', '< 1', '= FALSE'."""
    other = test.expression
    return (isinstance(other, exp.Boolean) and not other.this) or (
        isinstance(other, exp.Literal) and str(other.this) in ("0", "1")
    )


def elsewhere(tree: Any, values: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Sentences about texts that are looked for in a column that has no such text; `values` by 'table|column'."""
    for sources in sources_of(tree):
        for column, texts in _equalities(sources.select):
            known = values.get(f"{_table(sources, column)}|{column.name.casefold()}")
            if known is not None and texts and not known & {text.casefold() for text in texts}:
                yield f"No row has '{texts[0]}' for {column.name}."


def _equalities(select: Any) -> Iterator[tuple[Any, list[str]]]:
    where = select.args.get("where")
    if where is None:
        return
    for test in where.find_all(exp.EQ, exp.In):
        if test.find_ancestor(exp.Select) is select and isinstance(test.this, exp.Column):
            literals = [test.expression] if isinstance(test, exp.EQ) else test.expressions
            if all(isinstance(literal, exp.Literal) and literal.is_string for literal in literals):
                yield test.this, [str(literal.this) for literal in literals]


def _table(sources: Sources, column: Any) -> str | None:
    if column.table:
        return sources.tables.get(column.table.casefold())
    return next(iter(sources.tables.values())) if len(sources.tables) == 1 else None


def _texts(tree: Any) -> Iterator[Any]:
    return (literal for literal in tree.find_all(exp.Literal) if literal.is_string and not _idle(literal))


def _columns(test: Any) -> Iterator[Any]:
    return (column for column in test.find_all(exp.Column) if not _idle(column))


def _idle(node: Any) -> bool:
    """Whether a condition holds whatever this says: '… OR TRUE'."""
    parent = node.parent
    while parent is not None and not isinstance(parent, exp.Select):
        if isinstance(parent, exp.Or) and any(_always(side) for side in parent.flatten()):
            return True
        parent = parent.parent
    return False


def _always(test: Any) -> bool:
    inner = test.unnest() if isinstance(test, exp.Paren) else test
    if isinstance(inner, exp.EQ) and isinstance(inner.this, exp.Literal) and inner.this == inner.expression:
        return True
    return isinstance(inner, exp.Boolean) and bool(inner.this)
