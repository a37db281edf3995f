"""The statements of one dry run: all as the requester, with a time limit each, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.execution.effect import SAMPLE_ROWS
from core.types import Cancellation, Principal

if TYPE_CHECKING:
    import pyarrow as pa

    from core.warehouse.port import Parameters, Plan, Value, Warehouse


@dataclass(frozen=True)
class DryRunOptions:
    """How much a dry run may look at."""

    max_bytes: int = 10 * 1024**3
    """Above this size of the tables read, rows are not counted; what the plan estimates is labelled so."""
    sample_rows: int = SAMPLE_ROWS
    timeout_s: float = 60.0
    """For each statement."""


@dataclass(frozen=True)
class Asker:
    """On whose behalf a dry run looks, and the flag that stops it."""

    principal: Principal
    cancellation: Cancellation | None = None


class Inquiry:
    """Sends statements and counts them. Raises the WarehouseError family."""

    def __init__(self, warehouse: Warehouse, asker: Asker, options: DryRunOptions, clock: Clock) -> None:
        self._warehouse = warehouse
        self._asker = asker
        self._clock = clock
        self._started = clock.monotonic()
        self.options = options
        self.statements = 0

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._clock.monotonic() - self._started

    def explain(self, statement: str, parameters: Parameters) -> Plan:
        """The plan; raises when the statement would not run."""
        self.statements += 1
        return self._warehouse.explain(statement, parameters, principal=self._asker.principal)

    def rows(self, statement: str, parameters: Parameters, row_limit: int | None = None) -> pa.Table:
        """The rows of a query."""
        self.statements += 1
        return self._warehouse.query(
            statement,
            parameters,
            principal=self._asker.principal,
            timeout_s=self.options.timeout_s,
            row_limit=row_limit,
            cancellation=self._asker.cancellation,
        )

    def of_tree(self, tree: Any, parameters: Mapping[str, Value]) -> pa.Table:
        """The rows of a query given as a tree, with the parameters that it names."""
        from sqlglot import exp

        named = {node.name for node in tree.find_all(exp.Placeholder)}
        given = {name: value for name, value in parameters.items() if name in named}
        return self.rows(tree.sql(dialect="databricks", comments=False), given)
