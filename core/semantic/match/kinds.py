"""'How many dogs': a name in a table of kinds stands for the things of that kind, not for its one row."""

from __future__ import annotations

from core.semantic.match.lexicon import Lexicon
from core.semantic.match.reading import EntityRef, Reading, TermSpec
from core.semantic.match.slots import Choice
from core.semantic.model import SOURCE, SemanticModel

_MOST_FIELDS = 3
"""A table of kinds holds a key, a name, and hardly more."""


def kinds_counted(reading: Reading, choice: Choice, lexicon: Lexicon) -> bool:
    """Turns counts of a kind's row into counts of what refers to it; False when it is not clear what does."""
    return all(_counted(term, choice, lexicon) for term in reading.terms if term.of_a_kind)


def _counted(term: TermSpec, choice: Choice, lexicon: Lexicon) -> bool:
    named = next((v.field for v in choice.values.values() if lexicon.labels.get(v.field.table) == v.field), None)
    if term.entity is None or named is None:
        return True
    holders = [model for model in lexicon.catalog.models if _holds(model, named.table)]
    if len(lexicon.fields_of.get(named.table, ())) > _MOST_FIELDS or len(holders) != 1:
        return False
    concept = lexicon.entities.get(holders[0].source)
    if concept is None:
        return False
    term.entity = EntityRef(concept, term.entity.at, term.entity.text)
    return True


def _holds(model: SemanticModel, table: str) -> bool:
    """Whether each row of the model's own table is of one kind."""
    direct = any(parent == SOURCE and join.source == table for join, parent in model.walk_joins())
    return direct and not model.bridge and model.source != table
