"""Which agents exist: a row when an agent appears or changes, the newest row per agent counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from core.bus.envelope import canonical, utc
from core.clock import Clock, not_before
from core.faults import reach
from core.ids import new_id
from core.types import PLATFORM, Frozen
from core.warehouse.port import Row, Warehouse
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render


class AgentCard(Frozen):
    """What an agent says of itself."""

    agent: str
    version: str
    capabilities: tuple[str, ...]
    kinds: tuple[str, ...]
    """Kinds of message that it handles."""
    registered_at: datetime | None = None
    """Set when read from the table."""


class AgentRegistry:
    """The `agent_registry`: one row an announcement, the newest counts."""

    def __init__(self, warehouse: Warehouse, state: str, clock: Clock) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.agent_registry"
        self._clock = clock
        self._select = render(load("core.bus", "statements.sql")["registry"], state)

    def agents(self) -> tuple[AgentCard, ...]:
        """All agents, by name; one statement."""
        table = self._warehouse.query(self._select, principal=PLATFORM)
        return tuple(_card(row) for row in python_rows(table))

    def announce(self, cards: Sequence[AgentCard]) -> int:
        """Append the cards that are new or changed; gives their number."""
        there = {card.agent: card for card in self.agents()}
        known = {agent: card.model_copy(update={"registered_at": None}) for agent, card in there.items()}
        plain = [card.model_copy(update={"registered_at": None}) for card in cards]
        rows = [self._row(card, there.get(card.agent)) for card in plain if known.get(card.agent) != card]
        if rows:
            reach("before_announce")
            self._warehouse.append(self._table, rows)
            reach("after_announce")
        return len(rows)

    def _row(self, card: AgentCard, before: AgentCard | None) -> Row:
        return {
            "registration_id": new_id(self._clock),
            "agent": card.agent,
            "version": card.version,
            "capabilities": canonical(list(card.capabilities)),
            "kinds": canonical(list(card.kinds)),
            "registered_at": not_before(self._clock.now(), before.registered_at if before else None),
        }


def _card(row: Row) -> AgentCard:
    return AgentCard(
        agent=str(row["agent"]),
        version=str(row["version"]),
        capabilities=tuple(json.loads(str(row["capabilities"]))),
        kinds=tuple(json.loads(str(row["kinds"]))),
        registered_at=utc(row["registered_at"]),
    )
