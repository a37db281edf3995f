"""The figures of the Dashboards page for a person: their rights, what was read lately, and sample traffic.

`platform.dashboards` is this part. A look is read once and kept for a minute: redrawing it costs no statement, and
nothing is read while nobody looks.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from agents.directory import AssignedRoles
from agents.thresholds import Threshold, crossed, thresholds
from agents.viewing import viewer_of
from core.clock import Clock
from core.errors import AccessDenied
from core.governance import Policy, Trail
from core.telemetry.alerts import Rule
from core.telemetry.dashboards import (
    Approvals,
    Chosen,
    Clusters,
    Dashboards,
    Executed,
    Latency,
    Outcomes,
    Patterns,
    Question,
    Scope,
    Usage,
    choose,
    cluster,
)
from core.telemetry.dashboards import Filters as Filters
from core.telemetry.viewer import Viewer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agents.sample_traffic import Samples

FRESH_S = 60.0
LIVE_S = 10.0
"""Tabs that look again at about the same time share a look."""
_KEPT = 64
_CLUSTERED = 80
"""Questions that are put together by meaning; each takes some milliseconds of the embedding model once."""
Read = TypeVar("Read")


@dataclass
class Look:
    """The figures of one scope for one person, each read at its first use; all fragments that hold it agree."""

    chosen: Chosen
    viewer: Viewer
    as_of: datetime
    _desk: LookDesk
    _read: dict[str, Any] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _FIRST: ClassVar[frozenset[str]] = frozenset({"usage", "latency", "patterns", "approvals", "outcomes", "rules"})

    @property
    def scope(self) -> Scope:
        """What the figures are about."""
        return self.chosen.scope

    @property
    def is_read(self) -> bool:
        """Whether what the page shows is at hand, so that drawing it costs no statement."""
        return self._read.keys() >= self._FIRST

    def read(self) -> None:
        """Read all that the page shows: five statements, each once, and one more when the alert rules changed."""
        self.usage(), self.latency(), self.patterns(), self.approvals(), self.outcomes(), self.rules()

    def usage(self) -> Usage:
        """See Dashboards.usage; the same for the others."""
        return self._once("usage", lambda: self._desk.figures.usage(self.scope, self.viewer))

    def latency(self) -> Latency:
        return self._once("latency", lambda: self._desk.figures.latency(self.scope, self.viewer))

    def patterns(self) -> Patterns:
        return self._once("patterns", lambda: self._desk.figures.patterns(self.scope, self.viewer))

    def approvals(self) -> Approvals:
        return self._once("approvals", lambda: self._desk.figures.approvals(self.scope, self.viewer))

    def outcomes(self) -> Outcomes:
        return self._once("outcomes", lambda: self._desk.figures.outcomes(self.scope, self.viewer))

    def questions(self) -> tuple[Question, ...]:
        """What was asked: of others only for who may see content, and then the look is recorded."""

        def read() -> tuple[Question, ...]:
            found = self._desk.figures.questions(self.scope, self.viewer)
            if self.viewer.sees_content:
                self._desk.note_content(self.viewer, self.scope, len(found))
            return found

        return self._once("questions", read)

    def clusters(self) -> Clusters | None:
        """Questions by meaning; None where there is no embedding model."""
        embed = self._desk.embed
        if embed is None:
            return None
        return self._once("clusters", lambda: cluster(self.questions()[:_CLUSTERED], embed))

    def sql(self, panel: str) -> Executed:
        """The statement that gives a panel's numbers, with its parameters."""
        return self._desk.figures.panel(panel, self.scope, self.viewer)

    def thresholds(self, metric: str) -> tuple[Threshold, ...]:
        """Limits that enabled alert rules watch on this part of the traffic. They are rules over everybody: none for
        who sees only what is their own."""
        return thresholds(self.rules(), metric, self.scope.filters)

    def crossed(self, metric: str, agent: str, value: float | None) -> Literal["", "warn", "alert"]:
        """How far an agent's figure is beyond the limits that rules watch of it."""
        return crossed(self.rules(), metric, self.scope.filters.model_copy(update={"agent": agent}), value)

    def rules(self) -> tuple[Rule, ...]:
        return self._once("rules", lambda: () if self.viewer.only is not None else self._desk.rules())

    def _once(self, name: str, read: Callable[[], Read]) -> Read:
        with self._lock:  # a second tab waits for the first one's statement instead of sending its own
            if name not in self._read:
                self._read[name] = read()
            found: Read = self._read[name]
            return found


