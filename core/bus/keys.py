"""The runtime key that signs what the bus stores, kept outside the tables: a file, or a secret of the workspace.

The threat is somebody who can write the tables. Old keys stay in the ring, so that rotation keeps old rows readable.
A missing ring is never replaced silently: without it nothing is written or trusted (KeyUnavailable).
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import secrets
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from core.errors import KeyUnavailable, PlatformError

FILE_NAME = "runtime.json"
_log = logging.getLogger(__name__)


class KeyStore(Protocol):
    """Where the ring is kept, as one text. Raises KeyUnavailable when it cannot be reached."""

    place: str
    """For messages."""

    def read(self) -> str | None:
        """The text, or None when there is none."""
        ...

    def write(self, text: str, *, replace: bool) -> None:
        """Keep the text; without `replace` the first of two writers wins."""
        ...


class KeyRing:
    """The keys of an installation by id, and which of them signs."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._keys, self._current = _read(store)
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> KeyRing:
        """Read the ring in `folder` (HOME/keys); raises KeyUnavailable when it is missing or damaged."""
        store = KeyFile(folder)
        ring = cls(store)
        store.restrict()
        return ring

    @classmethod
    def create(cls, folder: Path) -> KeyRing:
        """Make the first key of a fresh home. Of two processes that try at once, both get the same ring."""
        return cls.prepare(KeyFile(folder), holds_messages=False)

    @classmethod
    def prepare(cls, store: KeyStore, *, holds_messages: bool) -> KeyRing:
        """The ring, made when the installation is fresh; one with messages and no key fails closed."""
        if store.read() is None:
            if holds_messages:
                raise KeyUnavailable(f"{store.place} is missing, and the tables hold signed messages.")
            key_id = _new_key_id(())
            _write(store, {key_id: secrets.token_bytes(32)}, key_id, replace=False)
        return cls(store)

    @classmethod
    def for_home(cls, folder: Path, *, holds_messages: bool) -> KeyRing:
        """The ring of a home's folder; see `prepare`."""
        return cls.prepare(KeyFile(folder), holds_messages=holds_messages)

    @property
    def key_id(self) -> str:
        """The key that signs now."""
        return self._current

    def rotate(self) -> str:
        """Make a new signing key, keep the old ones for reading; gives the new key's id."""
        with self._lock:
            keys, _ = _read(self._store)
            key_id = _new_key_id(tuple(keys))
            keys[key_id] = secrets.token_bytes(32)
            _write(self._store, keys, key_id, replace=True)
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
                self._keys, self._current = _read(self._store)
            key = self._keys.get(key_id)
        if key is None:
            raise KeyUnavailable(f"No key '{key_id}' in {self._store.place}.")
        return key


def _new_key_id(taken: tuple[str, ...]) -> str:
    return f"k{len(taken) + 1}-{secrets.token_hex(3)}"


def _read(store: KeyStore) -> tuple[dict[str, bytes], str]:
    text = store.read()
    if text is None:
        raise KeyUnavailable(f"{store.place} is missing.")
    try:
        document = json.loads(text)
        keys = {key_id: bytes.fromhex(key) for key_id, key in document["keys"].items()}
        current = document["current"]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise KeyUnavailable(f"{store.place} cannot be read: {error}") from error
    if current not in keys or any(len(key) < 32 for key in keys.values()):
        raise KeyUnavailable(f"{store.place} is damaged: its current key is absent or too short.")
    return keys, current


def _write(store: KeyStore, keys: dict[str, bytes], current: str, *, replace: bool) -> None:
    ring = {"current": current, "keys": {key_id: key.hex() for key_id, key in keys.items()}}
    store.write(json.dumps(ring, indent=1), replace=replace)


class KeyFile:
    """The ring as a file that its owner alone may read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.place = str(self._path)

    def read(self) -> str | None:
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise KeyUnavailable(f"{self.place} cannot be read: {error}") from error

    def write(self, text: str, *, replace: bool) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._path.with_name(f".{FILE_NAME}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            if replace:
                os.replace(draft, self._path)
            else:
                os.link(draft, self._path)
        except FileExistsError:
            _log.info("Another process made %s first; its key is used.", self.place)
        finally:
            draft.unlink(missing_ok=True)

    def restrict(self) -> None:
        """Take the file from everybody else's eyes, if it was open to them."""
        if self._path.stat().st_mode & 0o077:
            _log.warning("%s was readable by others; its mode is set back to 0600.", self.place)
            self._path.chmod(0o600)


class KeySecret:
    """The ring as a secret of the workspace; `get` and `put` read and write one scope and key."""

    def __init__(self, place: str, get: Callable[[], str | None], put: Callable[[str], None]) -> None:
        self.place = place
        self._get = get
        self._put = put

    def read(self) -> str | None:
        try:
            return self._get()
        except PlatformError as error:
            raise KeyUnavailable(
                f"{self.place[:1].upper()}{self.place[1:]} cannot be read: {error.message}",
                next_step="Check the host and the credentials of the workspace, and the right to read that secret.",
            ) from error

    def write(self, text: str, *, replace: bool) -> None:
        if replace or self.read() is None:
            self._put(text)
