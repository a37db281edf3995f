"""What runs on a schedule: rollups, alerts, notices, and removing what is too old; `platform.monitoring` is this part.

In a workspace an hourly job ticks. Embedded, a thread ticks each minute while something was written since its last
tick, and at the moments that the last one named; otherwise it looks at names of files and says nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from core.clock import Clock
from core.errors import PlatformError
from core.telemetry.alerts import Evaluated, SeriesState
from core.telemetry.rollups import RolledUp
from core.types import Frozen

EVERY_S = 60.0
MARKS_KEPT = timedelta(days=9)
ACTIVITY = (
    *("agent_spans", "query_log", "feedback", "approval_requests", "approval_decisions"),
    *("audit_log", "alert_rules", "alert_silences"),
)
"""Tables that something was written to when there is something to look at."""
_log = logging.getLogger(__name__)
Done = TypeVar("Done")


class RaisedAlert(Frozen):
    """One series that is raised."""

    rule_id: str
    name: str
    series: str
    level: str
    since: datetime
    value: float | None


class MonitoringReport(Frozen):
    """What a tick did; `problems` are sentences of the parts that failed, while the others went on."""

    at: datetime
    hours: int = 0
    """Hours of spans that were rolled up."""
    expired: int = 0
    """Spans that were removed because they were too old."""
    rules: int = 0
    points: int = 0
    late_points: int = 0
    changes: int = 0
    told: int = 0
    """Series that people are told of."""
    raised: tuple[RaisedAlert, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Duties:
    """What a tick does, in this order."""

    flush: Callable[[], None]
    roll_up: Callable[[], RolledUp]
    evaluate: Callable[[], Evaluated]
    forget: Callable[[datetime], None]
    """Removes the marks of evaluations before a moment."""


class Monitoring:
    """Thread-safe; ticks of one process never overlap."""

    def __init__(self, duties: Duties, activity: Callable[[], str], clock: Clock, *, pause_s: float = EVERY_S) -> None:
        self._duties = duties
        self._activity = activity
        self._clock = clock
        self._pause_s = pause_s
        self._ticking = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: str | None = None
        self._wakes: set[datetime] = set()
        """Moments at which there is something to look at, whatever happens until then."""
        self._forgotten: datetime | None = None

    def tick(self) -> MonitoringReport:
        """Do all that is due now; one part that fails does not keep the others from being done."""
        with self._ticking:
            problems: list[str] = []
            _attempt(self._duties.flush, problems)
            seen, now = self._activity(), self._clock.now()
            rolled = _attempt(self._duties.roll_up, problems)
            found = _attempt(self._duties.evaluate, problems)
            _attempt(lambda: self._forget(now), problems)
            self._seen = seen if not problems else None
            self._wakes = {moment for moment in self._wakes if moment > now} | set(found.wakes if found else ())
            return _report(now, rolled, found, problems)

    def start(self) -> None:
        """Tick from now on in a thread of its own, when there is a reason to; the first time after a pause."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="monitoring", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop; waits for a tick that is under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10.0)

    @property
    def is_due(self) -> bool:
        """Whether a tick could find anything; costs no statement."""
        now = self._clock.now()
        return any(moment <= now for moment in self._wakes) or self._activity() != self._seen

    def _run(self) -> None:
        while not self._stop.wait(self._pause_s):
            try:
                if self.is_due:
                    self.tick()
            except Exception:  # noqa: BLE001 (the thread's loop must outlive whatever one tick meets)
                _log.exception("a tick of the monitoring failed and is tried again")

    def _forget(self, now: datetime) -> None:
        if self._forgotten is None or now - self._forgotten >= timedelta(days=1):
            self._duties.forget(now - MARKS_KEPT)
            self._forgotten = now


def _attempt(work: Callable[[], Done], problems: list[str]) -> Done | None:
    try:
        return work()
    except PlatformError as error:
        _log.warning("a part of the monitoring failed: %s", error.message)
        problems.append(error.message)
    except Exception as error:  # noqa: BLE001 (whatever one part meets, the others are done)
        _log.exception("a part of the monitoring failed")
        problems.append(f"A part of the monitoring failed unexpectedly ({type(error).__name__}); see the log.")
    return None


def _report(now: datetime, rolled: RolledUp | None, found: Evaluated | None, problems: list[str]) -> MonitoringReport:
    report = MonitoringReport(at=now, problems=tuple(problems))
    if rolled is not None:
        report = report.model_copy(update={"hours": rolled.hours, "expired": rolled.expired})
    if found is None:
        return report
    counts = {"rules": found.rules, "points": found.points, "late_points": found.late_points}
    counts |= {"changes": len(found.events), "told": len(found.told)}
    return report.model_copy(update={**counts, "raised": tuple(_raised(state) for state in found.raised)})


def _raised(state: SeriesState) -> RaisedAlert:
    rule = state.rule.rule
    return RaisedAlert(
        rule_id=rule.rule_id,
        name=rule.name,
        series=state.series,
        level=state.level,
        since=state.since,
        value=state.figure.value,
    )
