"""INSERT: the rows of its query or VALUES, fitted to the table, in one commit."""

from __future__ import annotations

from sqlglot import exp

from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.rows import fitted
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import Parameters


class Modifier:
    """Runs statements that change rows."""

    def __init__(self, space: TableSpace, reader: Reader) -> None:
        self._space = space
        self._reader = reader

    def run(self, tree: exp.Expression, parameters: Parameters, limits: Limits) -> int | None:
        """Runs a change of rows and gives how many were affected; None when the statement is of another kind."""
        return None
