"""Hourly rollups hold exactly what the rows hold, each span once, late ones from the next look on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.telemetry.rollups import GROWTH, Retention, RolledUp, Rollups
from core.types import PLATFORM
from core.warehouse.port import Row, Value, Warehouse
from core.warehouse.statements import definitions
from tests.bus_warehouses import WAREHOUSES, end, open_warehouse

NOW = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPANS, TABLE = "main.aiops.agent_spans_first", "main.aiops.agent_spans"


class Store:
    """Spans in a state schema of their own, and a clock that is set by hand."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.clock = ManualClock(NOW)
        self.counted = 0

    def write(self, *spans: Row) -> None:
        self.warehouse.append(TABLE, spans)

    def tick(self, retention: Retention = Retention()) -> RolledUp:  # noqa: B008
        return Rollups(self.warehouse, clock=self.clock, retention=retention).tick()

    def rows(self, statement: str, **parameters: Value) -> list[Row]:
        return self.warehouse.query(statement, parameters, principal=PLATFORM).to_pylist()

    def one(self, statement: str, **parameters: Value) -> Sequence[Value]:
        (row,) = self.rows(statement, **parameters)
        return tuple(row.values())

    def rolled(self) -> Sequence[Value]:
        """Spans, milliseconds, cost and unpriced calls of all hours, as a dashboard reads them."""
        return self.one(
            "SELECT sum(u.spans), sum(u.duration_ms), round(sum(u.cost), 9), sum(u.unpriced) "
            "FROM main.aiops.usage_rollup_hourly AS u "
            "JOIN main.aiops.span_hours_latest AS h ON h.hour = u.hour AND h.version = u.version"
        )

    def told(self) -> Sequence[Value]:
        """The same of the rows."""
        return self.one(f"SELECT count(*), sum(duration_ms), round(sum(cost), 9), sum(unpriced) FROM {SPANS}")


def span(number: int, at: datetime, **values: Value) -> Row:
    return {
        "span_id": f"{number:016x}",
        "trace_id": f"{number // 4:032x}",
        "parent_span_id": None if number % 4 == 0 else f"{number - number % 4:016x}",
        "agent": "CodeAgent" if number % 4 else "OrchestratorAgent",
        "kind": "agent" if number % 4 else "request",
        "user_id": "ana",
        "status": "ok",
        "start_time": at,
        "duration_ms": 1.5 * (number + 1),
        "cost": number / 1000 if number % 4 == 2 else None,
        "unpriced": 1 if number % 4 == 3 else None,
        **values,
    }


@pytest.fixture(scope="module", params=WAREHOUSES)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Warehouse, Path]]:
    folder = tmp_path_factory.mktemp("rollups")
    warehouse = open_warehouse(request.param, folder)
    warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for statement in definitions("core.telemetry"):
        warehouse.execute(statement, principal=PLATFORM)
    yield warehouse, folder
    warehouse.close()
    end(folder)


@pytest.fixture
def store(opened: tuple[Warehouse, Path]) -> Store:
    warehouse, _ = opened
    for table in ("agent_spans", "span_payloads", "span_repeats", "span_hours"):
        warehouse.execute(f"DELETE FROM main.aiops.{table}", principal=PLATFORM)
    return Store(warehouse)


def test_closed_hours_are_rolled_up_once_and_the_open_one_is_not(store: Store) -> None:
    store.write(*(span(number, NOW - number * timedelta(minutes=7)) for number in range(40)))
    closed = [number for number in range(40) if NOW - number * timedelta(minutes=7) < NOW.replace(minute=0)]
    assert store.tick() == RolledUp(hours=5, rows=len(closed), expired=0)
    assert store.rolled() == (
        len(closed),
        sum(1.5 * (number + 1) for number in closed),
        sum(number / 1000 for number in closed if number % 4 == 2),
        sum(number % 4 == 3 for number in closed),
    )
    assert store.tick() == RolledUp(hours=0, rows=0, expired=0)


