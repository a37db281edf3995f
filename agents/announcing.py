"""Tells people of approvals outside of the console, and says when one is overdue, without asking the tables for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal

from core.bus.timekeeper import Timekeeper
from core.clock import Clock
from core.errors import PlatformError
from core.governance import ApprovalRequest, Trail
from core.governance.notices import ApprovalFacts, Notice, decided, overdue, requested

Send = Callable[[Notice], object]
Find = Callable[[str], ApprovalRequest]
_log = logging.getLogger(__name__)


class Announcer:
    """Sends a notice for each request and decision, and one when a request is still open at its due time."""

    def __init__(self, send: Send, find: Find, trail: Trail, clock: Clock) -> None:
        self._send = send
        self._find = find
        self._trail = trail
        self._clock = clock
        self._timekeeper = Timekeeper(clock)

    def __call__(self, request: ApprovalRequest) -> None:
        """Something has happened to a request: it was made, or decided by a person or a rule."""
        decision = request.closed_by or (request.counting[-1] if request.counting else None)
        if decision is None:
            self._send(requested(_facts(request), request.created_at))
            self.watch([request])
        elif decision.verdict in ("approve", "reject"):
            verdict: Literal["approve", "reject"] = "reject" if decision.verdict == "reject" else "approve"
            self._send(decided(_facts(request), verdict, decision.user_id, decision.decided_at))
        if request.status != "pending":
            self._timekeeper.forget(request.request_id)

    def watch(self, requests: Iterable[ApprovalRequest]) -> None:
        """Look at open requests again when they are due; one statement then."""
        now = self._clock.now()
        for request in requests:
            left = (request.due_at - now).total_seconds()
            if request.status == "pending" and left > 0:
                self._timekeeper.after(left, request.request_id, partial(self._due, request.request_id))

    def close(self) -> None:
        """Forget what was to come; the next process that starts looks at what is open."""
        self._timekeeper.close()

    def _due(self, request_id: str) -> None:
        try:
            request = self._find(request_id)
        except PlatformError as error:
            _log.warning("whether the request %s is overdue could not be seen: %s", request_id, error.message)
            return
        if not request.is_overdue(self._clock.now()):
            return
        self._send(overdue(_facts(request), request.due_at))
        self._trail(
            "approval.escalated",
            actor="platform",
            actor_role="platform",
            object_kind="approval",
            object_id=request.request_id,
            correlation_id=request.correlation_id,
            session_id=request.session_id,
            detail={"due_at": request.due_at, "to": list(request.escalation_roles)},
        )


def _facts(request: ApprovalRequest) -> ApprovalFacts:
    return ApprovalFacts.model_validate({name: getattr(request, name) for name in ApprovalFacts.model_fields})
