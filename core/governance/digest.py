"""The digest that binds an approval to exactly what was shown: sha256 over canonical JSON."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from core.governance.policy import DEFAULT_APPROVAL, Policy


def canonical_json(value: Any) -> bytes:
    """One byte string per value: keys sorted, no spaces, UTF-8. Raises TypeError for what has no canonical form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def sha256(value: Any) -> str:
    """Hexadecimal sha256 of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def typed_parameters(parameters: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each parameter as {type, value}, so that the number 1, the text '1' and the decimal 1.0 differ."""
    return {unicodedata.normalize("NFC", name): _typed(value) for name, value in parameters.items()}


def _typed(value: Any) -> dict[str, Any]:
    if value is None or isinstance(value, (bool, int, str)):
        return {"type": type(value).__name__, "value": value}
    if isinstance(value, float):
        return {"type": "float", "value": repr(value)}
    if isinstance(value, Decimal):
        return {"type": "decimal", "value": str(value)}
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return {"type": "timestamp" if value.tzinfo else "timestamp_ntz", "value": moment.isoformat()}
    if isinstance(value, date):
        return {"type": "date", "value": value.isoformat()}
    raise TypeError(f"a parameter cannot be a {type(value).__name__}")


def rule_hashes(policy: Policy, rule_ids: Iterable[str]) -> dict[str, str]:
    """Rule id -> sha256 of what the rule says now, so that a changed rule is noticed at execution."""
    return {rule: sha256(_content(policy, rule)) for rule in rule_ids}


def _content(policy: Policy, rule: str) -> Any:
    for approval in (*policy.approvals, DEFAULT_APPROVAL):
        if approval.id == rule:
            return approval.model_dump(mode="json")
    first, _, rest = rule.partition(".")
    section = rest.partition(".")[0]
    if first in policy.roles and section in type(policy.roles[first]).model_fields:
        return {section: list(getattr(policy.roles[first], section))}
    if first == "data_scopes":
        roles = policy.scopes.get(rest)
        return {"data_scopes": None if roles is None else list(roles)}
    return rule


def plain_parameters(typed: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The values that `typed_parameters` was given; raises ValueError for a type that it does not write."""
    return {name: _plain(entry["type"], entry["value"]) for name, entry in typed.items()}


def _plain(kind: str, value: Any) -> Any:
    if kind in ("NoneType", "bool", "int", "str"):
        return value
    readers: dict[str, Any] = {
        "float": float,
        "decimal": Decimal,
        "timestamp": datetime.fromisoformat,
        "timestamp_ntz": datetime.fromisoformat,
        "date": date.fromisoformat,
    }
    if kind not in readers:
        raise ValueError(f"a parameter cannot be a {kind}")
    return readers[kind](value)
