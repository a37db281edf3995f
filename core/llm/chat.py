"""The adapter: any endpoint that speaks OpenAI-style chat completions (Databricks serving, AI Gateway, local servers).

A list of models in order of preference is resolved as it is used: one that the endpoint does not know gives way to the
next. What an endpoint does not understand of the way an object is asked for is remembered and asked in another way.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from core.clock import Clock, SystemClock
from core.errors import (
    BudgetExhausted,
    Cancelled,
    ModelAnswerInvalid,
    ModelContextExceeded,
    ModelError,
    ModelUnavailable,
)
from core.llm.breaker import Breaker
from core.llm.port import Allowance, ChatMessage, Completion, PromptRef, Sampling, ToolSpec
from core.llm.shape import DIALECTS, Dialect, asked_in_words, once_more, parsed, refuses_shape, response_format
from core.llm.wire import Answer, Deadline, Lost, Refused, Wire
from core.telemetry import Span, Telemetry
from core.types import Cancellation, Frozen, Tokens

_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
_UNKNOWN = frozenset((404,))
_LONGER = re.compile(
    r"context[ _-]?(length|size|window)|maximum context|n_ctx|prompt is too long|input is too long", re.IGNORECASE
)
_FINISHES = frozenset(("stop", "length", "tool_calls", "content_filter"))


class ChatOptions(Frozen):
    """How patient the adapter is."""

    seconds: float = 60.0
    """The longest that one call may take, its repetitions included."""
    connect_seconds: float = 5.0
    attempts: int = 3
    longest_wait_seconds: float = 10.0
    """What an endpoint may ask to wait; one that asks for longer counts as unavailable."""


@dataclass
class _Call:
    """What stays the same over the attempts of one call."""

    messages: Sequence[ChatMessage]
    sampling: Sampling
    tools: Sequence[ToolSpec]
    deadline: Deadline
    cancellation: Cancellation | None
    on_text: Callable[[str], None] | None
    schema: Mapping[str, Any] | None = None
    spent: list[Tokens | None] = field(default_factory=list)
    estimates: list[Tokens] = field(default_factory=list)
    """Of the answers that the endpoint did not count."""
    lost: bool = False
    """Whether one was sent whose answer never came: stopped, too slow or broken off."""


class ChatModel:
    """One endpoint and the models to ask there, the preferred first; safe from many threads."""

    def __init__(
        self,
        base_url: str,
        models: Sequence[str],
        headers: Callable[[], Mapping[str, str]],
        telemetry: Telemetry,
        *,
        options: ChatOptions = ChatOptions(),  # noqa: B008 (immutable)
        clock: Clock | None = None,
        provider: str = "",
    ) -> None:
        """`provider` is whose prices count: 'databricks', 'openai'; without one it is the address's host."""
        if not models:
            raise ValueError("a language model needs a name")
        self._models = tuple(dict.fromkeys(models))
        self._at = 0
        self._dialect = 0
        self._asked = False
        self._options = options
        self._telemetry = telemetry
        self._breaker = Breaker(clock or SystemClock())
        self._wire = Wire(base_url, headers, connect_s=options.connect_seconds)
        self._counts_streams = True
        self.provider = provider or httpx.URL(base_url).host

    @property
    def name(self) -> str:
        return self._models[self._at]

    @property
    def failures(self) -> int | None:
        """How many calls in a row have failed by now; None while there was none."""
        return self._breaker.failures if self._asked else None

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def complete(
        self,
        messages: Sequence[ChatMessage],
        *,
        prompt: PromptRef,
        allowance: Allowance,
        sampling: Sampling = Sampling(),  # noqa: B008 (immutable)
        schema: Mapping[str, Any] | None = None,
        tools: Sequence[ToolSpec] = (),
        on_text: Callable[[str], None] | None = None,
        cancellation: Cancellation | None = None,
        timeout_s: float | None = None,
    ) -> Completion:
        """See `LanguageModel.complete`."""
        deadline = Deadline(min(timeout_s or self._options.seconds, self._options.seconds))
        call = _Call(messages, sampling, tools, deadline, cancellation, on_text, schema)
        started = time.monotonic()
        with self._telemetry.span("chat", kind="model", prompt_version=f"{prompt.name}@{prompt.version}") as span:
            span.set(prompt_hash=prompt.hash, provider=self.provider, model=self.name)
            span.content(input=[message.model_dump(exclude_none=True) for message in messages])
            try:
                answer, value = self._answered(call, allowance)
                span.set(response_model=answer.model or None, finish_reason=answer.finish_reason)
                span.content(output=answer.text)
            finally:
                _note(span, call, self.name)
        return Completion(
            text=answer.text,
            parsed=value,
            tool_calls=answer.tool_calls,
            tokens=_sum(call.spent),
            model=answer.model or self.name,
            finish_reason=answer.finish_reason if answer.finish_reason in _FINISHES else "stop",  # type: ignore[arg-type]
            seconds=round(time.monotonic() - started, 4),
        )

    def _answered(self, call: _Call, allowance: Allowance) -> tuple[Answer, Mapping[str, Any] | None]:
        """The answer, and the object in it; asked once more when it does not fit."""
        answer = self._once(call, allowance)
        if call.schema is None:
            return answer, None
        try:
            return answer, _fitting(answer, call.schema)
        except ModelAnswerInvalid as misfit:
            call.messages = once_more(call.messages, answer.text, misfit.message)
            try:
                again = self._once(call, allowance)
            except (ModelContextExceeded, BudgetExhausted):
                raise misfit from None  # what went wrong first; the question alone was neither too long nor too much
            return again, _fitting(again, call.schema)

    def _once(self, call: _Call, allowance: Allowance) -> Answer:
        """One answer within the allowance; what it used is told whatever comes of it."""
        allowance.check()
        before = len(call.spent)
        try:
            answer = self._attempts(call)
            call.spent.append(answer.tokens)
            if answer.tokens is None:
                call.estimates.append(estimated(call.messages, answer))
            return answer
        except (Lost, Cancelled):
            call.lost = True
            raise
        finally:
            if len(call.spent) == before:
                call.spent.append(None)
            allowance.spend(call.spent[-1], self.name)

    def _attempts(self, call: _Call) -> Answer:
        failure: ModelUnavailable | None = None
        self._asked = True
        for attempt in range(1, self._options.attempts + 1):
            self._breaker.check()
            try:
                answer = self._in_some_dialect(call)
            except Refused as refusal:
                if refusal.status not in _AGAIN or _too_long(refusal):
                    self._breaker.succeeded()  # it is there, it only does not want this
                    raise _refused(refusal) from refusal
                failure, wait = _unavailable(refusal), refusal.retry_after_s
            except ModelUnavailable as error:
                failure, wait = error, None
            except ModelAnswerInvalid:
                self._breaker.succeeded()  # nonsense, but it answers
                raise
            except BaseException:
                self._breaker.stopped()
                raise
            else:
                self._breaker.succeeded()
                return answer
            self._breaker.failed()
            if attempt < self._options.attempts:
                self._pause(call, wait if wait is not None else 0.25 * 2**attempt, failure)
        assert failure is not None
        raise failure

    def _pause(self, call: _Call, seconds: float, failure: ModelUnavailable) -> None:
        """Wait as asked, unless that is longer than anyone waits; ends at once when a person stops it."""
        if seconds > min(self._options.longest_wait_seconds, max(0.0, call.deadline.left)):
            raise failure
        if call.cancellation is None:
            time.sleep(seconds)
            return
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if call.cancellation.cancelled:
                raise Cancelled("You stopped this answer.")
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))

    def _in_some_dialect(self, call: _Call) -> Answer:
        """Sent as the endpoint understands it; a model that it does not know gives way to the next."""
        while True:
            model, dialect = self._at, self._dialect
            try:
                return self._wire.send(
                    self._body(call, DIALECTS[dialect]), call.deadline, call.cancellation, call.on_text
                )
            except Refused as refusal:
                if (
                    call.schema is not None
                    and refuses_shape(refusal.status, refusal.body)
                    and dialect + 1 < len(DIALECTS)
                ):
                    self._dialect = max(self._dialect, dialect + 1)
                elif self._counts_streams and call.on_text is not None and "stream_options" in refusal.body:
                    self._counts_streams = False
                elif refusal.status in _UNKNOWN and model + 1 < len(self._models):
                    self._at = max(self._at, model + 1)
                else:
                    raise

    def _body(self, call: _Call, dialect: Dialect) -> dict[str, Any]:
        messages = call.messages if call.schema is None else asked_in_words(call.messages, dialect, call.schema)
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [message.model_dump(exclude_none=True) for message in messages],
            "temperature": call.sampling.temperature,
            "max_tokens": call.sampling.max_tokens,
        }
        shape = response_format(dialect, call.schema) if call.schema is not None else None
        if shape is not None:
            body["response_format"] = shape
        if call.tools:
            body["tools"] = [{"type": "function", "function": tool.model_dump()} for tool in call.tools]
        if call.on_text is not None:
            body["stream"] = True
            if self._counts_streams:
                body["stream_options"] = {"include_usage": True}
        return body


