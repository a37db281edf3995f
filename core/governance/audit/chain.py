"""A chain of rows: each is signed together with its place and the hash of the row before it.

Without the key nobody can write, change or move a row unnoticed; with it, who can write the table still cannot remove
one, since the numbers have no gap and the newest hash is kept elsewhere as well (`heads`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from core.clock import Clock
from core.governance.audit.entry import AuditEntry, detail_json, plain_texts
from core.governance.digest import canonical_json
from core.ids import new_id

COLUMNS = (
    "audit_id", "chain_id", "seq", "prev_hash", "hash", "key_id", "at", "actor", "actor_role", "action", "object_kind",
    "object_id", "correlation_id", "session_id", "detail",
)  # fmt: skip
_TEXTS = ("actor", "actor_role", "object_id", "correlation_id", "session_id")
BEGINNING = ""
"""The `prev_hash` of the first row of a chain."""
_DOMAIN = b"audit_log\n"
"""Keeps a signature of the bus or of an approval from being one of an audit row."""


class Keys(Protocol):
    """The runtime keys (core.bus.KeyRing). Raises KeyUnavailable for a key that is not there."""

    @property
    def key_id(self) -> str:
        """The key that signs now."""
        ...

    def sign(self, payload: bytes, key_id: str | None = None) -> str:
        """HMAC-SHA256 of `payload` as hexadecimal text."""
        ...

    def verify(self, payload: bytes, key_id: str, signature: str) -> bool:
        """Whether `signature` was made over exactly `payload` by the key `key_id`; False for an unknown key."""
        ...


@dataclass(frozen=True)
class Timed:
    """An entry and when it was recorded."""

    entry: AuditEntry
    at: datetime


class Chain:
    """The chain of one process: its number and its newest hash. Not thread-safe; the log's one writer holds it."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self.chain_id = new_id(clock)
        self.seq = 0
        self.last_hash = BEGINNING

    def seal(self, entries: Iterable[Timed]) -> list[dict[str, Any]]:
        """The rows of `entries`, signed in their order; the chain moves on by all of them or, on an error, by none."""
        rows: list[dict[str, Any]] = []
        seq, last = self.seq, self.last_hash
        for timed in entries:
            seq += 1
            row = self._row(timed, seq, last)
            row["hash"] = last = self._keys.sign(signed_bytes(row), str(row["key_id"]))
            rows.append(row)
        self.seq, self.last_hash = seq, last
        return rows

    def _row(self, timed: Timed, seq: int, prev_hash: str) -> dict[str, Any]:
        entry = timed.entry
        return {
            "audit_id": new_id(self._clock),
            "chain_id": self.chain_id,
            "seq": seq,
            "prev_hash": prev_hash,
            "hash": None,
            "key_id": self._keys.key_id,
            "at": timed.at,
            "action": entry.action,
            "object_kind": entry.object_kind,
            **plain_texts({name: getattr(entry, name) for name in _TEXTS}),
            "detail": detail_json(entry.detail),
        }


def signed_bytes(row: Mapping[str, Any]) -> bytes:
    """What a row's hash covers: every column but the hash itself, times in UTC microseconds."""
    return _DOMAIN + canonical_json({name: _plain(row.get(name)) for name in COLUMNS if name != "hash"})


def is_intact(row: Mapping[str, Any], keys: Keys) -> bool:
    """Whether no column of `row` differs from what was signed."""
    return keys.verify(signed_bytes(row), str(row.get("key_id") or ""), str(row.get("hash") or ""))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value if value is None or isinstance(value, bool | int | str) else str(value)
