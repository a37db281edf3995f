"""Alerts over real tables: back-fill, restarts, several processes, silence, reminders, clocks; in few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import WarehouseError
from core.telemetry import StatementCounter
from core.telemetry.alerts import Evaluated, Figure, Rule
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.unit.telemetry.alerts.place import FAILURES, PACKAGES, START, STATE, Place, span
from tests.unit.telemetry.lakehouse import open_lakehouse

New = Callable[..., Place]
_weeks = iter(range(1000))


@pytest.fixture(scope="module")
def counter() -> StatementCounter:
    return StatementCounter(STATE)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory, counter: StatementCounter) -> Iterator[Warehouse]:
    """Made once: what tests leave lies three weeks apart."""
    warehouse = open_lakehouse(tmp_path_factory.mktemp("alerts"), *PACKAGES, on_statement=counter)
    yield warehouse
    warehouse.close()


@pytest.fixture
def new(tables: Warehouse, tmp_path: Path) -> New:
    """A process of this test's own weeks."""
    clock = ManualClock(START + timedelta(weeks=3 * next(_weeks)))
    for table in ("alert_events", "alert_rules", "alert_silences"):
        tables.execute(f"DELETE FROM {STATE}.{table}", principal=PLATFORM)
    return lambda *rules: Place(tmp_path, *rules, warehouse=tables, clock=clock)


def told(found: Evaluated) -> list[list[tuple[str, str, bool]]]:
    return [[(event.kind, event.level, event.late) for event in each.events] for each in found.told]


def test_a_crossing_is_found_and_told_of_once_and_so_is_its_end(new: New, counter: StatementCounter) -> None:
    place = new()
    assert place.tick().raised == ()
    place.spans(0.5, 0.4, status="error")
    before = counter.count("").total
    found = place.tick(2)
    assert counter.count("").total - before == 6
    assert [(state.level, state.figure) for state in found.raised] == [("alert", Figure(1.0, 2))]
    assert told(found) == [[("state", "alert", False)]]
    before = counter.count("").total
    assert place.tick(1).told == ()
    assert counter.count("").total - before == 4
    assert told(place.tick(10)) == [[("state", "ok", False)]]


def test_rows_that_come_late_raise_what_they_would_have_raised(new: New) -> None:
    place = new()
    place.tick()
    place.tick(60)
    place.spans(30, 31, status="error")
    found = place.tick(1)
    assert told(found) == [[("state", "alert", True), ("state", "ok", True)]]
    assert found.raised == (), "it is over by now, and was told of all the same"
    assert place.tick(1).late_points == 0, "what was looked at is not late again"


def test_a_budget_that_rows_of_days_ago_cross_fires(new: New) -> None:
    """mlflow/mlflow 26054: a crossing found by back-fill never fired."""
    place = new(Rule(rule_id="budget", name="Budget", metric="cost", window="1d", alert=50))
    place.tick()
    place.tick(3 * 1440)
    two_days_ago = place.clock.now() - timedelta(days=2)
    place.add("agent_spans", [span(two_days_ago, kind="model", cost=30.0) for _ in range(2)])
    assert [[event.value for event in each.events] for each in place.tick(1).told] == [[60.0, 0.0]]


def test_a_raise_that_turns_out_to_have_begun_earlier_is_not_told_of_again(new: New) -> None:
    place = new()
    place.tick()
    place.spans(0.1, status="error")
    place.tick(2)
    place.spans(3.5, 4, status="error")
    found = place.tick(1)
    assert found.told == ()
    assert [state.since for state in found.raised] == [place.clock.now() - timedelta(minutes=4)]


def test_a_repeated_span_changes_nothing(new: New) -> None:
    place = new()
    place.tick()
    rows = [span(place.clock.now(), status="error"), *(span(place.clock.now()) for _ in range(2))]
    place.add("agent_spans", rows)
    assert [state.figure for state in place.tick(2).raised] == [Figure(pytest.approx(1 / 3), 3)]
    place.add("agent_spans", rows[:1])
    assert [state.level for state in place.tick(1).raised] == ["warn"]


