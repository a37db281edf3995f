"""What one turn may spend: steps, calls and tokens of a model, money, seconds, statements and probes.

Every part is looked at before the work that would spend it, so that a turn never goes over; tokens and money are known
only after a call, so a call begins only while something is left of both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Literal

from core.clock import Clock
from core.errors import BudgetExhausted
from core.types import Frozen, Tokens

Counted = Literal["steps", "model_calls", "statements", "probes"]
Part = Literal["steps", "model_calls", "statements", "probes", "tokens", "dollars", "seconds"]
Price = Callable[[str, Tokens], float | None]
"""(model, tokens) -> US dollars; None where the model has no price."""
_NAMES: Mapping[Part, str] = {
    "steps": "steps",
    "model_calls": "calls of a language model",
    "statements": "statements on the warehouse",
    "probes": "probes on the warehouse",
    "tokens": "tokens",
    "dollars": "US dollars",
    "seconds": "seconds",
}


UNCOUNTED = 4_000
"""What a call is taken for where the endpoint counts no tokens, so that it cannot be made without end."""


class BudgetLimits(Frozen):
    """The most of each part; `model_calls` and `probes` are those of one tree of thoughts."""

    steps: int = 24
    model_calls: int = 12
    statements: int = 20
    probes: int = 6
    tokens: int = 60_000
    dollars: float = 0.5
    seconds: float = 240.0


def unpriced(model: str, tokens: Tokens) -> float | None:
    """No model has a price: tokens alone bound what is spent."""
    return None


class Budget:
    """The budget of one turn; safe from any thread."""

    def __init__(self, limits: BudgetLimits, clock: Clock, price: Price = unpriced) -> None:
        self.limits = limits
        self._clock = clock
        self._price = price
        self._ends = clock.monotonic() + limits.seconds
        self._counts: dict[Counted, int] = {"steps": 0, "model_calls": 0, "statements": 0, "probes": 0}
        self._tokens = 0
        self._counted = Tokens()
        self._dollars = 0.0
        self._lock = threading.Lock()
        self.spent_part: Part | None = None
        """The part that ran out first; None while none has."""

    def take(self, part: Counted) -> None:
        """Count one of `part` before it is done; raises BudgetExhausted, and counts nothing, when none is left."""
        with self._lock:
            self._look()
            if self._counts[part] >= getattr(self.limits, part):
                raise self._exhausted(part)
            self._counts[part] += 1

    def check(self, part: Counted | None = None) -> None:
        """Raises BudgetExhausted, which names the spent part, when time, tokens, money or `part` are used up."""
        with self._lock:
            self._look()
            if part is not None and self._counts[part] >= getattr(self.limits, part):
                raise self._exhausted(part)

    def spend(self, tokens: Tokens | None, model: str, *, calls: int = 0) -> None:
        """Count what a call of a model used; one that nobody counted stands for `UNCOUNTED` tokens.

        `calls` are those that were not taken before.
        """
        with self._lock:
            self._counts["model_calls"] += calls
            self._counted = _plus(self._counted, tokens)
            tokens = tokens or Tokens(in_=UNCOUNTED)
            self._tokens += tokens.in_ + tokens.out
            self._dollars += self._price(model, tokens) or 0.0

    def used(self, part: Counted) -> int:
        """How many of `part` were taken."""
        with self._lock:
            return self._counts[part]

    @property
    def counted(self) -> Tokens:
        """What endpoints counted so far."""
        with self._lock:
            return self._counted

    @property
    def tokens(self) -> int:
        """Tokens used so far, in and out."""
        with self._lock:
            return self._tokens

    @property
    def seconds_left(self) -> float:
        """Seconds until the turn's time is over, never negative."""
        return max(0.0, self._ends - self._clock.monotonic())

    def left(self, part: Literal["model_calls", "probes", "tokens"]) -> int:
        """How much of a part is left."""
        with self._lock:
            used = self._tokens if part == "tokens" else self._counts[part]
            return max(0, int(getattr(self.limits, part)) - used)

    def _look(self) -> None:
        if self._clock.monotonic() >= self._ends:
            raise self._exhausted("seconds")
        if self._tokens >= self.limits.tokens:
            raise self._exhausted("tokens")
        if self._dollars >= self.limits.dollars:
            raise self._exhausted("dollars")

    def _exhausted(self, part: Part) -> BudgetExhausted:
        self.spent_part = self.spent_part or part
        limit = getattr(self.limits, part)
        return BudgetExhausted(f"The {limit:g} {_NAMES[part]} that one question may take are used up.")


class Calls:
    """A budget as the allowance of a language model: every call counts as one, also a question that is put again."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def check(self) -> None:
        """Raises BudgetExhausted when no call, time, token or money is left."""
        self._budget.check("model_calls")

    def spend(self, tokens: Tokens | None, model: str) -> None:
        """Count one call and what it used."""
        self._budget.spend(tokens, model, calls=1)


def _plus(left: Tokens, right: Tokens | None) -> Tokens:
    if right is None:
        return left
    return Tokens(in_=left.in_ + right.in_, out=left.out + right.out, cached=left.cached + right.cached)
