"""The tables of a schema, looked at once: their profiles, keys and references, and the rules that follow for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from core.testing.baseline import propose_baselines
from core.testing.check import Check, Gap, Read, Suite
from core.testing.closer import look_closer
from core.testing.profile import Profile, take_profile
from core.testing.reconciliation import Books, reconcile
from core.testing.relations import Relations, find_relations
from core.testing.rules import Subject, propose

if TYPE_CHECKING:
    from core.warehouse.port import TableInfo


@dataclass(frozen=True)
class Survey:
    """Profiles and relations of the tables that a person may read, in one schema."""

    profiles: dict[str, Profile]
    relations: Relations
    read: Read
    today: date

    def suite(self, table: str) -> Suite:
        """The validation rules of one table, and what they do not cover. Raises what `read` raises."""
        profile = self.profiles[table]
        subject = Subject(profile, self.relations, look_closer(profile, self.relations, self.read))
        return Suite(
            target=profile.full_name,
            checks=tuple({check.check_id: check for check in self._checks(subject)}.values()),
            gaps=tuple(_gaps(subject)),
        )

    def _checks(self, subject: Subject) -> Iterator[Check]:
        yield from propose(subject)
        yield from propose_baselines(subject, self.today)
        yield from reconcile(Books(self.profiles, self.relations), subject.profile.name, self.read)


def take_survey(tables: Sequence[TableInfo], read: Read, today: date) -> Survey:
    """Profile tables of one schema and find what belongs together. Raises what `read` raises."""
    profiles = {table.name: take_profile(table, read) for table in tables}
    return Survey(profiles, find_relations(profiles, read), read, today)


def _gaps(subject: Subject) -> Iterator[Gap]:
    profile = subject.profile
    if not profile.rows:
        yield Gap(what=profile.full_name, why="The table is empty, so nothing can be learned from its rows.")
    if not subject.key:
        yield Gap(what=profile.full_name, why="No column identifies its rows, so only whole rows can be compared.")
    for facts in profile.columns.values():
        if facts.family == "other":
            yield Gap(what=facts.name, why=f"Values of type {facts.type} have no order; only their absence is tested.")
        elif profile.rows and not facts.present:
            yield Gap(what=facts.name, why="The column has no value in any row.")
