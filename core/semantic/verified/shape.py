"""What a result of written SQL can be told as: its names and its numbers, read off its columns."""

from __future__ import annotations

from collections.abc import Sequence

from core.semantic.query import Group, SemanticQuery, Term
from core.types import Column, Scalar

_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "REAL")
_MOST_NAMES = 2


def shape_of(columns: Sequence[Column], rows: Sequence[Sequence[Scalar]]) -> SemanticQuery | None:
    """A query of this shape, for its sentence and its chart; None where the columns say neither.

    At most two names, then numbers; a number before a name may be an identifier, and nothing is said of those.
    """
    numeric = [column.type.upper().startswith(_NUMBERS) for column in columns]
    names = next((index for index, is_number in enumerate(numeric) if is_number), len(columns))
    if not rows or names > _MOST_NAMES or names == len(columns) or not all(numeric[names:]):
        return None
    groups = tuple(Group(dimension=_words(column.name)) for column in columns[:names])
    terms = tuple(Term(label=_words(column.name)) for column in columns[names:])
    return SemanticQuery(catalog="", model="", groups=groups, terms=terms)


def _words(name: str) -> str:
    return name.replace("_", " ")
