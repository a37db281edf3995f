"""Keys and many-to-one joins: declared ones first, else by names, uniqueness and inclusion of values."""

from __future__ import annotations

from dataclasses import dataclass

from core.semantic.draft.naming import Naming
from core.semantic.draft.profile import Sample, TableProfile, quote, quote_path
from core.semantic.names import lemma

_KEY_ENDINGS = ("id", "key", "code", "number", "uuid", "guid")
_INCLUDED = 0.95
"""Share of a column's distinct values that must be found in the referenced key."""


@dataclass(frozen=True)
class Edge:
    """Each row of `child` has at most one row of `parent`."""

    child: str
    columns: tuple[str, ...]
    parent: str
    references: tuple[str, ...]
    declared: bool = False


def find_key(table: TableProfile, naming: Naming) -> tuple[str, ...]:
    """The primary key: declared, or the unique column whose name says it identifies a row; () when there is none."""
    if table.primary_key and all(column in table.columns for column in table.primary_key):
        return table.primary_key
    best: tuple[float, str] | None = None
    for position, column in enumerate(table.columns):
        score = _key_score(table, column, position, naming)
        if score is not None and (best is None or score > best[0]):
            best = (score, column)
    return (best[1],) if best is not None else ()


def _key_score(table: TableProfile, column: str, position: int, naming: Naming) -> float | None:
    profile = table.columns[column]
    if profile.type not in ("integer", "string") or (table.rows > 0 and not table.unique(column)):
        return None
    words, entity = naming.words(column), naming.entity_words(table.name)
    mentions = {lemma(word) for word in entity} & {lemma(word) for word in words}
    score = 2.0 if mentions else 0.0
    if words[-1] in _KEY_ENDINGS:
        score += 3.0 if words[-1] != "number" else 1.5
    elif column.lower().endswith("id") and len(column) <= 4:
        score += 2.5
    elif words[-1] == "name":
        score += 1.0 if mentions else 0.4
    elif not {lemma(word) for word in words} <= {lemma(word) for word in entity}:
        return None
    elif profile.type == "integer" and position > 0:
        return None  # a number that the table is named after is what it tells (salaries.salary), not who it tells it of
    others = {other for other in naming.entities if other != table.name}
    foreign = any(set(naming.entity_words(other)) & set(words) and not mentions for other in others)
    score += 0.6 if position == 0 else 0.0
    return None if foreign and words != ("id",) else score


def find_edges(
    tables: dict[str, TableProfile], keys: dict[str, tuple[str, ...]], naming: Naming, sample: Sample
) -> list[Edge]:
    """Every many-to-one join between the tables, declared or found."""
    edges = [edge for table in tables.values() for edge in _declared(table, tables)]
    known = {(edge.child, edge.columns) for edge in edges}
    for child in tables.values():
        for column in child.columns:
            if (child.name, (column,)) in known or child.columns[column].type not in ("integer", "string"):
                continue
            edge = _found(child, column, tables, keys, naming, sample)
            if edge is not None:
                edges.append(edge)
    return edges


def _declared(table: TableProfile, tables: dict[str, TableProfile]) -> list[Edge]:
    edges = []
    for columns, parent, references in table.declared:
        name = next((other for other in tables if other.casefold() == parent.casefold()), None)
        if name is None or name == table.name or not all(column in table.columns for column in columns):
            continue
        target = references or tables[name].primary_key
        if len(target) == len(columns) and all(column in tables[name].columns for column in target):
            edges.append(Edge(table.name, columns, name, tuple(target), declared=True))
    return edges


def _found(
    child: TableProfile,
    column: str,
    tables: dict[str, TableProfile],
    keys: dict[str, tuple[str, ...]],
    naming: Naming,
    sample: Sample,
) -> Edge | None:
    ranked: list[tuple[float, str, str]] = []
    for parent in tables.values():
        if parent.name == child.name:
            continue
        for reference in _references(parent, column, keys, naming):
            score = _name_score(child, column, parent, reference, keys, naming)
            if score is not None:
                ranked.append((score, parent.name, reference))
    for _, parent_name, reference in sorted(ranked, reverse=True)[:6]:
        parent = tables[parent_name]
        if child.columns[column].type != parent.columns[reference].type:
            continue
        if _included(child, column, parent, reference, sample):
            return Edge(child.name, (column,), parent_name, (reference,))
    return None


