"""The least common type of several, as Databricks' rules have it, and the makings of a type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from core.warehouse.embedded.dialect import decimals
from core.warehouse.embedded.dialect.casts import FLOATS, INTEGERS, MOMENTS, TEXT

Type = exp.DataType.Type
Found = exp.DataType | None
_WIDTH = ("TINYINT", "SMALLINT", "INT", "BIGINT")


def named(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="databricks")


def type_of(node: Any) -> Found:
    """The annotated type, or None when it is not known."""
    found = node.type if isinstance(node, exp.Expr) else None
    return found if isinstance(found, exp.DataType) and not found.is_type(Type.UNKNOWN) else None


def common(types: Iterable[Found]) -> Found:
    """The least common type; None when one is not known or there is none."""
    given = list(types)
    if any(found is None for found in given):
        return None
    known = [found for found in given if found is not None and not found.is_type(Type.NULL)]
    if not known:
        return given[0] if given else None
    found: Found = known[0]
    for other in known[1:]:
        found = _wider(found, other)
    return found


def _wider(left: Found, right: exp.DataType) -> Found:
    if left is None:
        return None
    first, second = left.this.name, right.this.name
    if first == second and first != "DECIMAL":
        return left if not left.expressions or left == right else _wider_nested(left, right)
    if first in INTEGERS and second in INTEGERS:
        return named(max(first, second, key=_WIDTH.index))
    sizes = [size(left), size(right)]
    if sizes[0] is not None and sizes[1] is not None:
        return decimals.build(decimals.common(sizes[0], sizes[1]))
    numbers = INTEGERS | FLOATS | {"DECIMAL"}
    if first in numbers and second in numbers:
        return named("DOUBLE")
    if {first, second} <= {"DATE", *MOMENTS} and first != second:
        return named("TIMESTAMP")
    if {first, second} <= set(TEXT):
        return named("STRING")
    return None


def _wider_nested(left: exp.DataType, right: exp.DataType) -> Found:
    """Arrays and maps with members of different types; structs must be of one type."""
    pairs = list(zip(left.expressions, right.expressions, strict=False))
    if left.is_type(Type.STRUCT) or not all(isinstance(part, exp.DataType) for pair in pairs for part in pair):
        return left if left == right else None
    parts = [common(pair) for pair in pairs]
    if any(part is None for part in parts):
        return None
    return exp.DataType(this=left.this, expressions=[part.copy() for part in parts if part is not None], nested=True)


def size(found: exp.DataType) -> decimals.Size | None:
    name = found.this.name
    if name in decimals.OF_INTEGERS:
        return decimals.OF_INTEGERS[name]
    if name != "DECIMAL":
        return None
    numbers = [int(part.name) for part in found.expressions]
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0) if numbers else (10, 0)


def array_of(element: Found) -> Found:
    return exp.DataType(this=Type.ARRAY, expressions=[element.copy()], nested=True) if element is not None else None


def member(found: Found, position: int = 0) -> Found:
    """The element type of an array, or the key (0) or value (1) type of a map."""
    parts = found.expressions if found is not None and found.is_type(Type.ARRAY, Type.LIST, Type.MAP) else []
    return parts[position] if len(parts) > position and isinstance(parts[position], exp.DataType) else None
