"""One of two processes of the soak: mixed traffic, drawn from a seed, until its time is over.

Each line is `request_id state code`: what its requester was told. A test arms random faults by AIOPS_FAULT.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from core.bus import Bus, BusOptions, Content, Delivery, Message, ProcessIdentity, failure_of, new_event
from core.errors import AccessDenied, PlatformError, WarehouseUnavailable
from tests.unit.bus.home import Home, ask

LANES = 6


def register(bus: Bus, chance: random.Random) -> None:
    """Agents that echo, drive turns, are slow, fail in passing, refuse, and break."""

    def echo(message: Message, delivery: Delivery) -> Content:
        return Content(kind="echo.done", body=message.content.body)

    def turn(message: Message, delivery: Delivery) -> Content:
        for agent in ("Echo", "Shaky"):
            child = ask(agent, from_agent="Turn", correlation_id=message.correlation_id, session_id=message.session_id)
            bus.request(child, durable=chance.random() < 0.2).result(60)
            delivery.check()
        bus.emit(new_event("soak.turn", "Turn", {"n": 1}, correlation_id=message.correlation_id))
        return Content(kind="turn.done", body={})

    def slow(message: Message, delivery: Delivery) -> Content:
        for _ in range(20):
            delivery.check()
            time.sleep(0.01)
        return Content(kind="slow.done", body={})

    def shaky(message: Message, delivery: Delivery) -> Content:
        if chance.random() < 0.5:
            raise WarehouseUnavailable("it passes")
        return Content(kind="shaky.done", body={})

    def refuse(message: Message, delivery: Delivery) -> Content:
        raise AccessDenied("not yours")

    def broken(message: Message, delivery: Delivery) -> Content:
        raise RuntimeError("it breaks")

    handlers = {"Echo": echo, "Slow": slow, "Shaky": shaky, "Refuse": refuse, "Broken": broken}
    for agent, handler in handlers.items():
        bus.register(agent, handler)
    bus.register("Turn", turn, own_thread=True)
    bus.subscribe("Watch", "soak.turn", lambda event: None)


class Lane:
    """One person: asks one thing after the other."""

    def __init__(self, bus: Bus, seed: int) -> None:
        self._bus = bus
        self._chance = random.Random(seed)
        self._broken: list[str] = []
        self._session = f"lane {seed}"

    def run(self, until: float) -> None:
        """Until the moment, in monotonic seconds."""
        doings: list[Callable[[], None]] = [
            self._turn,
            self._turn,
            self._batch,
            self._expires,
            self._cancels,
            self._breaks,
            self._replays,
            self._remembers,
            self._takes_over,
        ]
        while time.monotonic() < until:
            try:
                self._chance.choice(doings)()
            except PlatformError as error:
                _say("-", "raised", error.code)

    def _ask(self, agent: str, **fields: object) -> Message:
        return ask(agent, session_id=self._session, priority=self._chance.randint(1, 10), **fields)

    def _turn(self) -> None:
        _told(self._bus.request(self._ask("Turn")).result(60))

    def _batch(self) -> None:
        agents = [self._chance.choice(("Echo", "Shaky", "Refuse")) for _ in range(10)]
        for reply in [self._bus.request(self._ask(agent)) for agent in agents]:
            _told(reply.result(60))

    def _expires(self) -> None:
        _told(self._bus.request(self._ask("Slow", expires_in_s=0.05)).result(60))

    def _cancels(self) -> None:
        reply = self._bus.request(self._ask(self._chance.choice(("Slow", "Turn"))))
        time.sleep(self._chance.uniform(0, 0.05))
        reply.cancel()
        _told(reply.result(60))

    def _breaks(self) -> None:
        answer = self._bus.request(self._ask("Broken")).result(60)
        self._broken.append(answer.reply_to or "")
        _told(answer)

    def _replays(self) -> None:
        for letter in self._bus.dead_letters.recent():
            if letter.message_id in self._broken:
                first, second = (self._bus.replay(letter.dead_letter_id) for _ in range(2))
                assert first.result(60) == second.result(60)
                _told(first.result(60))
                return

    def _remembers(self) -> None:
        value = self._chance.random()
        self._bus.memory.put(self._session, "value", value, writer="Lane")
        assert self._bus.memory.get(self._session, "value") == value

    def _takes_over(self) -> None:
        self._bus.recover()


def _say(*words: object) -> None:
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def _told(answer: Message) -> None:
    info = failure_of(answer)
    _say(answer.reply_to, answer.content.kind, info.code if info else "-")


def main(home: Home, seed: int, seconds: float) -> None:
    warehouse = home.open_warehouse()
    process = ProcessIdentity.current("test").model_copy(update={"host": "soak"})
    options = BusOptions(
        group_commit_s=0.05, lease_s=6.0, turn_threads=3, backoff_s=0.01, register_at_start=False, stop_look_s=0.3
    )
    bus = Bus(warehouse, keys=home.keys(), process=process, options=options)
    bus.start()
    register(bus, random.Random(seed))
    until = time.monotonic() + seconds
    lanes = [threading.Thread(target=Lane(bus, seed * 100 + n).run, args=(until,)) for n in range(LANES)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    try:
        bus.close()
    except PlatformError as error:
        _say("-", "raised", error.code)
    warehouse.close()
    _say("-", "ended", "-")


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3]))
