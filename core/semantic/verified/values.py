"""Values of parameters: from the text of a field or a file to what is bound, checked by type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING

from core.errors import ParameterInvalid
from core.semantic.model import SemanticCatalog, value_key
from core.semantic.verified.query import QueryParameter, VerifiedQuery
from core.types import VerifiedField

if TYPE_CHECKING:
    from core.warehouse.port import Value

MOST_TEXT, MOST_NAMED = 500, 8
MOST_OPTIONS = 200
"""A field with more values than this is typed in, not chosen from a list."""
_WHOLE = 2**63


def options_of(parameter: QueryParameter, catalog: SemanticCatalog) -> tuple[str, ...]:
    """The values that an enum may take, as the catalog's index holds them; () for the other types."""
    if parameter.type != "enum":
        return ()
    if parameter.dimension is None:
        return parameter.values
    for model in catalog.models:
        dimension = model.dimension_by_name.get(parameter.dimension)
        if dimension is not None:
            alias, column = model.home(dimension)
            found = catalog.values.get(value_key(model.aliases[alias], column or f"={dimension.name}"), ())
            if found:
                return found
    return parameter.values


def typed(parameter: QueryParameter, text: str, options: tuple[str, ...] = ()) -> Value:
    """What is bound for `text`; raises ParameterInvalid, naming the parameter."""
    plain = text.strip()
    match parameter.type:
        case "date":
            return _date(parameter.name, plain)
        case "integer":
            return _integer(parameter.name, plain)
        case "number":
            return _number(parameter.name, plain)
        case "enum":
            return _one_of(parameter.name, plain, options)
    if len(text) > MOST_TEXT or any(ord(character) < 32 for character in text):
        raise ParameterInvalid(f"{parameter.name} takes one line of at most {MOST_TEXT} characters.")
    return text


def bound(
    query: VerifiedQuery, given: Mapping[str, str], catalog: SemanticCatalog
) -> tuple[dict[str, Value], tuple[VerifiedField, ...]]:
    """The values to bind, and the fields that show them; what is not given has its default.

    Raises ParameterInvalid for a value that does not fit, one that is missing, and a name that is no parameter.
    """
    unknown = sorted(set(given) - {parameter.name for parameter in query.parameters})
    if unknown:
        raise ParameterInvalid(f"This verified query has no parameter {unknown[0][:60]!r}.")
    values: dict[str, Value] = {}
    fields = []
    for parameter in query.parameters:
        options = options_of(parameter, catalog)
        text = given.get(parameter.name, parameter.default)
        if text is None:
            raise ParameterInvalid(f"{parameter.name} has no value.", next_step="Give it one and run it again.")
        values[parameter.name] = value = typed(parameter, text, options)
        fields.append(
            VerifiedField(
                name=parameter.name,
                type=parameter.type,
                value=as_text(value),
                label=parameter.label or parameter.name,
                options=options if len(options) <= MOST_OPTIONS else (),
                given=parameter.name in given,
            )
        )
    return values, tuple(fields)


def as_text(value: Value) -> str:
    """A bound value as a field shows it."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _date(name: str, text: str) -> date:
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterInvalid(
            f"{name}: there is no date {text[:40]!r}.", next_step="Write it as YYYY-MM-DD, for example 2026-03-01."
        ) from None


def _integer(name: str, text: str) -> int:
    try:
        if len(text) > 30:
            raise ValueError
        number = int(text)
    except ValueError:
        raise ParameterInvalid(f"{name}: {text[:40]!r} is not a whole number.") from None
    if not -_WHOLE <= number < _WHOLE:
        raise ParameterInvalid(f"{name}: {text[:40]} is too large.")
    return number


def _number(name: str, text: str) -> float:
    try:
        number = float(text) if len(text) <= 60 else float("nan")
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise ParameterInvalid(f"{name}: {text[:40]!r} is not a number.")
    return number


def _one_of(name: str, text: str, options: tuple[str, ...]) -> str:
    exact = next((option for option in options if option == text), None)
    alike = [option for option in options if option.casefold() == text.casefold()]
    found = exact or (alike[0] if len(alike) == 1 else None)
    if found is None:
        shown = ", ".join(options[:MOST_NAMED]) + (" …" if len(options) > MOST_NAMED else "")
        raise ParameterInvalid(
            f"{name}: there is no value {text[:60]!r}.",
            next_step=f"Choose one of: {shown}." if options else "Its values are not known here; ask an administrator.",
        )
    return found


def values_of(fields: Iterable[VerifiedField]) -> dict[str, Value]:
    """What is bound for fields that `bound` made; raises ParameterInvalid for others."""
    return {field.name: typed(_of(field), field.value, (field.value,)) for field in fields}


def _of(field: VerifiedField) -> QueryParameter:
    values = (field.value,) if field.type == "enum" else ()
    return QueryParameter(name=field.name, type=field.type, values=values)
