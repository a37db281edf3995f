"""One call on the wire: chat-completions JSON over HTTP, whole or streamed, that ends in time and can be stopped."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from core.errors import Cancelled, ModelAnswerInvalid, ModelUnavailable
from core.llm.port import ToolCall
from core.telemetry.costs import LARGEST_COUNT
from core.types import Cancellation, Tokens

_LARGEST = 4 * 1024 * 1024
"""Bytes of an answer; an endpoint that sends more is broken."""


@dataclass
class Answer:
    """What one call brought."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tokens: Tokens | None = None
    model: str = ""
    finish_reason: str = "stop"


class Lost(ModelUnavailable):
    """It was sent, and no whole answer came back: what it took, and so what it cost, nobody here knows."""


class Refused(Exception):
    """The endpoint answered with an error status; `retry_after_s` is what it asked to wait."""

    def __init__(self, status: int, body: str, retry_after_s: float | None) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.body, self.retry_after_s = status, body, retry_after_s


@dataclass
class Deadline:
    """When a call must be over."""

    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def check(self) -> None:
        """Raises ModelUnavailable when the time is over."""
        if self.left <= 0:
            raise Lost(
                f"The language model did not finish within {self.seconds:.0f} seconds.",
                next_step="Ask again for less, take a faster model, or raise models.seconds in config/env.*.yaml.",
            )


class Wire:
    """A client to one base address; safe from many threads."""

    def __init__(self, base_url: str, headers: Callable[[], Mapping[str, str]], *, connect_s: float = 5.0) -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = headers
        self._connect_s = connect_s
        limits = httpx.Limits(max_keepalive_connections=0)  # each call has a line of its own, to be hung up alone
        self._client = httpx.Client(follow_redirects=False, trust_env=False, limits=limits)

    def close(self) -> None:
        self._client.close()

    def send(
        self,
        body: Mapping[str, Any],
        deadline: Deadline,
        cancellation: Cancellation | None,
        on_text: Callable[[str], None] | None,
    ) -> Answer:
        """The answer; raises Refused for an error status, ModelUnavailable, ModelAnswerInvalid and Cancelled."""
        try:
            with self._open(body, deadline, cancellation) as response:
                if response.status_code != 200:
                    raw = _read(response, deadline)
                    raise Refused(response.status_code, raw, _retry_after(response.headers.get("retry-after")))
                if on_text is not None and "event-stream" in response.headers.get("content-type", ""):
                    return _streamed(_lines(response, deadline), on_text)
                return _whole(_read(response, deadline), on_text)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            if cancellation is not None and cancellation.cancelled:
                raise Cancelled("You stopped this answer.") from error
            deadline.check()
            kind = ModelUnavailable if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else Lost
            raise kind(f"The language model cannot be reached ({type(error).__name__}).") from error

    def _credentials(self) -> dict[str, str]:
        """The headers that say who asks; what went wrong with them is not repeated, it may hold a secret."""
        try:
            return dict(self._headers())
        except (ValueError, OSError) as error:
            raise ModelUnavailable(
                f"There are no credentials for the language model ({type(error).__name__}).",
                next_step="Check the sign-in of the workspace, or the endpoint's key.",
            ) from None

    @contextmanager
    def _open(
        self, body: Mapping[str, Any], deadline: Deadline, cancellation: Cancellation | None
    ) -> Iterator[httpx.Response]:
        _look(cancellation)
        left, line = max(0.05, deadline.left), _Line()
        forget = cancellation.on_cancel(line.hang_up) if cancellation is not None else lambda: None
        timeout = httpx.Timeout(left, connect=min(self._connect_s, left))
        try:
            request = self._client.stream(
                "POST",
                self._url,
                json=body,
                headers=self._credentials(),
                timeout=timeout,
                extensions={"trace": line.trace},
            )
            with request as response:
                yield response
        finally:
            forget()
        _look(cancellation)


class _Line:
    """The connection of one call, so that another thread can hang up while this one waits for an answer."""

    def __init__(self) -> None:
        self._streams: list[Any] = []
        self._hung_up = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Told by the client of what it does; a connection is new for each call."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._streams.append(info["return_value"])
            if self._hung_up:
                self.hang_up()

    def hang_up(self) -> None:
        """End whatever waits on it; closing alone would leave a read waiting."""
        self._hung_up = True
        for stream in self._streams:
            connection = stream.get_extra_info("socket")
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it had ended by itself


def _look(cancellation: Cancellation | None) -> None:
    if cancellation is not None and cancellation.cancelled:
        raise Cancelled("You stopped this answer.")


