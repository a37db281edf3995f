"""What a call of a model or a statement costs: the port that spans are priced through, and counts that are refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.telemetry.span import Span
from core.types import Tokens

LARGEST_COUNT = 10_000_000
"""Tokens of one call; an endpoint that counts more is wrong, and so would be a price for it."""


@dataclass(frozen=True)
class Cost:
    """What something costs, by which price."""

    amount: float
    currency: str
    price_id: str


class Costs(Protocol):
    """Prices as they are known in this process; asks nobody while it answers."""

    def of_call(self, provider: str, model: str, moment: datetime, tokens: Tokens) -> Cost | None:
        """What a call of a model cost at the price of `moment`; None where no price is known."""
        ...

    def of_statement(self, seconds: float) -> Cost | None:
        """What a statement of so many seconds cost; None where the warehouse has no price."""
        ...


class NoPrices:
    """Where nothing has a price: every call of a model is unpriced."""

    def of_call(self, provider: str, model: str, moment: datetime, tokens: Tokens) -> Cost | None:
        return None

    def of_statement(self, seconds: float) -> Cost | None:
        return None


def priced(span: Span, costs: Costs) -> None:
    """Freeze the cost of a call of a model on its span; without a price, or with impossible or half counts, unpriced.

    A call whose counts nobody knows because it failed has no cost and is not unpriced.
    """
    tokens = _checked(span)
    if tokens is None:
        span.set(cost=None, unpriced=int(not {"tokens_refused", "tokens_missing"}.isdisjoint(span.attributes)))
        return
    provider, model = str(span.values.get("provider") or ""), str(span.values.get("model") or "")
    cost = costs.of_call(provider, model, span.start, tokens)
    if cost is None:
        span.set(cost=None, unpriced=1)
    else:
        span.set(cost=cost.amount, currency=cost.currency, price_id=cost.price_id, unpriced=0)


def _checked(span: Span) -> Tokens | None:
    """The counts of a span; impossible ones are taken off it and noted as refused."""
    names = ("tokens_in", "tokens_out", "tokens_cached")
    counts = [span.values.get(name) for name in names]
    if all(count is None for count in counts):
        return None
    if counts[0] is None:  # what came out alone says too little of what the call cost
        span.set(tokens_missing="tokens_in")
        return None
    given, out, cached = (0 if count is None else count for count in counts)
    if not (_possible(given) and _possible(out) and _possible(cached)):
        span.set(tokens_refused=", ".join(f"{name}={count}"[:40] for name, count in zip(names, counts, strict=True)))
        span.set(**dict.fromkeys(names))
        return None
    assert isinstance(given, int)
    assert isinstance(out, int)
    assert isinstance(cached, int)
    if cached > given:  # what was read from a cache is a part of what went in
        span.set(tokens_clamped=True, tokens_cached=given)
    return Tokens(in_=given, out=out, cached=min(cached, given))


def _possible(count: object) -> bool:
    return isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= LARGEST_COUNT
