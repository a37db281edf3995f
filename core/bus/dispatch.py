"""Who is handled next: priority with aging, FIFO within (correlation, recipient), a fixed number of threads.

The rank of a request is the moment it came minus `aging_s` per step of priority: more urgent goes first, and whoever
waits long enough overtakes any later arrival, so nobody starves.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from core.bus.message import Message
from core.errors import BusError, BusOverloaded

Lane = tuple[str, str]
_place = threading.local()


def inside_shared_pool() -> bool:
    """Whether this thread is one of those that agents share, which must not wait for an answer."""
    return getattr(_place, "shared", False)


@dataclass
class Work:
    """One message on its way to its recipient's handler."""

    message: Message
    entered: float = 0.0
    """Monotonic seconds."""
    sequence: int = 0
    attempt: int = 1
    run: Callable[[], None] | None = None
    """What to do, when it is not the recipient's handler: an event's subscriber."""

    @property
    def lane(self) -> Lane:
        """Messages of one correlation to one recipient are handled in order."""
        return (self.message.correlation_id, self.message.to_agent)


@dataclass
class _LaneState:
    waiting: deque[Work] = field(default_factory=deque)


class WorkQueue:
    """Of each lane only the oldest work is on offer, and the next one only after `finish`."""

    def __init__(self, *, aging_s: float, limit: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._aging_s = aging_s
        self._limit = limit
        self._seconds = seconds
        self._heap: list[tuple[float, int, Work]] = []
        self._lanes: dict[Lane, _LaneState] = {}
        self._counter = itertools.count()
        self._size = 0
        self._changed = threading.Condition()
        self._closed = False

    def put(self, work: Work, *, forced: bool = False) -> None:
        """Queue `work`; raises BusOverloaded above the limit unless `forced` (recovered work is never refused)."""
        with self._changed:
            if self._closed:
                raise BusError("The bus is closed.")
            if self._size >= self._limit and not forced:
                raise BusOverloaded(f"{self._size:,} requests are waiting.")
            work.entered, work.sequence = self._seconds(), next(self._counter)
            self._size += 1
            lane = self._lanes.get(work.lane)
            if lane is None:
                self._lanes[work.lane] = _LaneState()
                self._offer(work)
            else:
                lane.waiting.append(work)

    def take(self) -> Work | None:
        """The most urgent work, waiting for it; None when the queue is closed."""
        with self._changed:
            while not self._heap:
                if self._closed:
                    return None
                self._changed.wait()
            self._size -= 1
            return heapq.heappop(self._heap)[2]

    def finish(self, work: Work) -> None:
        """Open the lane of `work` for the next one."""
        with self._changed:
            lane = self._lanes[work.lane]
            if lane.waiting:
                self._offer(lane.waiting.popleft())
            else:
                del self._lanes[work.lane]

    def again(self, work: Work) -> None:
        """Offer `work` once more; its lane has stayed closed since it was taken."""
        with self._changed:
            self._size += 1
            self._offer(work)

    def __len__(self) -> int:
        with self._changed:
            return self._size

    def close(self) -> None:
        """Wake all takers; what still waits is not taken."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify_all()

    def _offer(self, work: Work) -> None:
        heapq.heappush(self._heap, (*self._rank(work), work))
        self._changed.notify()

    def _rank(self, work: Work) -> tuple[float, int]:
        return (work.entered - work.message.priority * self._aging_s, work.sequence)


class WorkerPool:
    """Up to `threads` daemon threads, begun when there is work, that run `handle` for each work taken."""

    def __init__(
        self, name: str, queue: WorkQueue, handle: Callable[[Work], None], *, threads: int, shared: bool
    ) -> None:
        self._name = name
        self.queue = queue
        self._handle = handle
        self._limit = threads
        self._shared = shared
        self._threads: list[threading.Thread] = []
        self._outstanding = 0
        self._lock = threading.Lock()

    def put(self, work: Work, *, forced: bool = False) -> None:
        """Queue `work` and see that a thread is there for it."""
        self.queue.put(work, forced=forced)
        self._staff()

    def again(self, work: Work) -> None:
        """Offer `work` once more after a failed attempt."""
        self.queue.again(work)
        self._staff()

    def _staff(self) -> None:
        with self._lock:
            self._outstanding += 1
            if len(self._threads) < min(self._limit, self._outstanding):
                number = len(self._threads) + 1
                thread = threading.Thread(target=self._run, name=f"bus-{self._name}-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def close(self, timeout_s: float) -> None:
        """Take no further work and wait for the running handlers."""
        self.queue.close()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        _place.shared = self._shared
        while (work := self.queue.take()) is not None:
            try:
                self._handle(work)
            finally:
                with self._lock:
                    self._outstanding -= 1