def test_a_span_that_was_written_twice_counts_once_before_and_after_the_look(store: Store) -> None:
    spans = [span(number, NOW - 2 * HOUR) for number in range(8)]
    store.write(*spans)
    store.write(*spans[2:5])
    store.write(span(100, NOW), span(100, NOW))
    before = store.told()
    assert before[0] == 9
    store.tick()
    assert store.told() == before
    assert store.one("SELECT count(*) FROM main.aiops.span_repeats") == (3,)
    assert store.rolled()[0] == 8


def test_a_copy_that_comes_after_the_look_counts_once_from_the_next_one_on(store: Store) -> None:
    spans = [span(number, NOW - 2 * HOUR) for number in range(4)]
    store.write(*spans)
    store.tick()
    store.write(spans[1])
    assert store.tick() == RolledUp(hours=1, rows=5, expired=0)
    assert (store.told()[0], store.rolled()[0]) == (4, 4)
    store.write(spans[1], spans[2])  # once more, and another one
    store.tick()
    assert (store.told()[0], store.rolled()[0]) == (4, 4)
    assert store.one("SELECT count(*) FROM main.aiops.span_repeats") == (2,)


def test_a_late_span_is_in_the_rows_at_once_and_in_its_hour_after_the_next_look(store: Store) -> None:
    store.write(*(span(number, NOW - 3 * HOUR) for number in range(4)))
    store.tick()
    store.write(span(7, NOW - 3 * HOUR - timedelta(minutes=1)))
    assert store.told()[0] == 5
    assert store.tick() == RolledUp(hours=1, rows=5, expired=0)
    assert store.rolled() == store.told()


def test_looks_at_the_same_time_count_nothing_twice(store: Store) -> None:
    store.write(*(span(number, NOW - 2 * HOUR) for number in range(6)))
    first, second = (Rollups(store.warehouse, clock=store.clock) for _ in range(2))
    first.tick()
    store.warehouse.execute("DELETE FROM main.aiops.span_hours", principal=PLATFORM)  # as if it had not come so far
    second.tick()
    assert store.rolled() == store.told()


def test_a_percentile_from_the_buckets_is_right_within_one_percent(store: Store) -> None:
    durations = [0.0, 0.4, *(1.37**power for power in range(1, 36))]
    store.write(*(span(number * 4, NOW - 2 * HOUR, duration_ms=value) for number, value in enumerate(durations)))
    store.tick()
    buckets = store.rows(
        "SELECT l.bucket, l.spans FROM main.aiops.latency_rollup_hourly AS l "
        "JOIN main.aiops.span_hours_latest AS h ON h.hour = l.hour AND h.version = l.version ORDER BY l.bucket"
    )
    # The estimate of a bucket is the point that is as far from both of its ends, as a share.
    estimates = [2 * GROWTH ** row["bucket"] / (1 + GROWTH) for row in buckets for _ in range(row["spans"])]
    assert len(estimates) == len(durations)
    for value, estimate in zip(durations[1:], estimates[1:], strict=True):
        assert math.isclose(value, estimate, rel_tol=0.0100001)


def test_rows_older_than_they_are_kept_are_removed_and_their_hours_stay(store: Store) -> None:
    old = NOW - timedelta(days=3)
    store.write(*(span(number, old) for number in range(4)), span(9, NOW - 2 * HOUR))
    store.warehouse.append("main.aiops.span_payloads", [{"span_id": "x", "start_time": old, "input": "a question"}])
    store.tick()
    assert store.tick(Retention(spans_days=2, payloads_days=1)) == RolledUp(hours=0, rows=0, expired=4)
    assert store.told()[0] == 1
    assert store.one("SELECT count(*) FROM main.aiops.span_payloads") == (0,)
    assert store.rolled()[0] == 5
    assert store.tick(Retention(spans_days=2, payloads_days=1)) == RolledUp(hours=0, rows=0, expired=0)


def test_a_long_absence_is_made_up_for_in_bounded_bunches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.telemetry.rollups.rollup._ROWS_AT_ONCE", 5)
    store.write(*(span(number, NOW - (number + 1) * HOUR) for number in range(12)))
    assert store.tick() == RolledUp(hours=12, rows=12, expired=0)
    assert store.rolled() == store.told()
    assert store.one("SELECT count(DISTINCT version) FROM main.aiops.span_hours") == (3,)
