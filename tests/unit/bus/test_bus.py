import threading

import pytest

from core.bus import Bus, Content, Delivery, Message, failure_of
from core.errors import (
    AccessDenied,
    BusError,
    WarehouseUnavailable,
)
from core.ids import derived_id
from tests.unit.bus.home import MESSAGES, Gate, Home, ask, echo


def test_an_answer_carries_its_request_and_a_derived_id(home: Home) -> None:
    with home.bus() as bus:
        bus.register("Echo", echo)
        request = ask("Echo", body={"n": 7}, priority=8)
        response = bus.request(request).result(5)
    assert response.message_id == derived_id(request.message_id, "Echo")
    assert (response.reply_to, response.correlation_id) == (request.message_id, request.correlation_id)
    assert (response.from_agent, response.to_agent, response.priority) == ("Echo", "user", 8)
    assert (response.session_id, response.user_id, response.user_role) == ("session", "ana", "data_analyst")
    assert response.content.body == {"n": 7}


def test_a_second_delivery_returns_the_first_answer(home: Home) -> None:
    calls: list[str] = []

    def count(message: Message, delivery: Delivery) -> Content:
        calls.append(message.message_id)
        return Content(kind="count.done", body={"call": len(calls)})

    request = ask("Count")
    with home.bus() as bus:
        bus.register("Count", count)
        first = bus.request(request).result(5)
        assert bus.request(request).result(5) == first
    with home.bus() as bus:  # another process, later
        bus.register("Count", count)
        assert bus.request(request).result(5) == first
        assert bus.await_response(request.message_id, "Count", 5) == first
    assert calls == [request.message_id]


def test_an_answer_that_memory_has_forgotten_is_found_in_the_log(home: Home) -> None:
    calls: list[str] = []

    def count(message: Message, delivery: Delivery) -> Content:
        calls.append(message.message_id)
        return Content(kind="count.done", body={})

    with home.bus(answers_kept=2) as bus:
        bus.register("Count", count)
        requests = [ask("Count") for _ in range(5)]
        answers = [bus.request(request).result(5) for request in requests]
        assert [bus.request(request).result(5) for request in requests] == answers
    assert len(calls) == 5


def test_a_handler_without_content_is_acknowledged(home: Home) -> None:
    with home.bus() as bus:
        bus.register("Quiet", lambda message, delivery: None)
        assert bus.request(ask("Quiet", kind="note")).result(5).content.kind == "note.done"


def test_a_platform_error_comes_back_with_code_and_next_step(home: Home) -> None:
    def refuse(message: Message, delivery: Delivery) -> Content:
        raise AccessDenied("Not yours.", next_step="Ask ada.")

    with home.bus() as bus:
        bus.register("Guard", refuse)
        response = bus.request(ask("Guard")).result(5)
        info = failure_of(response)
        bus.flush()
        assert bus.dead_letters.recent() == ()
    assert response.content.kind == "error"
    assert info is not None
    assert (info.code, info.message, info.next_step, info.retryable) == (
        "access_denied",
        "Not yours.",
        "Ask ada.",
        False,
    )


def test_an_unexpected_error_is_a_dead_letter_with_its_causes_and_tells_no_detail(home: Home) -> None:
    def fail(message: Message, delivery: Delivery) -> Content:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise RuntimeError("outer secret") from error

    with home.bus() as bus:
        bus.register("Fail", fail)
        response = bus.request(ask("Fail", kind="fail.now")).result(5)
        bus.flush()
        (letter,) = bus.dead_letters.recent()
    info = failure_of(response)
    assert info is not None
    assert "secret" not in info.message
    assert (letter.message_id, letter.agent, letter.kind, letter.attempts) == (
        response.reply_to,
        "Fail",
        "fail.now",
        1,
    )
    assert [cause.type for cause in letter.causes] == ["RuntimeError", "KeyError"]


def test_a_retryable_error_is_tried_again_and_then_answered(home: Home) -> None:
    attempts: list[int] = []

    def shaky(message: Message, delivery: Delivery) -> Content:
        attempts.append(delivery.attempt)
        if delivery.attempt < 3:
            raise WarehouseUnavailable("starting")
        return Content(kind="shaky.done", body={})

    with home.bus(backoff_s=0.01) as bus:
        bus.register("Shaky", shaky)
        assert bus.request(ask("Shaky")).result(5).content.kind == "shaky.done"
    assert attempts == [1, 2, 3]


def test_attempts_are_bounded_and_end_in_a_dead_letter(home: Home) -> None:
    attempts: list[int] = []

    def down(message: Message, delivery: Delivery) -> Content:
        attempts.append(delivery.attempt)
        raise WarehouseUnavailable("down")

    with home.bus(backoff_s=0.01, max_attempts=3) as bus:
        bus.register("Down", down)
        info = failure_of(bus.request(ask("Down")).result(5))
        bus.flush()
        (letter,) = bus.dead_letters.recent()
    assert info is not None
    assert info.code == "warehouse_unavailable"
    assert attempts == [1, 2, 3]
    assert letter.attempts == 3


