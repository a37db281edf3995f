"""The policy: which role may do what, on which tables, and who approves the rest.

Default deny; a forbidding rule beats every permitting one, for admin too; every ruling names its rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from core.errors import UnknownRole
from core.governance.actions import ACTIONS, OPEN_PAGE, matches
from core.governance.scope import covers, folded, join_name, split_name
from core.types import Frozen

ADMIN = "admin"
DEFAULT_STATE_SCHEMA = "main.aiops"


class Ruling(Frozen):
    """What the policy says of one action: `sentence` tells a person what, why (rule id) and the next step."""

    effect: Literal["permit", "forbid"]
    rule_ids: tuple[str, ...]
    sentence: str

    @property
    def permitted(self) -> bool:
        """Whether the effect is permit."""
        return self.effect == "permit"


class RoleRules(Frozen):
    """The rights of one role. Scope patterns: `*`, `catalog`, `catalog.schema`, `catalog.schema.table`."""

    actions: tuple[str, ...] = ()
    denied_actions: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    write_with_approval: tuple[str, ...] = ()
    denied_operations: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Groups of the workspace whose members have this role."""


class ApprovalRule(Frozen):
    """Who decides requests of one kind and risk, how many of them, and for how long a request stands."""

    id: str
    kind: str
    risk: str = "any"
    approver_roles: tuple[str, ...] = (ADMIN,)
    quorum: int = Field(default=1, ge=1)
    ttl_hours: float = Field(default=72, gt=0)
    sla_hours: float = Field(default=24, gt=0)
    """By when it should be decided; then it is overdue and goes to `escalate_to` too."""
    escalate_to: tuple[str, ...] = ()
    drift_share: float = Field(default=0.1, ge=0, le=1)
    """How far the counts of the dry run may move until the run before somebody is asked again."""
    auto_approve: float | None = Field(default=None, gt=0, le=1)
    """The confidence, from stored evidence, at which this rule approves by itself; only where nothing is changed."""

    def approves(self, risk: str, confidence: float | None) -> bool:
        """Whether the rule itself approves a request of this risk; never a write, DDL, code or a change of rights."""
        harmless = (self.kind == "execution" and risk == "read") or self.kind in AUTO_KINDS
        return harmless and self.auto_approve is not None and (confidence or 0.0) >= self.auto_approve


AUTO_KINDS = frozenset({"document", "retraining"})
"""Kinds beside reads that a written rule may approve by confidence."""
DEFAULT_APPROVAL = ApprovalRule(id="approvals.default", kind="any")


