"""Requests for approval: made, decided, taken back, and used once. What a person may do is checked here, on every path.

Statements on the state schema: a request takes three, a decision three (read, append, audit), a use three (read,
conditional update, audit) and one more where the update's outcome is not known.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from core.clock import Clock, SystemClock
from core.errors import AccessDenied, ApprovalClosed, ApprovalForged, NotFound
from core.faults import reach
from core.governance.approval.consumption import Consumption, Grant
from core.governance.approval.deciders import Deciders
from core.governance.approval.directory import Directory
from core.governance.approval.drafts import Drafts, audited
from core.governance.approval.model import (
    OPEN,
    SUPERSEDED,
    ApprovalDecision,
    ApprovalRequest,
    Verdict,
    standing,
)
from core.governance.approval.openness import moment, require_open, require_seen, require_time_to_undo
from core.governance.approval.proposal import KIND_ACTIONS, Evidence, Proposal
from core.governance.approval.queue import Filter, Queue, Viewer
from core.governance.approval.rows import DECISIONS, GRANTS, REQUESTS, ApprovalRows
from core.governance.digest import rule_hashes
from core.governance.policy import ApprovalRule, Policy
from core.governance.signing import Keys, ReportForged, RowSigner
from core.governance.trail import Trail, untracked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.warehouse.port import Warehouse

BULK = 20
"""So many requests may be approved at once, of the kinds that change nothing."""
BULK_KINDS = frozenset({("execution", "read"), ("document", "any")})


class Approvals:
    """The one way by which a request is made, decided and used. Thread-safe."""

    def __init__(
        self,
        warehouse: Warehouse,
        policy: Policy,
        *,
        keys: Keys,
        directory: Directory | None = None,
        state: str = "main.aiops",
        clock: Clock | None = None,
        trail: Trail = untracked,
        report_forged: ReportForged = lambda table, row_id: None,
        undo_seconds: float = 0.0,
        listener: Callable[[ApprovalRequest], None] = lambda request: None,
    ) -> None:
        """Without a `directory`, anybody may be given an approver's role, so a role that can decide is enough."""
        self._policy = policy
        self._clock = clock or SystemClock()
        self._rows = ApprovalRows(warehouse, RowSigner(keys), state, report_forged)
        self._trail = trail
        self._deciders = Deciders(policy, directory, self._clock)
        self._drafts = Drafts(self._clock, undo_seconds)
        self._listener = listener
        """Told of each request that was made, approved or rejected."""
        self._consumption = Consumption(self._rows, policy, directory, self._clock, trail)
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    # -- making and reading -----------------------------------------------------------------------------------

    def request(
        self, proposal: Proposal, *, request_id: str | None = None, evidence: Evidence | None = None
    ) -> ApprovalRequest:
        """Ask for approval; the request is durable when this returns.

        `request_id` makes a repeated call harmless: the first row of an id counts. A written rule approves it at once
        where it says so and `evidence`, as evaluators stored it, gives enough confidence. Raises AccessDenied when the
        role may not ask for it, or when nobody but the requester could approve.
        """
        action = KIND_ACTIONS[proposal.kind]
        resource = proposal.target if proposal.kind == "execution" else None
        ruling = self._policy.decide(proposal.requester_role, action, resource=resource)
        if not ruling.permitted:
            raise AccessDenied(ruling.sentence)
        rule = self._policy.approval_rule(proposal.kind, proposal.risk)
        automatic = rule.approves(proposal.risk, evidence.confidence if evidence else None)
        if not automatic:
            self._deciders.require_approver(proposal.requester, rule)
        rule_ids = tuple(sorted({*proposal.rule_ids, *ruling.rule_ids, rule.id}))
        row = self._drafts.request_row(proposal, rule, rule_hashes(self._policy, rule_ids), request_id)
        reach("before_request")
        written = self._rows.add(REQUESTS, [row])[0]
        self._rows.add(GRANTS, [{name: row[name] for name in ("request_id", "digest", "created_at")}])
        reach("after_request")
        made = self._read(written)
        self._note("approval.requested", made, proposal.requester, proposal.requester_role, {"rule": rule.id})
        if automatic and evidence:
            return self._approve_by_rule(made, rule, evidence)
        self._listener(made)
        return made

    def get(self, request_id: str) -> ApprovalRequest:
        """The request as it stands now; raises NotFound, or ApprovalForged for a row that was tampered with."""
        now = self._clock.now()
        return standing(self._rows.find(request_id, now).request, now)

    def list(
        self, *, status: str | None = None, requester: str | None = None, **chosen: Any
    ) -> tuple[ApprovalRequest, ...]:
        """A page of requests, newest first: of one status or requester where given; see Filter for the rest."""
        now = self._clock.now()
        openness = "open" if status in ("pending", "approved") else ("closed" if status else "")
        found = self._rows.page(Filter(openness=openness, requester=requester or "", **chosen), now).requests
        requests = (standing(request, now) for request in found)
        return tuple(request for request in requests if status is None or request.status == status)

    def page(self, chosen: Filter) -> tuple[ApprovalRequest, ...]:
        """A page of everybody's requests, newest first, each as it stands now. One statement."""
        now = self._clock.now()
        return tuple(standing(request, now) for request in self._rows.page(chosen, now).requests)

    def queue(self, chosen: Filter, user_id: str, role: str) -> Queue:
        """A page of what this person may see, and the counts of all of it. One statement.

        What is listed as open is so as the rows that are signed say; what an unsigned row would close is among the
        closed ones, as what it is.
        """
        now = self._clock.now()
        held = self._deciders.held(user_id, role)
        deciding = role if role in held and self._deciders.can_decide(role) else ""
        viewer = Viewer(user_id, deciding, sees_all=any(map(self._deciders.sees_all, held)))
        found = self._rows.page(chosen, now, viewer)
        requests = (standing(request, now) for request in found.requests)
        seen = tuple(r for r in requests if self.may_open(r, user_id, role))
        if chosen.openness == "open":
            seen = tuple(r for r in seen if r.status in OPEN)
        counts: dict[str, int] = {}
        if chosen == Filter(openness="open", limit=chosen.limit) and found.open <= chosen.limit:
            # All of it is at hand: what nobody signed is not counted either.
            counts = {
                "open": len(seen),
                "mine": sum(r.requester == user_id for r in seen),
                "to_decide": sum(self._waits_for(r, user_id, role) for r in seen),
            }
        return found.model_copy(update={"requests": seen, **counts})

    def _waits_for(self, request: ApprovalRequest, user_id: str, role: str) -> bool:
        """Whether it waits for a decision of this person, who has not made one."""
        undecided = all(decision.user_id != user_id for decision in request.counting)
        return request.status == "pending" and undecided and self.may_decide(request, user_id, role) is None

    def open(self, request_id: str, user_id: str, role: str | None = None) -> ApprovalRequest:
        """The request for somebody who may see it; NotFound for everybody else, as if there were none."""
        missing = NotFound("There is no such request, or you may not see it.")
        try:
            request = self.get(request_id)
        except NotFound:
            raise missing from None
        except ApprovalForged:
            if any(map(self._deciders.sees_all, self._deciders.held(user_id, role))):
                raise
            raise missing from None
        if not self.may_open(request, user_id, role):
            raise missing
        return request

    def may_open(self, request: ApprovalRequest, user_id: str, role: str | None = None) -> bool:
        """Whether this person may see it: who asked for it, who decides such a request, who sees all. No statement."""
        return self._deciders.may_open(request, user_id, role)

    def as_of_now(self, request: ApprovalRequest) -> ApprovalRequest:
        """A request that was read before, as it stands by the clock. No statement."""
        return standing(request, self._clock.now())

    # -- deciding ---------------------------------------------------------------------------------------------

    def may_decide(self, request: ApprovalRequest, user_id: str, role: str | None = None) -> str | None:
        """Why this person may not decide this request, as a sentence; None when they may. No statement."""
        return self._deciders.may_decide(request, user_id, role)

    def decide(
        self,
        request_id: str,
        verdict: Literal["approve", "reject"],
        reason: str,
        digest_seen: str,
        user_id: str,
        user_role: str | None = None,
    ) -> ApprovalRequest:
        """Approve or reject; the decision is durable when this returns, and the request as it now stands is given.

        Raises AccessDenied for who may not, ApprovalOutdated when `digest_seen` is not the request's, ApprovalClosed
        (with who and when) when it is not open any more.
        """
        if verdict == "reject" and not reason.strip():
            raise AccessDenied("A rejection needs a reason.", next_step="Say why, so that the requester can do better.")
        with self._one_at_a_time(request_id):
            request = self.get(request_id)
            role = self._require_decider(request, user_id, user_role)
            require_seen(request, digest_seen)
            require_open(request, user_id)
            return self._decide(request, verdict, reason, user_id, role)

    def decide_many(
        self, seen: Mapping[str, str], reason: str, user_id: str, user_role: str | None = None
    ) -> tuple[ApprovalRequest, ...]:
        """Approve several at once, each by the digest that was seen: reads and documents only, at most twenty.

        All or none: raises what `decide` raises for the first that may not be approved.
        """
        if len(seen) > BULK:
            raise AccessDenied(f"At most {BULK} requests may be approved at once; these are {len(seen)}.")
        ready = []
        for request_id, digest in seen.items():
            request = self.get(request_id)
            if (request.kind, request.risk) not in BULK_KINDS and (request.kind, "any") not in BULK_KINDS:
                raise AccessDenied(f"'{request.title}' may change something; it has to be approved by itself.")
            role = self._require_decider(request, user_id, user_role)
            require_seen(request, digest)
            require_open(request, user_id)
            ready.append((request, role))
        rows = [self._drafts.decision_row(request, "approve", reason, user_id, role) for request, role in ready]
        written = self._rows.add(DECISIONS, rows)
        decided = tuple(self._with(request, row) for (request, _), row in zip(ready, written, strict=True))
        for request in decided:
            last = request.decisions[-1]
            self._note("approval.decided", request, user_id, last.user_role, audited("approve", last.decision_id))
            self._listener(request)
        return decided

    def undo(self, request_id: str, user_id: str) -> ApprovalRequest:
        """Take one's own decision back, before the run has begun; raises ApprovalClosed when it is too late."""
        with self._one_at_a_time(request_id):
            request = self.get(request_id)
            mine = [d for d in request.counting if d.user_id == user_id and d.verdict in ("approve", "reject")]
            if not mine:
                raise AccessDenied("There is no decision of yours to take back.")
            if request.consumed_by is not None:
                raise ApprovalClosed(f"It is too late: the run began at {moment(request.consumed_at)}.")
            last = mine[-1]
            require_time_to_undo(request, last, self._clock.now())
            row = self._drafts.decision_row(request, "undo", "", user_id, last.user_role) | {"undoes": last.decision_id}
            self._rows.add(DECISIONS, [row])
            holder = self._rows.consumer(request_id)
            if holder is not None:  # the run began while this was written down
                raise ApprovalClosed(f"It is too late: the run began at {moment(holder[1])}.")
            undone = tuple(
                d.model_copy(update={"undone": True}) if d.decision_id == last.decision_id else d
                for d in request.decisions
            )
            now = standing(request.model_copy(update={"decisions": undone}), self._clock.now())
            self._note("approval.undone", now, user_id, last.user_role, audited(last.verdict, row["decision_id"]))
            return now

    def withdraw(self, request_id: str, user_id: str, reason: str = "") -> ApprovalRequest:
        """The requester does not want it any more; raises AccessDenied for anybody else, ApprovalClosed when over.

        An approved request may be withdrawn until its run begins.
        """
        with self._one_at_a_time(request_id):
            request = self.get(request_id)
            if request.requester != user_id:
                raise AccessDenied("Only who asked for it may withdraw it.")
            if request.status not in OPEN:
                require_open(request, user_id)
            return self._decide(request, "withdraw", reason, user_id, request.requester_role)

    def supersede(self, request_id: str, by: ApprovalRequest) -> ApprovalRequest:
        """The request `by` is an edit of this one, which is closed with it. By its requester, or who may decide it."""
        with self._one_at_a_time(request_id):
            request = self.get(request_id)
            if by.requester != request.requester:
                self._require_decider(request, by.requester, by.requester_role)
            if request.status != "approved":  # one that was approved and not run may be replaced too
                require_open(request, by.requester)
            reason = SUPERSEDED.format(by.request_id)
            return self._decide(request, "supersede", reason, by.requester, by.requester_role)

    # -- using ------------------------------------------------------------------------------------------------

    def consume(self, request_id: str, digest: str, consumed_by: str) -> Grant:
        """The licence to run exactly what `digest` binds, once.

        `consumed_by` names this one attempt (a new id each time). Raises ApprovalUnusable with what is wrong: not
        approved, expired, already used, other bytes, a rule or a role that changed, an agent that is switched off.
        """
        return self._consumption.consume(request_id, digest, consumed_by)

    # -- inside -----------------------------------------------------------------------------------------------

    def _require_decider(self, request: ApprovalRequest, user_id: str, role: str | None) -> str:
        problem = self.may_decide(request, user_id, role)
        if problem is not None:
            self._note("access.refused", request, user_id, role or "", {"what": "decide", "why": problem})
            raise AccessDenied(problem, next_step="Ask somebody who may decide it.")
        return self._deciders.deciding_role(request, user_id, role)

    def _decide(
        self, request: ApprovalRequest, verdict: Verdict, reason: str, user_id: str, role: str
    ) -> ApprovalRequest:
        reach("before_decide")
        row = self._rows.add(DECISIONS, [self._drafts.decision_row(request, verdict, reason, user_id, role)])[0]
        reach("after_decide")
        decided = self._with(request, row)
        told = {**audited(verdict, row["decision_id"]), "reason": reason.strip()}
        self._note("approval.decided", decided, user_id, role, told)
        if verdict in ("approve", "reject"):
            self._listener(decided)
        return decided

    def _approve_by_rule(self, request: ApprovalRequest, rule: ApprovalRule, evidence: Evidence) -> ApprovalRequest:
        version = rule_hashes(self._policy, [rule.id])[rule.id][:8]
        reason = f"Confidence {evidence.confidence:.2f} from {evidence.source}; the rule asks for {rule.auto_approve}."
        return self._decide(request, "approve", reason, f"policy:{rule.id}@{version}", "policy")

    def _with(self, request: ApprovalRequest, row: Mapping[str, Any]) -> ApprovalRequest:
        names = [name for name in ApprovalDecision.model_fields if name != "undone"]
        decision = ApprovalDecision(**{name: row[name] for name in names})
        return standing(request.model_copy(update={"decisions": (*request.decisions, decision)}), self._clock.now())

    def _read(self, row: Mapping[str, Any]) -> ApprovalRequest:
        return standing(self._rows.read(row), self._clock.now())

    def _note(self, action: str, request: ApprovalRequest, actor: str, role: str, detail: Mapping[str, Any]) -> None:
        self._trail(
            action,
            actor=actor,
            actor_role=role,
            object_kind="approval",
            object_id=request.request_id,
            correlation_id=request.correlation_id,
            session_id=request.session_id,
            detail={
                **detail,
                "kind": request.kind,
                "digest": request.digest,
                "target": request.target,
                "risk": request.risk,
            },
        )

    @contextmanager
    def _one_at_a_time(self, request_id: str) -> Iterator[None]:
        """Two people of one server who decide at once come one after the other, so that the second is told."""
        with self._guard:
            if len(self._locks) > 10_000:
                self._locks = {key: lock for key, lock in self._locks.items() if lock.locked()}
            lock = self._locks.setdefault(request_id, threading.Lock())
        with lock:
            yield
