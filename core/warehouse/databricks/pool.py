"""Connections by principal: a few each, never shared by threads, opened when needed and closed when idle.

A connection is opened in a thread of its own, because a warehouse that starts holds the answer back for minutes: who
stops waiting meanwhile leaves, and the connection is there for the next one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.errors import WarehouseUnavailable
from core.types import Principal
from core.warehouse.databricks.session import Session
from core.warehouse.databricks.waiting import ENDLESS, Patience

_log = logging.getLogger(__name__)
_CLOSING_S = 5.0
CLOSED = "The warehouse is closed."


@dataclass
class _Place:
    """The connections of one principal, and who waits for one, first come first served."""

    idle: list[Session] = field(default_factory=list)
    used: int = 0
    """In somebody's hands, or on their way."""
    opening: int = 0
    """On their way."""
    waiting: deque[object] = field(default_factory=deque)


@dataclass
class _Opening:
    """One connection on its way, and what became of it."""

    principal: Principal
    session: Session | None = None
    error: BaseException | None = None
    abandoned: bool = False

    @property
    def done(self) -> bool:
        return self.session is not None or self.error is not None


class SessionPool:
    """Thread-safe. A session is in one thread's hands from `acquire` to `release`."""

    def __init__(
        self, opened: Callable[[Principal], Session], *, per_principal: int, limit: int, idle_close_s: float
    ) -> None:
        self._open = opened
        self._per_principal = per_principal
        self._limit = limit
        self._idle_close_s = idle_close_s
        self._places: dict[str, _Place] = {}
        self._changed = threading.Condition()
        self._sweeper: threading.Thread | None = None
        self._closed = False

    def acquire(
        self,
        principal: Principal,
        *,
        younger_than_s: float | None = None,
        longest_s: float = 60.0,
        patience: Patience = ENDLESS,
    ) -> Session:
        """A session of the principal's own, waiting for one while all are in use.

        `younger_than_s` asks for one that was used that recently. Raises WarehouseUnavailable when none came free in
        `longest_s`, StatementTimeout or StatementCancelled when the caller's patience ends, or what opening raises.
        """
        with patience.told(self._wake):
            session = self._taken(principal, younger_than_s, time.monotonic() + longest_s, patience)
            return session if session is not None else self._opened(principal, patience)

    def release(self, session: Session, *, broken: bool = False) -> None:
        """Give a session back; a broken one is dropped."""
        if broken:
            session.drop()
        self._give_back(session.principal, None if broken else session)

    def forget(self, principal: Principal) -> None:
        """Close what the principal has idle: its sessions have ended, or its credentials have changed."""
        with self._changed:
            place = self._places.get(principal.user_id)
            idle = place.idle if place else []
            if place:
                place.idle = []
            self._changed.notify_all()
        for session in idle:
            session.drop()

    @property
    def size(self) -> int:
        """Connections that are open or being opened."""
        with self._changed:
            return self._count()

    def close(self) -> None:
        """Close every connection; those in use when they come back. Takes some seconds at most."""
        deadline = time.monotonic() + _CLOSING_S
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            while any(place.used > place.opening for place in self._places.values()) and time.monotonic() < deadline:
                self._changed.wait(0.1)
            idle = [session for place in self._places.values() for session in place.idle]
            self._places.clear()
        for thread in [session.drop() for session in idle]:
            thread.join(max(0.0, deadline + _CLOSING_S - time.monotonic()))

    # ── taking one ────────────────────────────────────────────────────────────────────────────────────────────

    def _taken(
        self, principal: Principal, younger_than_s: float | None, deadline: float, patience: Patience
    ) -> Session | None:
        """An idle session, or None with a place reserved for one that has to be opened."""
        ticket = object()
        with self._changed:
            place = self._place(principal)
            place.waiting.append(ticket)
            try:
                while True:
                    if self._closed:
                        raise WarehouseUnavailable(CLOSED)
                    patience.check()
                    if place.waiting[0] is ticket:
                        session = self._fitting(place, younger_than_s)
                        if session is not None or self._has_room(place):
                            place.used += 1
                            return session
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise WarehouseUnavailable("All connections to the SQL warehouse are in use.")
                    self._changed.wait(left if patience.left_s is None else min(left, patience.left_s))
            finally:
                place.waiting.remove(ticket)
                self._tidy(principal)
                self._changed.notify_all()

    def _place(self, principal: Principal) -> _Place:
        return self._places.setdefault(principal.user_id, _Place())

    def _tidy(self, principal: Principal) -> None:
        """Keep nothing about people who have left."""
        place = self._places.get(principal.user_id)
        if place is not None and not (place.idle or place.used or place.waiting):
            del self._places[principal.user_id]

    def _fitting(self, place: _Place, younger_than_s: float | None) -> Session | None:
        """The session used last, so that the others grow old and are closed."""
        if not place.idle:
            return None
        if younger_than_s is not None and time.monotonic() - place.idle[-1].used_at > younger_than_s:
            if place.used + len(place.idle) >= self._per_principal:
                place.idle.pop(0).drop()  # all are too old: one makes room for a new one
            return None
        return place.idle.pop()

    def _has_room(self, place: _Place) -> bool:
        """Whether one more may be opened, after the longest idle one of anybody's had to go."""
        if place.used + len(place.idle) >= self._per_principal:
            return False
        if self._count() < self._limit:
            return True
        idle = [(session.used_at, number, session) for number, session in enumerate(self._idle())]
        if not idle:
            return False
        oldest = min(idle)[2]
        for other in self._places.values():
            if oldest in other.idle:
                other.idle.remove(oldest)
        oldest.drop()
        return True

    def _idle(self) -> Iterable[Session]:
        return (session for place in self._places.values() for session in place.idle)

    def _count(self) -> int:
        return sum(place.used + len(place.idle) for place in self._places.values())

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # ── opening one ───────────────────────────────────────────────────────────────────────────────────────────

    def _opened(self, principal: Principal, patience: Patience) -> Session:
        opening = _Opening(principal)
        with self._changed:
            self._place(principal).opening += 1
        threading.Thread(target=self._open_into, args=(opening,), name="open-session", daemon=True).start()
        with self._changed:
            try:
                while not opening.done:
                    if self._closed:
                        raise WarehouseUnavailable(CLOSED)
                    patience.check()
                    self._changed.wait(patience.left_s)
            finally:
                opening.abandoned = not opening.done
        if opening.session is None:
            assert opening.error is not None
            raise opening.error
        return opening.session

    def _open_into(self, opening: _Opening) -> None:
        session: Session | None = None
        error: BaseException | None = None
        try:
            session = self._open(opening.principal)
        except BaseException as raised:  # noqa: BLE001 - it is raised again by who waits for the session
            error = raised
        with self._changed:
            place = self._places.get(opening.principal.user_id)
            if place is not None:
                place.opening -= 1
            if session is not None and not (opening.abandoned or self._closed):
                opening.session = session
                self._changed.notify_all()
                return
            opening.error = error or WarehouseUnavailable(CLOSED)
        self._give_back(opening.principal, session)

    # ── giving one back ───────────────────────────────────────────────────────────────────────────────────────

    def _give_back(self, principal: Principal, session: Session | None) -> None:
        closing = session
        with self._changed:
            place = self._places.get(principal.user_id)
            if place is not None:
                place.used -= 1
                if session is not None and not self._closed and len(place.idle) + place.used < self._per_principal:
                    session.used_at = time.monotonic()
                    place.idle.append(session)
                    closing = None
                    self._sweep_later()
                self._tidy(principal)
            self._changed.notify_all()
        if closing is not None:
            closing.drop()

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep, name="session-sweeper", daemon=True)
            self._sweeper.start()

    def _sweep(self) -> None:
        """Closes what is idle for too long; ends when nothing is idle any more."""
        while True:
            with self._changed:
                if self._closed:
                    return
                now = time.monotonic()
                for user_id, place in tuple(self._places.items()):
                    for session in [s for s in place.idle if now - s.used_at >= self._idle_close_s]:
                        place.idle.remove(session)
                        session.drop()
                    if not (place.idle or place.used or place.waiting):
                        del self._places[user_id]
                kept = [session.used_at for session in self._idle()]
                if not kept:
                    self._sweeper = None
                    return
                self._changed.wait(max(0.05, min(kept) + self._idle_close_s - time.monotonic()))
