"""A semantic query with other values in it: what a verified query that came from one means as it was run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core.semantic.query import AnyOf, Filter, FilterValue, SemanticQuery, TimeRange
from core.semantic.verified.query import QueryParameter, VerifiedQuery
from core.semantic.verified.values import as_text

if TYPE_CHECKING:
    from core.warehouse.port import Value


def meaning_of(query: VerifiedQuery, values: Mapping[str, Value]) -> SemanticQuery | None:
    """The semantic query with these values; None when it came from none, or one of them has no place in it."""
    if query.semantic_query is None:
        return None
    found: SemanticQuery | None = SemanticQuery.model_validate_json(query.semantic_query)
    moved: TimeRange | None = None
    for parameter in query.parameters:
        value = values[parameter.name]
        if found is None or parameter.default is None or as_text(value) == parameter.default:
            continue
        if isinstance(value, date):
            moved = _moved(found.time if moved is None else moved, parameter, value)
            found = None if moved is None else found.model_copy(update={"time": moved})
        else:
            found = _replaced(found, parameter.default, value)
    if found is not None and moved is not None:
        found = found.model_copy(update={"time": moved.model_copy(update={"label": _label(moved)})})
    return found


def _moved(time: TimeRange | None, parameter: QueryParameter, value: date) -> TimeRange | None:
    if time is None or parameter.side == "day":
        return None
    if parameter.side == "start":
        return time.model_copy(update={"start": value})
    return time.model_copy(update={"end": value + timedelta(days=1) if parameter.side == "last" else value})


def _label(time: TimeRange) -> str:
    last = time.end - timedelta(days=1) if time.end is not None else None
    if time.start is None:
        return f"until {last}"
    return f"since {time.start}" if last is None else f"{time.start} to {last}"


def _replaced(query: SemanticQuery, default: str, value: Value) -> SemanticQuery | None:
    """The query with the one value that is `default` replaced; None unless there is exactly one."""
    new: FilterValue = value if isinstance(value, (int, float, str)) else str(value)
    count = 0

    def swap(values: tuple[FilterValue, ...]) -> tuple[FilterValue, ...]:
        nonlocal count
        same = [not isinstance(old, date) and _same(old, default) for old in values]
        count += sum(same)
        return tuple(new if hit else old for hit, old in zip(same, values, strict=True))

    def changed(item: Filter | AnyOf) -> Filter | AnyOf:
        if isinstance(item, AnyOf):
            return item.model_copy(update={"filters": tuple(changed(inner) for inner in item.filters)})
        return item.model_copy(update={"values": swap(item.values)})

    filters = tuple(changed(item) for item in query.filters)
    having = tuple(item.model_copy(update={"values": swap(item.values)}) for item in query.having)
    return query.model_copy(update={"filters": filters, "having": having}) if count == 1 else None


def _same(old: FilterValue, default: str) -> bool:
    if isinstance(old, (bool, str)):
        return str(old) == default
    try:
        return float(str(old)) == float(default)
    except ValueError:
        return False
