"""Reads a policy from plain data or YAML. The file is held to the letter; a mapping needs only `roles`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.errors import SettingsError
from core.governance.actions import KINDS, OPERATIONS, PAGES, RISKS, known
from core.governance.policy import AUTO_KINDS, ApprovalRule, Policy, RoleRules
from core.governance.scope import join_name, split_name

_log = logging.getLogger(__name__)
_REMARKS = frozenset({"note", "notes", "description"})
_TOP = ("roles", "default_catalog", "default_schema", "forbidden_for_all", "approvals")
_ROLE = tuple(RoleRules.model_fields)
_APPROVAL = tuple(ApprovalRule.model_fields)


def policy_from_file(path: Path, *, state_schema: str) -> Policy:
    """See Policy.from_file."""
    import yaml

    try:
        mapping = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({error}).") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: is not YAML ({error}).") from error
    return _Reader(str(path), strict=True).policy(mapping, state_schema)


def policy_from_mapping(mapping: Mapping[str, Any], *, state_schema: str) -> Policy:
    """See Policy.from_mapping. Unknown keys grant nothing; they are logged and left out."""
    return _Reader("policy", strict=False).policy(mapping, state_schema)


def _may_approve_itself(rule: Mapping[str, Any]) -> bool:
    kind, risk = rule.get("kind"), rule.get("risk", "any")
    return (kind == "execution" and risk == "read") or kind in AUTO_KINDS


class _Reader:
    def __init__(self, source: str, *, strict: bool) -> None:
        self._source = source
        self._strict = strict

    def policy(self, mapping: object, state_schema: str) -> Policy:
        top = self._table(mapping, "", _TOP)
        if not isinstance(top.get("roles"), Mapping) or not top["roles"]:
            raise self._error("roles", "is missing", "a mapping of role name to rights")
        roles = {str(name): self._role(rules, f"roles.{name}") for name, rules in top["roles"].items()}
        approvals = self._approvals(top.get("approvals"), roles)
        forbidden = self._patterns(self._words(top.get("forbidden_for_all"), "forbidden_for_all"), "forbidden_for_all")
        return Policy(
            roles=roles,
            default_catalog=self._word(top.get("default_catalog", "main"), "default_catalog"),
            default_schema=self._word(top.get("default_schema", "default"), "default_schema"),
            forbidden_for_all=forbidden,
            approvals=approvals,
            state_schema=join_name(split_name(state_schema)),
        )

    def _role(self, rules: object, key: str) -> RoleRules:
        table = self._table({} if rules is None else rules, key, _ROLE)
        lists = {name: self._words(table.get(name), f"{key}.{name}") for name in _ROLE}
        self._allowed(lists["pages"], ("*", *PAGES), f"{key}.pages")
        self._allowed(lists["denied_operations"], OPERATIONS, f"{key}.denied_operations")
        for name in ("actions", "denied_actions"):
            unknown = [word for word in lists[name] if not known(word)]
            if unknown and self._strict:
                raise self._error(f"{key}.{name}", f"'{unknown[0]}' is unknown", self._vocabulary())
        for name in ("read", "write_with_approval"):
            lists[name] = self._patterns(lists[name], f"{key}.{name}")
        return RoleRules(**lists)

    def _approvals(self, rules: object, roles: Mapping[str, RoleRules]) -> tuple[ApprovalRule, ...]:
        if rules is None:
            return ()
        if not isinstance(rules, Sequence) or isinstance(rules, str):
            raise self._error("approvals", "is not a list", "a list of rules")
        return tuple(self._approval(rule, position, roles) for position, rule in enumerate(rules))

    def _approval(self, rule: object, position: int, roles: Mapping[str, RoleRules]) -> ApprovalRule:
        key = f"approvals[{position}]"
        table = self._table(rule, key, _APPROVAL)
        table.setdefault("id", f"approvals.{position + 1}")
        table["approver_roles"] = self._words(table.get("approver_roles", ["admin"]), f"{key}.approver_roles")
        self._allowed([str(table.get("kind"))], (*KINDS, "any"), f"{key}.kind")
        self._allowed([str(table.get("risk", "any"))], RISKS, f"{key}.risk")
        table["escalate_to"] = self._words(table.get("escalate_to"), f"{key}.escalate_to")
        self._allowed((*table["approver_roles"], *table["escalate_to"]), tuple(roles), f"{key}.approver_roles")
        if table.get("auto_approve") is not None and not _may_approve_itself(table):
            raise self._error(
                f"{key}.auto_approve", "is for what changes nothing", "execution of risk read; document; retraining"
            )
        try:
            return ApprovalRule.model_validate(table)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join((key, *(str(part) for part in first["loc"])))
            raise self._error(where, first["msg"].lower(), ", ".join(_APPROVAL)) from error

    def _table(self, value: object, key: str, allowed: Sequence[str]) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self._error(key or "(top)", "is not a mapping", ", ".join(allowed))
        kept = {str(name): item for name, item in value.items() if name not in _REMARKS}
        for name in [name for name in kept if name not in allowed]:
            where = f"{key}.{name}" if key else name
            if self._strict:
                raise self._error(where, "is unknown", ", ".join((*allowed, "note", "description")))
            _log.warning("%s: key %s is unknown and left out", self._source, where)
            del kept[name]
        return kept

    def _words(self, value: object, key: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, Iterable) or not all(isinstance(item, str) for item in value):
            raise self._error(key, "is not a list of words", "a list of words")
        return tuple(value)

    def _word(self, value: object, key: str) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._error(key, "is not a name", "one name")
        return value

    def _patterns(self, words: Iterable[str], key: str) -> tuple[str, ...]:
        for word in words:
            try:
                split_name(word)
            except ValueError as error:
                raise self._error(key, str(error), "*, catalog, catalog.schema, catalog.schema.table") from error
        return tuple(words)

    def _allowed(self, words: Iterable[str], allowed: Sequence[str], key: str) -> None:
        for word in words:
            if self._strict and word not in allowed:
                raise self._error(key, f"'{word}' is unknown", ", ".join(allowed))

    def _vocabulary(self) -> str:
        from core.governance.actions import ACTIONS

        return ", ".join((*ACTIONS, "patterns such as conversation.*"))

    def _error(self, key: str, problem: str, allowed: str) -> SettingsError:
        return SettingsError(f"{self._source}: {key} {problem}. Allowed: {allowed}.")