def test_another_process_goes_on_where_the_first_one_stopped(new: New) -> None:
    first = new()
    first.tick()
    first.spans(0.1, status="error")
    found = first.tick(2)
    second = new()
    again = second.tick(20)
    assert told(again) == [[("state", "ok", False)]]
    assert found.until < again.until
    assert [state.level for state in new().alerts.board()[0]] == ["ok"]


def test_two_processes_find_the_same_rows_and_one_of_them_tells(new: New) -> None:
    one, other = new(), new()
    one.tick()
    one.spans(0.1, status="error")
    one.clock.advance(120)
    both = [one.store, other.store]
    written = one.store.written()
    standing = [store.standing([FAILURES.shipped_version], START, one.clock.now()) for store in both]
    assert standing[0].due == standing[1].due
    assert written.rules["failures"].version == FAILURES.shipped_version
    first = one.tick()
    event = first.told[0].events[0]
    other.store.keep([event], first.until, [], [])  # it had read the tables before the first one wrote
    assert other.store.claim([event]) == set()
    rows = one.rows(f"SELECT told_by FROM {STATE}.alert_events WHERE event_id = '{event.event_id}'")
    assert len(rows) == 2
    assert sum(row["told_by"] is not None for row in rows) == 1


def test_a_process_that_ended_before_it_told_is_made_up_for(new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    place = new()
    place.tick()
    place.spans(0.1, status="error")

    def ended(events: object) -> set[str]:
        raise WarehouseError("The connection broke.")

    with monkeypatch.context() as patch:
        patch.setattr(place.store, "claim", ended)
        with pytest.raises(WarehouseError):
            place.tick(2)
    assert told(new().tick(1)) == [[("state", "alert", False)]]


def test_a_silence_keeps_it_quiet_and_its_end_tells_what_is_still_there(new: New) -> None:
    place = new()
    place.tick()
    place.store.silence("failures", place.clock.now() + timedelta(minutes=10), "deploying", by="ada")
    place.spans(0.1, status="error")
    found = place.tick(2)
    assert found.told == ()
    assert [(state.level, state.silence and state.silence.reason) for state in found.raised] == [("alert", "deploying")]
    assert found.wakes
    place.clock.advance(480)
    place.spans(1, 4, 7, status="error")
    assert told(place.tick(1)) == [[("unsilenced", "alert", False)]]
    assert place.tick(1).told == ()


def test_people_are_reminded_of_what_stays_and_not_of_reminders_that_were_missed(new: New) -> None:
    place = new(FAILURES.model_copy(update={"renotify_minutes": 10, "no_data": "keep"}))
    place.tick()
    place.spans(0.1, status="error")
    assert told(place.tick(2)) == [[("state", "alert", False)]]
    assert place.tick(5).told == ()
    assert told(place.tick(6)) == [[("reminder", "alert", False)]]
    assert place.tick(1).told == ()
    assert told(place.tick(45)) == [[("reminder", "alert", False)]]


@pytest.mark.parametrize(("mode", "raised"), [("ok", []), ("no_data", []), ("keep", ["alert"]), ("alert", ["alert"])])
def test_when_rows_cease_the_mode_decides(new: New, mode: str, raised: list[str]) -> None:
    place = new(FAILURES.model_copy(update={"no_data": mode, "window": "15m"}))
    place.spans(1, status="error")
    assert [state.level for state in place.tick(6).raised] == ["alert"]
    found = place.tick(60)
    assert [state.level for state in found.raised] == raised
    assert found.wakes == (), "time alone changes nothing any more"


def test_each_agent_has_a_state_of_its_own_and_comes_with_its_first_rows(new: New) -> None:
    place = new(FAILURES.model_copy(update={"per_agent": True, "no_data": "alert"}))
    assert place.tick().raised == ()
    place.spans(0.1, kind="agent", agent="CodeAgent", status="error")
    place.spans(0.1, 0.2, kind="agent", agent="RAGAgent")
    found = place.tick(2)
    assert [(state.series, state.level) for state in found.raised] == [("CodeAgent", "alert")]
    assert place.levels(series="RAGAgent")[0][1] == "ok", "it was not raised before it was there"


def test_a_rule_begins_by_telling_how_it_stands_and_no_history(new: New) -> None:
    place = new()
    place.spans(60, 61, 300, status="error")
    assert told(place.tick()) == []
    place.store.save(FAILURES.model_copy(update={"window": "1w", "no_data": "keep"}), by="ada")
    assert told(place.tick()) == [[("state", "alert", False)]]


def test_a_disabled_rule_says_nothing(new: New) -> None:
    place = new()
    place.store.save(FAILURES.model_copy(update={"enabled": False}), by="ada")
    place.spans(0.1, status="error")
    found = place.tick(2)
    assert (found.rules, found.points, found.events) == (0, 0, ())


def test_a_clock_that_is_set_back_misses_nothing_and_tells_nothing_twice(new: New) -> None:
    place = new()
    place.tick()
    place.spans(0.1, status="error")
    assert len(place.tick(2).told) == 1
    place.clock.set_back(3600)
    assert place.tick().told == ()
    place.spans(1, 2, status="error")
    assert told(place.tick(3)) == [[("state", "alert", True)]]


def test_a_forged_rule_and_a_forged_silence_do_not_count(new: New) -> None:
    place = new()
    place.add(
        "alert_rules", [{"version": "z", "rule_id": "failures", "name": "x", "metric": "calls", "enabled": False}]
    )
    place.add(
        "alert_silences", [{"silence_id": "z", "rule_id": "failures", "silent_until": START + timedelta(days=9999)}]
    )
    written = place.store.written()
    assert (written.rules["failures"].rule, written.silences.get("failures")) == (FAILURES, None)
    assert sorted(place.forged) == [("alert_rules", "z"), ("alert_silences", "z")]


def test_a_rule_over_what_nobody_wrote_yet_has_no_data_and_is_not_raised(new: New) -> None:
    found = new(
        Rule(rule_id="rating", name="Ratings", metric="thumbs_down_share", window="1d", alert=0.5, no_data="no_data"),
        Rule(rule_id="cost", name="Cost", metric="cost", window="1d", alert=50),
        Rule(rule_id="queue", name="Queue", metric="queue_age", window="1h", alert=60),
    ).tick()
    assert {event.rule_id: event.level for event in found.events} == {"rating": "no_data", "cost": "ok", "queue": "ok"}
    assert (found.told, found.wakes) == ((), ())


def test_rows_of_the_last_seconds_are_looked_at_when_their_time_comes(new: New) -> None:
    place = new()
    place.tick()
    place.clock.advance(100)
    place.spans(0.1, status="error")
    found = place.tick()
    assert (found.raised, found.wakes) == ((), (place.clock.now() + timedelta(seconds=50),))
    assert [state.level for state in place.tick(50 / 60).raised] == ["alert"]


def test_a_request_that_waits_names_the_moment_when_it_is_too_old(new: New) -> None:
    place = new(Rule(rule_id="queue", name="Queue", metric="queue_age", window="5m", alert=3600))
    place.tick()
    asked = place.clock.now()
    row = {"request_id": str(asked), "quorum": 1, "created_at": asked, "expires_at": asked + timedelta(days=1)}
    place.add("approval_requests", [{**row, "due_at": asked + timedelta(hours=8)}])
    first = place.tick(0.1)
    assert first.wakes == (asked + timedelta(seconds=90),)
    second = place.tick(2)
    assert second.wakes == (asked + timedelta(seconds=126 + 3600 - 60),)
    assert [state.level for state in place.tick(62).raised] == ["alert"]
