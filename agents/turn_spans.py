"""The root span of each turn, and the waits between a turn and what a person does next."""

from __future__ import annotations

from collections import Counter, OrderedDict

from core.governance import ApprovalRequest
from core.telemetry import Telemetry, point_id, trace_id, within
from core.types import Principal, Response

TURN = "turn"
"""The name of a turn's root span."""
_REMEMBERED = 10_000


class TurnSpans:
    """Begins and ends the roots. A turn that waits for an approval ends; it goes on as a second root of its trace."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._asked: Counter[str] = Counter()
        """How often this process began to wait for a request's approval: it can be taken back and given again."""
        self._unclear: OrderedDict[str, str] = OrderedDict()
        """Conversation -> the question in it that was answered with a question."""

    def begins(self, correlation_id: str, session_id: str, principal: Principal, question: str | None = None) -> None:
        """The root of a turn; its time counts from now."""
        user, role = principal.user_id, principal.role
        self._telemetry.begin(
            correlation_id, TURN, session_id=session_id, user_id=user, user_role=role, agent="OrchestratorAgent"
        )
        self._telemetry.note(correlation_id, input=question)
        unclear = self._unclear.pop(session_id, None)
        if unclear is not None:
            begun, ended = _ends("clarification", unclear)
            with within(correlation_id):
                self._telemetry.point(ended, "clarification ends", begun, linked_trace_id=trace_id(unclear))

    def goes_on(self, request: ApprovalRequest) -> None:
        """The second root of a turn whose request was approved."""
        who = Principal(user_id=request.requester, role=request.requester_role)
        self.begins(request.correlation_id, request.session_id, who, request.title)
        begun, ended = self._approval(request.request_id)
        with within(request.correlation_id):
            self._telemetry.point(ended, "approval ends", begun, approval_id=request.request_id)

    def ends(self, session_id: str, response: Response) -> None:
        """The root ends as its response says; a response that waits for a person begins a wait."""
        correlation = response.correlation_id
        self._begin_wait(session_id, response)
        self._telemetry.note(correlation, output=response.answer or response.reason or None)
        failed = response.error is not None or response.status == "failed"
        self._telemetry.end(
            correlation,
            outcome=response.status,
            rung=response.rung,
            status="cancelled" if response.status == "cancelled" else "error" if failed else "ok",
            error_code=response.error.code if response.error else None,
        )

    def _begin_wait(self, session_id: str, response: Response) -> None:
        with within(response.correlation_id):
            if response.status == "pending_approval" and response.approval_id:
                self._asked[response.approval_id] += 1
                begun, ended = self._approval(response.approval_id)
                self._telemetry.point(begun, "approval begins", ended, approval_id=response.approval_id)
            elif response.status == "needs_clarification" and session_id:
                begun, ended = _ends("clarification", response.correlation_id)
                self._telemetry.point(begun, "clarification begins", ended)
                self._unclear[session_id] = response.correlation_id
                while len(self._unclear) > _REMEMBERED:
                    self._unclear.popitem(last=False)

    def _approval(self, request_id: str) -> tuple[str, str]:
        """The ids of both ends; another process than the one that asked knows them too."""
        return _ends("approval", request_id, max(1, self._asked[request_id]))


def _ends(*what: object) -> tuple[str, str]:
    return point_id(*what, "begins"), point_id(*what, "ends")
