"""Verbs that stand for names: 'what sales did the store report' asks for what it calls 'sales reported', and 'products
never sold' are those without a sale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.semantic.match.items import Item, Scored, Span
from core.semantic.match.lexicon import EntityConcept, FieldConcept, Lexicon, MeasureConcept, stems
from core.semantic.match.tokens import Token
from core.semantic.match.words import AUXILIARIES, PHRASES, TRADE_RECORDS, TRADES
from core.semantic.model import SOURCE
from core.semantic.names import lemma, stem


def gathered(tokens: list[Token], lexicon: Lexicon) -> list[Token]:
    """The tokens with such a verb beside the word that makes a measure's name with it."""
    for verb in range(2, len(tokens)):
        if tokens[verb].kind != "word" or tokens[verb].lemma != tokens[verb].word:
            continue
        for noun in range(verb - 1):
            before = _named((tokens[verb], tokens[noun]), lexicon)
            between = {token.word for token in tokens[noun + 1 : verb]}
            if (before or _named((tokens[noun], tokens[verb]), lexicon)) and _asks(between):
                at = noun if before else noun + 1
                return [*tokens[:at], tokens[verb], *tokens[at:verb], *tokens[verb + 1 :]]
    return tokens


_PERFECT = frozenset(("have", "has", "had", "was", "were"))
_UNASKED = frozenset(("not", "never", "no", "who", "that", "without"))


def _asks(between: set[str]) -> bool:
    """'did … report', 'have been sold' ask; 'customers who did not buy' tells who is meant."""
    return bool(between & (AUXILIARIES | _PERFECT)) and not between & _UNASKED


def _named(pair: tuple[Token, Token], lexicon: Lexicon) -> bool:
    found = lexicon.concepts((pair[0].stem, pair[1].stem))
    return any(isinstance(concept, MeasureConcept) for concept, _ in found)


def read_over(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> bool:
    """Whether a word such as 'report' in mid-sentence is one that a name of the schema is made of."""
    token = tokens[start]
    return (token.word,) in PHRASES and PHRASES[token.word,][0] == "L" and token.stem in lexicon.vocabulary


def undone(spans: list[Span], lexicon: Lexicon) -> list[Span]:
    """'products never sold', 'staff without sales': the record of trade that is not there, in place of the verb."""
    for at in range(2, len(spans)):
        if "n" in spans[at - 1].readings and _trades(spans[at]) and not _has_object(spans[at + 1 :]):
            named = _with_record(spans, at, spans[: at - 1], lexicon)
            if named is not None:
                return named
    return spans


def done(spans: list[Span], lexicon: Lexicon) -> list[Span]:
    """'distinct products sold in June', 'stores that sold this year': the record of trade in place of the verb, where
    the things are all that is named.
    """
    alone = sum(1 for span in spans if set(span.readings) & set("EFMVQ")) == 1
    if not alone or any("n" in span.readings for span in spans) or not any("T" in span.readings for span in spans):
        return spans
    places = [at for at in range(1, len(spans)) if _trades(spans[at])]
    return next((found for at in places if (found := _with_record(spans, at, spans[:at], lexicon))), spans)


def _with_record(spans: list[Span], at: int, before: list[Span], lexicon: Lexicon) -> list[Span] | None:
    """The spans with the record of trade of the one thing named before, in place of the verb at `at`."""
    subject = _subject_before(before)
    record = _record_of(subject.table, lexicon) if subject is not None else None
    if record is None:
        return None
    word = next(iter(spans[at].readings.values()))
    named = Item("E", concepts=[(record, 1.0)], text=word.text, at=word.at)
    return [*spans[:at], replace(spans[at], readings={"E": named}), *spans[at + 1 :]]


_PERFECT_WORDS = frozenset(
    ("have", "has", "had", "have not", "has not", "had not", "haven't", "hasn't", "did not", "didn't")
)


def deeds(spans: list[Span], tokens: Sequence[Token], lexicon: Lexicon) -> list[Span]:
    """'shipments booked in 2024', 'customers who have booked': a deed with a day of its own, not what is stored as the
    state 'Booked'.
    """
    kept: list[Span] = []
    for at, span in enumerate(spans):
        word = tokens[span.start]
        if span.size == 1 and "V" in span.readings and word.text.islower() and word.word.endswith(("ed", "en")):
            days = _days_of(word, lexicon)
            before = " ".join(token.word for token in tokens[max(span.start - 2, 0) : span.start])
            if days and _then_timed(spans[at + 1 :]):
                concepts: Scored = [(day, 0.95) for day in days]
                span = replace(span, readings={"F": Item("F", concepts=concepts, text=word.text, at=span.start)})
            elif days and any(before.endswith(have) for have in _PERFECT_WORDS):
                span = replace(span, readings={"": Item("", text=word.text, at=span.start)})
        kept.append(span)
    return kept


def _days_of(word: Token, lexicon: Lexicon) -> list[FieldConcept]:
    fields = [field for own in lexicon.fields_of.values() for field in own if field.type in ("date", "timestamp")]
    return [field for field in fields if word.stem in stems(field.name)]


def _then_timed(rest: list[Span]) -> bool:
    """Whether a time or a unit of time comes next: 'in 2024', 'each month', 'per quarter'."""
    for span in rest[:3]:
        if set(span.readings) & {"T", "G"}:
            return True
        if not set(span.readings) & {"i", "B", ""}:
            return False
    return False


def _trades(span: Span) -> bool:
    """A verb of trade that is nothing else here, or the name of a number of it ('sales')."""
    filler, measure = span.readings.get(""), span.readings.get("M")
    if filler is not None and len(span.readings) == 1:
        return stem(lemma(filler.text.lower())) in TRADES
    return measure is not None and stem(lemma(measure.text.lower())) in TRADE_RECORDS and "E" not in span.readings


def _has_object(rest: list[Span]) -> bool:
    """Whether it says what was not sold: 'never bought a tent'. A time, and 'anything', are no objects."""
    for span in rest:
        if "T" in span.readings:
            return any(set(after.readings) & set("EFMVQz") for after in rest[rest.index(span) + 1 :])
        if not set(span.readings) & {"", "i"}:
            return True
    return False


def _subject_before(spans: list[Span]) -> EntityConcept | None:
    named = [span.readings["E"].concepts[0][0] for span in spans if "E" in span.readings]
    only = named[0] if len(named) == 1 else None
    return only if isinstance(only, EntityConcept) else None


def _record_of(table: str, lexicon: Lexicon) -> EntityConcept | None:
    """The one record of trade that leads to the thing: its order rather than the lines of that."""
    models = [m for m in lexicon.catalog.models if m.source != table and table in m.aliases.values() and not m.bridge]
    found = [m for m in models if any(_is_trade(e.name) for e in m.entities if e.alias == SOURCE)]
    whole = [m for m in found if not any(o is not m and o.source in m.aliases.values() for o in found)]
    return lexicon.entities.get(whole[0].source) if len(whole) == 1 else None


def _is_trade(name: str) -> bool:
    return bool(TRADE_RECORDS & set(stems(name)))
