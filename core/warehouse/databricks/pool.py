"""Connections by principal: a few each, never shared by threads, opened when needed and closed when idle."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import WarehouseUnavailable
from core.types import Principal
from core.warehouse.databricks.session import Session

_log = logging.getLogger(__name__)
_CLOSING_S = 5.0


@dataclass
class _Place:
    """The connections of one principal."""

    idle: list[Session] = field(default_factory=list)
    used: int = 0


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

    def acquire(self, principal: Principal, *, younger_than_s: float | None = None, timeout_s: float = 60.0) -> Session:
        """A session of the principal's own, waiting for one while all are in use.

        `younger_than_s` asks for one that was used that recently. Raises WarehouseUnavailable after `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                if self._closed:
                    raise WarehouseUnavailable("The warehouse is closed.")
                place = self._places.setdefault(principal.user_id, _Place())
                session = self._fitting(place, younger_than_s)
                if session is not None:
                    place.used += 1
                    return session
                if place.used < self._per_principal and self._make_room():
                    place.used += 1
                    break
                left = deadline - time.monotonic()
                if left <= 0:
                    raise WarehouseUnavailable("All connections to the warehouse are in use.")
                self._changed.wait(left)
        try:
            return self._open(principal)
        except BaseException:
            self._give_back(principal, None)
            raise

    def release(self, session: Session, *, broken: bool = False) -> None:
        """Give a session back; a broken one is dropped."""
        if broken:
            session.drop()
        self._give_back(session.principal, None if broken else session)

    def forget(self, principal: Principal) -> None:
        """Close what the principal has idle: its credentials have changed."""
        with self._changed:
            place = self._places.get(principal.user_id)
            idle, sessions = (place.idle, place) if place else ([], None)
            if sessions is not None:
                sessions.idle = []
        for session in idle:
            session.close()

    @property
    def size(self) -> int:
        """Connections that are open."""
        with self._changed:
            return self._count()

    def close(self) -> None:
        """Close every connection; those in use when they come back, or after a moment."""
        deadline = time.monotonic() + _CLOSING_S
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            while any(place.used for place in self._places.values()) and time.monotonic() < deadline:
                self._changed.wait(0.1)
            idle = [session for place in self._places.values() for session in place.idle]
            self._places.clear()
        for session in idle:
            session.close()

    def _fitting(self, place: _Place, younger_than_s: float | None) -> Session | None:
        """The session used last, so that the others grow old and are closed."""
        if not place.idle:
            return None
        if younger_than_s is not None and time.monotonic() - place.idle[-1].used_at > younger_than_s:
            return None
        return place.idle.pop()

    def _make_room(self) -> bool:
        """Whether one more may be opened, after the longest idle one of anybody's had to go."""
        if self._count() < self._limit:
            return True
        idle = [(session.used_at, place, session) for place in self._places.values() for session in place.idle]
        if not idle:
            return False
        _, place, oldest = min(idle, key=lambda found: found[0])
        place.idle.remove(oldest)
        threading.Thread(target=oldest.close, name="close-session", daemon=True).start()
        return True

    def _count(self) -> int:
        return sum(place.used + len(place.idle) for place in self._places.values())

    def _give_back(self, principal: Principal, session: Session | None) -> None:
        closing = session
        with self._changed:
            place = self._places.get(principal.user_id)
            if place is not None:
                place.used -= 1
                if session is not None and not self._closed:
                    session.used_at = time.monotonic()
                    extra = len(place.idle) + place.used >= self._per_principal
                    if not extra:
                        place.idle.append(session)
                        closing = None
                        self._sweep_later()
            self._changed.notify_all()
        if closing is not None:
            closing.close()

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep, name="session-sweeper", daemon=True)
            self._sweeper.start()

    def _sweep(self) -> None:
        """Closes what is idle for too long; ends when nothing is open any more."""
        while True:
            with self._changed:
                now = time.monotonic()
                old: list[Session] = []
                for place in self._places.values():
                    old += [s for s in place.idle if now - s.used_at >= self._idle_close_s]
                    place.idle = [s for s in place.idle if now - s.used_at < self._idle_close_s]
                kept = [session.used_at for place in self._places.values() for session in place.idle]
                if self._closed or (not kept and not old):
                    self._sweeper = None
                    return
            for session in old:
                session.close()
            if old:
                continue
            with self._changed:
                self._changed.wait(max(0.05, min(kept) + self._idle_close_s - time.monotonic()))