def _fitting(answer: Answer, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if answer.finish_reason == "length":
        raise ModelAnswerInvalid("The answer was cut at its longest length, so it is not whole.")
    return parsed(answer.text, schema)


def _too_long(refusal: Refused) -> bool:
    """Whether it says that the messages are longer than its context; some servers do so with HTTP 500."""
    return refusal.status in (400, 413, 422, 500) and _LONGER.search(refusal.body) is not None


def _refused(refusal: Refused) -> ModelError:
    if _too_long(refusal):
        return ModelContextExceeded("The question and its tables are longer than the language model can read.")
    return _unavailable(refusal)


def _unavailable(refusal: Refused) -> ModelUnavailable:
    """The error without the endpoint's own words: they may repeat what was sent."""
    if refusal.status in (401, 403):
        step = "Check the key or the right to query the endpoint."
        return ModelUnavailable(
            f"The language model's endpoint refused the caller (HTTP {refusal.status}).", next_step=step
        )
    if refusal.status == 429:
        return ModelUnavailable("The language model's endpoint takes no more calls right now (HTTP 429).")
    return ModelUnavailable(f"The language model's endpoint answered with HTTP {refusal.status}.")


def _sum(spent: Sequence[Tokens | None]) -> Tokens | None:
    """The counted tokens of all attempts; None when one was not counted."""
    counted = [tokens for tokens in spent if tokens is not None]
    if not counted or len(counted) < len(spent):
        return None
    return Tokens(
        in_=sum(tokens.in_ for tokens in counted),
        out=sum(tokens.out for tokens in counted),
        cached=sum(tokens.cached for tokens in counted),
    )


def estimated(messages: Sequence[ChatMessage], answer: Answer) -> Tokens:
    """What a call took where nobody counted: four characters a token, as English text has about."""
    asked = sum(len(message.content) for message in messages)
    return Tokens(in_=-(-asked // 4), out=-(-len(answer.text) // 4))


def _note(span: Span, call: _Call, model: str) -> None:
    """What the call used, on its span: counted, and estimated (and marked so) where the endpoint does not count.

    Attempts that brought no answer and no count are not guessed at: where there is nothing else, the call is unpriced.
    """
    known = [tokens for tokens in call.spent if tokens is not None] + call.estimates
    span.set(model=model, calls=len(call.spent))
    if call.estimates:
        span.set(tokens_estimated=True)
    if call.lost and not known:
        span.set(tokens_missing="no answer came back")
    if known:
        total = _sum(known) or Tokens()
        span.set(tokens_in=total.in_, tokens_out=total.out, tokens_cached=total.cached)
