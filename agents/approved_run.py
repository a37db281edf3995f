"""One run of one approved request: everything is looked at again, the licence is taken, the statement runs once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from agents.base import Context, Ports
from agents.code_runs import Ran
from agents.execution_parts import kept
from agents.messages import RunApprovedRequest, RunApprovedResponse
from agents.planning.answer import error_info
from core.codecheck import Review
from core.errors import AgentSwitchedOff, ApprovalError, PlatformError
from core.execution import Run, preview
from core.execution.run_log import RunStatus
from core.faults import reach
from core.governance.approval.proposal import binding
from core.ids import new_id
from core.types import Cancellation, Principal

_log = logging.getLogger(__name__)
_AUDITED: Mapping[str, str] = {
    "done": "run.finished",
    "failed": "run.failed",
    "refused": "run.refused",
    "cancelled": "run.cancelled",
    "unknown": "run.unknown",
}
SWITCH_LOOK_S = 5.0
"""How often a run looks whether its agent was switched off elsewhere; only while something runs."""


@dataclass(frozen=True)
class _Attempt:
    run_id: str
    started_at: datetime


@dataclass(frozen=True)
class Ending:
    """How an attempt ended, for its row."""

    status: RunStatus
    ran: Ran | None = None
    error: PlatformError | None = None
    size: Mapping[str, int] = field(default_factory=dict)


class ApprovedExecution:
    """Made for one run and thrown away after it."""

    def __init__(self, ports: Ports, order: RunApprovedRequest, context: Context) -> None:
        self._ports = ports
        self._request = request = order.request
        self._taken_over = order.taken_over or context.taken_over
        self._context = context
        self._executor = Principal(user_id=request.run_as, role=request.requester_role)
        self._switched_off = ""

    def run(self) -> RunApprovedResponse:
        """How it ended; raises only what keeps it from being tried (a warehouse that is away), before the licence."""
        request = self._request
        review = self._ports.rights().review(request.language, request.statement, request.requester_role)
        problem = self._problem(review)
        if problem is not None:
            return self._refused(problem)
        share = self._ports.rights().policy.approval_rule(request.kind, request.risk).drift_share
        drift = self._ports.execution.drift(request, review, share=share, principal=self._executor)
        if drift.kind == "beyond":
            effect = drift.effect.model_dump(mode="json") if drift.effect else {}
            return RunApprovedResponse(outcome="changed", reason=drift.sentence, effect=effect)
        self._ports.bus.flush()  # whoever takes over from this process must find what it was doing
        self._context.before_effect()
        attempt = _Attempt(new_id(self._ports.clock), self._ports.clock.now())
        try:
            self._ports.rights().approvals.consume(request.request_id, self._digest(review), attempt.run_id)
        except ApprovalError as error:
            return self._lost() or self._refused(error.message)
        return self._carry_out(attempt)

    def _problem(self, review: Review) -> str | None:
        """Why it may not run any more as it was approved; None when it may."""
        if review.verdict == "deny" or review.statement is None:
            return " ".join(review.reasons)
        if review.statement != self._request.statement:
            return "The guard would write this statement otherwise now than when it was approved; ask again."
        try:
            self._ports.switchboard.check("ExecutionAgent")
        except AgentSwitchedOff as off:
            return off.message
        return None

    def _digest(self, review: Review) -> str:
        """Over exactly what is about to run."""
        request = self._request
        fields = {**request.model_dump(), "statement": review.statement}
        if review.target is not None:
            fields["target"] = review.target
        return binding(fields, request.parameters, request.rule_hashes)

    def _carry_out(self, attempt: _Attempt) -> RunApprovedResponse:
        """From here on nothing is raised: whoever tried again would find the licence used."""
        try:
            with self._watched() as cancellation:
                reach("before_run")
                ran = self._ports.execution.run(self._request, attempt.run_id, self._executor, cancellation)
            reach("after_run")
        except PlatformError as error:  # it could not even be begun: no sandbox for it, code with parameters
            return self._without_outcome(attempt, "failed", error)
        except Exception as error:  # noqa: BLE001 - a defect while it ran: nobody can say what became of it
            _log.exception("the run %s broke off", attempt.run_id)
            return self._without_outcome(attempt, "unknown", PlatformError(f"The platform broke off: {error}"))
        return self._ended(attempt, ran)

    def _without_outcome(
        self, attempt: _Attempt, status: Literal["failed", "unknown"], error: PlatformError
    ) -> RunApprovedResponse:
        self._record(attempt, Ending(status, error=error))
        return RunApprovedResponse(
            outcome=status, statement=self._request.statement, reason=error.message, error=error_info(error)
        )

    @contextmanager
    def _watched(self) -> Iterator[Cancellation]:
        """Stop the run when its owner stops it, or when its agent is switched off, here or elsewhere."""
        cancellation, over = Cancellation(), threading.Event()

        def look() -> None:
            while not over.wait(SWITCH_LOOK_S):
                try:
                    self._ports.switchboard.renew()
                    self._ports.switchboard.check("ExecutionAgent")
                except AgentSwitchedOff as off:
                    self._switched_off = off.message
                    cancellation.cancel()
                except PlatformError:  # the warehouse did not answer; the next look comes soon
                    continue

        forget = self._context.cancellation.on_cancel(cancellation.cancel)
        watcher = threading.Thread(target=look, name="switch-watch", daemon=True)
        watcher.start()
        try:
            yield cancellation
        finally:
            over.set()
            forget()

    def _ended(self, attempt: _Attempt, ran: Ran) -> RunApprovedResponse:
        outcome, request = ran.outcome, self._request
        size, lost = self._kept(attempt, ran)
        self._record(attempt, Ending(outcome.status, ran, outcome.error, size))
        shown = preview(outcome.table) if outcome.table is not None else None
        reason = self._switched_off or lost or (outcome.error.message if outcome.error else outcome.note or "")
        return RunApprovedResponse(
            outcome=outcome.status,
            run_id=attempt.run_id if size else None,
            statement=request.statement,
            statement_id=outcome.statement_id,
            columns=shown.columns if shown else (),
            rows=shown.rows if shown else None,
            row_count=outcome.table.num_rows if outcome.table is not None else None,
            truncated=outcome.truncated,
            affected_rows=outcome.affected_rows,
            output=ran.output,
            seconds=(outcome.ended_at - outcome.started_at).total_seconds(),
            reason=reason,
            error=error_info(outcome.error) if outcome.error else None,
        )

    def _kept(self, attempt: _Attempt, ran: Ran) -> tuple[Mapping[str, int], str]:
        """The size of the result as it was kept for its owner, and why it was not."""
        try:
            return kept(self._ports.execution.results, attempt.run_id, self._request.requester, ran), ""
        except PlatformError as error:
            return {}, f"The whole result could not be kept: {error.message}"

    def _record(self, attempt: _Attempt, ending: Ending) -> None:
        """One durable row of the run and one entry of the audit log."""
        request, outcome = self._request, ending.ran.outcome if ending.ran else None
        run = Run.model_validate(
            {
                "run_id": attempt.run_id,
                "kind": "execution",
                "request_id": request.request_id,
                "licence": request.request_id,
                "language": request.language,
                "statement": request.statement,
                "statement_id": outcome.statement_id if outcome else None,
                "user_id": request.requester,
                "user_role": request.requester_role,
                "correlation_id": request.correlation_id,
                "session_id": request.session_id,
                "started_at": attempt.started_at,
                "ended_at": self._ports.clock.now(),
                "status": ending.status,
                "row_count": outcome.table.num_rows if outcome and outcome.table is not None else None,
                "truncated": outcome.truncated if outcome else None,
                "affected_rows": outcome.affected_rows if outcome else None,
                "error_code": ending.error.code if ending.error else None,
                "error": ending.error.message if ending.error else None,
                **ending.size,
            }
        )
        reach("before_run_record")
        try:
            self._ports.execution.runs.record_now(run)
        except PlatformError as error:  # the row is kept and goes with the next flush
            _log.error("that the run %s ended could not be written yet: %s", attempt.run_id, error.message)
        reach("after_run_record")
        detail = {"status": ending.status, "error": ending.error.code if ending.error else ""}
        self._note(_AUDITED[ending.status], attempt.run_id, detail)

    def _lost(self) -> RunApprovedResponse | None:
        """An earlier attempt took the licence and its process ended before it could say how it went."""
        if not self._taken_over:
            return None
        now = self._ports.rights().approvals.get(self._request.request_id)
        if now.consumed_by is None or now.run_status not in (None, "unknown"):
            return None
        attempt = _Attempt(now.consumed_by, now.consumed_at or self._ports.clock.now())
        if now.run_status is None:
            self._record(attempt, Ending("unknown"))
        return RunApprovedResponse(
            outcome="unknown",
            statement=self._request.statement,
            reason=f"The process that ran it from {attempt.started_at:%H:%M:%S} UTC on ended before it was done.",
        )

    def _refused(self, reason: str) -> RunApprovedResponse:
        self._note("access.refused", self._request.request_id, {"what": "run", "why": reason})
        return RunApprovedResponse(outcome="refused", statement=self._request.statement, reason=reason)

    def _note(self, action: str, object_id: str, detail: dict[str, str]) -> None:
        request = self._request
        self._ports.trail(
            action,
            actor="ExecutionAgent",
            actor_role=request.run_as,
            object_kind="run" if action.startswith("run.") else "approval",
            object_id=object_id,
            correlation_id=request.correlation_id,
            session_id=request.session_id,
            detail={**detail, "request": request.request_id, "digest": request.digest},
        )
