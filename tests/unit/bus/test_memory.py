import pytest

from core.clock import ManualClock
from tests.unit.bus.home import Home

DAY = 86_400


def test_a_value_is_returned_until_its_day_is_over(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        bus.memory.put("conversation", "last", {"measure": "sales"}, writer="CodeAgent")
        clock.advance(DAY - 1)
        assert bus.memory.get("conversation", "last") == {"measure": "sales"}
        clock.advance(1)
        assert bus.memory.get("conversation", "last") is None
        assert bus.memory.entries("conversation") == {}


def test_expiry_holds_for_a_reader_in_another_process(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        bus.memory.put("scope", "short", 1, writer="A", ttl_s=60)
        bus.memory.put("scope", "long", 2, writer="A", ttl_s=10 * DAY)
    clock.advance(60)
    with home.bus(clock) as other:
        assert other.memory.get("scope", "short") is None
        assert other.memory.get("scope", "long") == 2
    clock.advance(DAY - 60)
    with home.bus(clock) as later:
        assert later.memory.get("scope", "long") is None


@pytest.mark.parametrize("value", [None, True, 3, "text", [1, {"a": None}], {"ü": "🧭"}])
def test_any_json_value_comes_back_as_it_was(home: Home, value: object) -> None:
    with home.bus() as bus:
        bus.memory.put("scope", "key", value, writer="A")
    with home.bus() as other:
        assert other.memory.entries("scope")["key"].value == value


def test_the_last_writer_wins_and_is_recorded(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as first, home.bus(clock) as second:
        first.memory.put("scope", "key", "first", writer="A")
        first.flush()
        clock.advance(1)
        second.memory.put("scope", "key", "second", writer="B")
        second.flush()
        clock.advance(10)  # beyond memory_fresh_s
        entry = first.memory.entries("scope")["key"]
        assert (entry.value, entry.writer) == ("second", "B")
        assert second.memory.get("scope", "key") == "second"


def test_a_deleted_value_is_gone_here_and_elsewhere(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        bus.memory.put("scope", "key", 1, writer="A")
        clock.advance(1)
        bus.memory.delete("scope", "key", writer="B")
        assert bus.memory.get("scope", "key") is None
    with home.bus(clock) as other:
        assert other.memory.get("scope", "key") is None


def test_scopes_do_not_see_each_other(home: Home) -> None:
    with home.bus() as bus:
        bus.memory.put("one", "key", 1, writer="A")
        assert bus.memory.get("two", "key") is None


def test_a_scope_is_read_once_while_it_is_fresh(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock, memory_fresh_s=5) as bus:
        home.records.clear()
        for number in range(10):
            bus.memory.get("scope", f"key{number}")
        bus.memory.put("scope", "key", 1, writer="A")
        assert bus.memory.get("scope", "key") == 1
        assert [record.kind for record in home.records if record.kind == "query"] == ["query"]
        clock.advance(5)
        bus.memory.get("scope", "key")
        assert len([record for record in home.records if record.kind == "query"]) == 2


def test_a_scope_that_was_begun_here_is_never_read(home: Home) -> None:
    with home.bus() as bus:
        bus.memory.begin("s")
        assert bus.memory.get("s", "k") is None
        bus.memory.put("s", "k", 1, writer="A")
        assert bus.memory.get("s", "k") == 1


def test_what_another_process_wrote_is_seen_after_reading_again(home: Home) -> None:
    with home.bus(memory_fresh_s=3600) as mine, home.bus() as theirs:
        assert mine.memory.get("s", "k") is None
        theirs.memory.put("s", "k", 2, writer="B")
        theirs.flush()
        assert mine.memory.get("s", "k") is None
        mine.memory.read_again("s")
        assert mine.memory.get("s", "k") == 2
