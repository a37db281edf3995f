"""Keys and references between the tables of a schema: declared ones, and those that names and values show.

Finding them is the semantic draft's work; here its question is only asked with the profiles that tests need anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.semantic.draft.keys import Edge, find_edges, find_key
from core.semantic.draft.naming import Naming
from core.semantic.draft.profile import ColumnProfile, TableProfile, field_type
from core.testing.check import Read
from core.testing.profile import Profile

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Relations:
    """What belongs to what in one schema."""

    keys: Mapping[str, tuple[str, ...]]
    """Table name -> its key; () where it has none."""
    edges: tuple[Edge, ...]

    def of(self, table: str) -> tuple[Edge, ...]:
        """The references that the rows of a table make."""
        return tuple(edge for edge in self.edges if edge.child == table)


def find_relations(profiles: Mapping[str, Profile], read: Read) -> Relations:
    """One statement for each pair of columns whose names make it likely; declared references take none."""
    drafts = {name: _as_draft(profile) for name, profile in profiles.items()}
    naming = Naming(drafts, [column for draft in drafts.values() for column in draft.columns])
    keys = {name: find_key(draft, naming) for name, draft in drafts.items()}
    return Relations(keys, tuple(find_edges(drafts, keys, naming, lambda statement: _table(statement, read))))


def _table(statement: str, read: Read) -> pa.Table:
    import pyarrow as pa

    answer = read(statement)
    names = [column.name for column in answer.columns]
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in answer.rows])


def _as_draft(profile: Profile) -> TableProfile:
    draft = TableProfile(profile.name, profile.full_name, rows=profile.rows)
    draft.primary_key, draft.declared = profile.primary_key, profile.declared
    for facts in profile.columns.values():
        column = ColumnProfile(facts.name, field_type(facts.type))
        column.present, column.distinct = facts.present, facts.distinct or 0
        draft.columns[facts.name] = column
    return draft