def test_an_answer_that_is_not_json_becomes_an_error(home: Home) -> None:
    with home.bus() as bus:
        bus.register("Nan", lambda message, delivery: Content(kind="x", body={"v": float("nan")}))
        info = failure_of(bus.request(ask("Nan")).result(5))
    assert info is not None
    assert info.code == "bus_error"


def test_an_unknown_recipient_is_answered_and_kept_as_a_dead_letter(home: Home) -> None:
    with home.bus() as bus:
        info = failure_of(bus.request(ask("Nobody")).result(5))
        bus.flush()
        assert [letter.agent for letter in bus.dead_letters.recent()] == ["Nobody"]
    assert info is not None
    assert info.code == "not_found"


def test_a_shared_handler_may_not_wait_for_an_answer(home: Home) -> None:
    gate = Gate()
    with home.bus() as bus:

        def waits(message: Message, delivery: Delivery) -> Content:
            return bus.request(ask("Gate", from_agent="Waits")).result(5).content

        bus.register("Gate", gate)
        bus.register("Waits", waits)
        info = failure_of(bus.request(ask("Waits")).result(5))
        gate.opened.set()
    assert info is not None
    assert (info.code, "turns" in info.message) == ("bus_error", True)


def test_a_turns_answer_is_durable_before_it_is_reported(home: Home) -> None:
    with home.bus(group_commit_s=30, turn_hold_s=30) as bus:
        bus.register("Turn", echo, own_thread=True)
        response = bus.request(ask("Turn")).result(5)
        other = home.open_warehouse()
        rows, _ = other.changes(MESSAGES, None)
        other.close()
    assert {row["message_id"] for row in rows} == {response.message_id, response.reply_to}


def test_durable_means_committed_before_the_handler_sees_it(home: Home) -> None:
    seen: list[int] = []
    with home.bus(group_commit_s=30) as bus:

        def look(message: Message, delivery: Delivery) -> None:
            other = home.open_warehouse()
            seen.append(len(other.changes(MESSAGES, None)[0]))
            other.close()

        bus.register("Look", look)
        bus.request(ask("Look"), durable=True).result(5)
    assert seen == [1]


def test_two_hundred_turns_on_four_workers_all_finish(home: Home) -> None:
    with home.bus(workers=4, turn_threads=16) as bus:
        bus.register("Echo", echo)

        def turn(message: Message, delivery: Delivery) -> Content:
            total = 0
            for step in range(3):
                child = ask("Echo", from_agent="Turn", correlation_id=message.correlation_id, body={"n": step})
                total += bus.request(child).result(30).content.body["n"]
            return Content(kind="turn.done", body={"total": total})

        bus.register("Turn", turn, own_thread=True)
        replies = [bus.request(ask("Turn")) for _ in range(200)]
        assert [reply.result(30).content.body for reply in replies] == [{"total": 3}] * 200


def test_history_is_in_order_and_narrowed_by_user_and_participant(home: Home) -> None:
    with home.bus() as bus:
        bus.register("Echo", echo)
        for number in range(3):
            bus.request(ask("Echo", body={"n": number})).result(5)
        bus.request(ask("Echo", from_agent="Other", user_id="dev")).result(5)
        everything = bus.history("session")  # some of it not committed yet
        bus.flush()
        assert bus.history("session") == everything
        assert [m.content.body for m in everything[:6:2]] == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert len(bus.history("session", "ana")) == 6
        assert len(bus.history("session", participant="Other")) == 2
        assert bus.history("another") == []
        assert len(bus.messages.correlation(everything[0].correlation_id)) == 2


def test_an_event_message_to_one_agent_is_handled_without_an_answer(home: Home) -> None:
    got = threading.Event()
    with home.bus() as bus:
        bus.register("Listener", lambda message, delivery: got.set())
        bus.publish(ask("Listener").model_copy(update={"message_type": "event"}), durable=True)
        assert got.wait(5)
        assert [message.message_type for message in bus.history("session")] == ["event"]


def test_a_reply_that_takes_too_long_raises_and_goes_on(home: Home) -> None:
    gate = Gate()
    with home.bus() as bus:
        bus.register("Gate", gate)
        reply = bus.request(ask("Gate"))
        with pytest.raises(TimeoutError, match="Gate"):
            reply.result(0.01)
        gate.opened.set()
        assert reply.result(5).content.kind == "gate.done"


def test_closing_answers_what_is_open_and_refuses_what_comes_later(home: Home) -> None:
    gate = Gate()
    with home.bus() as bus:
        bus.register("Gate", gate)
        reply = bus.request(ask("Gate"))
        assert gate.begun.wait(5)
        threading.Timer(0.05, gate.opened.set).start()
    assert reply.result(0).content.kind == "cancelled"
    with pytest.raises(BusError):
        bus.request(ask("Gate"))
    with home.bus() as later:
        assert [message.content.kind for message in later.history("session")] == ["echo", "cancelled"]


def test_the_bus_is_closed_once(home: Home) -> None:
    warehouse = home.open_warehouse()
    bus: Bus = home.open_bus(warehouse)
    bus.register("Echo", echo)
    bus.request(ask("Echo")).result(5)
    bus.close()
    home.records.clear()
    bus.close()
    assert home.records == []
    warehouse.close()
