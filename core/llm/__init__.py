"""Language models behind one port: an OpenAI-style endpoint, or none at all.

The endpoint's client is imported on first use, since most processes have no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.llm.breaker import Breaker
from core.llm.port import (
    Allowance,
    ChatMessage,
    Completion,
    LanguageModel,
    PromptRef,
    Sampling,
    ToolCall,
    ToolSpec,
)

if TYPE_CHECKING:
    from core.llm.chat import ChatModel, ChatOptions

__all__ = [
    "Allowance",
    "Breaker",
    "ChatMessage",
    "ChatModel",
    "ChatOptions",
    "Completion",
    "LanguageModel",
    "PromptRef",
    "Sampling",
    "ToolCall",
    "ToolSpec",
]


def __getattr__(name: str) -> Any:
    if name in ("ChatModel", "ChatOptions"):
        from core.llm import chat

        return getattr(chat, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
