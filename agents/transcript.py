"""From the signed messages of the bus to the turns of a conversation: each question with its response."""

from __future__ import annotations

from collections.abc import Sequence

from agents.messages import UserRequest, UserResponse
from agents.planning.answer import failed
from core.bus.envelope import FAILURE_KINDS
from core.bus.message import Message
from core.types import ErrorInfo, Response, Turn


def to_turns(messages: Sequence[Message]) -> list[Turn]:
    """Requests of people with their responses, oldest first."""
    replies = {message.reply_to: message for message in messages if message.message_type == "response"}
    turns = []
    for message in messages:
        if message.message_type == "request" and message.content.kind == "user.request":
            reply = replies.get(message.message_id)
            turns.append(
                Turn(
                    correlation_id=message.correlation_id,
                    session_id=message.session_id,
                    user_id=message.user_id,
                    user_role=message.user_role,
                    question=UserRequest.model_validate(message.content.body).question,
                    asked_at=message.timestamp,
                    response=to_response(reply) if reply else None,
                )
            )
    return turns


def to_response(message: Message) -> Response:
    """The response that a message of the orchestrator (or a failure on its behalf) stands for."""
    kind = message.content.kind
    if kind not in FAILURE_KINDS:
        return UserResponse.model_validate(message.content.body).response
    error = ErrorInfo.model_validate(message.content.body["error"])
    response = (
        Response(status="cancelled", answer="Stopped.", reason="You stopped this answer.", error=error)
        if kind == "cancelled"
        else failed(error)
    )
    return response.model_copy(update={"session_id": message.session_id, "correlation_id": message.correlation_id})
