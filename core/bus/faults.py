"""Named fault points at the commit boundaries: no-ops, unless a test arms one in a child process.

`AIOPS_FAULT="after_commit:3=kill"` kills the process (SIGKILL) the third time that `after_commit` is reached;
`=raise` raises WarehouseUnavailable there once, `=sleep0.5` pauses every time from then on.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import SettingsError, WarehouseUnavailable

POINTS = (
    "before_commit",
    "after_commit",
    "before_dispatch",
    "after_handler",
    "before_resolve",
    "before_takeover",
    "after_takeover",
)
VARIABLE = "AIOPS_FAULT"


@dataclass
class _Fault:
    point: str
    occurrence: int
    action: str
    counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))


def _armed() -> _Fault | None:
    setting = os.environ.get(VARIABLE)
    if not setting:
        return None
    where, _, action = setting.partition("=")
    point, _, occurrence = where.partition(":")
    if point not in POINTS or not (action in ("kill", "raise") or action.startswith("sleep")):
        raise SettingsError(f"{VARIABLE}={setting}: the points are {', '.join(POINTS)}; kill, raise or sleepN")
    return _Fault(point, int(occurrence or 1), action)


_fault = _armed()


def reach(point: str) -> None:
    """Say that the code stands at `point`; returns at once unless a test armed it."""
    if _fault is not None and _fault.point == point:
        _strike(_fault, next(_fault.counter))


def _strike(fault: _Fault, count: int) -> None:
    if fault.action.startswith("sleep") and count >= fault.occurrence:
        time.sleep(float(fault.action[len("sleep") :]))
    elif count == fault.occurrence and fault.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif count == fault.occurrence:
        raise WarehouseUnavailable(f"Fault point {fault.point} was armed.")
