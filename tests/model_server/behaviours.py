"""What the endpoint does with one call: an answer, or one of the ways in which real endpoints fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One call as it came."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def words(self) -> str:
        """All texts of the messages."""
        return "\n".join(str(message["content"]) for message in self.body["messages"])

    @property
    def streamed(self) -> bool:
        return bool(self.body.get("stream"))


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = ()  # type: ignore[assignment]
    delay_s: float = 0.0
    stop_after: int | None = None
    """Bytes after which nothing more is sent."""
    hang_s: float = 0.0
    """How long the connection is then held open."""
    drop: bool = False
    """Close the connection without any answer."""


Behaviour = Callable[[Asked], Reply]


def text(content: str, *, finish: str = "stop", counted: bool = True) -> Behaviour:
    """An answer in words; counts four characters as a token."""

    def reply(asked: Asked) -> Reply:
        usage = {"prompt_tokens": len(asked.words) // 4, "completion_tokens": len(content) // 4}
        return (
            _stream(content, finish, usage if counted else None)
            if asked.streamed
            else _whole({"content": content}, finish, usage if counted else None)
        )

    return reply


def json_answer(value: object) -> Behaviour:
    """An answer that is this JSON."""
    return text(json.dumps(value))


def truncated(content: str) -> Behaviour:
    """Cut at the longest length."""
    return text(content, finish="length")


def forgetful(content: str) -> Behaviour:
    """An endpoint that counts no tokens."""
    return text(content, counted=False)


def tool_call(name: str, arguments: str) -> Behaviour:
    """Asks for a tool; `arguments` as they are, JSON or not."""
    call = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": arguments}}
    return lambda asked: _whole({"content": None, "tool_calls": [call]}, "tool_calls", None)


def status(code: int, *, retry_after: str | None = None, body: str = "busy") -> Behaviour:
    """An error status."""
    headers = {"retry-after": retry_after} if retry_after is not None else {}
    return lambda asked: Reply(code, body.encode(), headers)


def refusing_schema(then: Behaviour, *, kinds: tuple[str, ...] = ("json_schema",)) -> Behaviour:
    """Refuses ways to ask for an object, as some local servers do with HTTP 500, and does `then` with the others."""

    def reply(asked: Asked) -> Reply:
        shape = asked.body.get("response_format") or {}
        if shape.get("type") in kinds:
            error = "response_format.type must be text or json_object"
            return Reply(500, json.dumps({"error": {"message": error}}).encode())
        return then(asked)

    return reply


def short_sighted(characters: int, then: Behaviour, *, code: int = 400) -> Behaviour:
    """Refuses what is longer than its context, in the words of a common local server, and does `then` with the rest."""

    def reply(asked: Asked) -> Reply:
        if len(asked.words) <= characters:
            return then(asked)
        said = "the request exceeds the available context size. try increasing the context size"
        error = {"code": code, "message": said, "type": "exceed_context_size_error"}
        return Reply(code, json.dumps({"error": error}).encode())

    return reply


def raw(body: str, *, content_type: str = "application/json") -> Behaviour:
    """These bytes."""
    return lambda asked: Reply(200, body.encode(), {"content-type": content_type})


def slow(then: Behaviour, seconds: float) -> Behaviour:
    """Waits first."""

    def reply(asked: Asked) -> Reply:
        made = then(asked)
        return Reply(made.status, made.body, made.headers, delay_s=seconds)

    return reply


def stalled(content: str, *, hang_s: float = 30.0) -> Behaviour:
    """Sends half of the answer and then nothing, with the connection open."""

    def reply(asked: Asked) -> Reply:
        made = text(content)(asked)
        return Reply(made.status, made.body, made.headers, stop_after=len(made.body) // 2, hang_s=hang_s)

    return reply


def broken_off(content: str) -> Behaviour:
    """Sends half of the answer and closes."""

    def reply(asked: Asked) -> Reply:
        made = text(content)(asked)
        return Reply(made.status, made.body, made.headers, stop_after=len(made.body) // 2)

    return reply


def dropped() -> Behaviour:
    """Closes the connection without an answer."""
    return lambda asked: Reply(drop=True)


def _whole(message: Mapping[str, Any], finish: str, usage: Mapping[str, int] | None) -> Reply:
    data: dict[str, Any] = {
        "id": "chat-1",
        "model": "loopback-model",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
    }
    if usage is not None:
        data["usage"] = dict(usage)
    return Reply(200, json.dumps(data).encode(), {"content-type": "application/json"})


def _stream(content: str, finish: str, usage: Mapping[str, int] | None) -> Reply:
    pieces = [content[start : start + 7] for start in range(0, len(content), 7)]
    events: list[dict[str, Any]] = [
        {"model": "loopback-model", "choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces
    ]
    events.append({"model": "loopback-model", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage is not None:
        events.append({"model": "loopback-model", "choices": [], "usage": dict(usage)})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]
    return Reply(200, "".join(lines).encode(), {"content-type": "text/event-stream"})
