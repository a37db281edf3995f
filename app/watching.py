"""From a turn's events to what a page redraws: batched at 50 ms, with a heartbeat so that running seconds move."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from core.types import Finished, PlanChanged, PlanStep, Queued, Response, TextDelta, TurnEvent

BATCH_SECONDS = 0.05
HEARTBEAT_SECONDS = 0.5


@dataclass(frozen=True)
class Progress:
    """How far a turn is: the plan, the text so far, and the response once it ended."""

    steps: tuple[PlanStep, ...] = ()
    text: str = ""
    response: Response | None = None


def follow(
    events: Iterable[TurnEvent], *, batch: float = BATCH_SECONDS, heartbeat: float = HEARTBEAT_SECONDS
) -> Iterator[Progress]:
    """Progress at most every `batch` seconds and at least every `heartbeat`; ends with the one that has a response.

    A thread of its own reads `events`, so that the page can be interrupted while nothing happens. It leaves at the
    next event after the page stopped listening. Errors of `events` are raised here.
    """
    arrived: queue.SimpleQueue[TurnEvent | Exception | None] = queue.SimpleQueue()
    abandoned = threading.Event()
    threading.Thread(target=_read, args=(events, arrived, abandoned), name="watch", daemon=True).start()
    progress = Progress()
    try:
        while progress.response is None:
            batch_of_events = _batch(arrived, batch, heartbeat)
            for item in batch_of_events:
                if isinstance(item, Exception):
                    raise item
                if item is not None:
                    progress = _after(progress, item)
            yield progress
            if None in batch_of_events:
                return
    finally:
        abandoned.set()


_Item = TurnEvent | Exception | None
"""None: the source has ended."""


def _read(events: Iterable[TurnEvent], arrived: queue.SimpleQueue[_Item], abandoned: threading.Event) -> None:
    try:
        for event in events:
            arrived.put(event)
            if abandoned.is_set():
                return
        arrived.put(None)
    except Exception as error:  # noqa: BLE001  the page that listens raises and draws it
        arrived.put(error)


def _batch(arrived: queue.SimpleQueue[_Item], batch: float, heartbeat: float) -> list[_Item]:
    """What has arrived, waiting up to `heartbeat` for the first; after text, `batch` longer for more of it."""
    try:
        items = [arrived.get(timeout=heartbeat)]
    except queue.Empty:
        return []
    if isinstance(items[0], TextDelta):
        time.sleep(batch)
    while not arrived.empty():
        items.append(arrived.get())
    return items


def _after(progress: Progress, event: TurnEvent) -> Progress:
    match event:
        case Queued():
            return progress  # a reason to redraw; which place it is the page asks when it does
        case PlanChanged():
            return replace(progress, steps=event.steps)
        case TextDelta():
            return replace(progress, text=progress.text + event.text)
        case Finished():
            return replace(progress, response=event.response)
