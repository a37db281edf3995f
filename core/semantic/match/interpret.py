"""A question and the catalogs a role may read -> one answerable query, a question back, or what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Literal

from core.errors import ModelQueryError
from core.semantic.compile import compile_query
from core.semantic.match import phrasing
from core.semantic.match.binding import Bound, bind
from core.semantic.match.examples import example_questions
from core.semantic.match.follow_up import breaks_down, changed, looks_back, redrawn, split_chart
from core.semantic.match.items import cover
from core.semantic.match.lexicon import lexicon_of
from core.semantic.match.nearest import Embed, guesses
from core.semantic.match.ranking import rankings
from core.semantic.match.readings import read_question
from core.semantic.match.spelling import respelled
from core.semantic.match.time_reach import TimeReach
from core.semantic.match.tokens import tokenize
from core.semantic.model import SemanticCatalog
from core.semantic.query import Filter, SemanticQuery

_ONLY = re.compile(r"\s*only\b", re.IGNORECASE)
"""'only the web orders' speaks of the question before, whichever it was."""
Outcome = Literal["code", "ambiguous", "not_understood", "not_allowed"]
ANSWER_AT = 0.55
"""Confidence from which a question is answered; below it is not understood."""
MARGIN = 0.035
"""Two readings nearer than this are put to the person."""
_MOST_RANKINGS = 4
MAX_QUESTION = 2_000


@dataclass(frozen=True)
class ReadingOption:
    """One of several readings: what it means, and a question that means only this."""

    label: str
    question: str
    catalog: SemanticCatalog
    query: SemanticQuery
    sql: str


@dataclass(frozen=True)
class Interpretation:
    outcome: Outcome
    query: SemanticQuery | None = None
    catalog: str | None = None
    model: str | None = None
    sql: str | None = None
    understood: tuple[str, ...] = ()
    readings: tuple[ReadingOption, ...] = ()
    missing: str = ""
    """What is not there, in a sentence."""
    suggestions: tuple[str, ...] = ()
    confidence: float = 0.0
    assumable: bool = False
    """Whether only the number to rank by was left open: where a person looks at the statement before it runs, the first
    reading can be taken and said."""


@dataclass(frozen=True)
class _Candidate:
    bound: Bound
    sql: str
    confidence: float


def interpret(
    question: str,
    catalogs: Sequence[SemanticCatalog],
    *,
    today: date,
    previous: SemanticQuery | None = None,
    schema: str | None = None,
    forbidden_catalogs: Sequence[SemanticCatalog] = (),
    embed: Embed | None = None,
    suggest: bool = True,
) -> Interpretation:
    """The best reading of `question`; never raises for what a person may type."""
    allowed = [
        c
        for c in catalogs
        if schema is None or schema.casefold() in (c.name.casefold(), c.name.split(".")[-1].casefold())
    ]
    if not question.strip() or len(question) > MAX_QUESTION or (previous is None and _ONLY.match(question)):
        return Interpretation("not_understood", suggestions=_suggest(question, allowed) if suggest else ())
    found: list[_Candidate] = []
    if previous is not None and looks_back(question):
        found = _compiled(_follow_ups(question, allowed, today, previous))
    found = found or ([] if _ONLY.match(question) else _compiled(_standalone(question, allowed, today)))
    if not found and previous is not None:
        found = _compiled(_follow_ups(question, allowed, today, previous))
    if found:
        return _decide(question, found, allowed, today)
    for catalog in forbidden_catalogs:
        if _compiled(list(_bounds(question, _names_only(catalog), today))):
            return Interpretation("not_allowed", suggestions=_suggest(question, allowed) if suggest else ())
    ranked = _by_what(question, allowed, today)
    if ranked is not None:
        return ranked
    if embed is not None:
        meant = _meant(question, allowed, today, embed)
        if meant is not None:
            return meant
    missing = _missing(question, allowed, today)
    return Interpretation("not_understood", missing=missing, suggestions=_suggest(question, allowed) if suggest else ())


def _by_what(question: str, catalogs: Sequence[SemanticCatalog], today: date) -> Interpretation | None:
    """'top 10 customers', 'best store': the numbers that they could be ranked by, as buttons."""
    options: list[ReadingOption] = []
    for catalog in catalogs:
        found = rankings(question, catalog, today, lambda asked, own=catalog: _only_meaning(asked, own, today))  # type: ignore[misc]
        for label, asked, bound in islice(found, _MOST_RANKINGS - len(options)):
            sql = compile_query(catalog, bound.query)
            options.append(ReadingOption(label, asked, catalog, bound.query, sql))
    if not options:
        return None
    missing = "It does not say by which number to rank."
    return Interpretation("ambiguous", readings=tuple(options), missing=missing, assumable=True)


def _only_meaning(question: str, catalog: SemanticCatalog, today: date) -> Bound | None:
    found = _compiled(_standalone(question, [catalog], today))
    return found[0].bound if len(found) == 1 else None


def _meant(question: str, catalogs: Sequence[SemanticCatalog], today: date, embed: Embed) -> Interpretation | None:
    """What unknown words may have meant, as buttons; each is a question that can be answered as it stands."""
    options: list[ReadingOption] = []
    said: set[str] = set()
    for catalog in catalogs:
        lexicon = lexicon_of(catalog)
        spans = cover(respelled(tokenize(question), lexicon), lexicon, today)
        for guess in guesses(question, spans, catalog, embed):
            found = _compiled(_standalone(guess.question, [catalog], today))
            if len(found) == 1 and all(found[0].sql != option.sql for option in options):
                bound = found[0].bound
                said.add(guess.instead_of)
                options.append(ReadingOption(guess.question, guess.question, catalog, bound.query, found[0].sql))
    if not options:
        return None
    words = ", ".join(f"'{word}'" for word in sorted(said))
    missing = f"I do not know what {words} means here; these can be answered."
    return Interpretation("ambiguous", readings=tuple(options[:4]), missing=missing)


_NAMES_ONLY: dict[int, tuple[SemanticCatalog, SemanticCatalog]] = {}


def _names_only(catalog: SemanticCatalog) -> SemanticCatalog:
    """The catalog without its values: a refusal must not tell which values a forbidden table holds."""
    found = _NAMES_ONLY.get(id(catalog))
    if found is None or found[0] is not catalog:
        if len(_NAMES_ONLY) > 64:
            _NAMES_ONLY.clear()
        stripped = catalog.model_copy(update={"values": {}, "complete": frozenset()})
        found = _NAMES_ONLY[id(catalog)] = (catalog, stripped)
    return found[1]


def _standalone(question: str, catalogs: Sequence[SemanticCatalog], today: date) -> list[Bound]:
    asked, kind = split_chart(question)
    bounds = [bound for catalog in catalogs for bound in _bounds(asked, catalog, today)]
    if kind is None:
        return bounds
    return [replace(bound, query=bound.query.model_copy(update={"chart": kind})) for bound in bounds]


def _follow_ups(
    question: str, catalogs: Sequence[SemanticCatalog], today: date, previous: SemanticQuery
) -> list[Bound]:
    """The previous query as this question changes it; nothing when it was asked of a catalog not at hand."""
    catalog = next((c for c in catalogs if c.name == previous.catalog), None)
    if catalog is None:
        return []
    lexicon = lexicon_of(catalog)
    fragment, kind = split_chart(question)
    if kind is not None:
        previous = previous.model_copy(update={"chart": kind})
        if not fragment:
            return [redrawn(previous, kind, lexicon)]
    readings, _notes, words = read_question(fragment, lexicon, today)
    found = [reading for reading, _ in readings]
    further = breaks_down(question)
    return list(changed(found, previous, lexicon, words, cued=looks_back(question), further=further))


def _compiled(bounds: list[Bound]) -> list[_Candidate]:
    """The best reading as SQL and those nearer to it than the margin; equal statements once."""
    found: list[_Candidate] = []
    tried: list[SemanticQuery] = []
    for bound in sorted(bounds, key=lambda bound: bound.cost):
        if found and bound.cost - found[0].bound.cost >= MARGIN:
            break
        if bound.query in tried:
            continue
        tried.append(bound.query)
        try:
            sql = compile_query(bound.catalog, bound.query)
        except ModelQueryError:
            continue
        if all(sql != other.sql for other in found):
            found.append(_Candidate(bound, sql, round(min(1.0, 1.0 - bound.cost), 3)))
    return found


def _decide(question: str, found: list[_Candidate], catalogs: Sequence[SemanticCatalog], today: date) -> Interpretation:
    best = found[0]
    if len(found) == 2 and _known_only(found[0].bound.query) == _known_only(found[1].bound.query):
        found = [max(found, key=lambda candidate: len(candidate.bound.query.filters))]
        best = found[0]
    if len(found) > 1:
        options = [_option(question, candidate) for candidate in found[:4]]
        readings = tuple(option for option in options if _resolves(option, catalogs, today))
        if len(readings) > 1:
            return Interpretation("ambiguous", readings=readings, confidence=best.confidence)
        meanings = "; ".join(dict.fromkeys(f"{option.label} (from {option.query.model})" for option in options))
        return Interpretation("not_understood", missing=f"This can mean more than one thing: {meanings}.")
    bound = best.bound
    reach = TimeReach(bound.catalog, bound.query)
    outside = reach.outside(today)
    if outside is not None:
        return Interpretation("not_understood", missing=outside, confidence=best.confidence)
    return Interpretation(
        "code",
        bound.query,
        bound.catalog.name,
        bound.query.model,
        best.sql,
        (*bound.understood, *reach.notes()),
        confidence=best.confidence,
    )


def _known_only(query: SemanticQuery) -> SemanticQuery:
    """The query without the tests that a thing it speaks of is there ('ordered': the order is known)."""
    kept = tuple(item for item in query.filters if not (isinstance(item, Filter) and item.op == "not_null"))
    return query.model_copy(update={"filters": kept})


def _option(question: str, candidate: _Candidate) -> ReadingOption:
    label = phrasing.describe(candidate.bound.query)
    return ReadingOption(
        label, _resolved(question, candidate.bound), candidate.bound.catalog, candidate.bound.query, candidate.sql
    )


def _resolves(option: ReadingOption, catalogs: Sequence[SemanticCatalog], today: date) -> bool:
    """Whether the option's question, asked by itself, has this one meaning: a button must not ask again."""
    again = _compiled(_standalone(option.question, catalogs, today))
    return len(again) == 1 and again[0].sql == option.sql


