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
Key = tuple[str, str]
_place = threading.local()


def inside_shared_pool() -> bool:
    """Whether this thread is one of those that agents share, which must not wait for an answer."""
    return getattr(_place, "shared", False)


@dataclass(eq=False)
class Work:
    """One message on its way to its recipient's handler."""

    message: Message
    entered: float = 0.0
    """Monotonic seconds."""
    sequence: int = 0
    attempt: int = 1
    run: Callable[[], None] | None = None
    """What to do, when it is not the recipient's handler: an event's subscriber."""
    over: Callable[[], None] | None = None
    """Told when it will not be tried again."""

    @property
    def lane(self) -> Lane:
        """Messages of one correlation to one recipient are handled in order."""
        return (self.message.correlation_id, self.message.to_agent)

    @property
    def key(self) -> Key:
        """Which delivery it is; an event goes to several subscribers under one id."""
        return _key(self.message)


def _key(message: Message) -> Key:
    return (message.message_id, message.to_agent)


@dataclass
class _LaneState:
    head: Work
    waiting: deque[Work] = field(default_factory=deque)


class WorkQueue:
    """Of each lane only the oldest work is on offer, and the next one only after `finish`."""

    def __init__(self, *, aging_s: float, limit: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._aging_s = aging_s
        self._limit = limit
        self._seconds = seconds
        self._heap: list[tuple[float, int, Work]] = []
        self._lanes: dict[Lane, _LaneState] = {}
        self._waiting: dict[Key, Work] = {}
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
            self._waiting[work.key] = work
            self._size += 1
            lane = self._lanes.get(work.lane)
            if lane is None:
                self._lanes[work.lane] = _LaneState(work)
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
            work = heapq.heappop(self._heap)[2]
            self._waiting.pop(work.key, None)
            return work

    def withdraw(self, message: Message) -> Work | None:
        """Take a work out before its turn; None when it does not wait (any more)."""
        with self._changed:
            work = self._waiting.pop(_key(message), None)
            if work is None:
                return None
            self._size -= 1
            lane = self._lanes[work.lane]
            if work in lane.waiting:
                lane.waiting.remove(work)
            else:
                self._heap = [entry for entry in self._heap if entry[2] is not work]
                heapq.heapify(self._heap)
                self._open_lane(work)
            return work

    def position(self, message: Message) -> int | None:
        """How many works will be taken before this one as things stand; None when it does not wait."""
        with self._changed:
            work = self._waiting.get(_key(message))
            if work is None:
                return None
            mine = self._turn_of(work)
            return sum(1 for other in self._waiting.values() if self._turn_of(other) < mine)

    def positions(self) -> list[Message]:
        """Everything that waits, in the order in which it will be taken as things stand."""
        with self._changed:
            return [work.message for work in sorted(self._waiting.values(), key=self._turn_of)]

    def finish(self, work: Work) -> None:
        """Open the lane of `work` for the next one."""
        with self._changed:
            self._open_lane(work)

    def again(self, work: Work) -> None:
        """Offer `work` once more; its lane has stayed closed since it was taken."""
        with self._changed:
            if self._closed:
                return
            self._waiting[work.key] = work
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
            self._waiting.clear()
            self._changed.notify_all()

    def _open_lane(self, work: Work) -> None:
        lane = self._lanes[work.lane]
        if lane.waiting:
            lane.head = lane.waiting.popleft()
            self._offer(lane.head)
        else:
            del self._lanes[work.lane]

    def _turn_of(self, work: Work) -> tuple[float, int, int]:
        """The latest rank of those in front of it in its lane and its own; its lane opens right when they are taken."""
        lane = self._lanes[work.lane]
        ahead = [other for other in (lane.head, *lane.waiting) if other.sequence <= work.sequence]
        return (*max(self._rank(other) for other in ahead if other.key in self._waiting), work.sequence)

    def _offer(self, work: Work) -> None:
        heapq.heappush(self._heap, (*self._rank(work), work))
        self._changed.notify()

    def _rank(self, work: Work) -> tuple[float, int]:
        return (work.entered - work.message.priority * self._aging_s, work.sequence)


Listener = Callable[[Message, int | None], None]
"""Told of a message's place in the queue (how many are taken before it), and None when its turn has come."""


class Places:
    """Tells of the place of each one that waits, when it has changed; costs nothing while nobody listens."""

    def __init__(self, queue: WorkQueue) -> None:
        self._queue = queue
        self._listener: Listener | None = None
        self._told: dict[Key, tuple[int, Message]] = {}
        self._lock = threading.Lock()

    def listen(self, listener: Listener) -> None:
        """Call `listener` in order, from whichever thread changed the queue; it must be quick and not raise."""
        self._listener = listener

    def changed(self, full: bool) -> None:
        """The queue may have changed; `full` when no thread is free for who waits."""
        if self._listener is None or not (full or self._told):
            return
        with self._lock:
            order = self._queue.positions() if full or self._told else []
            places = {_key(message): (place, message) for place, message in enumerate(order)}
            news = [now for key, now in places.items() if self._told.get(key) != now]
            begun = [message for key, (_, message) in self._told.items() if key not in places]
            self._told = places
            for message in begun:
                self._listener(message, None)
            for place, message in news:
                self._listener(message, place)


class WorkerPool:
    """Up to `threads` daemon threads, begun when there is work, that run `handle` for each work taken."""

    def __init__(
        self, name: str, queue: WorkQueue, handle: Callable[[Work], None], *, threads: int, shared: bool
    ) -> None:
        self._name = name
        self.queue = queue
        self.places = Places(queue)
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

    def withdraw(self, message: Message) -> bool:
        """Take a message out of the queue; False when it does not wait (any more)."""
        if self.queue.withdraw(message) is None:
            return False
        with self._lock:
            self._outstanding -= 1
        self._tell()
        return True

    def _tell(self) -> None:
        """A place is worth telling only while no thread is free for who waits."""
        with self._lock:
            full = self._outstanding > self._limit
        self.places.changed(full)

    def _staff(self) -> None:
        with self._lock:
            self._outstanding += 1
            if len(self._threads) < min(self._limit, self._outstanding):
                number = len(self._threads) + 1
                thread = threading.Thread(target=self._run, name=f"bus-{self._name}-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._tell()

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
            self._tell()
            try:
                self._handle(work)
            finally:
                with self._lock:
                    self._outstanding -= 1
