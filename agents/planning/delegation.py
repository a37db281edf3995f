"""One step handed to another agent over the bus: planned, sent, awaited, and closed in the plan with its seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from agents.base import Context
from agents.planning.plan import Plan
from core.bus import new_request
from core.bus.envelope import FAILURE_KINDS
from core.bus.message import Content
from core.errors import Cancelled, RequestExpired
from core.ids import derived_id
from core.types import ErrorInfo, Frozen

if TYPE_CHECKING:
    from core.bus import Bus

Reply = TypeVar("Reply", bound=Frozen)


class StepFailed(Exception):
    """An agent answered with an error; the turn decides what the person is told."""

    def __init__(self, error: ErrorInfo) -> None:
        super().__init__(error.message)
        self.error = error


class Delegation:
    """Sends the steps of one turn. The ids of its requests follow from the turn's own request and the step's number,
    so that a turn taken over after a crash finds the answers that were already given.
    """

    def __init__(self, bus: Bus, plan: Plan, context: Context, sender: str) -> None:
        self._bus = bus
        self._plan = plan
        self._context = context
        self._sender = sender

    def ask(self, agent: str, kind: str, body: Frozen, reply: type[Reply], timeout_s: float) -> Reply:
        """The typed answer of `agent`; raises StepFailed, Cancelled or RequestExpired."""
        number = self._plan.add(agent, kind)
        self._plan.start(number)
        root = self._context.message
        request = new_request(
            from_agent=self._sender,
            to_agent=agent,
            content=Content.of(kind, body),
            session_id=root.session_id,
            user_id=root.user_id,
            user_role=root.user_role,
            correlation_id=root.correlation_id,
            priority=root.priority,
            expires_in_s=timeout_s,
            message_id=derived_id(root.message_id, f"{number}:{kind}"),
        )
        pending = self._bus.request(request)
        forget = self._context.cancellation.on_cancel(pending.cancel)
        try:
            message = pending.result(timeout_s)
        except BaseException:
            self._plan.end(number, "cancelled" if self._context.cancellation.cancelled else "failed")
            raise
        finally:
            forget()
        if message.content.kind in FAILURE_KINDS:
            self._plan.end(number, "cancelled" if message.content.kind == "cancelled" else "failed")
            raise _failure(message.content)
        self._plan.end(number)
        return reply.model_validate(message.content.body)


def _failure(content: Content) -> Exception:
    error = ErrorInfo.model_validate(content.body["error"])
    if content.kind == "cancelled" or error.code in {"cancelled", "statement_cancelled"}:
        return Cancelled(error.message, next_step=error.next_step)
    if content.kind == "expired":
        return RequestExpired(error.message, next_step=error.next_step)
    return StepFailed(error)
