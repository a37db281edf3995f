"""Signs rows of the governance tables, and tells whether a row read back is what was signed.

The name of the table is signed too, so that a row cannot be moved from one table to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from core.governance.digest import canonical_json

ReportForged = Callable[[str, str], None]
"""Told the table and the id of a row that is not what was signed."""


class Keys(Protocol):
    """The installation's keys, kept outside the tables."""

    @property
    def key_id(self) -> str: ...
    def sign(self, payload: bytes, key_id: str | None = None) -> str: ...
    def verify(self, payload: bytes, key_id: str, signature: str) -> bool: ...


class RowSigner:
    """HMAC over the canonical JSON of a row's fields and its table's name."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def signed(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with `key_id` and `signature`."""
        key_id = self._keys.key_id
        return {**row, "key_id": key_id, "signature": self._keys.sign(_payload(table, row), key_id)}

    def verifies(self, table: str, row: Mapping[str, Any]) -> bool:
        """Whether no field of the row differs from what was signed."""
        return self._keys.verify(_payload(table, row), str(row.get("key_id") or ""), str(row.get("signature") or ""))


def verified(
    table: str, rows: Iterable[Mapping[str, Any]], signer: RowSigner, report: ReportForged
) -> list[Mapping[str, Any]]:
    """Those of `rows` that are what was signed; the others are told of by their first column, the id."""
    kept = []
    for row in rows:
        if signer.verifies(table, row):
            kept.append(row)
        else:
            report(table, str(next(iter(row.values()))))
    return kept


def untold(table: str, row_id: str) -> None:
    """Tells nobody of a forged row: for tests of one part alone."""


def _payload(table: str, row: Mapping[str, Any]) -> bytes:
    # NULL says nothing: so a row that was signed before its table got a further column is still what was signed
    fields = {
        name: _plain(value) for name, value in row.items() if value is not None and name not in ("key_id", "signature")
    }
    return canonical_json({"table": table, "row": fields})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return repr(value) if isinstance(value, float) else value
