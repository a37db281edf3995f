"""The kill switches as this process knows them, and what pulling one stops here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from core.errors import AgentSwitchedOff
from core.governance import AgentSwitches

Stop = Callable[[str, str], int]
"""Stops what an agent is doing in this process, for a reason; gives how many requests."""


class Switchboard:
    """Which agents are off and why. Reads are answered from memory until `renew`."""

    def __init__(self, switches: AgentSwitches, stop: Stop) -> None:
        self._switches = switches
        self._stop = stop
        self._off: Mapping[str, str] | None = None
        self._lock = threading.Lock()

    def off(self) -> Mapping[str, str]:
        """Agent -> why, for every agent that is switched off."""
        with self._lock:
            if self._off is None:
                self._off = self._switches.off()
            return self._off

    def check(self, agent: str) -> None:
        """Raise AgentSwitchedOff when the agent is off."""
        reason = self.off().get(agent)
        if reason is not None:
            raise AgentSwitchedOff(f"{agent} is {reason}.")

    def move(self, agent: str, *, enabled: bool, reason: str, user_id: str) -> tuple[str, int]:
        """Switch an agent off or on, for every process; gives the id of its row, and how many of its requests were
        stopped here."""
        switch_id = self._switches.move(agent, enabled=enabled, reason=reason, user_id=user_id)
        return switch_id, self.renew()

    def renew(self) -> int:
        """Read the switches again, and stop here what an agent that is off by now was doing; gives how many requests.

        Whoever switched it off, in this process or in another one, its requests end wherever they are.
        """
        fresh = self._switches.off()
        with self._lock:
            before, self._off = self._off or {}, fresh
        return sum(self._stop(agent, f"{agent} is {fresh[agent]}.") for agent in sorted(set(fresh) - set(before)))
