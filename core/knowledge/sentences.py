"""Paragraphs to sentences, and what a sentence is worth in an answer on its own."""

from __future__ import annotations

import re

_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|no|fig|dr|mr|mrs|ms|st|inc|ltd|cf)\.$", re.IGNORECASE)
_NEXT = r"(?=[\"'(\[]?[A-Z0-9À-Þ\u0400-\u04ff\u0590-\u06ff])"
_END = re.compile(rf"(?:(?<=[.!?])|(?<=[.!?][\"')\]]))\s+{_NEXT}")
_POINTER = re.compile(r"(?:for (?:[\w'-]+ ){0,8}[\w'-]+, )?(?:see|refer to)\b", re.IGNORECASE)
_ABOUT_THE_PAGE = re.compile(
    r"(?:this|the following) (?:\w+ )?(?:section|page|article|guide|document|topic|chapter|tutorial|table)s?\b"
    r"|the following use cases\b"
    r"|in this (?:article|section|guide)\b|the following (?:\w+ ){0,2}(?:examples?|code)\b",
    re.IGNORECASE,
)


def split_sentences(text: str) -> list[str]:
    """Sentences of one paragraph; abbreviations and decimal points do not end one."""
    sentences: list[str] = []
    for part in _END.split(text):
        if sentences and _ABBREVIATION.search(sentences[-1]):
            sentences[-1] += " " + part
        elif part.strip():
            sentences.append(part.strip())
    return sentences


def says_nothing(sentence: str) -> bool:
    """Questions, pointers to another page, and sentences that tell what the page is about."""
    return (
        sentence.endswith("?")
        or bool(_POINTER.match(sentence))
        or bool(_ABOUT_THE_PAGE.match(sentence))
        or not any(character.isalnum() for character in sentence)
    )
