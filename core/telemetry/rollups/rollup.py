"""The hourly look at what was written: repeated spans are noted, closed hours are rolled up, old rows are removed.

An hour is due when it has another number of rows than at its last look, so that late rows are counted at the next one.
A look that ended half-way, or two at once, leave rows of a version that nobody reads: an hour counts from its row in
`span_hours` on, which is written last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.ids import new_id
from core.types import PLATFORM, Frozen
from core.warehouse.statements import load, render

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse

GROWTH = 1.02
"""Each bucket of a duration reaches so much further than the one before; statements.sql has it too."""
_HOUR = timedelta(hours=1)
_ROWS_AT_ONCE = 100_000
"""Rows that one look reads at most at a time, a whole hour at least: memory stays bounded after a long absence."""


class Retention(Frozen):
    """How many days rows are kept. Rollups are small and stay."""

    spans_days: int = 90
    payloads_days: int = 30


@dataclass(frozen=True)
class RolledUp:
    """What a look found: hours that were due, the rows in them, and spans that are there more than once in all."""

    hours: int
    rows: int
    expired: int
    """Rows of spans that were older than they are kept."""


@dataclass(frozen=True)
class _Due:
    hour: datetime
    rows: int


class Rollups:
    """One statement when there is nothing to do, four more and an append a bunch of hours otherwise."""

    def __init__(
        self,
        warehouse: Warehouse,
        state: str = "main.aiops",
        clock: Clock | None = None,
        retention: Retention = Retention(),  # noqa: B008 (immutable)
    ) -> None:
        self._warehouse = warehouse
        self._state = state
        self._clock = clock or SystemClock()
        self._retention = retention
        self._statements = {
            name: render(text, state) for name, text in load("core.telemetry.rollups", "statements.sql").items()
        }

    def tick(self) -> RolledUp:
        """Look through the hours that are due and remove what is too old. Raises WarehouseError; safe to repeat."""
        now = self._clock.now()
        open_hour = now.replace(minute=0, second=0, microsecond=0)
        keep_from = open_hour - timedelta(days=self._retention.spans_days)
        found = self._warehouse.query(
            self._statements["hours"], {"open_hour": open_hour, "keep_from": keep_from}, principal=PLATFORM
        ).to_pylist()
        due = [_Due(row["hour"], row["rows_now"]) for row in found if row["hour"] >= keep_from]
        for bunch in _bunches(due):
            self._roll_up(bunch, now)
        expired = sum(row["rows_now"] for row in found if row["hour"] < keep_from)
        if expired:
            self._expire(open_hour)
        return RolledUp(len(due), sum(item.rows for item in due), expired)

    def _roll_up(self, hours: Sequence[_Due], now: datetime) -> None:
        version = new_id(self._clock)
        parameters: dict[str, Value] = {
            "hours": ",".join(item.hour.strftime("%Y-%m-%dT%H:%M:%SZ") for item in hours),
            "first": hours[0].hour,
            "last": hours[-1].hour + _HOUR,
        }
        self._run("note_repeats", {**parameters, "now": now})
        self._run("roll_usage", {**parameters, "version": version})
        self._run("roll_latency", {**parameters, "version": version})
        self._warehouse.append(
            f"{self._state}.span_hours",
            [{"hour": item.hour, "version": version, "rows_read": item.rows, "made_at": now} for item in hours],
        )

    def _expire(self, open_hour: datetime) -> None:
        spans = open_hour - timedelta(days=self._retention.spans_days)
        payloads = open_hour - timedelta(days=self._retention.payloads_days)
        self._run("expire_payloads", {"keep_from": payloads})
        self._run("expire_repeats", {"keep_from": spans})
        self._run("expire_spans", {"keep_from": spans})

    def _run(self, name: str, parameters: dict[str, Value]) -> None:
        self._warehouse.execute(self._statements[name], parameters, principal=PLATFORM)


def _bunches(hours: Sequence[_Due]) -> Iterator[list[_Due]]:
    """The hours in order, in bunches of a bounded number of rows."""
    bunch: list[_Due] = []
    rows = 0
    for item in hours:
        if bunch and rows + item.rows > _ROWS_AT_ONCE:
            yield bunch
            bunch, rows = [], 0
        bunch.append(item)
        rows += item.rows
    if bunch:
        yield bunch
