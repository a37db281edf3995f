"""What can be tuned on a bus; the defaults suit the embedded warehouse."""

from __future__ import annotations

import os
import socket
from typing import Any, Literal

from core.clock import Clock, SystemClock
from core.ids import new_id
from core.types import Frozen

ProcessKind = Literal["run", "ask", "worker", "job", "test"]


class BusOptions(Frozen):
    """Times in seconds unless the name says otherwise."""

    workers: int = 4
    """Threads that all agents share."""
    turn_threads: int = 32
    """Turns that are driven at the same time; further ones wait in the queue."""
    queue_limit: int = 1_000
    """Waiting requests per pool, above which a new one is refused with BusOverloaded."""
    aging_s: float = 2.0
    """Waiting this long counts as much as one step of priority."""

    group_commit_rows: int = 500
    group_commit_s: float = 0.25
    group_commit_bytes: int | None = None
    """Most bytes of one commit; None for no limit."""
    adaptive: bool = False
    """Wait at least twice as long as a commit lately took."""
    question_hold_s: float = 0.25
    """How long the question of a turn waits to be committed; a turn that is quicker costs no commit of its own."""
    turn_hold_s: float = 3.0
    """How long the rows of a turn wait for its final flush before they are committed without it."""
    later_hold_s: float = 10.0
    """How long events and other later rows give way to turns that are running."""
    retry_deadline_s: float = 30.0
    """How long a failed commit is repeated before those who wait for it are told."""
    failed_pause_s: float = 5.0
    """Pause after a commit that failed for good, before the rows are offered again."""

    max_attempts: int = 3
    """Deliveries of one request before it becomes a dead letter."""
    backoff_s: float = 0.1
    """Pause before the second delivery; doubles, with a quarter of jitter."""
    backoff_longest_s: float = 30.0
    max_hops: int = 60
    """Requests within one correlation."""
    max_correlation_s: float = 1_800.0
    """Age of a correlation's oldest open request, above which it makes no new one."""

    stop_look_s: float = 2.0
    """How often it is looked up, while a turn runs, whether somebody stopped it from another process."""
    follow_s: float = 300.0
    """How long the requester of a request that was taken over is given the new owner's answer, if it has no expiry."""

    lease_s: float = 30.0
    register_at_start: bool = False
    """Write the lease row at start (a server, a worker), not before the first work that outlives a commit."""
    recover_window_s: float = 7 * 86_400.0
    answers_kept: int = 10_000
    memory_ttl_s: float = 86_400.0
    memory_fresh_s: float = 5.0
    """How old a scope of the shared memory may be in this process before it is read again."""

    @classmethod
    def remote(cls, **changes: Any) -> BusOptions:
        """For a SQL warehouse, where a statement takes 0.2 to 0.8 s.

        A turn costs one statement when it ends within `question_hold_s`, else two (its question, its final flush),
        however long it takes up to `turn_hold_s`. At its end at most one commit is in flight, and the next one carries
        everything of it, so it waits for two at most: with s seconds a statement it adds s as a rule and 2 s at worst,
        0.4 s and 0.8 s for s = 0.4. docs/mas_design.md has the arithmetic.
        """
        defaults: dict[str, Any] = {
            "group_commit_s": 1.0,
            "group_commit_bytes": 1_048_576,
            "adaptive": True,
            "question_hold_s": 1.5,
            "turn_threads": 200,  # they wait for statements, and one commit carries the answers of all
            "turn_hold_s": 60.0,
            "lease_s": 60.0,
            "register_at_start": True,  # else the first question of the process would pay for the lease row
            "memory_fresh_s": 3_600.0,
            "stop_look_s": 10.0,
        }
        return cls(**{**defaults, **changes})


class ProcessIdentity(Frozen):
    """Who writes: one id per start of a process."""

    process_id: str
    host: str
    pid: int
    kind: ProcessKind = "run"

    @classmethod
    def current(cls, kind: ProcessKind = "run", clock: Clock | None = None) -> ProcessIdentity:
        """A new identity for the running process."""
        return cls(process_id=new_id(clock or SystemClock()), host=socket.gethostname(), pid=os.getpid(), kind=kind)
