"""Kill switches: agents switched off and on, as signed rows of `agent_switches`; the latest of an agent counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from core.clock import Clock, SystemClock
from core.governance.signing import RowSigner
from core.ids import new_id
from core.types import PLATFORM
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

TABLE = "agent_switches"


class AgentSwitches:
    """Reads and moves the switches."""

    def __init__(self, warehouse: Warehouse, signer: RowSigner, state: str, clock: Clock | None = None) -> None:
        self._warehouse = warehouse
        self._signer = signer
        self._state = state
        self._clock = clock or SystemClock()

    def off(self) -> dict[str, str]:
        """Agent -> why, for every agent that is switched off. One statement."""
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance", "statements.sql")["switches"], self._state)
        rows = python_rows(self._warehouse.query(text, principal=PLATFORM))
        signed = [row for row in rows if self._signer.verifies(TABLE, row)]
        agents = {str(row["agent"]) for row in signed}
        found = {agent: latest_switch(signed, agent) for agent in agents}
        return {agent: reason for agent, reason in found.items() if reason is not None}

    def move(self, agent: str, *, enabled: bool, reason: str, user_id: str) -> str:
        """Switch an agent off or on; durable when it returns the id of its row."""
        switch_id = new_id(self._clock)
        row = {
            "switch_id": switch_id,
            "agent": agent,
            "enabled": enabled,
            "reason": reason,
            "switched_by": user_id,
            "switched_at": self._clock.now(),
        }
        self._warehouse.append(f"{self._state}.{TABLE}", [self._signer.signed(TABLE, row)])
        return switch_id


def latest_switch(rows: Iterable[Mapping[str, Any]], agent: str | None) -> str | None:
    """Why the agent is off, in words; None while it is on."""
    own = [row for row in rows if row["agent"] == agent]
    if not own:
        return None
    last = max(own, key=lambda row: str(row["switch_id"]))
    if last["enabled"]:
        return None
    return f"switched off by {last['switched_by']}: {last['reason']}"
