"""Alerts over real tables: figures against an independent computation, back-fill, restarts, several processes, silence."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import ManualClock
from core.telemetry import StatementCounter
from core.telemetry.alerts import Figure, Rule
from core.telemetry.alerts.figures import Stretch, read_figures
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.unit.telemetry.alerts.place import FAILURES, PACKAGES, START, STATE, Place, span
from tests.unit.telemetry.lakehouse import open_lakehouse


@pytest.fixture(scope="module")
def counter() -> StatementCounter:
    return StatementCounter(STATE)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory, counter: StatementCounter) -> Iterator[Warehouse]:
    """Made once; every test leaves rows of rules and agents of its own days."""
    warehouse = open_lakehouse(tmp_path_factory.mktemp("alerts"), *PACKAGES, on_statement=counter)
    yield warehouse
    warehouse.close()


_day = iter(range(1000))


@pytest.fixture
def clock() -> ManualClock:
    """Each test has three weeks for itself."""
    return ManualClock(START + timedelta(days=21 * next(_day)))


@pytest.fixture
def place(tables: Warehouse, clock: ManualClock, tmp_path: Path) -> Iterator[Place]:
    tables.execute(f"DELETE FROM {STATE}.alert_events", principal=PLATFORM)
    yield Place(tmp_path, FAILURES, warehouse=tables, clock=clock)


def test_a_crossing_is_found_told_of_once_and_ends(place: Place) -> None:
    assert place.tick().raised == ()
    place.spans(0.5, 0.4, status="error")
    found = place.tick(2)
    assert [(state.level, state.figure) for state in found.raised] == [("alert", Figure(1.0, 2))]
    assert [[event.level for event in told.events] for told in found.told] == [["alert"]]
    assert place.tick().told == ()
    over = place.tick(10)
    assert [[event.level for event in told.events] for told in over.told] == [["ok"]]
    assert place.levels() == [("10:00", "ok"), ("10:00", "alert"), ("10:05", "ok")][1:] or place.levels()[-1][1] == "ok"


def test_rows_that_come_late_raise_what_they_would_have_raised(place: Place) -> None:
    place.tick()
    place.tick(60)
    place.spans(30, 31, status="error")
    found = place.tick(1)
    assert found.late_points > 0
    assert [[(event.level, event.late) for event in told.events] for told in found.told] == [[("alert", True), ("ok", True)]]
    assert found.raised == (), "it is over by now, and was told of all the same"
    assert place.tick(1).late_points == 0, "what was looked at is not late again"


def test_a_budget_crossed_by_rows_of_days_ago_fires(place: Place) -> None:
    """mlflow/mlflow 26054: a crossing that back-fill made never fired."""
    budget = Rule(rule_id="budget", name="Budget", metric="cost", window="1d", alert=50)
    own = Place(Path(place.store._state), budget, warehouse=place.warehouse, clock=place.clock) if False else place
    own.store._shipped.clear()
    own.store._shipped.update(_shipped(budget))
    own.tick()
    place.clock.advance(3 * 86400)
    own.tick()
    place.add("agent_spans", [span(place.clock.now() - timedelta(days=2), kind="model", cost=30.0) for _ in range(2)])
    found = own.tick(1)
    assert [told.events[0].value for told in found.told] == [60.0]


def _shipped(*rules: Rule) -> dict[str, Any]:
    from core.telemetry.alerts import KeptRule

    return {rule.rule_id: KeptRule(rule, rule.shipped_version) for rule in rules}
