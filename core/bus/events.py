"""Events: facts that agents announce, kept in `agent_events` and handed to subscribers at least once.

A subscriber is (agent, event type) with a durable position. Events of this process are handed over at once; `catch_up`
hands over what other processes announced, or what a killed one had not got to, and moves the position. An event may
come twice: subscribers key what they do by `event_id`.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from core.bus.envelope import canonical, utc
from core.bus.log import GroupCommitLog
from core.bus.message import Content, Message
from core.clock import Clock, SystemClock, not_before
from core.ids import new_id
from core.types import PLATFORM, Frozen
from core.warehouse.port import Row, Warehouse
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

_SEEN_KEPT = 50_000
_CALLBACKS_WAIT_S = 10.0
_CLOCK = SystemClock()


class Event(Frozen):
    """One row of `agent_events`."""

    event_id: str
    event_type: str
    source_agent: str
    payload: dict[str, Any]
    correlation_id: str
    timestamp: datetime


def new_event(
    event_type: str,
    source_agent: str,
    payload: Mapping[str, Any],
    *,
    correlation_id: str = "",
    clock: Clock = _CLOCK,
) -> Event:
    """An event that happens now."""
    return Event(
        event_id=new_id(clock),
        event_type=event_type,
        source_agent=source_agent,
        payload=dict(payload),
        correlation_id=correlation_id,
        timestamp=clock.now(),
    )


Callback = Callable[[Event], None]
Subscriber = tuple[str, str]
"""(agent, event type)"""


class EventLog:
    """`hand_over` runs a callback somewhere else, so that neither `emit` nor `catch_up` waits for it, and tells its
    last argument when that has ended for good.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        state: str,
        log: GroupCommitLog,
        clock: Clock,
        hand_over: Callable[[Subscriber, Event, Callback, Callable[[], None]], None],
    ) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.agent_events"
        self._cursors = f"{state}.event_cursors"
        self._log = log
        self._clock = clock
        self._hand_over = hand_over
        self._subscribers: dict[Subscriber, Callback] = {}
        self._positions: dict[Subscriber, str | None] | None = None
        self._moved: dict[Subscriber, datetime] = {}
        """When each position was written; the next one must be newer, whatever the clock says."""
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._fresh = False
        self._unfinished = 0
        self._lock = threading.Lock()
        self._finished = threading.Condition(self._lock)
        self._select = render(load("core.bus", "statements.sql")["event_cursors"], state)

    def subscribe(self, agent: str, event_type: str, callback: Callback) -> None:
        """Hand every later event of `event_type` to `callback`; earlier ones come with `catch_up`."""
        with self._lock:
            self._subscribers[(agent, event_type)] = callback

    def emit(self, event: Event, *, hold_s: float | None = None) -> None:
        """Hand `event` to this process' subscribers and queue its row (write-behind)."""
        row: Row = dict(event.model_dump(exclude={"payload"}))
        row["payload"] = canonical(event.payload)
        self._log.append(self._table, row, hold_s=hold_s)
        self._deliver(event, only=None)

    def catch_up(self) -> int:
        """Hand over what came since each subscriber's position, and move it; gives the number of hand-overs.

        Two statements the first time, then one, and one append when a position moved. A position moves only when
        the callbacks have ended, so a crash before that hands the same events over again.
        """
        with self._lock:
            subscribers = list(self._subscribers)
        if not subscribers:
            return 0
        positions = self._read_positions()
        handed = 0
        by_position: dict[str | None, list[Subscriber]] = {}
        for subscriber in subscribers:
            by_position.setdefault(positions.get(subscriber), []).append(subscriber)
        for position, group in by_position.items():
            rows, following = self._warehouse.changes(self._table, position)
            events = sorted((_event(row) for row in rows), key=lambda event: (event.timestamp, event.event_id))
            handed += sum(self._deliver(event, only=group) for event in events)
            if following != position and self._await_callbacks():
                self._move(group, following)
        return handed

    @property
    def subscribed(self) -> bool:
        """Whether anybody subscribes in this process and an event came since the last `catch_up`."""
        with self._lock:
            return bool(self._subscribers) and self._fresh

    def _deliver(self, event: Event, only: list[Subscriber] | None) -> int:
        count = 0
        for subscriber, callback in self._matching(event, only):
            with self._lock:
                self._unfinished += 1
            self._hand_over(subscriber, event, callback, self._over)
            count += 1
        return count

    def _over(self) -> None:
        """A callback has ended, or was given up."""
        with self._finished:
            self._unfinished -= 1
            self._finished.notify_all()

    def _await_callbacks(self) -> bool:
        with self._finished:
            return self._finished.wait_for(lambda: self._unfinished == 0, timeout=_CALLBACKS_WAIT_S)

    def _matching(self, event: Event, only: list[Subscriber] | None) -> list[tuple[Subscriber, Callback]]:
        with self._lock:
            chosen = []
            for subscriber, callback in self._subscribers.items():
                key = (subscriber[0], event.event_id)
                fits = subscriber[1] == event.event_type and (only is None or subscriber in only)
                if fits and key not in self._seen:
                    self._seen[key] = None
                    chosen.append((subscriber, callback))
            while len(self._seen) > _SEEN_KEPT:
                self._seen.popitem(last=False)
            self._fresh = self._fresh or bool(chosen)
            return chosen

    def _read_positions(self) -> dict[Subscriber, str | None]:
        with self._lock:
            if self._positions is not None:
                return dict(self._positions)
        rows = python_rows(self._warehouse.query(self._select, principal=PLATFORM))
        with self._lock:
            self._positions = {(str(row["agent"]), str(row["event_type"])): row["position"] for row in rows}
            self._moved = {(str(row["agent"]), str(row["event_type"])): utc(row["timestamp"]) for row in rows}
            return dict(self._positions)

    def _move(self, group: list[Subscriber], position: str) -> None:
        with self._lock:
            self._fresh = False
            for agent, event_type in group:
                moment = not_before(self._clock.now(), self._moved.get((agent, event_type)))
                self._moved[(agent, event_type)] = moment
                if self._positions is not None:
                    self._positions[(agent, event_type)] = position
                self._log.append(
                    self._cursors,
                    {
                        "cursor_id": new_id(self._clock),
                        "agent": agent,
                        "event_type": event_type,
                        "position": position,
                        "timestamp": moment,
                    },
                )


def as_message(event: Event, recipient: str) -> Message:
    """The envelope in which an event waits for its subscriber; it is not logged."""
    return Message(
        message_id=event.event_id,
        from_agent=event.source_agent,
        to_agent=recipient,
        message_type="event",
        content=Content(kind=event.event_type, body=event.payload),
        timestamp=event.timestamp,
        correlation_id=event.correlation_id,
        session_id="",
        user_id="",
        user_role="",
    )


def _event(row: Row) -> Event:
    plain = {name: row[name] for name in Event.model_fields if name not in ("payload", "timestamp")}
    payload = json.loads(str(row["payload"]))
    return Event.model_validate({**plain, "payload": payload, "timestamp": utc(row["timestamp"])})
