"""Sentences that tell what to do: imperatives, and a way told in passing."""

from __future__ import annotations

import re

from core.knowledge.lexical import words

_VERBS = """
    add adjust allow announce apply ask assign attach avoid book bring build call change check choose
    clear click close compare configure confirm connect contact convert copy count create define delete
    deploy disable download drop edit enable ensure enter execute export fill find follow forward
    generate give go grant hand hold import include inform install invoke keep launch leave load log look
    make mark merge mount move navigate notify open page pass paste pause place plug press print promote
    provide pull push put raise read rebuild recompute register reload remove rename repeat replace
    report request reset resolve restart restore resume return revoke roll rotate run save scale schedule
    scroll search select send set ship sign skip specify start stop store submit subscribe swap switch
    take tap tell turn type unplug update upgrade upload use verify visit wait write"""
_COMMANDS = frozenset(_VERBS.split())
_INSTRUCTS = re.compile(
    r"\byou (?:can|may|must|should|need to|have to|could)\b|\bby \w+ing\b|\busing\b|\bplease\b|"
    r"\b(?:is|are|be) (?:\w+ )?\w+ed (?:in|at|on|with|through|from|to|via)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:not|never|cannot)\b|n't\b", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:to|if|when|for|in|on|with) ", re.IGNORECASE)


def instructs(sentence: str) -> float:
    """0.8 for an imperative (also after "To …," or "When …,"), half for a way told in passing, else 0."""
    if is_command(sentence):
        return 0.8
    return 0.5 if _INSTRUCTS.search(sentence) and not _DENIES.search(sentence) else 0.0


def is_command(sentence: str) -> bool:
    """Whether it is an imperative, by the verb that it or one of its clauses begins with."""
    clauses = sentence.split(", ") if _CLAUSE.match(sentence) else [sentence.split(": ", 1)[-1]]
    return any(next(iter(words(clause)), "") in _COMMANDS for clause in clauses)
