"""How tables of the warehouse become data frames: the same call works in a notebook, a job and the sandbox."""

from __future__ import annotations

import re
from collections.abc import Mapping

Schema = Mapping[str, Mapping[str, str]]
"""Table (three parts, back-quoted where needed) -> column -> type of Databricks SQL."""

_INTEGERS = ("TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT")
_PART = re.compile(r"`((?:[^`]|``)+)`|([^`.]+)")
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def dtype(kind: str) -> str:
    """The pandas type that keeps nulls apart from values; `object` where there is none."""
    upper = kind.upper()
    if upper in _INTEGERS:
        return "Int64"
    if upper in ("FLOAT", "DOUBLE") or upper.startswith("DECIMAL"):
        return "Float64"
    if upper.startswith(("DATE", "TIMESTAMP")):
        return "datetime64[ns]"
    return {"STRING": "string", "BOOLEAN": "boolean"}.get(upper, "object")


def decimals(kind: str) -> int | None:
    """Digits after the point of an exact number; None for any other type."""
    found = _DECIMAL.fullmatch(kind.upper())
    if found is not None:
        return int(found[2])
    return 0 if kind.upper() in _INTEGERS else None


def parts_of(table: str) -> tuple[str, ...]:
    """The parts of a table's name as `Schema` has it: bare, or back-quoted where they need it."""
    return tuple(quoted.replace("``", "`") or plain for quoted, plain in _PART.findall(table))


def variable(name: str) -> str:
    """A name for the frame of a table: a word that is nothing else in the code."""
    return "frame_" + re.sub(r"\W", "_", name, flags=re.ASCII).lower()


def read_frame(table: str, columns: tuple[str, ...] | None = None) -> str:
    """The expression that reads a table, whole or only some columns; names are Python literals."""
    chosen = "" if columns is None else ".select(" + ", ".join(repr(_quoted(name)) for name in columns) + ")"
    return f"spark.table({table!r}){chosen}.toPandas()"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
