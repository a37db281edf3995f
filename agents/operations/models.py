"""The models of operations as one person may ask them: the file's, over this installation's views, with known values.

Whoever sees only their own requests has no name but their own to ask about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import Clock
from core.governance.actions import KINDS, RISKS
from core.semantic import SemanticCatalog, load_catalog
from core.semantic.model import SemanticModel, value_key
from core.telemetry.operations import operations_schema
from core.telemetry.viewer import Viewer
from core.types import PLATFORM
from core.warehouse.statements import load, render

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

Values = Mapping[str, frozenset[str]]
"""Column -> the texts that a question may name."""
WRITTEN_SCHEMA = "main.aiops_ops"
"""The schema that the file names; this installation's takes its place."""
FRESH_S = 600.0
"""How long known values count before they are read again."""
_SINCE = timedelta(days=90)
_OUTCOMES = frozenset({"answered", "pending_approval", "needs_clarification", "refused", "failed", "cancelled"})
_DECISIONS = frozenset({"approved", "rejected", "withdrawn", "superseded", "expired", "open"})


class OperationsModels:
    """One set a process; the statement that reads values is sent at the first question about operations."""

    def __init__(
        self,
        warehouse: Warehouse,
        state: str,
        file: Path,
        clock: Clock,
        names: Callable[[], Mapping[str, Collection[str]]],
    ) -> None:
        """`names` gives what is known without a look at the rows, by column: agents, roles, people."""
        self.schema = operations_schema(state)
        self._warehouse = warehouse
        statements = load("core.telemetry.operations", "statements.sql")
        self._statement = render(statements["known_values"], state)
        self.texts_statement = render(statements["question_texts"], state)
        self._file = file
        self._clock = clock
        self._names = names
        self._written: SemanticCatalog | None = None
        self._read: tuple[float, Values] | None = None
        self._made: dict[str | None, tuple[Values, SemanticCatalog]] = {}

    def unread(self) -> SemanticCatalog:
        """The models with what is known without a statement, nobody's name: enough to see what a question is about."""
        return self._with("", {**self._fixed(), "user_id": frozenset()})

    def of(self, viewer: Viewer) -> SemanticCatalog:
        """The models for one person; at most one statement in ten minutes."""
        values = self._known()
        if viewer.only is not None:
            values = {**values, "user_id": frozenset({viewer.only}), "decided_by": frozenset()}
        return self._with(viewer.only, values)

    def _with(self, key: str | None, values: Values) -> SemanticCatalog:
        """The same object for the same values: what is built of a catalog is kept with it."""
        made = self._made.get(key)
        if made is None or made[0] != values:
            if len(self._made) > 256:
                self._made.clear()
            made = self._made[key] = (values, _filled(self._catalog(), values))
        return made[1]

    def _catalog(self) -> SemanticCatalog:
        if self._written is None:
            self._written = _placed(load_catalog(self._file), self.schema)
        return self._written

    def _fixed(self) -> dict[str, frozenset[str]]:
        return {
            **{column: frozenset(texts) for column, texts in self._names().items()},
            "outcome": _OUTCOMES,
            "approvals.outcome": _DECISIONS,
            "approvals.kind": frozenset(KINDS),
            "approvals.risk": frozenset(RISKS) - {"any"},
        }

    def _known(self) -> Values:
        now = self._clock.monotonic()
        if self._read is None or now - self._read[0] > FRESH_S:
            parameters = {"since": self._clock.now() - _SINCE}
            rows = self._warehouse.query(self._statement, parameters, principal=PLATFORM).to_pydict()
            found = {name: frozenset(str(value) for value in column if value) for name, column in rows.items()}
            fixed = self._fixed()
            merged = {name: found.get(name, frozenset()) | fixed.get(name, frozenset()) for name in {*found, *fixed}}
            self._read = (now, {**merged, "decided_by": merged.get("user_id", frozenset())})
        return self._read[1]


def _placed(catalog: SemanticCatalog, schema: str) -> SemanticCatalog:
    """The catalog over the views of this installation."""
    models = tuple(
        model.model_copy(update={"source": model.source.replace(WRITTEN_SCHEMA, schema, 1)}) for model in catalog.models
    )
    return catalog.model_copy(update={"name": schema, "models": models})


def _filled(catalog: SemanticCatalog, values: Values) -> SemanticCatalog:
    known: dict[str, tuple[str, ...]] = {}
    for model in catalog.models:
        for dimension in model.dimensions:
            _, column = model.home(dimension)
            if column is not None and dimension.type == "string":
                known[value_key(model.source, column)] = tuple(sorted(_values_of(model, column, values)))
    return catalog.model_copy(update={"values": known})


def _values_of(model: SemanticModel, column: str, values: Values) -> frozenset[str]:
    """A view's own values of a column, else those that the column has everywhere."""
    own = f"{model.source.split('.')[-1]}.{column}"
    return values.get(own, values.get(column, frozenset()))
