"""The runtime key that signs what the bus stores: one file outside the tables, readable by its owner only.

The threat is somebody who can write the tables. Old keys stay in the ring, so that rotation keeps old rows readable.
A missing file is never replaced silently: without it nothing is written or trusted (KeyUnavailable).
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import secrets
import threading
from hashlib import sha256
from pathlib import Path

from core.errors import KeyUnavailable

FILE_NAME = "runtime.json"
_log = logging.getLogger(__name__)


class KeyRing:
    """The keys of a home by id, and which of them signs."""

    def __init__(self, path: Path, keys: dict[str, bytes], current: str) -> None:
        self._path = path
        self._keys = keys
        self._current = current
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> KeyRing:
        """Read the ring in `folder` (HOME/keys); raises KeyUnavailable when it is missing or damaged."""
        path = folder / FILE_NAME
        keys, current = _read(path)
        _restrict(path)
        return cls(path, keys, current)

    @classmethod
    def create(cls, folder: Path) -> KeyRing:
        """Make the first key of a fresh home. Of two processes that try at once, both get the same ring."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key_id = _new_key_id(())
        _write(folder / FILE_NAME, {key_id: secrets.token_bytes(32)}, key_id, replace=False)
        return cls.open(folder)

    @classmethod
    def for_home(cls, folder: Path, *, holds_messages: bool) -> KeyRing:
        """Open the ring, or make it when the home is fresh; a home with messages and no key fails closed."""
        if (folder / FILE_NAME).exists():
            return cls.open(folder)
        if holds_messages:
            raise KeyUnavailable(f"{folder / FILE_NAME} is missing, and the tables hold signed messages.")
        return cls.create(folder)

    @property
    def key_id(self) -> str:
        """The key that signs now."""
        return self._current

    def rotate(self) -> str:
        """Make a new signing key, keep the old ones for reading; gives the new key's id."""
        with self._lock:
            keys, _ = _read(self._path)
            key_id = _new_key_id(tuple(keys))
            keys[key_id] = secrets.token_bytes(32)
            _write(self._path, keys, key_id, replace=True)
            self._keys, self._current = keys, key_id
        return key_id

    def sign(self, payload: bytes, key_id: str | None = None) -> str:
        """HMAC-SHA256 of `payload` as hexadecimal text, by the current key or a named one."""
        return hmac.new(self._key(key_id or self._current), payload, sha256).hexdigest()

    def verify(self, payload: bytes, key_id: str, signature: str) -> bool:
        """Whether `signature` was made over exactly `payload` by the key `key_id`."""
        try:
            return hmac.compare_digest(self.sign(payload, key_id).encode(), signature.encode())
        except KeyUnavailable:
            return False

    def _key(self, key_id: str) -> bytes:
        key = self._keys.get(key_id)
        if key is None:
            with self._lock:  # another process may have rotated since
                self._keys, self._current = _read(self._path)
            key = self._keys.get(key_id)
        if key is None:
            raise KeyUnavailable(f"No key '{key_id}' in {self._path}.")
        return key


def _new_key_id(taken: tuple[str, ...]) -> str:
    return f"k{len(taken) + 1}-{secrets.token_hex(3)}"


def _read(path: Path) -> tuple[dict[str, bytes], str]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        keys = {key_id: bytes.fromhex(text) for key_id, text in document["keys"].items()}
        current = document["current"]
    except FileNotFoundError as error:
        raise KeyUnavailable(f"{path} is missing.") from error
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise KeyUnavailable(f"{path} cannot be read: {error}") from error
    if current not in keys or any(len(key) < 32 for key in keys.values()):
        raise KeyUnavailable(f"{path} is damaged: its current key is absent or too short.")
    return keys, current


def _write(path: Path, keys: dict[str, bytes], current: str, *, replace: bool) -> None:
    text = json.dumps({"current": current, "keys": {key_id: key.hex() for key_id, key in keys.items()}}, indent=1)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        if replace:
            os.replace(draft, path)
        else:
            os.link(draft, path)
    except FileExistsError:
        _log.info("Another process made %s first; its key is used.", path)
    finally:
        draft.unlink(missing_ok=True)


def _restrict(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        _log.warning("%s was readable by others; its mode is set back to 0600.", path)
        path.chmod(0o600)
