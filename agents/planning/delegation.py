"""One step handed to another agent over the bus: planned, sent, awaited, and closed in the plan with its seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from agents.base import Context
from agents.planning.plan import Plan
from core.bus import PendingReply, new_request
from core.bus.envelope import FAILURE_KINDS
from core.bus.message import Content, Message
from core.errors import Cancelled, RequestExpired
from core.ids import derived_id
from core.types import ErrorInfo, Frozen

if TYPE_CHECKING:
    from core.bus import Bus

Reply = TypeVar("Reply", bound=Frozen)
_GRACE_S = 5.0
"""Beyond a step's time: the bus says itself that it is over."""


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
        """The typed answer of `agent`; raises StepFailed, Cancelled, or RequestExpired after `timeout_s` seconds."""
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
            message = _in_time(pending, timeout_s)
        except BaseException:
            self._plan.end(number, "cancelled" if self._context.cancellation.cancelled else "failed")
            raise
        finally:
            forget()
        if message.content.kind in FAILURE_KINDS:
            self._plan.end(number, "cancelled" if message.content.kind == "cancelled" else "failed")
            raise _failure(message, timeout_s)
        self._plan.end(number)
        return reply.model_validate(message.content.body)


def _in_time(pending: PendingReply, timeout_s: float) -> Message:
    """The reply. The bus ends the request at the same moment; its own answer comes a little after it."""
    try:
        return pending.result(timeout_s + _GRACE_S)
    except TimeoutError as error:
        pending.cancel()
        raise _expired(pending.request.to_agent, timeout_s) from error


def _failure(message: Message, timeout_s: float) -> Exception:
    error = ErrorInfo.model_validate(message.content.body["error"])
    if message.content.kind == "expired":
        return _expired(message.from_agent, timeout_s)
    if message.content.kind == "cancelled" or error.code in {"cancelled", "statement_cancelled"}:
        return Cancelled(error.message, next_step=error.next_step)
    return StepFailed(error)


def _expired(agent: str, seconds: float) -> RequestExpired:
    return RequestExpired(
        f"{agent} did not answer within {seconds:.0f} seconds.",
        next_step="Ask again, or for less at once; `python3 -m app doctor` says how every part does.",
    )