class Policy(Frozen):
    """One typed table. Build it with `from_mapping` (needs only `roles`) or `from_file` (strict)."""

    roles: Mapping[str, RoleRules]
    default_catalog: str = "main"
    default_schema: str = "default"
    forbidden_for_all: tuple[str, ...] = ()
    approvals: tuple[ApprovalRule, ...] = ()
    state_schema: str = DEFAULT_STATE_SCHEMA
    scopes: Mapping[str, tuple[str, ...] | None] = Field(default_factory=dict)
    """Loaded schemas: who may read `catalog.schema` beside admin; None: every role that may ask about tables."""

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], *, state_schema: str = DEFAULT_STATE_SCHEMA) -> Policy:
        """A policy from plain data; only `roles` is needed. Raises SettingsError."""
        from core.governance.policy_file import policy_from_mapping

        return policy_from_mapping(mapping, state_schema=state_schema)

    @classmethod
    def from_file(cls, path: Path | str, *, state_schema: str = DEFAULT_STATE_SCHEMA) -> Policy:
        """A policy from YAML; an unknown key or name raises SettingsError with file, key and what is allowed."""
        from core.governance.policy_file import policy_from_file

        return policy_from_file(Path(path), state_schema=state_schema)

    def with_scopes(self, scopes: Mapping[str, Iterable[str] | None]) -> Policy:
        """A policy in which each `catalog.schema` is readable by its roles and admin only (None: by every role)."""
        added = {
            join_name(self._schema_parts(schema)): None if roles is None else tuple(roles)
            for schema, roles in scopes.items()
        }
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return Policy.model_construct(**{**fields, "scopes": {**self.scopes, **added}})

    def role(self, name: str) -> RoleRules:
        """The rights of role `name`; raises UnknownRole with the roles there are."""
        try:
            return self.roles[name]
        except KeyError:
            known = ", ".join(sorted(self.roles))
            raise UnknownRole(
                f"There is no role '{name}'.", next_step=f"Use one of the roles of the policy: {known}."
            ) from None

    def roles_of(self, groups: Iterable[str]) -> tuple[str, ...]:
        """The roles that members of the workspace's `groups` have, in the policy's order; none when no rule fits."""
        there = {group.casefold() for group in groups}
        return tuple(name for name, rules in self.roles.items() if there & {g.casefold() for g in rules.groups})

    def decide(self, role: str, action: str, *, resource: str | None = None) -> Ruling:
        """Whether `role` may do `action`; `resource` is a page for `page.open`, else a table. Raises UnknownRole."""
        rules = self.role(role)
        if action == OPEN_PAGE:
            return self._decide_page(role, rules, resource or "")
        for pattern in rules.denied_actions:
            if matches(pattern, action):
                return self._forbid_action(role, action, f"{role}.denied_actions.{pattern}")
        granted = next((pattern for pattern in rules.actions if matches(pattern, action)), None)
        if granted is None or action not in ACTIONS:
            return self._forbid_action(role, action, "default-deny")
        rule = f"{role}.actions.{granted}"
        if resource is None:
            return Ruling(effect="permit", rule_ids=(rule,), sentence=f"Role {role} may {ACTIONS[action]}.")
        table = self.decide_write(role, resource) if action == "execution.request" else self.decide_read(role, resource)
        return Ruling(effect=table.effect, rule_ids=(rule, *table.rule_ids), sentence=table.sentence)

    def decide_read(self, role: str, table: str) -> Ruling:
        """Whether `role` may read `table` (missing parts take the defaults)."""
        rules = self.role(role)
        parts = self.resolve(table)
        name = join_name(parts)
        forbidden = self._forbidden_rule(parts)
        if forbidden is not None:
            return _forbid_table(role, name, "read", forbidden)
        rule = self._scope_rule(role, rules, folded(parts))
        if rule is None:
            return _forbid_table(role, name, "read", f"{role}.read")
        return Ruling(effect="permit", rule_ids=(rule,), sentence=f"Role {role} may read {name}.")

    def decide_write(self, role: str, table: str) -> Ruling:
        """Whether `role` may ask for a write into `table`; a permit still needs a person's approval."""
        rules = self.role(role)
        parts = self.resolve(table)
        name = join_name(parts)
        forbidden = self._forbidden_rule(parts)
        if forbidden is not None:
            return _forbid_table(role, name, "write", forbidden)
        for pattern in rules.write_with_approval:
            if covers(self._folded_pattern(pattern), folded(parts)):
                rule = f"{role}.write_with_approval.{pattern}"
                sentence = f"Role {role} may write {name} once the request is approved."
                return Ruling(effect="permit", rule_ids=(rule,), sentence=sentence)
        return _forbid_table(role, name, "write", f"{role}.write_with_approval")

    def decide_list(self, role: str, place: tuple[str, ...]) -> Ruling:
        """Whether `role` may list what is in `place` (a catalog, or a catalog and schema), of which it may read all."""
        padded = folded((*place, "", "")[:3])
        name = join_name(place)
        forbidden = self._forbidden_rule((padded[0], padded[1], padded[2]))
        if forbidden is not None:
            return _forbid_table(role, name, "list", forbidden)
        rule = self._scope_rule(role, self.role(role), padded)
        if rule is None:
            return _forbid_table(role, name, "list", f"{role}.read")
        return Ruling(effect="permit", rule_ids=(rule,), sentence=f"Role {role} may list what is in {name}.")

    def decide_restricted(self, role: str, what: str) -> Ruling:
        """Whether `role` may ask approval for `what`: metadata of all, which no wildcard covers. Only admin may."""
        if role == ADMIN and "*" in self.role(role).read:
            sentence = f"Role {role} may read {what} once the request is approved."
            return Ruling(effect="permit", rule_ids=(f"{role}.restricted",), sentence=sentence)
        return _forbid_table(role, what, "read", f"{role}.read")

    def can_read(self, role: str, table: str) -> bool:
        """Whether `role` may read `table`; False also for an unknown role or a name that is none."""
        if role not in self.roles:
            return False
        try:
            return self.decide_read(role, table).permitted
        except ValueError:
            return False

    def readable(self, role: str, tables: Iterable[str]) -> tuple[str, ...]:
        """Those of `tables` that `role` may read, in their order."""
        return tuple(table for table in tables if self.can_read(role, table))

    def resolve(self, table: str) -> tuple[str, str, str]:
        """The three parts of `table`, the defaults filled in. Raises ValueError when it is not a name."""
        parts = split_name(table)
        defaults = (self.default_catalog, self.default_schema)
        catalog, schema, name = (*defaults[: 3 - len(parts)], *parts)
        return catalog, schema, name

    def approval_rule(self, kind: str, risk: str) -> ApprovalRule:
        """The first rule for this kind and risk; without one, an admin decides within 72 hours."""
        for rule in self.approvals:
            if rule.kind in (kind, "any") and rule.risk in (risk, "any"):
                return rule
        return DEFAULT_APPROVAL

    @cached_property
    def _forbidden(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        listed = tuple(
            (f"forbidden_for_all.{pattern}", self._folded_pattern(pattern)) for pattern in self.forbidden_for_all
        )
        return (*listed, ("forbidden_for_all.state_schema", folded(split_name(self.state_schema))))

    @cached_property
    def _patterns(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _folded_pattern(self, pattern: str) -> tuple[str, ...]:
        known = self._patterns.get(pattern)
        if known is None:
            known = self._patterns[pattern] = folded(split_name(pattern))
        return known

    def _schema_parts(self, schema: str) -> tuple[str, ...]:
        parts = split_name(schema)
        return (self.default_catalog, *parts)[-2:]

    def _forbidden_rule(self, parts: tuple[str, str, str]) -> str | None:
        table = folded(parts)
        for rule, pattern in self._forbidden:
            if all(wanted in ("*", part) for wanted, part in zip(pattern, table, strict=False)):
                return rule
        return None

    @cached_property
    def _scoped(self) -> dict[tuple[str, ...], tuple[str, tuple[str, ...] | None]]:
        return {folded(split_name(schema)): (schema, roles) for schema, roles in self.scopes.items()}

    def _scope_rule(self, role: str, rules: RoleRules, table: tuple[str, ...]) -> str | None:
        scoped = self._scoped.get(table[:2])
        if scoped is not None:
            schema, roles = scoped
            if roles is None:
                granted = any(matches(pattern, "data.ask") for pattern in rules.actions)
            else:
                granted = role in roles or role == ADMIN
            return f"data_scopes.{schema}" if granted else None
        for pattern in rules.read:
            if covers(self._folded_pattern(pattern), table):
                return f"{role}.read.{pattern}"
        return None

    def _decide_page(self, role: str, rules: RoleRules, page: str) -> Ruling:
        if page in rules.pages or "*" in rules.pages:
            return Ruling(effect="permit", rule_ids=(f"{role}.pages.{page}",), sentence=f"Role {role} may open {page}.")
        sentence = f"Role {role} may not open the page {page} (rule {role}.pages). Ask an administrator for the right."
        return Ruling(effect="forbid", rule_ids=(f"{role}.pages",), sentence=sentence)

    def _forbid_action(self, role: str, action: str, rule: str) -> Ruling:
        holders = [
            name
            for name, other in self.roles.items()
            if any(matches(p, action) for p in other.actions)
            and not any(matches(p, action) for p in other.denied_actions)
        ]
        what = ACTIONS.get(action, f"do '{action}'")
        next_step = "Ask an administrator for the right"
        if holders:
            next_step += f", or someone with the role {' or '.join(holders)} to do it"
        sentence = f"Role {role} may not {what} (rule {rule}). {next_step}."
        return Ruling(effect="forbid", rule_ids=(rule,), sentence=sentence)


def _forbid_table(role: str, name: str, verb: str, rule: str) -> Ruling:
    next_step = (
        "No role may; ask about other tables."
        if rule.startswith("forbidden_for_all")
        else "Ask an administrator for the right, or ask about tables your role may read."
    )
    sentence = f"Not allowed: role {role} may not {verb} {name} (rule {rule}). {next_step}"
    return Ruling(effect="forbid", rule_ids=(rule,), sentence=sentence)