@dataclass
class LookDesk:
    """What looks are made with."""

    figures: Dashboards
    trail: Trail
    rules: Callable[[], tuple[Rule, ...]]
    """The enabled alert rules."""
    embed: Callable[[str], NDArray[np.float32]] | None = None

    def note_content(self, viewer: Viewer, scope: Scope, rows: int) -> None:
        """What other people asked was shown to somebody."""
        self.trail(
            "content.viewed",
            actor=viewer.user_id,
            actor_role=viewer.role,
            object_kind="question",
            object_id="",
            detail={
                "what": "questions of a dashboard",
                "from": scope.begin.isoformat(),
                "to": scope.until.isoformat(),
                "rows": rows,
            },
        )


class DashboardFigures:
    """Thread-safe. Every method raises AccessDenied for who may not see any figures, and records that."""

    def __init__(
        self, desk: LookDesk, directory: AssignedRoles, policy: Callable[[], Policy], samples: Samples, clock: Clock
    ) -> None:
        self._desk = desk
        self._directory = directory
        self._policy = policy
        self._clock = clock
        self._looks: OrderedDict[tuple[str, ...], tuple[float, Look]] = OrderedDict()
        self._lock = threading.Lock()
        self.samples = samples
        """Sample traffic: loaded and removed by administrators of a home."""

    def viewer(self, user_id: str, role: str) -> Viewer:
        """What the person may see."""
        try:
            self._directory.check(user_id, role)
            return viewer_of(self._policy, user_id, role)
        except AccessDenied as denied:
            who = {"actor": user_id, "actor_role": role}
            detail = {"what": "dashboards", "why": denied.message}
            self._desk.trail("access.refused", **who, object_kind="page", object_id="dashboards", detail=detail)
            raise

    def look(
        self,
        user_id: str,
        role: str,
        *,
        preset: str = "",
        since: str = "",
        until: str = "",
        filters: Filters = Filters(),  # noqa: B008 (immutable)
        max_age_s: float = FRESH_S,
    ) -> Look:
        """The figures of a range, at most `max_age_s` old; no statement before one of them is asked for."""
        viewer = self.viewer(user_id, role)
        key = (user_id, role, str(viewer.sees_all), str(viewer.sees_content), preset, since, until)
        key += tuple(filters.model_dump().values())
        now = self._clock.monotonic()
        with self._lock:
            kept = self._looks.get(key)
            if kept is not None and now - kept[0] < max_age_s:
                return kept[1]
            moment = self._clock.now()
            look = Look(choose(moment, preset, since, until, filters), viewer, moment, self._desk)
            self._looks[key] = (now, look)
            self._looks.move_to_end(key)
            while len(self._looks) > _KEPT:
                self._looks.popitem(last=False)
            return look

    def forget(self) -> None:
        """Read everything anew at the next look."""
        with self._lock:
            self._looks.clear()

    def load_samples(self, user_id: str, role: str) -> int:
        """Add sample traffic; gives the number of spans. Only for administrators of a home."""
        self.viewer(user_id, role)
        count = self.samples.load(user_id, role)
        self.forget()
        return count

    def remove_samples(self, user_id: str, role: str) -> None:
        """Take the sample traffic away again, rollups included."""
        self.viewer(user_id, role)
        self.samples.remove(user_id, role)
        self.forget()
