"""The figures of the Dashboards page: each method is one statement, limited to what its viewer may see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from core.clock import Clock
from core.errors import AccessDenied
from core.telemetry.dashboards.questions import Question, to_questions
from core.telemetry.dashboards.results import (
    Approvals,
    Latency,
    Outcomes,
    Patterns,
    to_approvals,
    to_latency,
    to_outcomes,
    to_patterns,
    to_usage,
)
from core.telemetry.dashboards.scope import Scope
from core.telemetry.dashboards.usage import Usage
from core.telemetry.viewer import Viewer
from core.types import PLATFORM
from core.warehouse.statements import load, render

if TYPE_CHECKING:
    import pyarrow as pa

    from core.warehouse.port import Value, Warehouse

_PACKAGE = "core.telemetry.dashboards"
ROWS_KEPT = timedelta(days=90)
Source = Literal["usage", "latency", "patterns", "approvals", "outcomes", "questions"]


@dataclass(frozen=True)
class Executed:
    """A statement as it is sent, and its parameters: what a panel shows and gives away."""

    statement: str
    parameters: Mapping[str, Value]


class Dashboards:
    """Reads only, as the platform; safe from any thread.

    Every method raises WarehouseError, and AccessDenied for a viewer without a name who sees not everything.
    """

    def __init__(self, warehouse: Warehouse, state: str, clock: Clock, *, rows_kept: timedelta = ROWS_KEPT) -> None:
        self._warehouse = warehouse
        self._clock = clock
        self._rows_kept = rows_kept
        self._statements = {name: render(text, state) for name, text in load(_PACKAGE, "statements.sql").items()}
        self._panels = dict(load(_PACKAGE, "panels.sql"))

    def usage(self, scope: Scope, viewer: Viewer) -> Usage:
        """Calls, failures, tokens and cost, by agent, model and time. Ranges above 7 days are read from the rollups."""
        return Usage(scope, to_usage(self._read("usage", scope, viewer)), rolled=scope.long)

    def latency(self, scope: Scope, viewer: Viewer) -> Latency:
        """Percentiles of durations: exact, or within 1 % from the rollups, which know no people, roles and models."""
        exact = not _rolled_latency(scope, viewer)
        complete = not exact or self._clock.now() - scope.before <= self._rows_kept
        return Latency(to_latency(self._read("latency", scope, viewer)), exact, complete)

    def patterns(self, scope: Scope, viewer: Viewer) -> Patterns:
        """Intents, and whether the documents answered."""
        return to_patterns(self._read("patterns", scope, viewer))

    def approvals(self, scope: Scope, viewer: Viewer) -> Approvals:
        """Time to decision and breaches. Signatures are not checked: what a table writer forged is counted."""
        return to_approvals(self._read("approvals", scope, viewer))

    def outcomes(self, scope: Scope, viewer: Viewer) -> Outcomes:
        """Ratings, and cost per accepted answer and per approved execution."""
        return to_outcomes(self._read("outcomes", scope, viewer))

    def questions(self, scope: Scope, viewer: Viewer) -> tuple[Question, ...]:
        """The 200 most frequent questions; those of others only for a viewer who may see content."""
        return to_questions(self._read("questions", scope, viewer))

    def executed(self, source: Source, scope: Scope, viewer: Viewer) -> Executed:
        """What is sent to the warehouse for a source."""
        names = {"usage": scope.long, "latency": _rolled_latency(scope, viewer)}
        name = f"{source}_rolled" if names.get(source) else source
        return Executed(self._statements[name], self._parameters(self._statements[name], scope, viewer))

    def panel(self, panel: str, scope: Scope, viewer: Viewer) -> Executed:
        """A panel's own statement around what was sent: it gives the panel's numbers. Raises KeyError for no panel."""
        text = self._panels[panel]
        for source in ("usage", "latency", "patterns", "approvals", "outcomes", "questions"):
            if f"{{{source}}}" in text:
                inner = self.executed(source, scope, viewer)
                statement = text.replace(f"{{{source}}}", f"(\n{inner.statement}\n)")
                return Executed(statement, self._parameters(statement, scope, viewer))
        raise KeyError(panel)

    def _read(self, source: Source, scope: Scope, viewer: Viewer) -> pa.Table:
        sent = self.executed(source, scope, viewer)
        return self._warehouse.query(sent.statement, sent.parameters, principal=PLATFORM)

    def _parameters(self, statement: str, scope: Scope, viewer: Viewer) -> Mapping[str, Value]:
        """Those that the statement names."""
        only = viewer.only
        if only == "":
            raise AccessDenied("Figures of nobody in particular are for those who may see everybody's.")
        given: dict[str, Value] = {
            "before": scope.before,
            "begin": scope.begin,
            "until": scope.until,
            "step": scope.step,
            "subject": scope.subject,
            "cost_before": scope.cost_before,
            "cost_begin": scope.cost_begin,
            "now": self._clock.now(),
            "only": only or "",
            "texts_of": "" if viewer.sees_content else viewer.user_id,
            "bar": max(86_400, scope.step) if scope.step > 3600 else scope.step,
            **scope.filters.model_dump(),
        }
        if not viewer.sees_content and not viewer.user_id:
            raise AccessDenied("Questions are shown to who asked them, and this viewer is nobody.")
        return {name: value for name, value in given.items() if re.search(rf":{name}\b", statement)}


def _rolled_latency(scope: Scope, viewer: Viewer) -> bool:
    filters = scope.filters
    return scope.long and viewer.only is None and not (filters.role or filters.user or filters.model)
