"""The tables that code reads by `spark.table("…").toPandas()`: where that is all it does with Spark, it needs none.

The platform reads them, as whoever the code runs as, and hands them in: `spark.table` in the sandbox is over these.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Tables:
    """Tables by the names that the code reads them by."""

    by_name: Mapping[str, pa.Table]


def table_reads(code: str) -> Mapping[str, tuple[str, ...] | None] | None:
    """Table -> the columns that are read of it (None: all); None where the code does something else with Spark."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: dict[str, tuple[str, ...] | None] = {}
    taken: set[int] = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _is_plain(node, "toPandas", 0)):
            continue
        read = _read(node.func.value)  # type: ignore[attr-defined]
        if read is not None:
            name, columns, session = read
            before = found.get(name, ())
            found[name] = None if columns is None or before is None else tuple(dict.fromkeys((*before, *columns)))
            taken.add(id(session))
    others = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "spark" and id(n) not in taken)
    return None if next(others, None) is not None else found


def _read(node: ast.expr) -> tuple[str, tuple[str, ...] | None, ast.Name] | None:
    """(table, columns, the session's name) of `spark.table("t")` with or without `.select("a", …)`."""
    columns: tuple[str, ...] | None = None
    if isinstance(node, ast.Call) and _is_plain(node, "select", None):
        texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        names = tuple(column_name(text) for text in texts if isinstance(text, str))
        if not names or len(names) != len(node.args):
            return None
        columns, node = names, node.func.value  # type: ignore[attr-defined]
    if not (isinstance(node, ast.Call) and _is_plain(node, "table", 1)):
        return None
    session, name = node.func.value, node.args[0]  # type: ignore[attr-defined]
    if not (isinstance(session, ast.Name) and session.id == "spark"):
        return None
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return None
    return name.value, columns, session


def column_name(text: str) -> str:
    """A column as the table has it, of one that may stand in back quotes."""
    quoted = len(text) > 1 and text[0] == text[-1] == "`"
    return text[1:-1].replace("``", "`") if quoted else text


def _is_plain(call: ast.Call, method: str, arguments: int | None) -> bool:
    """Whether it calls a method of that name with so many arguments and none by name."""
    function = call.func
    count = arguments is None or len(call.args) == arguments
    return isinstance(function, ast.Attribute) and function.attr == method and count and not call.keywords
