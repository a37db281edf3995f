"""A turn goes on after its request was approved: wait for second thoughts, run it once, tell what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import Context, Ports
from agents.messages import (
    ApprovalRequestBody,
    ApprovalRequestResponse,
    RunApprovedRequest,
    RunApprovedResponse,
)
from agents.planning.answer import NOTHING_RUN, refused
from agents.planning.delegation import Delegation
from core.errors import Cancelled
from core.governance import ApprovalRequest
from core.types import Code, ErrorInfo, Response

_DONE: Mapping[str, str] = {
    "create_table": "Created {target}: {rows}.",
    "replace_table": "Replaced {target}: {rows}.",
    "create_view": "Created the view {target}.",
    "replace_view": "Replaced the view {target}.",
    "alter_view": "Gave the view {target} another query.",
    "insert": "Wrote {rows} into {target}.",
    "insert_overwrite": "Replaced the content of {target} with {rows}.",
    "update": "Changed {rows} of {target}.",
    "delete": "Removed {rows} from {target}.",
    "truncate": "Emptied {target}.",
    "merge": "Merged {rows} into {target}.",
    "merge_delete": "Merged {rows} into {target}.",
    "drop": "Dropped {target}.",
    "drop_view": "Dropped the view {target}.",
    "alter": "Altered {target}.",
    "comment": "Commented {target}.",
    "python": "The code has run.",
    "pyspark": "The code has run.",
}
_READ = "{rows}."
_OWNED = "The whole result is kept for you for 30 days."


class ApprovedRun:
    """Carries out one approved request inside its turn."""

    def __init__(self, ports: Ports, delegation: Delegation, context: Context) -> None:
        self._ports = ports
        self._delegation = delegation
        self._context = context

    def run(self, request_id: str) -> Response:
        """The turn's response; raises what the bus raises, Cancelled when its owner stops it."""
        request = self._ports.rights().approvals.get(request_id)
        if request.requester != self._context.principal.user_id:
            return refused("This request for approval is somebody else's.")
        if self._is_taken_back(request):
            return pending(self._ports.rights().approvals.get(request_id))
        seconds = self._ports.run_seconds + 30
        body = RunApprovedRequest(request=request, taken_over=self._context.taken_over)
        outcome = self._delegation.ask("ExecutionAgent", "execution.run", body, RunApprovedResponse, seconds)
        if outcome.outcome == "changed":
            return self._ask_again(request, outcome)
        if outcome.outcome == "refused":
            now = self._ports.rights().approvals.get(request_id)
            return pending(now) if now.status == "pending" else _not_run(request, outcome)
        return _done(request, outcome) if outcome.outcome == "done" else _broken(request, outcome)

    def _is_taken_back(self, request: ApprovalRequest) -> bool:
        """Wait until the approval can no longer be taken back; whether it was, in this process."""
        left = (request.not_before - self._ports.clock.now()).total_seconds() if request.not_before else 0.0
        if left <= 0:
            return False
        undo = self._ports.telemetry.wait("undo")
        with self._ports.second_thoughts.waiting(request.request_id) as over, undo:
            forget = self._context.cancellation.on_cancel(over.set)
            try:
                woken = over.wait(left)
            finally:
                forget()
        if self._context.cancellation.cancelled:
            raise Cancelled("You stopped this run before it began.")
        return woken

    def _ask_again(self, request: ApprovalRequest, outcome: RunApprovedResponse) -> Response:
        """The tables moved too far since the dry run: a new request, with what it would do now."""
        body = ApprovalRequestBody.model_validate(
            {
                **{name: getattr(request, name) for name in ("language", "statement", "target", "title")},
                "effect": outcome.effect,
                "supersedes": request.request_id,
            }
        )
        seconds = self._ports.step_seconds
        made = self._delegation.ask("GovernanceAgent", "approval.request", body, ApprovalRequestResponse, seconds)
        if made.outcome == "forbidden" or made.approval_id is None:
            return refused(made.reason)
        response = pending(self._ports.rights().approvals.get(made.approval_id))
        return response.model_copy(update={"answer": f"{outcome.reason} {response.answer}"})


def pending(request: ApprovalRequest) -> Response:
    """A request that waits for a decision, as a response."""
    summary = request.effect.get("summary", ())
    return Response(
        status="pending_approval",
        answer=" ".join((*summary, NOTHING_RUN)),
        rung="execution",
        sql=request.statement if request.language == "sql" else None,
        code=_code(request),
        approval_id=request.request_id,
        reason=request.who_decides,
    )


def _done(request: ApprovalRequest, outcome: RunApprovedResponse) -> Response:
    by = request.closed_by
    approved = f" Approved by {by.user_id}." if by else ""
    operation = str(request.effect.get("operation", "read"))
    sentence = _DONE.get(operation, _READ).format(target=request.target or "", rows=_rows(outcome, request.effect))
    whole = outcome.run_id is not None and outcome.rows is not None and (outcome.row_count or 0) > len(outcome.rows)
    more = f" {_OWNED}" if whole else f" {outcome.reason}" if outcome.reason else ""
    printed = f"\n\n{outcome.output}" if outcome.output.strip() else ""
    return _of(request, outcome).model_copy(
        update={"status": "answered", "answer": f"{sentence}{approved}{more}{printed}"}
    )


def _not_run(request: ApprovalRequest, outcome: RunApprovedResponse) -> Response:
    sentence = f"It was not run. {outcome.reason}"
    return _of(request, outcome).model_copy(update={"status": "refused", "answer": sentence, "reason": outcome.reason})


def _broken(request: ApprovalRequest, outcome: RunApprovedResponse) -> Response:
    openings = {
        "failed": "It was approved and run, and it failed.",
        "cancelled": "It was stopped while it ran.",
        "unknown": "It was started, and what became of it is not known. It is never run again by itself.",
    }
    sentence = f"{openings[outcome.outcome]} {outcome.reason}"
    status = "cancelled" if outcome.outcome == "cancelled" else "failed"
    error = outcome.error or ErrorInfo(
        code="outcome_unknown" if outcome.outcome == "unknown" else "statement_failed",
        message=outcome.reason,
        next_step=f"Look at {request.target or 'the tables it touches'} before you ask for it again.",
        retryable=False,
    )
    update: dict[str, Any] = {"status": status, "answer": sentence, "reason": outcome.reason, "error": error}
    return _of(request, outcome).model_copy(update=update)


def _of(request: ApprovalRequest, outcome: RunApprovedResponse) -> Response:
    return Response(
        status="failed",
        rung="execution",
        sql=request.statement if request.language == "sql" else None,
        code=_code(request),
        statement_id=outcome.statement_id,
        columns=outcome.columns,
        rows=outcome.rows,
        row_count=outcome.row_count,
        truncated=outcome.truncated,
        approval_id=request.request_id,
        run_id=outcome.run_id,
    )


def _code(request: ApprovalRequest) -> Code | None:
    if request.language not in ("python", "pyspark"):
        return None
    language = "python" if request.language == "python" else "pyspark"
    return Code(language=language, text=request.statement, explanation="", checks=())  # type: ignore[arg-type]


def _rows(outcome: RunApprovedResponse, effect: Mapping[str, Any]) -> str:
    count = outcome.row_count if outcome.rows is not None else outcome.affected_rows
    if not count and str(effect.get("operation")) in ("create_table", "replace_table"):
        count = effect.get("rows")  # a warehouse does not count what CREATE TABLE AS wrote
    return "1 row" if count == 1 else f"{count:,} rows" if count is not None else "its rows"