def _references(parent: TableProfile, column: str, keys: dict[str, tuple[str, ...]], naming: Naming) -> list[str]:
    """Columns of `parent` that can be referenced: its key, or a unique column of the same name."""
    key = keys[parent.name]
    found = [key[0]] if len(key) == 1 else []
    same = next((other for other in parent.columns if other.casefold() == column.casefold()), None)
    if same is not None and same not in found and parent.unique(same):
        found.append(same)
    return found


def _name_score(
    child: TableProfile,
    column: str,
    parent: TableProfile,
    reference: str,
    keys: dict[str, tuple[str, ...]],
    naming: Naming,
) -> float | None:
    if keys[child.name] == (column,) and names_row(child, column, naming):
        return None
    raw = naming.words(column)
    words = tuple(lemma(word) for word in raw)
    entity = tuple(lemma(word) for word in naming.entity_words(parent.name))
    suffixed = words[-1] in (*_KEY_ENDINGS, "name", "no") and len(words) > 1
    stripped = words[:-1] if suffixed else words
    about_parent = bool(entity) and stripped[-len(entity) :] == entity
    if words[0] in ("number", "count", "total") or (about_parent and not suffixed and raw[-1] != words[-1]):
        return None
    same = column.casefold() == reference.casefold()
    generic = naming.words(reference) in (("id",), ("name",), ("code",), ("key",), ("title",), ("number",))
    if about_parent and reference in keys[parent.name]:
        exact = 1.0 if stripped == entity else 0.5
        return 4.0 + exact + (1.0 if same else 0.0)
    if not same and not generic and _plays_role(raw, naming.words(reference)):
        return 3.5 if reference in keys[parent.name] else 2.5
    if not same or generic:
        return None
    if keys[child.name] == (column,) and not _owns(parent, column, naming):
        return None
    linking = sum(1 for other in naming.entities.values() if set(other) < set(naming.entity_words(parent.name)))
    owned = names_row(parent, column, naming) or _owns(parent, column, naming)
    return 3.0 + (1.0 if owned else 0.0) - 0.5 * linking + 0.01 * len(parent.columns)


def _plays_role(words: tuple[str, ...], reference: tuple[str, ...]) -> bool:
    """'origin airport code' for 'airport code': the key's whole name after the part that the row plays."""
    return len(reference) > 1 and len(words) > len(reference) and words[-len(reference) :] == reference


def names_row(table: TableProfile, column: str, naming: Naming) -> bool:
    """Whether the column is named as the table's own key: 'id', 'customer_id' of customers, 'cid' of conferences."""
    words = tuple(lemma(word) for word in naming.words(column))
    entity = tuple(lemma(word) for word in naming.entity_words(table.name))
    stripped = words[:-1] if words[-1] in (*_KEY_ENDINGS, "name", "no") else words
    initials = "".join(word[0] for word in entity)
    return stripped in ((), entity) or column.lower() in (f"{initials}id", f"{initials}_id")


def _owns(table: TableProfile, column: str, naming: Naming) -> bool:
    """Whether a column's name speaks of this table ('state_name' of 'state')."""
    words = {lemma(word) for word in naming.words(column)}
    return bool({lemma(word) for word in naming.entity_words(table.name)} & words)


def _included(child: TableProfile, column: str, parent: TableProfile, reference: str, sample: Sample) -> bool:
    """Whether (nearly) all values of the column are found in a column that tells the parent's rows apart."""
    if child.rows == 0 or parent.rows == 0:
        return child.columns[column].type == "integer" or reference in parent.primary_key
    if not parent.unique(reference):
        return False
    distinct = child.columns[column].distinct
    if distinct == 0:
        return False
    statement = (
        f"SELECT COUNT(DISTINCT c.{quote(column)}) AS n FROM {quote_path(child.full_name)} AS c "
        f"JOIN {quote_path(parent.full_name)} AS p ON c.{quote(column)} = p.{quote(reference)}"
    )
    found = int(sample(statement).to_pylist()[0]["n"])
    return found >= _INCLUDED * distinct or (
        child.columns[column].type == "string" and found >= 0.6 * distinct and _strong(column)
    )


def _strong(column: str) -> bool:
    return column.lower().endswith(("_code", "_id", "code", "id", "_name"))
