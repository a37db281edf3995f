"""The port to a language model: messages in, one completion out, within an allowance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from core.types import Cancellation, Frozen, Tokens


class ChatMessage(Frozen):
    """One message of a conversation with a model; what people and tables said is always role `user`."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_call_id: str | None = None


class ToolSpec(Frozen):
    """A tool that a model may ask for; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


class ToolCall(Frozen):
    """What a model asks to be done. It is a wish: rights and guards decide whether it happens."""

    id: str
    name: str
    arguments: Mapping[str, Any]


class PromptRef(Frozen):
    """The prompt version that a call was made with; it goes on the call's span."""

    name: str
    version: int
    hash: str
    """sha256 of the template, the first 12 hex digits."""


class Sampling(Frozen):
    """How an answer is drawn; a prompt version fixes it."""

    temperature: float = 0.0
    max_tokens: int = 1024
    """The longest answer, in tokens."""


class Completion(Frozen):
    """What came back."""

    text: str
    parsed: Mapping[str, Any] | None = None
    """The object, valid against the schema that was asked for; None when none was."""
    tool_calls: tuple[ToolCall, ...] = ()
    tokens: Tokens | None
    """What the endpoint counted, over all attempts; None where it counts nothing."""
    model: str
    """The model that answered, as the endpoint names it."""
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter"]
    seconds: float


class Allowance(Protocol):
    """What may still be spent on the work that a call is part of."""

    def check(self) -> None:
        """Raises BudgetExhausted, which names the spent part, when nothing is left."""

    def spend(self, tokens: Tokens | None, model: str) -> None:
        """Count one call; told after every call, also one whose answer was of no use. None: nobody counted them."""


class LanguageModel(Protocol):
    """One model behind an endpoint."""

    @property
    def name(self) -> str:
        """The model that is asked, as the endpoint names it."""

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
        """The model's answer.

        With `schema` (JSON schema of an object) the answer is validated against it, asked once more when it does not
        fit, and given as `parsed`. `on_text` gets pieces as they arrive. Raises BudgetExhausted, ModelUnavailable
        (unreachable, rate limited beyond the retries, breaker open), ModelAnswerInvalid and Cancelled.
        """
