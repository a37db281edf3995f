"""A question that only changes the one before it: 'and by region?', 'only 2025', 'top 5 instead', 'as a line chart'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from core.semantic.match.binding import Bound
from core.semantic.match.building import Builder, Unbound
from core.semantic.match.lexicon import Lexicon
from core.semantic.match.reading import EntityRef, FieldRef, GroupSpec, Reading
from core.semantic.match.slots import choices
from core.semantic.query import ChartKind, SemanticQuery

_KINDS = "(?P<kind>line|bar|column|area|pie|scatter)?"
_DRAWN = r"(?:chart|graph|plot|diagram)"
_CHARTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"[,;]?\s*\b(?:show (?:it|that|this) )?(?:as|in|on|with) (?:an? )?{_KINDS}\s*{_DRAWN}\b",
        r"\b(?:show (?:it|that|this) )?(?:as|in) (?:an? )?(?P<kind>line|bar|area|pie|scatter)\b",
        rf"^\s*(?:please )?(?:(?:show|draw|give|make|plot|create)(?: me)? )?(?:an? |the )?{_KINDS}\s*{_DRAWN}"
        r" (?:of|for|showing|with)\b",
        r"^\s*(?:please )?(?P<kind>)(?:plot|chart|graph|draw|visuali[sz]e)(?= \w)",
    )
)
"""How a question says that it wants a picture; the kind may be left open."""
_LOOKS_BACK = re.compile(r"^\s*(?:and|what about|how about|only|just|same|but|now|instead)\b", re.IGNORECASE)
_BREAK_DOWN = re.compile(
    r"^\s*(?:please |can you |could you |now )*(?:break|split)\s+(?:that|it|this|them|those)\s*"
    r"(?:down|up|out)?\s*(?:further)?\s*(?=by\b)",
    re.IGNORECASE,
)
"""'break that down by reason' is 'by reason'."""
_COST = 0.1


def looks_back(question: str) -> bool:
    """Whether the question begins like a change of the one before."""
    return _LOOKS_BACK.match(question) is not None or _BREAK_DOWN.match(question) is not None


def split_chart(question: str) -> tuple[str, ChartKind | None]:
    """The question without 'as a line chart', and the kind of chart it named, if it named one."""
    question = _BREAK_DOWN.sub("", question)
    match = next((found for found in (pattern.search(question) for pattern in _CHARTS) if found), None)
    if match is None:
        return question, None
    named = (match["kind"] or "").lower().replace("column", "bar")
    kind: ChartKind | None = named or None  # type: ignore[assignment]
    return (question[: match.start()] + question[match.end() :]).strip(" ,.?!"), kind


def redrawn(previous: SemanticQuery, kind: ChartKind, lexicon: Lexicon) -> Bound:
    """The same query, drawn in another way."""
    return Bound(lexicon.catalog, previous.model_copy(update={"chart": kind}), _COST, (f"as a {kind} chart",))


def changed(
    readings: Iterable[Reading],
    previous: SemanticQuery,
    lexicon: Lexicon,
    words: frozenset[str],
    *,
    cued: bool = True,
    further: bool = False,
) -> Iterator[Bound]:
    """The previous query with the groups, conditions, times, order or numbers of a fragment put in.

    `further` says that groups come beside those that were there.
    Things with conditions ('customers who signed up in March') are a question of their own, unless it is `cued`.
    """
    model = lexicon.catalog.model_by_name.get(previous.model)
    if model is None:
        return
    for reading in readings:
        if not cued and reading.conditions and any(isinstance(target, EntityRef) for target in reading.targets):
            continue
        grouped = replace(reading, groups=[*reading.groups, *_as_groups(reading)])
        fragment = replace(grouped, targets=[])
        for choice in choices(grouped, lexicon):
            builder = Builder(fragment, choice, lexicon, model, words)
            try:
                query = builder.change(previous)
                query = _beside(query, previous) if further else query
            except Unbound:
                continue
            if query != previous:
                yield Bound(
                    lexicon.catalog, query, choice.cost + _COST, tuple(builder.understood), reading, builder.said
                )


def breaks_down(question: str) -> bool:
    """'break that down by reason': by what it was told by, and by reason."""
    return _BREAK_DOWN.match(question) is not None


def _beside(query: SemanticQuery, previous: SemanticQuery) -> SemanticQuery:
    if previous.limit is not None or previous.running is not None or previous.comparison is not None:
        raise Unbound
    kept = tuple(group for group in previous.groups if group not in query.groups)
    return query.model_copy(update={"groups": (*kept, *query.groups)})


def _as_groups(reading: Reading) -> list[GroupSpec]:
    """'and region?' groups by region."""
    if reading.terms:
        return []
    limited = bool(reading.conditions)  # 'only the web orders': the things are those that were asked about before
    return [_group(target) for target in reading.targets if not (limited and isinstance(target, EntityRef))]


def _group(target: FieldRef | EntityRef) -> GroupSpec:
    return GroupSpec(field=target) if isinstance(target, FieldRef) else GroupSpec(entity=target)
