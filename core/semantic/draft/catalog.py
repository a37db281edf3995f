"""Puts the drafted parts together: one model a table that can be a source, with everything it leads to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from core.semantic.draft.durations import durations
from core.semantic.draft.fields import FieldDraft, amount_measure, draft_fields, label_of, time_of, units_measure
from core.semantic.draft.keys import Edge, find_edges, find_key
from core.semantic.draft.naming import Naming
from core.semantic.draft.profile import Sample, TableProfile, profile_table, quote, quote_path
from core.semantic.model import SOURCE, Dimension, Entity, Join, Measure, SemanticCatalog, SemanticModel, value_key
from core.semantic.names import lemma, plural
from core.semantic.values import day_range

if TYPE_CHECKING:
    from core.warehouse.port import TableInfo

_DEPTH = 4
_MOST_JOINS = 14


@dataclass
class _Drafts:
    """Everything known of the schema's tables while models are put together."""

    tables: dict[str, TableProfile]
    keys: dict[str, tuple[str, ...]]
    edges: dict[str, list[Edge]]
    fields: dict[str, list[FieldDraft]]
    labels: dict[str, FieldDraft | None]
    naming: Naming


def draft_catalog(name: str, tables: Sequence[TableInfo], sample: Sample) -> SemanticCatalog:
    """A catalog of `name` (catalog.schema) for its tables; views are left out when tables are there.

    `sample` runs SELECTs of Databricks SQL. Raises what `sample` raises.
    """
    base = [table for table in tables if table.kind == "table"] or list(tables)
    profiles = {table.name: _profiled(table, sample) for table in base}
    naming = Naming(profiles, [column for profile in profiles.values() for column in profile.columns])
    keys = {table: find_key(profile, naming) for table, profile in profiles.items()}
    edges: dict[str, list[Edge]] = {table: [] for table in profiles}
    for edge in find_edges(profiles, keys, naming, sample):
        edges[edge.child].append(edge)
    fields = {table: draft_fields(profile, naming) for table, profile in profiles.items()}
    fields = {table: [*own, *durations(profiles[table], own, naming)] for table, own in fields.items()}
    labels = {table: label_of(profile, fields[table], keys[table], naming) for table, profile in profiles.items()}
    drafts = _Drafts(profiles, keys, edges, fields, labels, naming)
    models = tuple(_model(table, drafts) for table in profiles)
    return SemanticCatalog(
        name=name, models=models, status="draft", fingerprint=fingerprint(base), values=_values(drafts),
        complete=frozenset(_values(drafts)), ranges=_ranges(drafts),
    )  # fmt: skip


def fingerprint(tables: Sequence[TableInfo]) -> str:
    """Changes when a table or column is added, removed or retyped."""
    shape = sorted((table.name, [(c.name, c.type) for c in table.columns]) for table in tables)
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:16]


def _profiled(table: TableInfo, sample: Sample) -> TableProfile:
    profile = profile_table(table, sample)
    profile.primary_key = tuple(json.loads(table.properties.get("aiops.primary_key", "[]")))
    declared = json.loads(table.properties.get("aiops.foreign_keys", "[]"))
    profile.declared = tuple(
        (tuple(key["columns"]), str(key["table"]), tuple(key.get("references", ()))) for key in declared
    )
    return profile


def _values(drafts: _Drafts) -> dict[str, tuple[str, ...]]:
    found = {}
    for table, fields in drafts.fields.items():
        profile = drafts.tables[table]
        for item in fields:
            if item.indexed and item.column is not None:
                found[value_key(_source(profile), item.column)] = profile.columns[item.column].values or ()
    return found


def _ranges(drafts: _Drafts) -> dict[str, tuple[date, date]]:
    found = {}
    for profile in drafts.tables.values():
        for column in profile.columns.values():
            days = day_range(column.low, column.high) if column.type in ("date", "timestamp") else None
            if days is not None:
                found[value_key(_source(profile), column.name)] = days
    return found


def _source(profile: TableProfile) -> str:
    return quote_path(profile.full_name) if not _plain(profile.full_name) else profile.full_name


def _plain(full_name: str) -> bool:
    return all(part.replace("_", "a").isalnum() and not part[0].isdigit() for part in full_name.split("."))


