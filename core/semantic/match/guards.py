"""What words may not be read as: fillers that carry a meaning, and stored texts that are ordinary words here."""

from __future__ import annotations

from dataclasses import replace

from core.semantic.match.items import Item, Span
from core.semantic.match.lexicon import EntityConcept, Lexicon, ValueConcept
from core.semantic.match.tokens import Token
from core.semantic.match.verbs import read_over
from core.semantic.match.words import TIES


def ordinary(spans: list[Span], tokens: list[Token]) -> list[Span]:
    """'the highest amount of a single booking': one of them, whatever is stored as 'Single'."""
    kept: list[Span] = []
    for span in spans:
        word = tokens[span.start]
        article = span.start > 0 and tokens[span.start - 1].word in ("a", "any", "one")
        if span.size == 1 and article and word.word in ("single", "individual") and word.text.islower():
            span = replace(span, readings={"": Item("", None, text=word.text, at=span.start)})
        if {"G", "V"} <= set(span.readings) and span.start > 0 and word.word.endswith("ly"):
            span = replace(span, readings={"V": span.readings["V"]})  # 'paid monthly', where that is stored
            if kept and tokens[kept[-1].start].word.endswith(("ed", "id")):
                verb = kept[-1]
                kept[-1] = replace(verb, readings={"": Item("", text=tokens[verb.start].text, at=verb.start)})
        kept.append(span)
    return kept


def grouped_by_things(spans: list[Span]) -> list[Span]:
    """'by store' speaks of stores, though 'store' is a stored text, too."""
    kept: list[Span] = []
    for index, span in enumerate(spans):
        thing = {"E", "V"} <= set(span.readings) and _says_thing(spans, index)
        readings = {letter: item for letter, item in span.readings.items() if not (thing and letter == "V")}
        kept.append(replace(span, readings=readings))
    return kept


def _says_thing(spans: list[Span], index: int) -> bool:
    """After 'by', in the plural ('top 2 stores'), and after the name of one ('the Elm Street store')."""
    entity, value = spans[index].readings["E"], spans[index].readings["V"]
    before = spans[index - 1].readings if index else {}
    if "B" in before:
        return True
    stored = {concept.value.casefold() for concept, _ in value.concepts if isinstance(concept, ValueConcept)}
    if entity.text.islower() and entity.text.casefold() not in stored:
        return True
    tables = {concept.table for concept, _ in entity.concepts if isinstance(concept, EntityConcept)}
    named = before["V"].concepts if "V" in before else []
    return any(isinstance(concept, ValueConcept) and concept.field.table in tables for concept, _ in named)


def named_tie(span: Span) -> Span:
    """'animals that visited' speaks of their visits where visits are things of the schema."""
    filler = span.readings.get("")
    if filler is None or "E" not in span.readings or filler.text.lower() not in TIES:
        return span
    return replace(span, readings={letter: item for letter, item in span.readings.items() if letter})


def tied_to_nothing(spans: list[Span]) -> bool:
    """'how many customers bought in 2025' names one thing only; what was bought when is not in the words."""
    fillers = [
        item.text.lower()
        for at, span in enumerate(spans)
        for item in span.readings.values()
        if item.letter == "" and not (at and _text(spans[at - 1]) == "we" and item.text.lower() in _GOT)
    ]
    if not any(text in TIES for text in fillers):
        return False
    return sum(1 for span in spans if set(span.readings) & set("EFMVQ") and "" not in span.readings) < 2


_GOT = ("receive", "received", "get", "got")
"""'payments that we received' are payments."""


def _text(span: Span) -> str:
    return next(iter(span.readings.values())).text.lower()


_THERE_IS = frozenset(("is", "are", "was", "were", "be", "been", "will", "and", "how", "did"))


def points_away(tokens: list[Token]) -> bool:
    """'what was the revenue there', 'as a percentage of …': what only the conversation knows."""
    if [token.word for token in tokens[:2]] == ["as", "a"] or [token.word for token in tokens[:1]] == ["as"]:
        return True
    return any(
        token.word == "there" and at > 0 and tokens[at - 1].word not in _THERE_IS and token.text.islower()
        for at, token in enumerate(tokens)
        if at + 1 == len(tokens) or tokens[at + 1].word not in _THERE_IS
    )


def in_a_state(spans: list[Span], tokens: list[Token]) -> bool:
    """'orders on hold': a word after 'on' at the end of the question is no verb to read over."""
    if len(spans) < 2 or "" not in spans[-1].readings:
        return False
    last, before = tokens[spans[-1].start].word, tokens[spans[-1].start - 1].word
    return before in ("on", "under") and last not in ("it", "them", "record", "us")


def verb_read_over(spans: list[Span], tokens: list[Token], lexicon: Lexicon) -> bool:
    """'what sales did the store report': 'report' after what is asked about is not the 'report' of a command."""
    named = False
    for span in spans:
        only_verb = "L" in span.readings and not set(span.readings) & set("EFMV")
        if named and only_verb and span.size == 1 and read_over(tokens, span.start, lexicon):
            return True
        named = named or bool(set(span.readings) & set("EFMV"))
    return False


def quotable(spans: list[Span], index: int) -> bool:
    """An unknown word right after 'starts with' is the text itself."""
    return index > 0 and "s" in spans[index - 1].readings
