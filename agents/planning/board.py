"""What watchers of running turns see: each turn's events in order, replayed to late comers, then live.

In memory only: a page that comes back after a restart reads the conversation from the tables instead.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator

from core.types import Cancellation, Finished, PlanChanged, Queued, TurnEvent

_KEPT = 500
_REPLACED = (PlanChanged, Queued)
"""Of these only the newest counts: it replaces one of its kind right before it."""


class _Track:
    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.events: list[TurnEvent] = []
        self.changed = threading.Condition()
        self.cancellation = Cancellation()

    @property
    def finished(self) -> Finished | None:
        """The end of a turn, or None while it runs."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Finished) else None


class TurnBoard:
    """Events of the turns that this process runs or ran lately, by correlation id."""

    def __init__(self) -> None:
        self._tracks: OrderedDict[str, _Track] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, correlation_id: str, user_id: str) -> Cancellation:
        """Begin a turn; gives the flag that its owner may raise."""
        with self._lock:
            track = self._tracks.setdefault(correlation_id, _Track(user_id))
            while len(self._tracks) > _KEPT:
                oldest = next(iter(self._tracks))
                if self._tracks[oldest].finished is None:
                    break
                del self._tracks[oldest]
        return track.cancellation

    def reopen(self, correlation_id: str, user_id: str) -> None:
        """A turn that had ended goes on: whoever watches from now on sees its new part."""
        with self._lock:
            track = self._tracks.get(correlation_id)
            if track is None or track.finished is not None:
                self._tracks[correlation_id] = _Track(user_id)
                self._tracks.move_to_end(correlation_id)

    def post(self, correlation_id: str, event: TurnEvent) -> None:
        """Append an event; a plan or place replaces the one right before it, and nothing follows the end."""
        track = self._tracks.get(correlation_id)
        if track is None:
            return
        with track.changed:
            if track.finished is not None:
                return
            if isinstance(event, _REPLACED) and track.events and type(track.events[-1]) is type(event):
                track.events[-1] = event
            else:
                track.events.append(event)
            track.changed.notify_all()

    def place(self, correlation_id: str) -> int | None:
        """How many questions will be taken before this one; None when it does not wait (any more)."""
        track = self._tracks.get(correlation_id)
        last = track.events[-1] if track and track.events else None
        return last.position if isinstance(last, Queued) else None

    def owner(self, correlation_id: str) -> str | None:
        """Who asked, or None for a turn that is not known here."""
        track = self._tracks.get(correlation_id)
        return track.user_id if track else None

    def cancellation(self, correlation_id: str) -> Cancellation | None:
        """The flag that stops the turn's statements and loops."""
        track = self._tracks.get(correlation_id)
        return track.cancellation if track else None

    def finished(self, correlation_id: str) -> Finished | None:
        """The end of a turn, or None while it runs."""
        track = self._tracks.get(correlation_id)
        return track.finished if track else None

    def running(self) -> tuple[str, ...]:
        """The correlation ids of the turns that have not ended."""
        with self._lock:
            return tuple(key for key, track in self._tracks.items() if track.finished is None)

    def running_of(self, user_id: str) -> int:
        """How many turns of a person have not ended."""
        with self._lock:
            return sum(track.finished is None and track.user_id == user_id for track in self._tracks.values())

    def wait(self, correlation_id: str, timeout_s: float | None) -> Finished | None:
        """The end of a turn, or None when it has not ended in time (or is not known here)."""
        track = self._tracks.get(correlation_id)
        if track is None:
            return None
        with track.changed:
            track.changed.wait_for(lambda: track.finished is not None, timeout_s)
            return track.finished

    def watch(self, correlation_id: str) -> Iterator[TurnEvent]:
        """All events so far, then each as it comes, ending with Finished; nothing for an unknown turn."""
        track = self._tracks.get(correlation_id)
        if track is None:
            return
        position, last = 0, None
        while True:
            with track.changed:
                while not (fresh := self._news(track, position, last)):
                    track.changed.wait()
                position = len(track.events)
            for event in fresh:
                yield event
                if isinstance(event, Finished):
                    return
                last = event

    @staticmethod
    def _news(track: _Track, position: int, last: TurnEvent | None) -> list[TurnEvent]:
        """What was added, with the plan or place that was shown last when it has been replaced in place."""
        if position and track.events[position - 1] is not last:
            position -= 1
        return track.events[position:]