@dataclass
class _Reached:
    """A table in a model under its alias."""

    alias: str
    table: str
    parent: str
    edge: Edge | None
    depth: int
    role: tuple[str, ...]
    """Words that tell it from another role of the same table."""


def _reach(table: str, drafts: _Drafts) -> list[_Reached]:
    """The source and all tables it leads to by many-to-one joins, nearest first."""
    found = [_Reached(SOURCE, table, "", None, 0, ())]
    queue = [(found[0], frozenset((table,)))]
    while queue and len(found) <= _MOST_JOINS:
        at, path = queue.pop(0)
        for edge in drafts.edges[at.table]:
            if edge.parent in path or at.depth >= _DEPTH or len(found) > _MOST_JOINS:
                continue
            siblings = [other for other in drafts.edges[at.table] if other.parent == edge.parent]
            role = _role(edge, drafts) if len(siblings) > 1 else at.role
            again = [other for other in found if other.table == edge.parent]
            if again and len(siblings) == 1 and at.depth > 0:
                if min(other.depth for other in again) <= at.depth:
                    continue
                role = (*at.role, *drafts.naming.entity_words(at.table))  # as near by another way: which, is to be said
            reached = _Reached(_alias(edge, role, found), edge.parent, at.alias, edge, at.depth + 1, role)
            found.append(reached)
            queue.append((reached, path | {edge.parent}))
    return found


def _role(edge: Edge, drafts: _Drafts) -> tuple[str, ...]:
    words = drafts.naming.words(edge.columns[0])
    common = {*drafts.naming.entity_words(edge.parent), *drafts.naming.words(edge.references[0]), "id", "code", "key"}
    return tuple(word for word in words if word not in common) or words


def _alias(edge: Edge, role: tuple[str, ...], found: list[_Reached]) -> str:
    taken = {reached.alias.casefold() for reached in found}
    base = "_".join((*role, edge.parent)) if role else edge.parent
    alias, number = base, 2
    while alias.casefold() in taken or alias == SOURCE:
        alias, number = f"{base}_{number}", number + 1
    return alias


def _model(table: str, drafts: _Drafts) -> SemanticModel:
    reached = _reach(table, drafts)
    profile, naming = drafts.tables[table], drafts.naming
    dimensions: list[Dimension] = []
    names: dict[tuple[str, FieldDraft], str] = {}
    taken: set[str] = set()
    measures = _measures(table, drafts)
    taken |= {measure.name.casefold() for measure in measures}
    for place in reached:
        for item in drafts.fields[place.table]:
            name = _unique(_dimension_name(place, item, naming), taken)
            names[place.alias, item] = name
            dimensions.append(_dimension(name, place, item))
    return SemanticModel(
        name=table, comment=profile.comment, source=_source(profile), joins=_joins(SOURCE, reached, drafts),
        dimensions=tuple(dimensions), measures=tuple(measures),
        entities=tuple(_entity(place, drafts, names) for place in reached),
        time_dimension=_time(reached, drafts, names), bridge=_is_bridge(table, drafts),
    )  # fmt: skip


def _dimension(name: str, place: _Reached, item: FieldDraft) -> Dimension:
    alias = quote(place.alias) if place.alias != SOURCE else SOURCE
    synonyms = item.synonyms
    if place.role:
        synonyms = tuple(f"{' '.join(place.role)} {text}" for text in synonyms)
    return Dimension(
        name=name, expr=item.expr.format(alias=alias), comment=item.comment, synonyms=synonyms, type=item.type,
        indexed=item.indexed,
    )  # fmt: skip


def _dimension_name(place: _Reached, item: FieldDraft, naming: Naming) -> str:
    words = item.words
    if place.alias == SOURCE:
        return " ".join(words)
    entity = naming.entity_words(place.table)
    own = words if words[: len(entity)] == entity else (*entity, *words)
    return " ".join((*place.role, *own))


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate, number = f"{name} {number}", number + 1
    taken.add(candidate.casefold())
    return candidate


