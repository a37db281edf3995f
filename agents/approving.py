"""What people do with requests for approval, on every path: the core decides who may, and approved work goes on.

`platform.governance` is this part: pages, the command line, notebooks and jobs use nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from agents.second_thoughts import SecondThoughts
from core.clock import Clock
from core.governance import ApprovalRequest as ApprovalRequest
from core.governance import Approvals, Evidence, Grant, Proposal, Status
from core.governance.approval.queue import Filter, Queue

if TYPE_CHECKING:
    from agents.rights import Rights

TABLES = ("approval_requests", "approval_decisions", "approval_grants")
RUNS = "execution_runs"
LEFT_BEHIND_S = 30.0
"""So long after it could have begun, an approved request that nobody has begun was left behind by an ended process."""


class GoOn(Protocol):
    """Has the turn of an approved request go on; gives whether it does so now."""

    def __call__(self, request: ApprovalRequest, *, left_behind: bool = False) -> bool: ...


class Governance:
    """Requests, decisions and licences. Thread-safe; see core.governance.Approvals for what each call raises."""

    def __init__(
        self,
        rights: Callable[[], Rights],
        go_on: GoOn,
        watch: Callable[[Iterable[ApprovalRequest]], None],
        written: Callable[..., str],
        clock: Clock,
    ) -> None:
        """`watch` is given open requests of other processes, so that somebody is told when one is overdue;
        `written(*tables)` changes when any process writes to one of them, and is '' where only a statement would tell.
        """
        self._rights = rights
        self._go_on = go_on
        self._watch = watch
        self._written = written
        self._clock = clock
        self.second_thoughts = SecondThoughts()
        self.version = 0
        """Grows with every decision that is made in this process, so that open pages know when to look."""

    def request(
        self, proposal: Proposal, *, request_id: str | None = None, evidence: Evidence | None = None
    ) -> ApprovalRequest:
        """Ask for approval; durable when it returns."""
        made = self._approvals.request(proposal, request_id=request_id, evidence=evidence)
        return self._settled(made)

    def news(self, *, running: bool = False) -> str:
        """Changes when there may be something new to read, with `running` also when a run has ended. No statement.

        News of other processes show only where files tell of them: not in a workspace.
        """
        return f"{self.version} {self._written(*TABLES, *((RUNS,) if running else ()))}"

    def get(self, request_id: str) -> ApprovalRequest:
        """One request as it stands now, whoever asks: what people see goes through `open`."""
        return self._approvals.get(request_id)

    def open(self, request_id: str, user_id: str, role: str | None = None) -> ApprovalRequest:
        """The request for somebody who may see it; NotFound for everybody else, as if there were none."""
        return self._approvals.open(request_id, user_id, role)

    def may_open(self, request: ApprovalRequest, user_id: str, role: str | None = None) -> bool:
        """Whether this person may see the request. No statement."""
        return self._approvals.may_open(request, user_id, role)

    def as_of_now(self, request: ApprovalRequest) -> ApprovalRequest:
        """A request that was read before, as it stands by the clock. No statement."""
        return self._approvals.as_of_now(request)

    def queue(self, chosen: Filter, user_id: str, role: str) -> Queue:
        """A page of what this person may see, newest first, and the counts of all of it. One statement."""
        return self._approvals.queue(chosen, user_id, role)

    def list(self, *, status: Status | None = None, requester: str | None = None) -> tuple[ApprovalRequest, ...]:
        """At most 1,000 requests, newest first; of one status or requester where given."""
        return self._approvals.list(status=status, requester=requester)

    def page(self, chosen: Filter) -> tuple[ApprovalRequest, ...]:
        """A page of everybody's requests, newest first."""
        return self._approvals.page(chosen)

    def may_decide(self, request: ApprovalRequest, user_id: str, role: str | None = None) -> str | None:
        """Why this person may not decide it, as a sentence; None when they may. No statement."""
        return self._approvals.may_decide(request, user_id, role)

    def decide(
        self,
        request_id: str,
        verdict: Literal["approve", "reject"],
        reason: str,
        digest_seen: str,
        user_id: str,
        user_role: str | None = None,
    ) -> ApprovalRequest:
        """Approve or reject what was seen; approved work begins once the time for second thoughts is over."""
        return self._settled(self._approvals.decide(request_id, verdict, reason, digest_seen, user_id, user_role))

    def decide_many(
        self, seen: Mapping[str, str], reason: str, user_id: str, user_role: str | None = None
    ) -> tuple[ApprovalRequest, ...]:
        """Approve several that change nothing, each by the digest that was seen; all or none."""
        decided = self._approvals.decide_many(seen, reason, user_id, user_role)
        return tuple(self._settled(request) for request in decided)

    def undo(self, request_id: str, user_id: str) -> ApprovalRequest:
        """Take one's own decision back, before the run has begun."""
        undone = self._approvals.undo(request_id, user_id)
        self.second_thoughts.over(request_id)
        return self._settled(undone)

    def withdraw(self, request_id: str, user_id: str, reason: str = "") -> ApprovalRequest:
        """The requester does not want it any more."""
        return self._settled(self._approvals.withdraw(request_id, user_id, reason))

    def consume(self, request_id: str, digest: str, consumed_by: str) -> Grant:
        """The licence to run exactly what `digest` binds, once; `consumed_by` names this one attempt."""
        return self._approvals.consume(request_id, digest, consumed_by)

    @property
    def _approvals(self) -> Approvals:
        return self._rights().approvals

    def pick_up(self, requests: Iterable[ApprovalRequest] | None = None) -> int:
        """Have approved work go on that the decider's process left behind; gives how much. One statement, or none
        when the open `requests` are at hand.
        """
        if requests is None:
            requests = self._approvals.page(Filter(openness="open", limit=1000))
            self._watch(requests)
        due = self._clock.now() - timedelta(seconds=LEFT_BEHIND_S)
        left = [r for r in requests if r.status == "approved" and r.runner and r.not_before and r.not_before <= due]
        return sum(self._go_on(request, left_behind=True) for request in left)

    def _settled(self, request: ApprovalRequest) -> ApprovalRequest:
        """Whoever waits for it goes on, when it is approved and an agent is to carry it out."""
        self.version += 1
        if request.status == "approved" and request.runner is not None:
            self._go_on(request)
        return request
