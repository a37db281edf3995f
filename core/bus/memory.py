"""Shared memory: values by (scope, key) for agents of one correlation or conversation, gone after 24 hours.

The newest row of a key counts, whoever wrote it; expiry is a filter on read, so nothing is returned after its time even
if it still lies in the table.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.bus.envelope import canonical, utc
from core.bus.log import GroupCommitLog
from core.clock import Clock, not_before
from core.ids import new_id
from core.types import PLATFORM
from core.warehouse.port import Row, Warehouse
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

_SCOPES_KEPT = 1_000
_KEYS_KEPT = 10_000


@dataclass(frozen=True)
class Memory:
    """One remembered value and who wrote it."""

    key: str
    value: object
    writer: str
    written_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class _Value:
    """A row, and until when it may be returned by this process' own count, whatever is done to the wall clock."""

    row: Row
    until: float
    """Monotonic seconds."""


@dataclass
class _Scope:
    values: dict[str, _Value]
    read_at: float
    """Monotonic seconds; a scope is read again when older than `fresh_s`."""


class SharedMemory:
    """Readable by whoever knows the scope; the platform passes a correlation or conversation id of the requester."""

    def __init__(
        self, warehouse: Warehouse, state: str, log: GroupCommitLog, clock: Clock, *, ttl_s: float, fresh_s: float
    ) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.agent_shared_memory"
        self._log = log
        self._clock = clock
        self._ttl_s = ttl_s
        self._fresh_s = fresh_s
        self._scopes: dict[str, _Scope] = {}
        self._written: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._lock = threading.Lock()
        self._select = render(load("core.bus", "statements.sql")["memory_of_scope"], state)

    def put(self, scope: str, key: str, value: object, *, writer: str, ttl_s: float | None = None) -> None:
        """Remember a JSON value for `ttl_s` seconds (default and at most 24 hours); durable with the next flush."""
        self._write(scope, key, canonical(value), writer, min(ttl_s or self._ttl_s, self._ttl_s))

    def delete(self, scope: str, key: str, *, writer: str) -> None:
        """Forget a value."""
        self._write(scope, key, None, writer, self._ttl_s)

    def get(self, scope: str, key: str) -> object | None:
        """The value, or None when there is none or its time is over."""
        entry = self.entries(scope).get(key)
        return None if entry is None else entry.value

    def entries(self, scope: str) -> dict[str, Memory]:
        """Everything live in a scope; at most one statement."""
        now, moment = self._clock.now(), self._clock.monotonic()
        return {
            key: _memory(key, value.row)
            for key, value in self._values(scope).items()
            if not value.row["deleted"] and utc(value.row["expires_at"]) > now and value.until > moment
        }

    def begin(self, scope: str) -> None:
        """A scope that was made just now: there is nothing of it to read."""
        with self._lock:
            self._keep(scope, {})

    def read_again(self, scope: str) -> None:
        """Somebody else may have written to the scope: drop what is held of it."""
        with self._lock:
            self._scopes.pop(scope, None)

    def _write(self, scope: str, key: str, value: str | None, writer: str, ttl_s: float) -> None:
        now = self._clock.now()
        with self._lock:
            held = self._scopes.get(scope)
            known = held.values.get(key) if held is not None else None
            row: Row = {
                "memory_id": new_id(self._clock),
                "scope": scope,
                "key": key,
                "value": value,
                "writer": writer,
                "timestamp": not_before(now, self._latest(scope, key, known)),
                "expires_at": now + timedelta(seconds=ttl_s),
                "deleted": value is None,
            }
            self._log.append(self._table, row)
            self._written[(scope, key)] = utc(row["timestamp"])
            while len(self._written) > _KEYS_KEPT:
                self._written.popitem(last=False)
            if held is not None:
                held.values[key] = _newer(known, self._value(row))

    def _latest(self, scope: str, key: str, known: _Value | None) -> datetime | None:
        """The newest writing of a key that this process knows of: the next must be newer, whatever the clock says."""
        moments = [self._written.get((scope, key)), utc(known.row["timestamp"]) if known else None]
        return max((moment for moment in moments if moment is not None), default=None)

    def _value(self, row: Row) -> _Value:
        """What was written in the future has its whole time from now on."""
        began = max(self._clock.now(), utc(row["timestamp"]))
        return _Value(row, self._clock.monotonic() + (utc(row["expires_at"]) - began).total_seconds())

    def _values(self, scope: str) -> dict[str, _Value]:
        with self._lock:
            held = self._scopes.get(scope)
            if held is not None and self._clock.monotonic() - held.read_at < self._fresh_s:
                return dict(held.values)
        pending = [row for row in self._log.pending(self._table) if row["scope"] == scope]
        table = self._warehouse.query(self._select, {"scope": scope}, principal=PLATFORM)
        with self._lock:
            values = dict(held.values) if held is not None else {}
            for row in [*python_rows(table), *pending]:
                values[str(row["key"])] = _newer(values.get(str(row["key"])), self._value(row))
            self._keep(scope, values)
            return dict(values)

    def _keep(self, scope: str, values: dict[str, _Value]) -> None:
        if len(self._scopes) >= _SCOPES_KEPT:
            self._scopes.pop(next(iter(self._scopes)))
        self._scopes[scope] = _Scope(values, self._clock.monotonic())


def _newer(old: _Value | None, new: _Value) -> _Value:
    """The newer row; the same row read again keeps the time that it had."""
    if old is None:
        return new

    def rank(value: _Value) -> tuple[datetime, str]:
        return (utc(value.row["timestamp"]), str(value.row["memory_id"]))

    return max(old, new, key=rank)


def _memory(key: str, row: Row) -> Memory:
    return Memory(
        key=key,
        value=json.loads(str(row["value"])),
        writer=str(row["writer"]),
        written_at=utc(row["timestamp"]),
        expires_at=utc(row["expires_at"]),
    )
