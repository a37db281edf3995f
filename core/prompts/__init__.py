"""Versioned prompts, read from config/prompts; the registry with an editor builds on the same shape."""

from core.prompts.prompt import Prompt
from core.prompts.registry import Prompts

__all__ = ["Prompt", "Prompts"]
