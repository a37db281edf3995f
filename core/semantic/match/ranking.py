"""'Top 10 customers', 'best store', 'largest state': the numbers by which they could be ranked, where none is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from core.semantic.match.binding import Bound
from core.semantic.match.items import cover
from core.semantic.match.lexicon import lexicon_of
from core.semantic.match.spelling import respelled
from core.semantic.match.tokens import tokenize
from core.semantic.match.words import SIZES
from core.semantic.model import SOURCE, SemanticCatalog
from core.semantic.query import Term

_RANKS = re.compile(r"\b(?:top|bottom|best|worst|biggest|largest|smallest|best[- ]selling)\b", re.IGNORECASE)
_SIZED = re.compile(r"\b(?:biggest|largest|smallest)\b", re.IGNORECASE)

Understand = Callable[[str], Bound | None]
"""The one meaning of a question in a catalog, or None."""


def rankings(
    question: str, catalog: SemanticCatalog, today: date, understand: Understand
) -> Iterator[tuple[str, str, Bound]]:
    """(by what, the question that says so, its meaning): sizes first, then amounts, then mere numbers of rows."""
    if not _RANKS.search(question) or _names_number(question, catalog, today):
        return
    asked = question.rstrip(" ?.!")
    sized = list(_sizes(asked, understand)) if _SIZED.search(asked) else []
    if sized:
        yield from sized
        return
    topped = _RANKS.sub(_top_or_bottom, asked, count=1)
    for name in _numbers(catalog):
        wanted = f"{topped} by {name}"
        bound = understand(wanted)
        if bound is not None and _ranks(bound):
            yield f"by {name}", wanted, bound


def _sizes(asked: str, understand: Understand) -> Iterator[tuple[str, str, Bound]]:
    for size in sorted(SIZES):
        bound = understand(f"{asked} by {size}")
        if bound is not None:
            yield f"by {size}", f"{asked} by {size}", bound


def _top_or_bottom(found: re.Match[str]) -> str:
    return "bottom" if found[0].lower() in ("bottom", "worst", "smallest") else "top"


def _names_number(question: str, catalog: SemanticCatalog, today: date) -> bool:
    """Whether a number is named already: 'top 5 months by sales' does not lack one."""
    lexicon = lexicon_of(catalog)
    spans = cover(respelled(tokenize(question), lexicon), lexicon, today)
    return any("M" in span.readings and "E" not in span.readings for span in spans)


def _numbers(catalog: SemanticCatalog) -> list[str]:
    measures = [measure for model in catalog.models for measure in model.measures]
    ranked = sorted(measures, key=lambda measure: measure.expr.upper() == "COUNT(*)")
    return list(dict.fromkeys(measure.name for measure in ranked))


def _ranks(bound: Bound) -> bool:
    """Whether the number can differ: a product has one category, whose number ranks nothing."""
    model = bound.catalog.model_by_name[bound.query.model]
    counted = [term.entity for term in bound.query.terms if isinstance(term, Term) and term.entity is not None]
    shown = {group.dimension for group in bound.query.groups}
    things = [model.entity_by_name[name] for name in counted]
    return bool(bound.query.order) and all(e.alias == SOURCE and e.label not in shown for e in things)