def _joins(parent: str, reached: list[_Reached], drafts: _Drafts) -> tuple[Join, ...]:
    joins = []
    for place in reached:
        if place.parent == parent and place.edge is not None:
            left = SOURCE if parent == SOURCE else quote(parent)
            pairs = zip(place.edge.columns, place.edge.references, strict=True)
            on = " AND ".join(f"{left}.{quote(a)} = {quote(place.alias)}.{quote(b)}" for a, b in pairs)
            source = _source(drafts.tables[place.table])
            joins.append(Join(name=place.alias, source=source, on=on, joins=_joins(place.alias, reached, drafts)))
    return tuple(joins)


def _entity(place: _Reached, drafts: _Drafts, names: dict[tuple[str, FieldDraft], str]) -> Entity:
    label = drafts.labels[place.table]
    words = (*place.role, *drafts.naming.entity_words(place.table))
    key = drafts.keys[place.table] or (place.edge.references if place.edge is not None else ())
    synonyms = () if place.role else drafts.naming.entity_synonyms(place.table)
    if not place.role and len(words) > 1 and drafts.keys[place.table]:
        key_words = drafts.naming.words(drafts.keys[place.table][0])
        synonyms += (words[-1],) if key_words[:1] == (words[-1],) and words[-1] not in synonyms else ()
    if _is_figure(words, drafts.tables[place.table], drafts.naming):
        words, synonyms = (*words, "record"), ()  # 'salary' is the number, its rows are salary records
    repeated = _repeats(place.table, drafts)
    if repeated and label is not None and label.column is not None:
        key = (label.column,)
    return Entity(
        name=" ".join(words), alias=place.alias, key=key, synonyms=synonyms, repeated=repeated,
        label=names[place.alias, label] if label is not None else None,
    )  # fmt: skip


def _is_figure(words: tuple[str, ...], table: TableProfile, naming: Naming) -> bool:
    """Whether the table is named after one of its own numbers (salaries.salary)."""
    wanted = [lemma(word) for word in words]
    numbers = (column for column, profile in table.columns.items() if profile.type in ("integer", "number"))
    return any([lemma(word) for word in naming.words(column)] == wanted for column in numbers)


def _time(reached: list[_Reached], drafts: _Drafts, names: dict[tuple[str, FieldDraft], str]) -> str | None:
    """The source's own default date, else that of the nearest table it belongs to when there is just one."""
    for depth in (0, 1, 2):
        found = []
        for place in (p for p in reached if p.depth == depth):
            item = time_of(drafts.tables[place.table], drafts.fields[place.table], drafts.naming)
            if item is not None:
                found.append(names[place.alias, item])
        own = any(f.type in ("date", "timestamp") for p in reached if p.depth == depth for f in drafts.fields[p.table])
        if found or own:
            return found[0] if len(found) == 1 else None
    return None


def _measures(table: str, drafts: _Drafts) -> list[Measure]:
    amount = amount_measure(drafts.tables[table], drafts.naming)
    noun = " ".join(drafts.naming.entity_words(table))
    count = Measure(name=f"number of {plural(noun)}", expr="COUNT(*)")
    units = units_measure(drafts.tables[table], drafts.naming)
    return [count, *(measure for measure in (amount, units) if measure is not None)]


def _repeats(table: str, drafts: _Drafts) -> bool:
    """A list of labels of other rows ('categories of a business'): the same label stands in several rows."""
    label, profile = drafts.labels[table], drafts.tables[table]
    if any(edge.parent == table for edges in drafts.edges.values() for edge in edges):
        return False
    if label is None or label.column is None or not drafts.edges[table] or (label.column,) == drafts.keys[table]:
        return False
    references = {column for edge in drafts.edges[table] for column in edge.columns}
    rest = set(profile.columns) - references - set(drafts.keys[table]) - {label.column}
    rest -= {column for column in profile.columns if drafts.naming.words(column)[-1] == "id"}
    column = profile.columns[label.column]
    return not rest and column.distinct < column.present


def _is_bridge(table: str, drafts: _Drafts) -> bool:
    """A table of little but references to two or more others."""
    references = {column for edge in drafts.edges[table] for column in edge.columns}
    parents = {edge.parent for edge in drafts.edges[table]}
    rest = [column for column in drafts.tables[table].columns if column not in references]
    own_key = set(drafts.keys[table])
    return len(parents) >= 2 and all(column in own_key or len(rest) <= 1 for column in rest)
