"""Signs every column of a stored row, and tells whether a row read back is what was signed."""

from __future__ import annotations

from datetime import datetime

from core.bus.envelope import COLUMNS, canonical, to_row, utc
from core.bus.keys import KeyRing
from core.bus.message import Message
from core.warehouse.port import Row, Value

_UNSIGNED = frozenset({"signature"})


class Signer:
    """HMAC-SHA256 over the canonical JSON of all columns of a message but the signature itself."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def sign(self, message: Message) -> tuple[Message, Row]:
        """The message with key id and signature set, and its row."""
        key_id = self._keys.key_id
        row = to_row(message)
        row["key_id"] = key_id
        row["signature"] = self._keys.sign(signed_bytes(row, COLUMNS), key_id)
        signed = message.model_copy(update={"key_id": key_id, "signature": row["signature"]})
        return signed, row

    def verifies(self, row: Row) -> bool:
        """Whether no column of `row` differs from what was signed."""
        return self._keys.verify(
            signed_bytes(row, COLUMNS), str(row.get("key_id") or ""), str(row.get("signature") or "")
        )


def signed_bytes(row: Row, columns: tuple[str, ...]) -> bytes:
    """The bytes that a signature covers: `columns` of `row` but the signature, times in UTC microseconds."""
    values = {name: _plain(row.get(name)) for name in columns if name not in _UNSIGNED}
    return canonical(values).encode()


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return utc(value).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    return str(value)
