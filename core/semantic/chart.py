"""How the rows of an answer are best drawn, from the shape of the query and of the result."""

from __future__ import annotations

from collections.abc import Sequence

from core.semantic.query import SemanticQuery
from core.types import Chart, Column, Scalar

_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "REAL")
_TIMES = ("DATE", "TIMESTAMP")
_MOST_BARS = 60
_MOST_SERIES = 12


def chart(query: SemanticQuery, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]]) -> Chart:
    """A number for one value, a line over time, bars over categories, points for two numbers, else none."""
    shown = query.shown if query.shown is not None else tuple(range(len(query.terms)))
    groups = [column.name for column in columns[: len(query.groups)]]
    numbers = [
        column.name for column in columns[len(query.groups) : len(query.groups) + len(shown)] if _is(column, _NUMBERS)
    ]
    if not numbers or not rows:
        return Chart(kind="none")
    if query.comparison is not None:  # the number and what it was before; the difference has another scale
        numbers = [*numbers[:1], columns[len(groups) + len(shown)].name] if len(groups) == 1 else numbers
    elif query.running is not None:
        numbers = [columns[-1].name]
    if query.chart is not None and groups:
        series = groups[1] if len(groups) == 2 else None
        return Chart(kind=query.chart, x=groups[0], y=tuple(numbers), series=series)
    if not groups:
        return Chart(kind="number", y=tuple(numbers))
    if len(rows) == 1:
        return Chart(kind="none")
    if len(groups) == 1:
        return _one_group(query, columns[0], numbers, len(rows))
    if len(groups) == 2 and len(numbers) == 1:
        return _two_groups(query, columns, rows, numbers[0])
    return Chart(kind="none")


def _one_group(query: SemanticQuery, column: Column, numbers: list[str], count: int) -> Chart:
    if query.groups[0].grain is not None or _is(column, _TIMES):
        return Chart(kind="line", x=column.name, y=tuple(numbers))
    if count > _MOST_BARS:
        return Chart(kind="scatter", x=numbers[0], y=(numbers[1],)) if len(numbers) == 2 else Chart(kind="none")
    return Chart(kind="bar", x=column.name, y=tuple(numbers))


def _two_groups(
    query: SemanticQuery, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]], number: str
) -> Chart:
    """Time (or the longer side) along x, the other as series."""
    distinct = [len({row[index] for row in rows}) for index in (0, 1)]
    timed = [index for index in (0, 1) if query.groups[index].grain is not None or _is(columns[index], _TIMES)]
    x = timed[0] if timed else (0 if distinct[0] >= distinct[1] else 1)
    series = 1 - x
    if distinct[series] > _MOST_SERIES or distinct[x] > _MOST_BARS * 4:
        return Chart(kind="none")
    return Chart(kind="line" if timed else "bar", x=columns[x].name, y=(number,), series=columns[series].name)


def _is(column: Column, kinds: Sequence[str]) -> bool:
    return column.type.upper().startswith(tuple(kinds))
