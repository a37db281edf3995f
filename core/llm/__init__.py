"""Language models behind one port: an OpenAI-style endpoint, or none at all."""

from core.llm.breaker import Breaker
from core.llm.chat import ChatModel, ChatOptions
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
