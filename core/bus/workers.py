"""Runs the handlers: agents in a few shared threads, turns in their own, and makes an answer of whatever they raise."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from functools import partial

from core.bus.dead_letters import DeadLetters
from core.bus.dispatch import Listener, Work, WorkerPool, WorkQueue
from core.bus.envelope import failure
from core.bus.message import Content, Message
from core.bus.options import BusOptions
from core.bus.pending import Delivery
from core.bus.requests import OpenRequest, RequestTable
from core.bus.timekeeper import Timekeeper
from core.clock import Clock
from core.errors import Cancelled, PlatformError, RequestExpired
from core.faults import reach
from core.ids import derived_id

Handler = Callable[[Message, Delivery], Content | None]
"""Gives the answer, or None for a bare acknowledgement; a PlatformError becomes a response of kind error."""
Answer = Callable[[OpenRequest, Content], bool]
Slow = Callable[[Message], bool]
"""Whether a request to an agent may take far longer than what others wait for behind it."""


def never(message: Message) -> bool:
    """No request is slow."""
    return False


_log = logging.getLogger(__name__)


class Workers:
    """The handlers of a process by agent, and the threads that run them."""

    def __init__(
        self,
        requests: RequestTable,
        dead_letters: DeadLetters,
        timekeeper: Timekeeper,
        *,
        clock: Clock,
        options: BusOptions,
        answer: Answer,
        still_owned: Callable[[OpenRequest], None],
    ) -> None:
        self._requests = requests
        self._dead_letters = dead_letters
        self._timekeeper = timekeeper
        self._clock = clock
        self._options = options
        self._answer = answer
        self._still_owned = still_owned
        self._handlers: dict[str, Handler] = {}
        self._turn_agents: set[str] = set()
        self._slow: dict[str, Slow] = {}
        self._shared = self._pool("agent", options.workers, shared=True)
        self._patient = self._pool("slow", options.workers, shared=True)
        self._turns = self._pool("turn", options.turn_threads, shared=False)

    def register(self, agent: str, handler: Handler, *, own_thread: bool, slow: Slow = never) -> None:
        """Let `handler` have what is sent to `agent`."""
        self._handlers[agent] = handler
        self._slow[agent] = slow
        if own_thread:
            self._turn_agents.add(agent)

    def knows(self, agent: str) -> bool:
        """Whether the agent has a handler in this process."""
        return agent in self._handlers

    def drives_turns(self, agent: str) -> bool:
        """Whether the agent's handler has threads of its own and may wait."""
        return agent in self._turn_agents

    def waiting(self, agent: str) -> int:
        """Requests in the queue that the agent's are in, the slow ones too."""
        if agent in self._turn_agents:
            return len(self._turns.queue)
        return len(self._shared.queue) + len(self._patient.queue)

    def put(self, message: Message) -> None:
        """Queue a message for its recipient's handler."""
        self._pool_of(message).put(Work(message), forced=True)

    def run(self, message: Message, action: Callable[[], None], over: Callable[[], None] = lambda: None) -> None:
        """Run `action` in the shared pool, in line with messages of the same correlation and recipient; tell `over`
        when it has ended for good.
        """
        self._shared.put(Work(message, run=action, over=over), forced=True)

    def withdraw(self, message: Message) -> None:
        """It has ended before its turn came: take it out of the queue."""
        self._pool_of(message).withdraw(message)

    def position(self, message: Message) -> int | None:
        """How many will be taken before it; None when it does not wait."""
        return self._pool_of(message).queue.position(message)

    def on_place(self, listener: Listener) -> None:
        """Tell `listener` of the places of turns that wait."""
        self._turns.places.listen(listener)

    def close(self, timeout_s: float) -> None:
        """Take no more work and wait for the running handlers."""
        deadline = time.monotonic() + timeout_s
        self._turns.close(timeout_s)
        self._patient.close(max(0.0, deadline - time.monotonic()))
        self._shared.close(max(0.0, deadline - time.monotonic()))

    def expire(self, message_id: str) -> None:
        """Answer an open request with `expired` and let its handler know.

        That is an end of its own and no dead letter, unless attempts had failed by then: their chain is kept.
        """
        request = self._requests.open(message_id)
        if request is None:
            return
        error = RequestExpired("The time for this request is over.")
        error.__cause__ = request.failure
        if request.failure is not None:
            self._dead_letters.bury(request.message, error, attempts=request.attempts)
        try:
            self._answer(request, failure(error, "expired"))
        finally:  # only now: a handler that sees the flag must not be quicker with its 'cancelled'
            request.cancellation.cancel()

    def _pool(self, name: str, threads: int, *, shared: bool) -> WorkerPool:
        queue = WorkQueue(aging_s=self._options.aging_s, limit=self._options.queue_limit, seconds=self._clock.monotonic)
        return WorkerPool(name, queue, self._handle, threads=threads, shared=shared)

    def _pool_of(self, message: Message) -> WorkerPool:
        if message.to_agent in self._turn_agents:
            return self._turns
        slow = self._slow.get(message.to_agent, never)
        return self._patient if message.message_type == "request" and slow(message) else self._shared

    def _handle(self, work: Work) -> None:
        """One work in a pool's thread; whatever happens, its request has an end and its lane opens again."""
        retrying = False
        try:
            retrying = self._attempt(work)
        except Exception as error:  # noqa: BLE001 - the worker's loop: the thread must live on
            _log.exception("message %s could not be handled", work.message.message_id)
            self._give_up(work, error)
        finally:
            if not retrying:
                self._pool_of(work.message).queue.finish(work)
                if work.over is not None:
                    work.over()

    def _attempt(self, work: Work) -> bool:
        """True when it will be tried again."""
        if work.run is None and work.message.message_type == "request":
            request = self._requests.open(work.message.message_id)
            return request is not None and self._deliver(request, work)
        try:
            if work.run is not None:
                work.run()
            else:
                self._handlers[work.message.to_agent](work.message, self._delivery(work, None))
        except PlatformError as error:
            if not error.retryable or work.attempt >= self._options.max_attempts:
                raise
            self._try_again(work)
            return True
        return False

    def _give_up(self, work: Work, error: Exception) -> None:
        self._dead_letters.bury(work.message, error, attempts=work.attempt)
        request = self._requests.open(work.message.message_id)
        if request is not None:
            self._answer(request, failure(PlatformError("Something unexpected went wrong.")))

    def _deliver(self, request: OpenRequest, work: Work) -> bool:
        """Run the handler and answer; True when it will be tried again."""
        message = request.message
        if message.expires_at is not None and message.expires_at <= self._clock.now():
            self.expire(message.message_id)
            return False
        try:
            content = self._handlers[message.to_agent](message, self._delivery(work, request))
        except Exception as error:  # noqa: BLE001 - a worker's loop: whatever a handler raises is its answer
            return self._failed(request, work, error)
        reach("after_handler")
        self._answer(request, content or Content(kind=f"{message.content.kind}.done", body={}))
        return False

    def _delivery(self, work: Work, request: OpenRequest | None) -> Delivery:
        delivery = Delivery(
            agent=work.message.to_agent,
            attempt=work.attempt,
            effect_id=derived_id(work.message.message_id, work.message.to_agent, "effect"),
            queued_seconds=max(0.0, self._clock.monotonic() - work.entered),
        )
        if request is not None:
            delivery.fence, delivery.cancellation = request.fence, request.cancellation
            delivery.still_owned = partial(self._still_owned, request)
        return delivery

    def _failed(self, request: OpenRequest, work: Work, error: Exception) -> bool:
        if isinstance(error, PlatformError):
            shown = error
        else:
            _log.error("%s failed on %s", work.message.to_agent, work.message.message_id, exc_info=error)
            shown = PlatformError("Something unexpected went wrong.")
        if request.settled:  # cancelled, expired or taken over meanwhile: what it was told stays
            return False
        request.failure, request.attempts = error, work.attempt
        if shown.retryable and not request.turn and work.attempt < self._options.max_attempts:
            self._try_again(work)
            return True
        if shown.retryable or shown is not error:
            self._dead_letters.bury(work.message, error, attempts=work.attempt)
        self._answer(request, failure(shown, "cancelled" if isinstance(shown, Cancelled) else "error"))
        return False

    def _try_again(self, work: Work) -> None:
        pause = min(self._options.backoff_longest_s, self._options.backoff_s * 2 ** (work.attempt - 1))
        pause *= random.uniform(0.75, 1.25)
        work.attempt += 1
        pool = self._pool_of(work.message)
        self._timekeeper.after(pause, f"retry {work.message.message_id}", partial(pool.again, work))