def _resolved(question: str, bound: Bound) -> str:
    """The question with its ambiguous words replaced by the names that this reading gave them."""
    text = question
    if bound.reading is not None and bound.reading.default_limit:
        if bound.query.limit is None:
            direction = "highest to lowest" if _falling(bound) else "lowest to highest"
            return f"{question.rstrip('?. ')}, ordered from {direction}"
        text = f"{question.rstrip('?. ')} (top 1)"
    for said, meant in bound.said.items():
        if meant.lower() not in text.lower():
            text = re.sub(rf"(?<!\w){re.escape(said)}(?!\w)", meant.replace("\\", ""), text, count=1)
    return text


def _falling(bound: Bound) -> bool:
    return bool(bound.query.order) and bound.query.order[0].descending


def _bounds(question: str, catalog: SemanticCatalog, today: date) -> Iterator[Bound]:
    """Every way to read the question in one catalog that costs little enough to be answered."""
    lexicon = lexicon_of(catalog)
    readings, notes, words = read_question(question, lexicon, today)
    for reading, penalty in readings:
        for bound in bind(reading, lexicon, words):
            cost = bound.cost + penalty + 0.03 * len(notes)
            if 1.0 - cost >= ANSWER_AT:
                yield replace(bound, cost=cost, understood=(*notes, *bound.understood))


