"""Costs looked at again: calls that had no price, and what calls would cost by today's prices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

from core.telemetry.prices.pricing import Pricing
from core.types import PLATFORM, Frozen, Tokens
from core.warehouse.port import Row, Value, Warehouse
from core.warehouse.statements import load, render


class Unpriced(Frozen):
    """A model whose calls had no price."""

    provider: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    last_call: datetime


class Repriced(Frozen):
    """The calls of a model in a range; costs are None where there is no price for any of them."""

    provider: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    frozen: float | None
    """What they cost when they ended."""
    unpriced: int
    """How many of them had no price then."""
    by_day: float | None
    """By the prices as they are entered now, each call at the price of its day."""
    today: float | None
    """At the prices of now, whenever the call was."""
    catalogue: float | None
    """By genai-prices alone, each call at the price of its day."""


class Repricing:
    """Cost is linear in tokens, so that sums of a day are priced like calls; tiers by a call's length are not seen."""

    def __init__(self, warehouse: Warehouse, state: str, pricing: Pricing) -> None:
        self._warehouse = warehouse
        self._state = state
        self._pricing = pricing

    def unpriced(self, since: datetime) -> tuple[Unpriced, ...]:
        """Most calls first. One statement."""
        rows = self._rows("unpriced", {"since": since})
        names = ("provider", "model")
        counts = ("calls", "tokens_in", "tokens_out")
        return tuple(
            Unpriced.model_validate(
                {**row, **{name: row[name] or "" for name in names}, **{name: row[name] or 0 for name in counts}}
            )
            for row in rows
        )

    def calls(self, since: datetime, until: datetime) -> tuple[Repriced, ...]:
        """By provider and model. One statement, and prices from memory."""
        days: dict[tuple[str, str], list[Row]] = {}
        for row in self._rows("calls", {"since": since, "until": until}):
            days.setdefault((str(row["provider"] or ""), str(row["model"] or "")), []).append(row)
        return tuple(self._again(provider, model, rows, until) for (provider, model), rows in days.items())

    def _again(self, provider: str, model: str, rows: list[Row], until: datetime) -> Repriced:
        by_day: list[float | None] = []
        today: list[float | None] = []
        catalogue: list[float | None] = []
        for row in rows:
            tokens = Tokens(
                in_=_count(row["tokens_in"]), out=_count(row["tokens_out"]), cached=_count(row["tokens_cached"])
            )
            moment = _end_of(row["day"], until)
            for costs, found in (
                (by_day, self._pricing.of_call(provider, model, moment, tokens)),
                (today, self._pricing.of_call(provider, model, until, tokens)),
                (catalogue, self._pricing.by_catalogue(provider, model, moment, tokens)),
            ):
                costs.append(found.amount if found is not None else None)
        return Repriced(
            provider=provider,
            model=model,
            frozen=_sum([row["cost"] for row in rows]),
            by_day=_sum(by_day),
            today=_sum(today),
            catalogue=_sum(catalogue),
            **{
                name: sum(_count(row[name]) for row in rows)
                for name in ("calls", "tokens_in", "tokens_out", "tokens_cached", "unpriced")
            },
        )

    def _rows(self, name: str, parameters: dict[str, Value]) -> list[Row]:
        text = render(load("core.telemetry.prices", "statements.sql")[name], self._state)
        rows: list[Row] = self._warehouse.query(text, parameters, principal=PLATFORM).to_pylist()
        return rows


def _count(value: object) -> int:
    return int(value) if isinstance(value, (int, float, Decimal)) else 0


def _sum(costs: Sequence[object]) -> float | None:
    known = [float(cost) for cost in costs if isinstance(cost, (int, float, Decimal))]
    return math.fsum(known) if known else None


def _end_of(day: object, until: datetime) -> datetime:
    """The last moment of the day that counts: a price that began on that day is the one of the day."""
    assert isinstance(day, date)
    return min(datetime.combine(day, time(23, 59, 59, 999_999), UTC), until)
