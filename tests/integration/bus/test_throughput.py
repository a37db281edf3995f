"""The bus's speed as ratios, so that a loaded machine does not decide; the benchmark reports absolute numbers."""

from __future__ import annotations

import time

from core.bus import Bus
from tests.unit.bus.home import Home, ask


def _echo_bus(bus: Bus) -> None:
    bus.register("Echo", lambda message, delivery: message.content)


def _seconds_per_request(bus: Bus, number: int) -> float:
    started = time.perf_counter()
    replies = [bus.request(ask("Echo")) for _ in range(number)]
    for reply in replies:
        reply.result(60)
    bus.flush(60)
    return (time.perf_counter() - started) / number


def test_group_commit_is_many_times_one_commit_a_message(home: Home) -> None:
    with home.bus() as grouped:
        _echo_bus(grouped)
        _seconds_per_request(grouped, 100)
        fast = _seconds_per_request(grouped, 900)
    with home.bus(group_commit_rows=1) as single:
        _echo_bus(single)
        slow = _seconds_per_request(single, 30)
    assert slow / fast > 10  # the benchmark's gate is higher, on a machine of its own


def test_a_hop_within_the_process_takes_few_milliseconds(home: Home) -> None:
    seconds = []
    with home.bus() as bus:
        _echo_bus(bus)
        for _ in range(200):
            started = time.perf_counter()
            bus.request(ask("Echo")).result(5)
            seconds.append(time.perf_counter() - started)
    assert sorted(seconds)[100] < 0.005
