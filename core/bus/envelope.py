"""Makes messages, and turns them into rows of `agent_messages` and back.

The text of `content` is kept exactly as stored, because the signature covers it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from core.bus.message import Content, Message
from core.clock import Clock, SystemClock, not_before
from core.errors import PlatformError
from core.ids import derived_id, new_id
from core.types import ErrorInfo
from core.warehouse.port import Row, Value

COLUMNS = tuple(Message.model_fields)
FAILURE_KINDS = frozenset({"error", "expired", "cancelled"})
_CLOCK = SystemClock()


def new_request(
    *,
    from_agent: str,
    to_agent: str,
    content: Content,
    session_id: str,
    user_id: str,
    user_role: str,
    correlation_id: str | None = None,
    priority: int = 5,
    expires_in_s: float | None = None,
    message_id: str | None = None,
    clock: Clock = _CLOCK,
) -> Message:
    """A request. Without `correlation_id` it begins a correlation of its own, named by its message id.

    A requester that may run twice passes `message_id=derived_id(its own request, step)`: the second run finds the
    first run's answer.
    """
    now = clock.now()
    message_id = message_id or new_id(clock)
    return Message(
        message_id=message_id,
        from_agent=from_agent,
        to_agent=to_agent,
        message_type="request",
        content=content,
        timestamp=now,
        correlation_id=correlation_id or message_id,
        priority=priority,
        session_id=session_id,
        user_id=user_id,
        user_role=user_role,
        expires_at=None if expires_in_s is None else now + timedelta(seconds=expires_in_s),
    )


def replay_of(original: Message, message_id: str, *, clock: Clock = _CLOCK) -> Message:
    """The same request once more, asked now under another id; its expiry is as far away as it was."""
    now = clock.now()
    allowed = None if original.expires_at is None else original.expires_at - original.timestamp
    fresh: dict[str, Any] = {
        "message_id": message_id,
        "timestamp": now,
        "expires_at": None if allowed is None else now + allowed,
        "process_id": "",
        "key_id": "",
        "signature": "",
    }
    return original.model_copy(update=fresh)


def response_to(request: Message, agent: str, content: Content, *, clock: Clock = _CLOCK) -> Message:
    """The answer of `agent` to `request`. Its id follows from both, so that there is only ever one."""
    return Message(
        message_id=derived_id(request.message_id, agent),
        from_agent=agent,
        to_agent=request.from_agent,
        message_type="response",
        content=content,
        timestamp=not_before(clock.now(), request.timestamp),
        correlation_id=request.correlation_id,
        priority=request.priority,
        reply_to=request.message_id,
        session_id=request.session_id,
        user_id=request.user_id,
        user_role=request.user_role,
    )


def failure(error: PlatformError, kind: str = "error") -> Content:
    """What a requester gets instead of an answer; `kind` is error, expired or cancelled."""
    info = ErrorInfo(code=error.code, message=error.message, next_step=error.next_step, retryable=error.retryable)
    return Content(kind=kind, body={"error": info.model_dump(mode="json")})


def failure_of(message: Message) -> ErrorInfo | None:
    """What went wrong, when `message` is a response of kind error, expired or cancelled; else None."""
    if message.message_type != "response" or message.content.kind not in FAILURE_KINDS:
        return None
    return ErrorInfo.model_validate(message.content.body["error"])


def to_row(message: Message) -> Row:
    """The row of `agent_messages` for `message`."""
    row: dict[str, Value] = {name: getattr(message, name) for name in COLUMNS if name != "content"}
    row["content"] = content_text(message.content)
    return {name: row[name] for name in COLUMNS}


def from_row(row: Row) -> Message:
    """The message of a verified row."""
    fields: dict[str, Any] = {name: row.get(name) for name in COLUMNS}
    fields["content"] = Content.model_validate_json(str(row["content"]))
    fields["timestamp"] = utc(row["timestamp"])
    fields["expires_at"] = None if row["expires_at"] is None else utc(row["expires_at"])
    return Message(**fields)


def content_text(content: Content) -> str:
    """`content` as compact JSON with sorted keys, as it is stored and signed."""
    return canonical({"kind": content.kind, "schema_version": content.schema_version, "body": content.body})


def canonical(value: object) -> str:
    """JSON in one form only: sorted keys, no spaces, no escapes beyond what JSON requires."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def utc(value: Value) -> datetime:
    """A timestamp of the warehouse as an aware UTC datetime; raises TypeError for anything else."""
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is not a timestamp")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
