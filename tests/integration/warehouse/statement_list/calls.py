"""How the statement list asks a warehouse: through the port only, rows as dictionaries or tuples."""

from __future__ import annotations

import pytest

from core.errors import PlatformError
from core.types import PLATFORM
from core.warehouse.port import Row, Value, Warehouse


def run(warehouse: Warehouse, statement: str, parameters: dict[str, Value] | None = None) -> int:
    """What `execute` gives: the number of affected rows."""
    return warehouse.execute(statement, parameters, principal=PLATFORM)


def ask(warehouse: Warehouse, statement: str, parameters: dict[str, Value] | None = None) -> list[Row]:
    """The rows of a query, each by column name."""
    found: list[Row] = warehouse.query(statement, parameters, principal=PLATFORM).to_pylist()
    return found


def tuples(warehouse: Warehouse, statement: str, parameters: dict[str, Value] | None = None) -> list[tuple[Value, ...]]:
    """The rows of a query, each as a tuple, whatever the columns are called."""
    table = warehouse.query(statement, parameters, principal=PLATFORM)
    named = table.rename_columns([str(number) for number in range(table.num_columns)])
    return [tuple(row.values()) for row in named.to_pylist()]


def refused(
    warehouse: Warehouse, statement: str, error: type[PlatformError], match: str = "", *, asked: bool = False
) -> PlatformError:
    """The error of a statement that must not run; `asked` sends it as a query."""
    send = ask if asked else run
    with pytest.raises(error, match=match or None) as raised:
        send(warehouse, statement)
    return raised.value
