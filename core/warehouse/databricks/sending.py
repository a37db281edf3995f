"""When a statement is sent again: never when it may have run and must not run twice.

| what happened | a read, an append | another write |
|---|---|---|
| the session has ended (it did not run) | once more, over a new one | once more |
| 429, 503, refused (it did not run) | again, with growing pauses, for `retry_s` | the same |
| the connection broke (it may have run) | again, `repeats` times | StatementOutcomeUnknown |
| a Delta conflict (nothing was committed) | again, `repeats` times, with jitter | the same |

An append that ran twice is harmless: readers take the first row of an id.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass, replace

from core.errors import StatementCancelled, StatementOutcomeUnknown, WriteConflict
from core.types import Cancellation, Principal
from core.warehouse.databricks.errors import Failure, failure
from core.warehouse.databricks.options import WarehouseOptions
from core.warehouse.databricks.pool import SessionPool
from core.warehouse.databricks.session import Outcome, Session, Statement
from core.warehouse.databricks.start_watch import StartWatch

_log = logging.getLogger(__name__)


@dataclass
class _Tries:
    """What has happened to one statement so far."""

    deadline: float
    away: int = 0
    broken: int = 0
    conflicts: int = 0
    reopened: int = 0


class Sender:
    """Sends statements over the pool's sessions; raises the WarehouseError family, AccessDenied or SignInExpired."""

    def __init__(self, pool: SessionPool, options: WarehouseOptions, start: StartWatch) -> None:
        self._pool = pool
        self._options = options
        self._start = start

    def send(self, statement: Statement, principal: Principal, *, repeatable: bool) -> Outcome:
        """The outcome of the statement; `repeatable` says that running it twice does no harm."""
        began = time.monotonic()
        tries = _Tries(began + self._options.retry_s)
        while True:
            left = self._left(statement, began)
            with self._start.waiting():
                try:
                    return self._once(left, principal, repeatable)
                except _Attempt as attempt:
                    found, sent = attempt.failure, attempt.sent
            pause = self._pause(found, tries, sent=sent, repeatable=repeatable)
            if found.unauthorized:
                self._pool.forget(principal)
            _log.info("a statement is sent again in %.1f s: %s", pause, found.error)
            _wait(pause, statement.cancellation)

    def _once(self, statement: Statement, principal: Principal, repeatable: bool) -> Outcome:
        """One attempt over one session; whatever is raised comes as an _Attempt."""
        session: Session | None = None
        broken = True
        try:
            session = self._pool.acquire(principal, younger_than_s=None if repeatable else self._options.stale_s)
            outcome = session.run(statement)
            broken = False
            return outcome
        except Exception as error:  # whatever the connector raises is typed; what is not its own is raised as it is
            found = failure(error)
            broken = found.session_lost or found.broken or found.unauthorized
            raise _Attempt(found, sent=session is not None) from error
        finally:
            if session is not None:
                self._pool.release(session, broken=broken)

    def _pause(self, found: Failure, tries: _Tries, *, sent: bool, repeatable: bool) -> float:
        """Seconds until the next attempt; raises when there is none."""
        options = self._options
        if (found.session_lost or found.unauthorized) and not tries.reopened:
            tries.reopened += 1
            return 0.0
        if found.turned_away or (found.broken and not sent):
            tries.away += 1
            pause = min(options.longest_pause_s, options.first_pause_s * 2.0 ** (tries.away - 1))
            pause *= random.uniform(0.75, 1.25)
            if time.monotonic() + pause < tries.deadline:
                return pause
        elif found.broken:
            if not repeatable:
                raise StatementOutcomeUnknown(
                    f"The connection broke while the statement was on its way; it may have run. {found.error.message}"
                ) from found.error
            tries.broken += 1
            if tries.broken <= options.repeats:
                return float(options.first_pause_s * random.uniform(0.2, 1.0))
        elif isinstance(found.error, WriteConflict):
            tries.conflicts += 1
            if tries.conflicts <= options.repeats:
                return float(0.1 * 2**tries.conflicts * random.uniform(0.5, 1.5))
        raise found.error

    @staticmethod
    def _left(statement: Statement, began: float) -> Statement:
        """The statement with the time that its limit still leaves."""
        if statement.timeout_s is None:
            return statement
        return replace(statement, timeout_s=max(0.01, statement.timeout_s - (time.monotonic() - began)))


class _Attempt(Exception):
    """One attempt that failed; `sent` when it was under way on an open session."""

    def __init__(self, found: Failure, *, sent: bool) -> None:
        super().__init__(str(found.error))
        self.failure = found
        self.sent = sent


def _wait(seconds: float, cancellation: Cancellation | None) -> None:
    """Sleep, unless a person stops the statement meanwhile."""
    if cancellation is None:
        time.sleep(seconds)
        return
    stopped = threading.Event()
    forget = cancellation.on_cancel(stopped.set)
    try:
        if stopped.wait(seconds):
            raise StatementCancelled("The statement was stopped.")
    finally:
        forget()
