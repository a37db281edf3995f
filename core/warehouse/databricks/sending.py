"""When a statement is sent again: never when it may have run and must not run twice.

| what happened | a read, an append | another write |
|---|---|---|
| the session has ended, the token was not taken (it did not run) | over a new session | the same |
| 429, 503, refused (it did not run) | again, with growing pauses, for `retry_s` | the same |
| the connection broke while it ran | asked for again (`session.py`), its outcome is not lost | the same |
| it broke before the server said it has it (it may run) | again, `repeats` times | StatementOutcomeUnknown |
| a Delta conflict (nothing was committed) | again, `repeats` times, with jitter | the same |

An append that ran twice is harmless: readers take the first row of an id. Pauses end when the caller's time is over or
somebody cancels.
"""

from __future__ import annotations

import logging
import random
import sys
import time
from dataclasses import dataclass, replace

from core.errors import SignInExpired, StatementOutcomeUnknown, WriteConflict
from core.types import PLATFORM, Principal
from core.warehouse.databricks.attending import LeftBehind, attended
from core.warehouse.databricks.errors import Failure, failure
from core.warehouse.databricks.options import WarehouseOptions
from core.warehouse.databricks.pool import SessionPool
from core.warehouse.databricks.session import Outcome, Session, Statement
from core.warehouse.databricks.start_watch import StartWatch

_log = logging.getLogger(__name__)
_PLATFORM_SIGN_IN = "Renew the platform's own credentials (DATABRICKS_TOKEN, or its client secret) and start it again."
_LEFT_BEHIND = "The statement was stopped, but the SQL warehouse has not said whether it ran."


@dataclass
class _Tries:
    """What has happened to one statement so far."""

    turned_away: int = 0
    deadline: float = 0.0
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
        tries = _Tries()
        statement.patience.check()
        with self._start.waiting():
            while True:
                try:
                    return self._once(statement, principal, repeatable)
                except _Attempt as attempt:
                    found = attempt.failure
                pause = self._pause(found, tries, principal, maybe_ran=found.broken and not repeatable)
                if found.session_lost or found.unauthorized:
                    self._pool.forget(principal)
                _log.info("a statement is sent again in %.1f s: %s", pause, found.error)
                statement.patience.sleep(pause)

    def _once(self, statement: Statement, principal: Principal, repeatable: bool) -> Outcome:
        """One attempt over one session; whatever is raised comes as an _Attempt."""
        session: Session | None = None
        broken, outside = True, sys.exc_info()[1]
        try:
            session = self._pool.acquire(
                principal,
                younger_than_s=None if repeatable else self._options.stale_s,
                longest_s=self._options.acquire_s,
                patience=statement.patience,
            )
            outcome = self._attended(session, statement)
            broken = False
            self._start.answered()
            return outcome
        except LeftBehind:
            session = None  # it comes back by itself
            if not repeatable:
                raise StatementOutcomeUnknown(_LEFT_BEHIND) from None
            statement.patience.check()
            raise
        except Exception as error:  # whatever the connector raises is typed; what is not its own is raised as it is
            found = failure(error, outside)
            if session is not None and session.accepted:
                found = found.under_way()
                self._start.answered()
            broken = found.session_lost or found.broken or found.unauthorized
            raise _Attempt(found if session is not None else _unsent(found)) from error
        finally:
            if session is not None:
                self._pool.release(session, broken=broken)

    def _attended(self, session: Session, statement: Statement) -> Outcome:
        return attended(
            lambda: session.run(statement),
            statement.patience,
            stopping_s=self._options.stopping_s,
            at_last=lambda: self._pool.release(session, broken=True),
        )

    def _pause(self, found: Failure, tries: _Tries, principal: Principal, *, maybe_ran: bool) -> float:
        """Seconds until the next attempt; raises when there is none."""
        options = self._options
        if maybe_ran:
            raise StatementOutcomeUnknown(
                f"The connection broke while the statement was on its way; it may have run. {found.error.message}"
            ) from found.error
        if found.session_lost or found.unauthorized:
            tries.reopened += 1
            if tries.reopened <= (options.per_principal if found.session_lost else 1):
                return 0.0
        elif found.turned_away:
            tries.turned_away += 1
            if tries.turned_away == 1:
                tries.deadline = time.monotonic() + options.retry_s
            pause = self._growing(tries.turned_away) * _jitter(0.75, 1.25)
            if time.monotonic() + pause < tries.deadline:
                return pause
        elif found.broken:
            tries.broken += 1
            if tries.broken <= options.repeats:
                return self._growing(tries.broken) * _jitter(0.2, 1.0)
        elif isinstance(found.error, WriteConflict):
            tries.conflicts += 1
            if tries.conflicts <= options.repeats:
                return min(options.longest_pause_s, 0.1 * 2.0**tries.conflicts) * _jitter(0.5, 1.5)
        if isinstance(found.error, SignInExpired) and principal == PLATFORM:
            raise SignInExpired(found.error.message, next_step=_PLATFORM_SIGN_IN) from found.error
        raise found.error

    def _growing(self, attempt: int) -> float:
        return float(min(self._options.longest_pause_s, self._options.first_pause_s * 2.0 ** min(attempt - 1, 30)))


def _jitter(least: float, most: float) -> float:
    return random.uniform(least, most)


def _unsent(found: Failure) -> Failure:
    """Of an attempt that broke before it had a session."""
    return replace(found, turned_away=found.turned_away or found.broken, broken=False)


class _Attempt(Exception):
    """One attempt that failed."""

    def __init__(self, found: Failure) -> None:
        super().__init__(str(found.error))
        self.failure = found
