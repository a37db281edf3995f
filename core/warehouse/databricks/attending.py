"""A statement in a thread of its own, for callers who may leave: a server that holds its answer back cannot hold them.

A stop is told to the server, which ends the statement as a rule; only when nothing comes back in a while, as from a
warehouse that is stopped under an open session, is the thread left behind with its connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from core.warehouse.databricks.waiting import ENDLESS, Patience

Result = TypeVar("Result")


class LeftBehind(Exception):
    """The caller's patience and the time for stopping are over, and there is no answer yet."""


def attended(
    work: Callable[[], Result], patience: Patience, *, stopping_s: float, at_last: Callable[[], None]
) -> Result:
    """What `work` gives or raises; LeftBehind when that takes too long, and `at_last` is then called at its end."""
    if patience == ENDLESS:
        return work()
    future: Future[Result] = Future()
    ended_or_cancelled = threading.Event()
    future.add_done_callback(lambda _: ended_or_cancelled.set())
    threading.Thread(target=_run, args=(work, future), name="attended-statement", daemon=True).start()
    with patience.told(ended_or_cancelled.set):
        ended_or_cancelled.wait(patience.left_s)
    if not wait([future], timeout=stopping_s).done:
        future.add_done_callback(lambda _: at_last())
        raise LeftBehind
    return future.result()


def _run(work: Callable[[], Result], future: Future[Result]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is raised again by who waits
        future.set_exception(error)
    else:
        future.set_result(result)
