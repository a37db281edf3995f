"""What a dry run is about: the statement, the tables it names as they are now, and the plan; three statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.codecheck import Review
from core.errors import AccessDenied, StatementFailed, StatementInvalid, StatementRefused, TableNotFound
from core.execution import objects
from core.execution.dry_run.inquiry import Inquiry
from core.execution.dry_run.trees import name_of, tables_of, target_of, with_clause
from core.execution.effect import ABSENT
from core.execution.objects import ObjectFacts, Parts, Version, key

if TYPE_CHECKING:
    from core.warehouse.port import Parameters, Plan


@dataclass(frozen=True)
class Subject:
    """The statement and its surroundings; `notes` grows while it is looked at."""

    tree: Any
    review: Review
    parameters: Parameters
    plan: Plan | None
    facts: Mapping[Parts, ObjectFacts]
    versions: Mapping[str, Version]
    notes: list[str] = field(default_factory=list)

    @property
    def target(self) -> str:
        """The name of what is written."""
        return name_of(target_of(self.tree))

    @property
    def target_facts(self) -> ObjectFacts | None:
        """What stands under the target's name now."""
        return self.facts.get(key(self.target))

    def required_target(self) -> ObjectFacts:
        """The same; raises TableNotFound when there is nothing."""
        found = self.target_facts
        if found is None:
            raise TableNotFound(
                f"The table or view {self.target} cannot be found.", error_class="TABLE_OR_VIEW_NOT_FOUND"
            )
        return found

    @property
    def numbers(self) -> dict[Parts, int]:
        """Version numbers by the key of the table."""
        return {key(name): version.number for name, version in self.versions.items()}

    @property
    def bytes(self) -> int | None:
        """Size of the tables it reads; None when it reads none whose size is known."""
        from sqlglot import exp

        unread = target_of(self.tree) if isinstance(self.tree, (exp.Insert, exp.Create)) else None
        names = {name_of(table) for table in tables_of(self.tree) if table is not unread}
        sizes = [version.bytes for name, version in self.versions.items() if name in names]
        return sum(sizes) if sizes else None

    @property
    def weight(self) -> int:
        """Bytes that counting would read: known sizes, or what the plan estimates where that is more."""
        estimated = self.plan.estimated_bytes if self.plan else None
        return max(self.bytes or 0, estimated or 0)

    @property
    def tokens(self) -> dict[str, str | None]:
        """The version of every table that it names."""
        return {name_of(table): self._token(name_of(table)) for table in tables_of(self.tree)}

    def _token(self, name: str) -> str | None:
        if name in self.versions:
            return self.versions[name].token
        # What a definition or a change names and is not there is absent; a query has read what it names.
        absent = key(name) not in self.facts and (self._is_alter or self._is_target(name))
        return ABSENT if absent else None

    @property
    def _is_alter(self) -> bool:
        from sqlglot import exp

        return isinstance(self.tree, exp.Alter)

    def _is_target(self, name: str) -> bool:
        target = target_of(self.tree)
        return target is not None and name == name_of(target)


def subject_of(inquiry: Inquiry, tree: Any, review: Review, parameters: Parameters) -> Subject:
    """EXPLAIN, the objects and their versions. Raises what the statement would fail with."""
    plan = _plan(inquiry, tree, parameters)
    names = list(dict.fromkeys(name_of(table) for table in tables_of(tree)))
    facts = objects.look_up(inquiry.rows, names, schema_of=_new_table(tree)) if names else {}
    versioned = [name for name in names if (found := facts.get(key(name))) is not None and found.versioned]
    notes: list[str] = []
    try:
        versions = objects.versions(inquiry.rows, versioned)
    except (StatementInvalid, StatementRefused, StatementFailed, AccessDenied) as error:
        notes.append(f"The versions of the tables cannot be read ({error.message}), so it is looked at as of now.")
        versions = {}
    return Subject(tree, review, parameters, plan, facts, versions, notes)


def _new_table(tree: Any) -> str | None:
    from sqlglot import exp

    return name_of(target_of(tree)) if isinstance(tree, exp.Create) else None


def _plan(inquiry: Inquiry, tree: Any, parameters: Parameters) -> Plan | None:
    from sqlglot import exp

    explained = tree
    if isinstance(tree, exp.Create):
        explained = tree.expression
        if isinstance(explained, exp.Query):
            explained = with_clause(explained, tree.args.get("with_"))
    if not isinstance(explained, (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge)):
        return None
    named = {node.name for node in explained.find_all(exp.Placeholder)}
    given = {name: value for name, value in parameters.items() if name in named}
    return inquiry.explain(explained.sql(dialect="databricks", comments=False), given)
