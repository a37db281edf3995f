"""What a catalog knows of its rows: distinct texts of indexed dimensions, the first and last day of its times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from core.semantic.model import SemanticCatalog, value_key

if TYPE_CHECKING:
    import pyarrow as pa

MOST_VALUES = 3_000
"""A column with more distinct texts is indexed in part and not counted as complete."""
MOST_LENGTH = 80


def with_values(catalog: SemanticCatalog, sample: Callable[[str], pa.Table]) -> SemanticCatalog:
    """The catalog with the values of every dimension marked `indexed`, read by one SELECT a column."""
    values: dict[str, tuple[str, ...]] = {}
    complete: set[str] = set()
    for model in catalog.models:
        for dimension in model.dimensions:
            alias, column = model.home(dimension)
            if not dimension.indexed or column is None:
                continue
            table = model.aliases[alias]
            key = value_key(table, column)
            if key not in values:
                found = _read(table, column, sample)
                values[key] = tuple(text for text in found if len(text) <= MOST_LENGTH)[:MOST_VALUES]
                if len(values[key]) == len(found):
                    complete.add(key)
    known = {"values": values, "complete": frozenset(complete), "ranges": _ranges(catalog, sample)}
    return catalog.model_copy(update=known)


def _ranges(catalog: SemanticCatalog, sample: Callable[[str], pa.Table]) -> dict[str, tuple[date, date]]:
    """First and last day of every model's time dimension that is a plain column."""
    found: dict[str, tuple[date, date]] = {}
    for model in catalog.models:
        if model.time_dimension is None:
            continue
        alias, column = model.home(model.dimension_by_name[model.time_dimension])
        key = value_key(model.aliases[alias], column or "")
        if column is None or key in found:
            continue
        statement = f"SELECT MIN(`{column}`) AS low, MAX(`{column}`) AS high FROM {model.aliases[alias]}"
        row = sample(statement).to_pylist()[0]
        days = day_range(row["low"], row["high"])
        if days is not None:
            found[key] = days
    return found


def day_range(low: object, high: object) -> tuple[date, date] | None:
    """Both ends as days; None unless both are times."""
    if not isinstance(low, date) or not isinstance(high, date):
        return None
    return _day(low), _day(high)


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _read(table: str, column: str, sample: Callable[[str], pa.Table]) -> list[str]:
    statement = (
        f"SELECT DISTINCT `{column}` AS v FROM {table} WHERE `{column}` IS NOT NULL ORDER BY v LIMIT {MOST_VALUES + 1}"
    )
    return [str(value) for value in sample(statement).column("v").to_pylist()]
