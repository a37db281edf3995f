"""The plan of one turn as data: steps with their state and seconds, told to whoever watches at each change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.clock import Clock
from core.types import PlanStep, StepStatus


@dataclass(frozen=True)
class _Timed:
    step: PlanStep
    started: float | None = None


class Plan:
    """Steps in the order in which they were planned; safe to read from another thread."""

    def __init__(self, clock: Clock, changed: Callable[[tuple[PlanStep, ...]], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._steps: list[_Timed] = []
        self._lock = threading.Lock()

    @property
    def steps(self) -> tuple[PlanStep, ...]:
        """The plan as it now stands."""
        with self._lock:
            return tuple(timed.step for timed in self._steps)

    def add(self, agent: str, kind: str) -> int:
        """Plan a further step; gives its number, counted from 1."""
        with self._lock:
            number = len(self._steps) + 1
            self._steps.append(_Timed(PlanStep(step=number, agent=agent, kind=kind)))
        self._changed(self.steps)
        return number

    def start(self, number: int) -> None:
        """Note that a step begins."""
        self._set(number, "running")

    def end(self, number: int, status: StepStatus = "done") -> None:
        """Close a step with its seconds."""
        self._set(number, status)

    def close(self, status: StepStatus) -> None:
        """End what still runs with `status` and skip what never started."""
        for step in self.steps:
            if step.status == "running":
                self._set(step.step, status)
            elif step.status == "waiting":
                self._set(step.step, "skipped")

    def _set(self, number: int, status: StepStatus) -> None:
        now = self._clock.monotonic()
        with self._lock:
            timed = self._steps[number - 1]
            started = now if status == "running" else timed.started
            seconds = round(now - started, 4) if started is not None and status != "running" else None
            step = timed.step.model_copy(update={"status": status, "seconds": seconds})
            self._steps[number - 1] = replace(timed, step=step, started=started)
        self._changed(self.steps)