def _unknown(question: str, catalogs: Sequence[SemanticCatalog], today: date) -> tuple[str, ...]:
    missing: tuple[str, ...] | None = None
    for catalog in catalogs:
        lexicon = lexicon_of(catalog)
        spans = cover(respelled(tokenize(question), lexicon), lexicon, today)
        here = tuple(span.readings["z"].text for span in spans if "z" in span.readings)
        if missing is None or len(here) < len(missing):
            missing = here
    return tuple(dict.fromkeys(missing or ()))[:8]


def _missing(question: str, catalogs: Sequence[SemanticCatalog], today: date) -> str:
    unknown = _unknown(question, catalogs, today)
    if unknown:
        return "I do not know what this means here: " + ", ".join(f"'{word}'" for word in unknown) + "."
    return "I know the words, but not how they go together in this question."


def _suggest(question: str, catalogs: Sequence[SemanticCatalog]) -> tuple[str, ...]:
    """Answerable questions that share most words with this one."""
    asked = {token.stem for token in tokenize(question)}
    ranked: list[tuple[int, int, str]] = []
    for catalog in catalogs:
        for position, example in enumerate(example_questions(catalog)):
            shared = len(asked & {token.stem for token in tokenize(example)})
            ranked.append((-shared, position, example))
    return tuple(text for _, _, text in sorted(ranked)[:3])
