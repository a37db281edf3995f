"""Everything a schema's questions can name, indexed by the stems of its words: entities, fields, measures, values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.semantic.model import (
    SOURCE,
    Dimension,
    FieldType,
    Grain,
    SemanticCatalog,
    SemanticModel,
    value_key,
)
from core.semantic.names import fold, identifier_words, lemma, stem

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class EntityConcept:
    """Rows of one table."""

    table: str
    name: str


@dataclass(frozen=True)
class FieldConcept:
    """A column (or a named expression) whichever model leads to it."""

    table: str
    column: str
    type: FieldType
    name: str


@dataclass(frozen=True)
class MeasureConcept:
    model: str
    name: str


@dataclass(frozen=True)
class ValueConcept:
    """One stored text of a field."""

    field: FieldConcept
    value: str


@dataclass(frozen=True)
class GrainConcept:
    """A unit of a time that a field holds: 'signup year', 'month of delivery'."""

    field: FieldConcept
    grain: Grain

    @property
    def name(self) -> str:
        return f"{self.grain} of {self.field.name}"


Concept = EntityConcept | FieldConcept | MeasureConcept | ValueConcept | GrainConcept


@dataclass
class Place:
    """Where a field is found in one model."""

    dimension: str
    alias: str


@dataclass
class Lexicon:
    """Built once a catalog and kept with it; lookups are dictionary reads."""

    catalog: SemanticCatalog
    phrases: dict[Phrase, list[tuple[Concept, float]]] = field(default_factory=dict)
    values: dict[Phrase, list[tuple[ValueConcept, float]]] = field(default_factory=dict)
    places: dict[FieldConcept, dict[str, list[Place]]] = field(default_factory=dict)
    """Field -> model name -> its dimensions there."""
    entities: dict[str, EntityConcept] = field(default_factory=dict)
    """Table -> entity."""
    fields_of: dict[str, list[FieldConcept]] = field(default_factory=dict)
    labels: dict[str, FieldConcept] = field(default_factory=dict)
    """Table -> the field that names one row."""
    indexed: set[str] = field(default_factory=set)
    longest: int = 1
    longest_value: int = 1
    vocabulary: frozenset[str] = frozenset()
    """Single words that occur in names."""
    value_words: frozenset[str] = frozenset()

    def concepts(self, phrase: Phrase) -> list[tuple[Concept, float]]:
        return self.phrases.get(phrase, [])


_BUILT: dict[int, tuple[SemanticCatalog, Lexicon]] = {}


def lexicon_of(catalog: SemanticCatalog) -> Lexicon:
    """The catalog's lexicon, built at its first use."""
    found = _BUILT.get(id(catalog))
    if found is not None and found[0] is catalog:
        return found[1]
    built = _build(catalog)
    if len(_BUILT) > 64:
        _BUILT.clear()
    _BUILT[id(catalog)] = (catalog, built)
    return built


def stems(text: str) -> Phrase:
    return tuple(stem(lemma(word)) for word in identifier_words(text))


def _build(catalog: SemanticCatalog) -> Lexicon:
    lexicon = Lexicon(catalog)
    names: dict[Phrase, dict[Concept, float]] = defaultdict(dict)
    known: dict[tuple[str, str], FieldConcept] = {}
    for model in catalog.models:
        _read_entities(lexicon, names, model)
    for model in catalog.models:
        for dimension in model.dimensions:
            _read_dimension(lexicon, names, known, model, dimension)
        for measure in model.measures:
            concept = MeasureConcept(model.name, measure.name)
            for text, weight in _spoken(measure.name, measure.display_name, measure.synonyms):
                if not (measure.expr.upper() == "COUNT(*)" and measure.filter is None and _says_count(text)):
                    _put(names, stems(text), concept, weight)
        _read_labels(lexicon, names, known, model)
    _read_heads(lexicon, names)
    _things_before_times(names)
    lexicon.phrases = {phrase: sorted(found.items(), key=lambda item: -item[1]) for phrase, found in names.items()}
    _read_values(lexicon, known)
    lexicon.longest = max((len(phrase) for phrase in lexicon.phrases), default=1)
    lexicon.longest_value = max((len(phrase) for phrase in lexicon.values), default=1)
    lexicon.vocabulary = frozenset(word for phrase in lexicon.phrases for word in phrase)
    lexicon.value_words = frozenset(word for phrase in lexicon.values for word in phrase)
    return lexicon


