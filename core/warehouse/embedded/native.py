"""Functions that the engine lacks: Python where SQL would not be exact, and macros, each made when it is first used."""

from __future__ import annotations

import hashlib
import re
import threading
import zlib
from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from core.warehouse.embedded.dialect.json_schema import READER
from core.warehouse.embedded.json_values import from_json

_DIGITS = Context(prec=120)


class Functions:
    """The functions of one database, known to every cursor of it; safe from any thread."""

    def __init__(self, connection: Any) -> None:
        for name, function, parameters, result in _FUNCTIONS:
            connection.create_function(name, function, parameters, result, null_handling="special")
        self._missing = dict(definitions())
        self._making = threading.Lock()

    def make(self, sql: str, execute: Callable[[str], object]) -> None:
        """Have `execute` make the macros that `sql` names: all at once they take longer than all else of an opening."""
        with self._making:
            self._make(_NAME.findall(sql.lower()), execute)

    def _make(self, names: Iterable[str], execute: Callable[[str], object]) -> None:
        for name in names:
            definition = self._missing.get(name)
            if definition is not None:
                self._make(_NAME.findall(definition)[1:], execute)
                execute(definition)
                del self._missing[name]


_NAME = re.compile(r"\baiops_\w+")


@cache
def definitions() -> dict[str, str]:
    """The definition of each macro by its name."""
    text = files("core.warehouse.embedded").joinpath("macros.sql").read_text(encoding="utf-8")
    found = re.findall(r"^CREATE MACRO .*?;$", text, re.MULTILINE | re.DOTALL)
    return {_NAME.findall(definition)[0]: definition for definition in found}


def decimal_result(operation: str, left: str | None, right: str | None, scale: int) -> str | None:
    """`left` and `right` (decimals as text) added, subtracted, multiplied, divided; rounded half up to `scale`."""
    if left is None or right is None:
        return None
    first, second = Decimal(left), Decimal(right)
    if second == 0 and operation in "/%":
        raise ValueError("[DIVIDE_BY_ZERO] Division by zero. Use try_divide to get NULL instead.")
    exact = _OPERATIONS[operation](first, second)
    return f"{exact.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _DIGITS):f}"


def _divided(first: Decimal, second: Decimal) -> Decimal:
    # Cut, not rounded, so that rounding half up afterwards sees the true digits.
    return Context(prec=120, rounding=ROUND_DOWN).divide(first, second)


_OPERATIONS = {
    "+": _DIGITS.add,
    "-": _DIGITS.subtract,
    "*": _DIGITS.multiply,
    "%": _DIGITS.remainder,
    "/": _divided,
}


def grouped_decimal(value: str | None, places: int | None) -> str | None:
    """A decimal with thousands apart and `places` digits after the point, rounded half even."""
    if value is None or places is None or places < 0:
        return None
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, _DIGITS):,f}"


def grouped_double(value: float | None, places: int | None) -> str | None:
    """The same of a binary number."""
    if value is None or places is None or places < 0:
        return None
    return f"{value:,.{places}f}"


def _upper(value: str | None) -> str | None:
    return None if value is None else value.upper()


def _lower(value: str | None) -> str | None:
    return None if value is None else value.lower()


def _crc32(value: bytes | None) -> int | None:
    return None if value is None else zlib.crc32(value)


def _sha2(value: bytes | None, bits: int | None) -> str | None:
    if value is None or bits is None:
        return None
    return hashlib.new(f"sha{bits or 256}", value).hexdigest() if bits in (0, 224, 256, 384, 512) else None


_TEXT = "VARCHAR"
_FUNCTIONS: tuple[tuple[str, Any, list[str], str], ...] = (
    (READER, from_json, [_TEXT, _TEXT], _TEXT),
    ("aiops_decimal", decimal_result, [_TEXT, _TEXT, _TEXT, "INTEGER"], _TEXT),
    ("aiops_grouped_decimal", grouped_decimal, [_TEXT, "INTEGER"], _TEXT),
    ("aiops_grouped_double", grouped_double, ["DOUBLE", "INTEGER"], _TEXT),
    ("aiops_upper_unicode", _upper, [_TEXT], _TEXT),
    ("aiops_lower_unicode", _lower, [_TEXT], _TEXT),
    ("aiops_crc32_bytes", _crc32, ["BLOB"], "BIGINT"),
    ("aiops_sha2", _sha2, ["BLOB", "INTEGER"], _TEXT),
)
