"""Named fault points wherever something becomes durable or is handed on: no-ops, unless a test arms some in a child.

`AIOPS_FAULT="after_commit:3=kill"` kills the process (SIGKILL) the third time that `after_commit` is reached; `=raise`
raises WarehouseUnavailable there once, `=sleep0.5` pauses every time from then on. Several faults are separated by `;`.
A soak strikes by chance: `*:5%seed7=raise` at 5 % of the passages, drawn from seed 7; `*` stands for every point (with
`raise`: for those at a statement, where a warehouse can fail).
"""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import SettingsError, WarehouseUnavailable

_COMMITTED = ("messages", "events", "cursors", "memory", "dead_letters", "other")
_STATEMENTS = (
    "register",
    "renew",
    "takeover",
    "lease_close",
    "announce",
    "commit",
    *(f"commit_{t}" for t in _COMMITTED),
)
_GOVERNED = ("request", "decide", "consume", "run", "run_record")
BUS_POINTS = tuple(f"{side}_{name}" for name in _STATEMENTS for side in ("before", "after"))
GOVERNANCE_POINTS = tuple(f"{side}_{name}" for name in _GOVERNED for side in ("before", "after"))
"""Around what an approval, its use and its run write."""
STATEMENT_POINTS = (*BUS_POINTS, *GOVERNANCE_POINTS)
"""Around a statement that makes something durable. `commit` is passed with each kind of table's own point."""
POINTS = (*STATEMENT_POINTS, "before_dispatch", "after_handler", "before_resolve")
VARIABLE = "AIOPS_FAULT"
_FAULT = re.compile(
    r"(?P<point>\w+|\*)(:(?P<count>\d+)|:(?P<share>[\d.]+)%(seed(?P<seed>\d+))?)?=(?P<action>kill|raise|sleep[\d.]*)"
)


@dataclass
class _Fault:
    points: tuple[str, ...]
    strikes: Callable[[], int]
    """Called at each passage: 1 for the moment meant, 2 for those after it, 0 otherwise."""
    action: str
    lock: threading.Lock = field(default_factory=threading.Lock)


def _armed() -> tuple[_Fault, ...]:
    setting = os.environ.get(VARIABLE, "")
    return tuple(_parsed(part.strip()) for part in setting.split(";") if part.strip())


def _parsed(text: str) -> _Fault:
    match = _FAULT.fullmatch(text)
    if match is None or match["point"] not in (*POINTS, "*"):
        raise SettingsError(f"{VARIABLE}={text}: the points are {', '.join(POINTS)} or *; kill, raise or sleepN")
    every = STATEMENT_POINTS if match["action"] == "raise" else POINTS
    points = every if match["point"] == "*" else (match["point"],)
    if match["share"] is not None:
        chance, share = random.Random(int(match["seed"] or 0)), float(match["share"]) / 100
        return _Fault(points, lambda: int(chance.random() < share), match["action"])
    counter, meant = itertools.count(1), int(match["count"] or 1)
    return _Fault(points, lambda: 1 if (number := next(counter)) == meant else 2 * (number > meant), match["action"])


_faults = _armed()


def reach(point: str) -> None:
    """Say that the code stands at `point`; returns at once unless a test armed it."""
    for fault in _faults:
        if point in fault.points:
            _strike(fault, point)


def reach_commit(side: str, table: str) -> None:
    """Say that the code stands `before` or `after` a commit of rows to `table` (catalog.schema.table)."""
    if _faults:
        reach(f"{side}_commit_{_kind(table)}")
        reach(f"{side}_commit")


def _kind(table: str) -> str:
    name = table.rsplit(".", 1)[-1].removeprefix("agent_").removeprefix("event_").removeprefix("shared_")
    return name if name in _COMMITTED else "other"


def _strike(fault: _Fault, point: str) -> None:
    with fault.lock:
        moment = fault.strikes()
    if fault.action.startswith("sleep"):
        if moment:
            time.sleep(float(fault.action[len("sleep") :] or 0))
    elif moment == 1 and fault.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif moment == 1:
        raise WarehouseUnavailable(f"Fault point {point} was armed.")
