"""A process that puts load on a bus until it is killed, and says on stdout what was acknowledged.

Each line is `request_id response_id kind`: from then on both must never be lost.
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count
from pathlib import Path

from core.bus import Bus, BusOptions, Content, Delivery, Message, ProcessIdentity
from tests.unit.bus.home import Home, ask


def register(bus: Bus) -> None:
    """Two real agents: one that echoes, one that drives turns through it."""

    def echo(message: Message, delivery: Delivery) -> Content:
        return Content(kind="echo.done", body=message.content.body)

    def turn(message: Message, delivery: Delivery) -> Content:
        total = 0
        for step in range(2):
            child = ask("Echo", from_agent="Turn", correlation_id=message.correlation_id, body={"n": step})
            total += bus.request(child).result(30).content.body["n"]
        return Content(kind="turn.done", body={"total": total})

    bus.register("Echo", echo)
    bus.register("Turn", turn, own_thread=True)


def _say(message: Message) -> None:
    os.write(1, f"{message.reply_to} {message.message_id} {message.content.kind}\n".encode())


def _turns(bus: Bus) -> None:
    while True:
        _say(bus.request(ask("Turn")).result(30))


def _batches(bus: Bus) -> None:
    for number in count():
        replies = [bus.request(ask("Echo", body={"n": number})) for _ in range(20)]
        answers = [reply.result(30) for reply in replies]
        bus.flush()
        for answer in answers:
            _say(answer)


def main(home: Home) -> None:
    warehouse = home.open_warehouse()
    process = ProcessIdentity.current("test")
    bus = Bus(
        warehouse,
        keys=home.keys(),
        process=process,
        options=BusOptions(group_commit_s=0.05, turn_hold_s=0.02, register_at_start=True),
    )
    bus.start()
    register(bus)
    for work in (_turns, _turns, _batches):
        threading.Thread(target=work, args=(bus,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])))
