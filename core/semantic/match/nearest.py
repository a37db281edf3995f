"""What a word that the schema lacks may have meant: its nearest names by embedding, asked about, never assumed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.semantic.match.items import Span
from core.semantic.match.lexicon import stems
from core.semantic.match.words import CONTRARIES
from core.semantic.model import SemanticCatalog
from core.semantic.names import plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

Embed = Callable[[str], "Vector"]
"""A text's unit vector."""
NEAR_ENOUGH = 0.5
"""Cosine from which a name is worth asking about; below it unrelated words begin."""
_MOST_NAMES = 120


@dataclass(frozen=True)
class Guess:
    """A question in which unknown words stand replaced by a name of the schema."""

    question: str
    instead_of: str
    name: str


def guesses(question: str, spans: Sequence[Span], catalog: SemanticCatalog, embed: Embed) -> Iterator[Guess]:
    """The question with its unknown words replaced by each near name, nearest first; none for several gaps."""
    gaps = list(_gaps(spans))
    if len(gaps) != 1:
        return
    words = gaps[0]
    asked = embed(words)
    ranked = sorted(((float(asked @ embed(name)), name) for name in _names(catalog)), reverse=True)
    for score, name in ranked[:3]:
        if score < NEAR_ENOUGH:
            return
        if any((one, other) in CONTRARIES for one in stems(words) for other in stems(name)):
            continue
        said = plural(name) if words.endswith("s") and not name.endswith("s") else name
        replaced = re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", said.replace("\\", ""), question, count=1)
        if replaced != question:
            yield Guess(replaced, words, said)


def _gaps(spans: Sequence[Span]) -> Iterator[str]:
    """Runs of unknown words."""
    run: list[str] = []
    for span in spans:
        if "z" in span.readings:
            run.append(span.readings["z"].text)
        elif run:
            yield " ".join(run)
            run = []
    if run:
        yield " ".join(run)


def _names(catalog: SemanticCatalog) -> list[str]:
    """The names a person can use: things, measures, then dimensions."""
    found: dict[str, None] = {}
    for model in catalog.models:
        found |= dict.fromkeys(entity.name for entity in model.entities)
        found |= dict.fromkeys(measure.name for measure in model.measures)
    for model in catalog.models:
        found |= dict.fromkeys(dimension.name for dimension in model.dimensions)
    return list(found)[:_MOST_NAMES]
