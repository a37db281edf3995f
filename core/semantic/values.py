"""The value index of a catalog: the distinct texts of its indexed dimensions, so that a question can name them."""

from __future__ import annotations

from collections.abc import Callable
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
    return catalog.model_copy(update={"values": values, "complete": frozenset(complete)})


def _read(table: str, column: str, sample: Callable[[str], pa.Table]) -> list[str]:
    statement = (
        f"SELECT DISTINCT `{column}` AS v FROM {table} WHERE `{column}` IS NOT NULL ORDER BY v LIMIT {MOST_VALUES + 1}"
    )
    return [str(value) for value in sample(statement).column("v").to_pylist()]