def _read(response: httpx.Response, deadline: Deadline) -> str:
    found = bytearray()
    for chunk in response.iter_bytes():
        found += chunk
        _bounded(len(found))
        deadline.check()
    return found.decode("utf-8", errors="replace")


def _lines(response: httpx.Response, deadline: Deadline) -> Iterator[str]:
    size = 0
    for line in response.iter_lines():
        size += len(line)
        _bounded(size)
        deadline.check()
        yield line


def _bounded(size: int) -> None:
    if size > _LARGEST:
        raise ModelAnswerInvalid("The language model sent more than an answer can hold.")


def _retry_after(value: str | None) -> float | None:
    try:
        return max(0.0, float(value)) if value is not None else None
    except ValueError:
        return None


def _whole(raw: str, on_text: Callable[[str], None] | None) -> Answer:
    data = _object(raw)
    choice = _first(data)
    message = _part(choice, "message")
    text = _text(message.get("content"))
    if on_text is not None and text:
        on_text(text)
    return Answer(
        text=text,
        tool_calls=_calls(message.get("tool_calls") or []),
        tokens=_tokens(data.get("usage")),
        model=str(data.get("model") or ""),
        finish_reason=str(choice.get("finish_reason") or "stop"),
    )


def _streamed(lines: Iterator[str], on_text: Callable[[str], None]) -> Answer:
    """Server-sent events up to [DONE]; a stream that ends without a finish reason was cut."""
    answer, pieces, calls, finished = Answer(), list[str](), dict[int, dict[str, str]](), False
    for line in lines:
        if not line.startswith("data:"):
            continue
        payload = line[5:].strip()
        if payload == "[DONE]":
            break
        data = _object(payload)
        answer.model = str(data.get("model") or answer.model)
        answer.tokens = _tokens(data.get("usage")) or answer.tokens
        if not data.get("choices"):
            continue
        choice = _first(data)
        delta = _part(choice, "delta")
        piece = _text(delta.get("content"))
        if piece:
            pieces.append(piece)
            on_text(piece)
        _gather(calls, delta.get("tool_calls") or [])
        if choice.get("finish_reason"):
            answer.finish_reason, finished = str(choice["finish_reason"]), True
    if not finished:
        raise Lost("The language model broke off in the middle of its answer.")
    answer.text = "".join(pieces)
    answer.tool_calls = _calls([{"id": call["id"], "function": call} for _, call in sorted(calls.items())])
    return answer


def _gather(calls: dict[int, dict[str, str]], deltas: Any) -> None:
    for delta in deltas if isinstance(deltas, list) else []:
        if not isinstance(delta, dict):
            continue
        call = calls.setdefault(int(delta.get("index") or 0), {"id": "", "name": "", "arguments": ""})
        function = _part(delta, "function")
        call["id"] = str(delta.get("id") or call["id"])
        call["name"] += str(function.get("name") or "")
        call["arguments"] += str(function.get("arguments") or "")


def _object(raw: str) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ModelAnswerInvalid("The language model's endpoint did not answer with JSON.") from error
    if not isinstance(data, dict):
        raise ModelAnswerInvalid("The language model's endpoint did not answer with a JSON object.")
    return data


def _first(data: Mapping[str, Any]) -> dict[str, Any]:
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise ModelAnswerInvalid("The language model's endpoint answered without a choice.")
    return choices[0]


def _part(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _text(content: Any) -> str:
    """A text, or the texts of a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return ""


def _calls(raw: Any) -> tuple[ToolCall, ...]:
    found: list[ToolCall] = []
    for call in raw if isinstance(raw, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not function.get("name"):
            raise ModelAnswerInvalid("The language model asked for a tool without naming it.")
        try:
            arguments = json.loads(function.get("arguments") or "{}")
        except (TypeError, ValueError) as error:
            raise ModelAnswerInvalid("The language model's arguments for a tool are not JSON.") from error
        if not isinstance(arguments, dict):
            raise ModelAnswerInvalid("The language model's arguments for a tool are not an object.")
        found.append(ToolCall(id=str(call.get("id") or ""), name=str(function["name"]), arguments=arguments))
    return tuple(found)


def _tokens(usage: Any) -> Tokens | None:
    """The counts of an answer; None where there are none, or impossible ones: negative, or beyond any model."""
    if not isinstance(usage, dict) or not isinstance(usage.get("prompt_tokens"), int):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    counts = (usage["prompt_tokens"], usage.get("completion_tokens") or 0, cached or 0)
    if not all(isinstance(count, int) and 0 <= count <= LARGEST_COUNT for count in counts):
        return None
    return Tokens(in_=counts[0], out=counts[1], cached=min(counts[2], counts[0]))
