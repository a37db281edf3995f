"""The newest row of each chain, kept outside of the tables, so that a cut tail or a removed chain is noticed.

A chain alone cannot tell that its last rows are gone. Every head is signed: one that was changed is noticed too. Which
line of a chain is the newest follows from its number, so order and repetition do not matter.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from core.errors import HomeError
from core.governance.audit.chain import Chain, Keys
from core.governance.digest import canonical_json
from core.types import Frozen

FILE_NAME = "heads.jsonl"
COMPACT_BYTES = 4_000_000
_DOMAIN = b"audit_head\n"
_LOCK_S = 30.0


class Head(Frozen):
    """The newest row of a chain at one moment."""

    chain_id: str
    seq: int
    hash: str
    at: datetime
    key_id: str
    signature: str

    def line(self) -> str:
        """As it is kept: one line of JSON, without its end."""
        return canonical_json(self.model_dump(mode="json")).decode()


@dataclass(frozen=True)
class HeadsKept:
    """What is kept: the lines, and whether a cut tail can be noticed by them at all."""

    lines: tuple[str, ...]
    place: str
    """Where, for people; '' where heads are written and cannot be read back."""


class Heads(Protocol):
    """Keeps heads outside of the tables. Raises HomeError, NotFound, AccessDenied, SignInExpired or
    WarehouseUnavailable.
    """

    def publish(self, head: Head) -> None:
        """Keep a head; a later one of the same chain stands for it."""
        ...

    def read(self) -> HeadsKept:
        """Every line that is kept."""
        ...

    def close(self) -> None:
        """Publish what still waits and release threads."""
        ...


def signed_head(chain: Chain, at: datetime, keys: Keys) -> Head:
    """The head of a chain as it stands, signed."""
    key_id = keys.key_id
    head = Head(chain_id=chain.chain_id, seq=chain.seq, hash=chain.last_hash, at=at, key_id=key_id, signature="")
    return head.model_copy(update={"signature": keys.sign(_signed_bytes(head), key_id)})


def newest(lines: Iterable[str], keys: Keys) -> tuple[dict[str, Head], list[str]]:
    """The newest head of each chain, and the lines that nobody signed as they stand."""
    found: dict[str, Head] = {}
    damaged: list[str] = []
    for line in lines:
        head = _parsed(line)
        if head is None or not keys.verify(_signed_bytes(head), head.key_id, head.signature):
            damaged.append(line)
        elif head.chain_id not in found or found[head.chain_id].seq < head.seq:
            found[head.chain_id] = head
    return found, damaged


def _parsed(line: str) -> Head | None:
    try:
        content: Any = json.loads(line)
        return Head.model_validate(content) if isinstance(content, Mapping) else None
    except (ValueError, ValidationError, RecursionError):
        return None


def _signed_bytes(head: Head) -> bytes:
    return _DOMAIN + canonical_json(head.model_dump(mode="json", exclude={"signature"}))


class FileHeads:
    """One line a head in HOME/audit/heads.jsonl, for any number of processes; durable when `publish` returns.

    Beyond `compact_bytes` the older lines of each chain are dropped; lines that nobody signed stay.
    """

    def __init__(self, folder: Path, keys: Keys, *, compact_bytes: int = COMPACT_BYTES) -> None:
        self._path = folder / FILE_NAME
        self._keys = keys
        self._compact_at = compact_bytes
        self._compact_bytes = compact_bytes

    def publish(self, head: Head) -> None:
        try:
            with self._locked():
                self._append(head.line())
                if self._path.stat().st_size > self._compact_at:
                    self._compact()
        except OSError as error:
            raise HomeError(f"{self._path} cannot be written ({error.strerror or error}).") from error

    def read(self) -> HeadsKept:
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            text = ""
        except OSError as error:
            raise HomeError(f"{self._path} cannot be read ({error.strerror or error}).") from error
        # What follows the last line end is a line that is being written, or that a death cut short.
        return HeadsKept(tuple(line for line in text.split("\n")[:-1] if line.strip()), str(self._path))

    def close(self) -> None:
        """Nothing waits."""

    def _locked(self) -> Any:
        from filelock import FileLock

        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FileLock(self._path.with_suffix(".lock"), timeout=_LOCK_S, mode=0o600)

    def _append(self, line: str) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            end = _after_last_line(descriptor)
            os.ftruncate(descriptor, end)
            _write_whole(descriptor, f"{line}\n".encode(), end)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _compact(self) -> None:
        lines = self.read().lines
        kept, damaged = newest(lines, self._keys)
        draft = self._path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write_whole(descriptor, "".join(f"{x}\n" for x in (*damaged, *map(Head.line, kept.values()))).encode(), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(self._path)
        self._compact_at = max(self._compact_bytes, 2 * self._path.stat().st_size)


def _after_last_line(descriptor: int) -> int:
    """Where the next line begins: behind the last whole one, so that a line cut short by a death goes."""
    end = os.fstat(descriptor).st_size
    position = end
    while position > 0:
        start = max(0, position - 4096)
        found = os.pread(descriptor, position - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        position = start
    return 0


def _write_whole(descriptor: int, content: bytes, at: int) -> None:
    while content:
        written = os.pwrite(descriptor, content, at)
        content, at = content[written:], at + written