def _says_count(text: str) -> bool:
    """'number of customers' is a count of an entity, whichever model it is asked of."""
    return text.lower().startswith("number of ") or text.lower().endswith(" count")


def _put(names: dict[Phrase, dict[Concept, float]], phrase: Phrase, concept: Concept, weight: float) -> None:
    if phrase and weight > names[phrase].get(concept, 0.0):
        names[phrase][concept] = weight
        if len(phrase) > 1 and phrase[0] == "averag":
            _put(names, ("avg", *phrase[1:]), concept, weight)


def _spoken(name: str, display: str | None, synonyms: Iterable[str]) -> list[tuple[str, float]]:
    spoken = [(name, 1.0)] + ([(display, 1.0)] if display else [])
    return spoken + [(synonym, 0.95) for synonym in synonyms]


def _read_entities(lexicon: Lexicon, names: dict[Phrase, dict[Concept, float]], model: SemanticModel) -> None:
    for entity in model.entities:
        table = model.aliases[entity.alias]
        concept = lexicon.entities.setdefault(table, EntityConcept(table, entity.name))
        for text, weight in _spoken(entity.name, None, entity.synonyms):
            _put(names, stems(text), concept, weight)


def _read_dimension(
    lexicon: Lexicon,
    names: dict[Phrase, dict[Concept, float]],
    known: dict[tuple[str, str], FieldConcept],
    model: SemanticModel,
    dimension: Dimension,
) -> None:
    alias, column = model.home(dimension)
    table = model.aliases[alias]
    key = (table, column if column is not None else f"={dimension.name}")
    concept = known.get(key)
    if (concept is None or (alias == SOURCE and concept.name != dimension.name)) and concept is None:
        concept = FieldConcept(table, key[1], dimension.type, dimension.name)
        known[key] = concept
        lexicon.fields_of.setdefault(table, []).append(concept)
    lexicon.places.setdefault(concept, {}).setdefault(model.name, []).append(Place(dimension.name, alias))
    if dimension.indexed:
        lexicon.indexed.add(value_key(table, key[1]))
    for text, weight in _spoken(dimension.name, dimension.display_name, dimension.synonyms):
        _put(names, stems(text), concept, weight)
    if column is not None:
        _put(names, stems(column), concept, 1.0)
    if concept.type in ("date", "timestamp"):
        _read_units(names, concept, [stems(text) for text in (dimension.name, *dimension.synonyms)])
    if alias == SOURCE:
        entity = lexicon.entities.get(table)
        _read_own_name(names, concept, stems(dimension.name), entity)
        bare = stems(dimension.name)[:-1]
        if bare and concept.type in ("integer", "number") and any(stems(text) == bare for text in dimension.synonyms):
            _read_without_unit(names, concept, bare, stems(column or "")[:-1], entity)


def _read_units(names: dict[Phrase, dict[Concept, float]], concept: FieldConcept, spoken: Iterable[Phrase]) -> None:
    """'signup year' and 'year of signup' for a field called 'signup date' or 'signed up on'."""
    for words in spoken:
        if len(words) < 2 or words[-1] not in _TIME_ENDS:
            continue
        for grain in _GRAINS:
            _put(names, (*words[:-1], grain), GrainConcept(concept, grain), 0.95)
            _put(names, (grain, "of", *words[:-1]), GrainConcept(concept, grain), 0.95)


def _read_without_unit(
    names: dict[Phrase, dict[Concept, float]],
    concept: FieldConcept,
    bare: Phrase,
    written: Phrase,
    entity: EntityConcept | None,
) -> None:
    """'delivery weight' and 'runtime' for a column that ends in its unit."""
    if concept.name.split()[-2].endswith("ed"):
        return
    _put(names, written, concept, 0.9)
    if entity is not None:
        _put(names, stems(entity.name) + bare, concept, 0.9)


def _read_own_name(
    names: dict[Phrase, dict[Concept, float]], concept: FieldConcept, words: Phrase, entity: EntityConcept | None
) -> None:
    """Shorter and longer ways to say a column: without its table, without 'name', with 'name'."""
    own = stems(entity.name) if entity is not None else ()
    bare = len(words) == 2 and words[0] in _PARTS_OF_NAMES
    if concept.type == "string" and words[-1:] == ("nam",) and len(words) > 1 and words[:-1] != own and not bare:
        _put(names, words[:-1], concept, 0.95)
    elif concept.type == "string" and words[-1:] != ("nam",) and words != own and not bare:
        _put(names, (*words, "nam"), concept, 0.9)
    if concept.type in ("date", "timestamp") and len(words) > 1 and words[-1] in ("on", "at"):
        _put(names, (*words[:-1], "dat"), concept, 0.95)
    elif concept.type in ("date", "timestamp") and words[-1] not in _TIME_ENDS:
        _put(names, (*words, "dat"), concept, 0.9)
    if own and words[: len(own)] == own and len(words) > len(own):
        _put(names, words[len(own) :], concept, 0.9)
    elif own:
        _put(names, own + words, concept, 1.0)


