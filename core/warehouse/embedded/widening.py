"""Which column type may become which other one: the pairs that Databricks lists for type widening."""

from __future__ import annotations

import re

from core.warehouse.embedded.types import DeltaType

_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_WIDER: dict[str, tuple[str, ...]] = {
    "byte": ("short", "integer", "long", "double"),
    "short": ("integer", "long", "double"),
    "integer": ("long", "double"),
    "float": ("double",),
    "date": ("timestamp_ntz",),
}
_DIGITS = {"byte": 10, "short": 10, "integer": 10, "long": 20}
"""Whole digits that a DECIMAL must have to take every value of an integer type."""


def widens(old: DeltaType, new: DeltaType) -> bool:
    """True when every value of `old` is one of `new`, in the way Databricks allows it."""
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    if new in _WIDER.get(old, ()):
        return True
    wanted, given = _DECIMAL.fullmatch(new), _DECIMAL.fullmatch(old)
    if wanted is None:
        return False
    precision, scale = int(wanted[1]), int(wanted[2])
    if given is None:
        return old in _DIGITS and precision - scale >= _DIGITS[old]
    more_scale = scale - int(given[2])
    return precision - int(given[1]) >= more_scale >= 0
