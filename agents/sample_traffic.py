"""Sample traffic of the operations pages: loaded into a home by an administrator, and removed again without a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.clock import Clock
from core.errors import AccessDenied
from core.governance import Policy, Trail
from core.types import PLATFORM
from core.warehouse.statements import load, render
from demo.traffic import ATTRIBUTES, IDS, SAMPLE, sample_traffic

if TYPE_CHECKING:
    from core.telemetry.rollups import Rollups
    from core.warehouse.port import Value, Warehouse

_ACTION = "operations.manage"
_REMOVALS = ("remove_usage", "remove_latency", "remove_hours", "remove_spans", "remove_questions", "remove_ratings")


class Samples:
    """Only in the embedded mode, where the tables are the owner's own."""

    def __init__(
        self,
        warehouse: Warehouse,
        state: str,
        clock: Clock,
        policy: Callable[[], Policy],
        *,
        trail: Trail,
        rollups: Rollups,
        embedded: bool,
    ) -> None:
        self._warehouse = warehouse
        self._state = state
        self._clock = clock
        self._policy = policy
        self._trail = trail
        self._rollups = rollups
        self._embedded = embedded
        self._statements = {name: render(text, state) for name, text in load("agents", "sample_traffic.sql").items()}

    def may_change(self, role: str) -> bool:
        """Whether sample traffic can be loaded and removed here by this role."""
        return self._embedded and self._policy().decide(role, _ACTION).permitted

    def load(self, user_id: str, role: str) -> int:
        """Add traffic of the last fifteen days; a second time changes nothing that is there. Gives the spans added."""
        self._require(role)
        self._delete()
        traffic = sample_traffic(self._clock.now())
        self._warehouse.append(f"{self._state}.agent_spans", traffic.spans)
        self._warehouse.append(f"{self._state}.query_log", traffic.questions)
        self._warehouse.append(f"{self._state}.feedback", traffic.ratings)
        self._rollups.tick()
        self._note("data.loaded", user_id, role, len(traffic.spans))
        return len(traffic.spans)

    def remove(self, user_id: str, role: str) -> None:
        """Delete every sample row, and count the hours anew that held some."""
        self._require(role)
        self._delete()
        self._rollups.tick()
        self._note("data.loaded", user_id, role, 0)

    def _delete(self) -> None:
        marks: dict[str, Value] = {"people": f"{SAMPLE}%", "mark": ATTRIBUTES, "ids": f"{IDS}%"}
        for name in _REMOVALS:
            statement = self._statements[name]
            given = {key: value for key, value in marks.items() if f":{key}" in statement}
            self._warehouse.execute(statement, given, principal=PLATFORM)

    def _require(self, role: str) -> None:
        if not self.may_change(role):
            raise AccessDenied(
                "Sample traffic is for administrators of a home on their own machine.",
                next_step="Ask a few questions in the chat; they are counted at once.",
            )

    def _note(self, action: str, user_id: str, role: str, spans: int) -> None:
        detail = {"what": "sample traffic", "spans": spans}
        self._trail(action, actor=user_id, actor_role=role, object_kind="schema", object_id=self._state, detail=detail)