def _read_labels(
    lexicon: Lexicon,
    names: dict[Phrase, dict[Concept, float]],
    known: Mapping[tuple[str, str], FieldConcept],
    model: SemanticModel,
) -> None:
    for entity in model.entities:
        if entity.label is None:
            continue
        alias, column = model.home(model.dimension_by_name[entity.label])
        concept = known.get((model.aliases[alias], column or f"={entity.label}"))
        if concept is not None and concept.table == model.aliases[entity.alias]:
            lexicon.labels.setdefault(concept.table, concept)
            if entity.alias == SOURCE and concept.type == "string":
                for phrase in (("nam",), (*stems(entity.name), "nam")):
                    _put(names, phrase, concept, 0.85)


_GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
_TIME_ENDS = frozenset(("dat", "tim", "day", "on", "at"))
_PARTS_OF_NAMES = frozenset(("first", "last", "middl", "full", "given", "famil", "family"))
_PREPOSITIONS = frozenset(("on", "in", "to", "by", "of", "for", "at", "from", "per"))
_GENERIC = frozenset(
    ["id", "nam", "cod", "numb", "typ", "count", "dat", "titl", "text", "desc", "description", "key", "valu"]
)


def _read_heads(lexicon: Lexicon, names: dict[Phrase, dict[Concept, float]]) -> None:
    """The last word of a longer name, when no other field of its table ends so ('price' for 'unit price')."""
    for fields in lexicon.fields_of.values():
        heads: dict[str, list[FieldConcept]] = defaultdict(list)
        for concept in fields:
            words = stems(concept.name)
            heads[words[-1]].append(concept)
        for head, concepts in heads.items():
            words = stems(concepts[0].name)
            thing = any(isinstance(concept, EntityConcept) for concept in names.get((head,), ()))
            modified = thing or (len(words) > 2 and words[-2] in _PREPOSITIONS)
            if len(concepts) == 1 and head not in _GENERIC and len(words) > 1 and len(head) > 2 and not modified:
                _put(names, (head,), concepts[0], 0.7)


def _things_before_times(names: dict[Phrase, dict[Concept, float]]) -> None:
    """A word that names a thing ('order') is never short for a date of it ('ordered')."""
    for found in names.values():
        if any(isinstance(concept, EntityConcept) for concept in found):
            for concept in [c for c in found if isinstance(c, FieldConcept) and c.type in ("date", "timestamp")]:
                del found[concept]


def _read_values(lexicon: Lexicon, known: Mapping[tuple[str, str], FieldConcept]) -> None:
    values: dict[Phrase, list[tuple[ValueConcept, float]]] = defaultdict(list)
    for (table, column), concept in known.items():
        for text in lexicon.catalog.values.get(value_key(table, column), ()):
            phrase = value_phrase(text)
            if phrase and len(phrase) <= 12:
                values[phrase].append((ValueConcept(concept, text), 1.0))
            for spoken in _spoken_codes(concept, text):
                values[(spoken,)].append((ValueConcept(concept, text), 0.95))
    lexicon.values = dict(values)


_SEXES = {
    "m": ("male", "males", "men"), "f": ("female", "females", "women"), "w": ("female", "females", "women"),
    "male": ("males", "men"), "female": ("females", "women"),
}  # fmt: skip


def _spoken_codes(concept: FieldConcept, text: str) -> tuple[str, ...]:
    """'female' for the F of a column of genders."""
    return _SEXES.get(text.casefold(), ()) if {"gender", "sex"} & set(concept.name.split()) else ()


def value_phrase(text: str) -> Phrase:
    """Folded words of a stored text, as a question would write them."""
    from core.semantic.match.tokens import tokenize

    if len(text) > 120:
        return ()
    cleaned = fold(text).replace("'", "").replace('"', "")
    return tuple(token.word for token in tokenize(cleaned) if token.kind != "sign")
