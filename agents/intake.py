"""What is checked before a question goes on the bus: that it is text, that it is not too long, that the role exists."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import LimitSettings
from core.errors import QuestionEmpty, QuestionRefused
from core.governance import Policy


@dataclass(frozen=True)
class Question:
    """What was typed, as whom, and the schema it is limited to."""

    text: str
    role: str
    schema: str | None = None


def check_question(question: Question, policy: Policy, limits: LimitSettings) -> str:
    """The text as it goes on: trimmed. Raises UnknownRole, QuestionEmpty or QuestionRefused."""
    policy.role(question.role)
    text = question.text.strip().lstrip("\ufeff").strip()
    if not any(character.isalnum() for character in text):
        raise QuestionEmpty("The question is empty.")
    if len(text) > limits.question_characters:
        raise QuestionRefused(
            f"The question has {len(text):,} characters; at most {limits.question_characters:,} are read."
        )
    unreadable = sum(character == "\ufffd" or (ord(character) < 32 and character not in "\t\n\r") for character in text)
    if unreadable:
        raise QuestionRefused(
            f"The question is not plain text: {unreadable:,} of its characters cannot be read.",
            next_step="Send it as UTF-8 text.",
        )
    return text
