"""A process that puts load on a bus until it is killed, and says on stdout what was acknowledged.

A line `request_id response_id kind` means that from then on both must never be lost; `event event_id memory_key` means
that about an event and a value of the shared memory. It takes over what others left, under a lease of a second, and
calls its machine `elsewhere`: a test on another machine can tell that it is dead only by its lease.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from itertools import count
from pathlib import Path

from core.bus import AgentCard, Bus, BusOptions, Content, Delivery, Message, ProcessIdentity, new_event
from core.errors import PlatformError
from tests.unit.bus.home import Home, ask

LEASE_S = 1.0
SCOPE = "load"


def register(bus: Bus) -> None:
    """Real agents: one that echoes, one that drives turns through it, and one that always breaks."""

    def echo(message: Message, delivery: Delivery) -> Content:
        return Content(kind="echo.done", body=message.content.body)

    def turn(message: Message, delivery: Delivery) -> Content:
        total = 0
        for step in range(2):
            child = ask("Echo", from_agent="Turn", correlation_id=message.correlation_id, body={"n": step})
            total += bus.request(child).result(30).content.body["n"]
        return Content(kind="turn.done", body={"total": total})

    def lasting(message: Message, delivery: Delivery) -> Content:
        threading.Event().wait(0.4)
        return Content(kind="lasting.done", body={})

    def broken(message: Message, delivery: Delivery) -> Content:
        raise RuntimeError("it always breaks")

    bus.register("Echo", echo)
    bus.register("Turn", turn, own_thread=True)
    bus.register("Lasting", lasting, own_thread=True)
    bus.register("Broken", broken)
    bus.subscribe("Watch", "load.step", lambda event: None)


def _say(*words: object) -> None:
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def _acknowledge(answer: Message) -> None:
    _say(answer.reply_to, answer.message_id, answer.content.kind)


def _turns(bus: Bus) -> None:
    while True:
        _acknowledge(bus.request(ask("Turn")).result(30))


def _lasting(bus: Bus) -> None:
    """Work that others can see unanswered, so that the lease is always needed."""
    while True:
        _acknowledge(bus.request(ask("Lasting")).result(30))


def _batches(bus: Bus) -> None:
    for number in count():
        replies = [bus.request(ask("Echo", body={"n": number})) for _ in range(20)]
        replies.append(bus.request(ask("Broken")))
        event = new_event("load.step", "Load", {"n": number}, correlation_id=SCOPE)
        bus.emit(event)
        key = f"{bus.process.process_id}-{number}"
        bus.memory.put(SCOPE, key, number, writer="Load")
        answers = [reply.result(30) for reply in replies]
        bus.flush()
        for answer in answers:
            _acknowledge(answer)
        _say("event", event.event_id, key)


def _takes_over(bus: Bus) -> None:
    while True:
        try:
            bus.recover()
        except PlatformError as error:
            logging.getLogger(__name__).warning("taking over failed: %s", error)
        threading.Event().wait(0.1)


def main(home: Home) -> None:
    warehouse = home.open_warehouse()
    process = ProcessIdentity.current("test").model_copy(update={"host": "elsewhere"})
    options = BusOptions(group_commit_s=0.05, turn_hold_s=0.02, register_at_start=True, lease_s=LEASE_S)
    bus = Bus(warehouse, keys=home.keys(), process=process, options=options)
    bus.start()
    register(bus)
    bus.registry.announce([AgentCard(agent="Echo", version=process.process_id, capabilities=(), kinds=("echo",))])
    for work in (_turns, _turns, _lasting, _batches, _takes_over):
        threading.Thread(target=work, args=(bus,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])))
