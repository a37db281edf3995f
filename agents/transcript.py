"""From the signed messages of the bus to the turns of a conversation: each question with its response."""

from __future__ import annotations

from collections.abc import Sequence

from agents.messages import UserRequest, UserResponse
from agents.planning.answer import failed
from core.bus.envelope import FAILURE_KINDS
from core.bus.message import Message
from core.types import ErrorInfo, Response, Turn


def to_turns(messages: Sequence[Message]) -> list[Turn]:
    """Requests of people with their responses, oldest first.

    A request that was tried again (a replay has the correlation id of the first) is one turn in its first place: until
    the new attempt is answered, with what came of the one before.
    """
    replies = {message.reply_to: message for message in messages if message.message_type == "response"}
    turns: dict[str, Turn] = {}
    for message in messages:
        if message.message_type == "request" and message.content.kind == "user.request":
            turn = turns.setdefault(message.correlation_id, _asked(message))
            reply = replies.get(message.message_id)
            if reply is not None:
                turns[turn.correlation_id] = turn.model_copy(update={"response": to_response(reply)})
    return list(turns.values())


def _asked(message: Message) -> Turn:
    return Turn(
        correlation_id=message.correlation_id,
        session_id=message.session_id,
        user_id=message.user_id,
        user_role=message.user_role,
        question=UserRequest.model_validate(message.content.body).question,
        asked_at=message.timestamp,
    )


def to_response(message: Message) -> Response:
    """The response that a message of the orchestrator (or a failure on its behalf) stands for."""
    kind = message.content.kind
    if kind not in FAILURE_KINDS:
        return UserResponse.model_validate(message.content.body).response
    error = ErrorInfo.model_validate(message.content.body["error"])
    response = (
        Response(status="cancelled", answer="Stopped.", reason=error.message, error=error)
        if kind == "cancelled"
        else failed(error)
    )
    return response.model_copy(update={"session_id": message.session_id, "correlation_id": message.correlation_id})
