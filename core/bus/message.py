"""The envelope of the bus: the brief's eight fields, then what the platform needs beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from core.types import Frozen

MessageType = Literal["request", "response", "event"]
SCHEMA_VERSION = 1


class Content(Frozen):
    """What travels: `kind` names the body's type ('data.query', 'user.request', 'error'), `body` is its JSON."""

    kind: str
    schema_version: int = SCHEMA_VERSION
    body: dict[str, Any]

    @classmethod
    def of(cls, kind: str, body: BaseModel) -> Content:
        """A typed body as content."""
        return cls(kind=kind, body=body.model_dump(mode="json"))


class Message(Frozen):
    """One row of `agent_messages`. `timestamp` and `expires_at` are UTC; priority 10 is most urgent."""

    message_id: str
    from_agent: str
    to_agent: str
    message_type: MessageType
    content: Content
    timestamp: datetime
    correlation_id: str
    priority: int = Field(default=5, ge=1, le=10)
    reply_to: str | None = None
    """For a response: the id of the request it answers."""
    session_id: str
    user_id: str
    user_role: str
    expires_at: datetime | None = None
    schema_version: int = SCHEMA_VERSION
    process_id: str = ""
    """The process that published it and owes its answer; names a row of `process_leases`."""
    key_id: str = ""
    signature: str = ""
    """These three are set by the bus at publication; a reader ignores a row whose signature does not verify."""
