"""Language models behind one port: an OpenAI-style endpoint, or none at all."""

from core.llm.port import Allowance, ChatMessage, Completion, LanguageModel, PromptRef, ToolCall, ToolSpec

__all__ = ["Allowance", "ChatMessage", "Completion", "LanguageModel", "PromptRef", "ToolCall", "ToolSpec"]
