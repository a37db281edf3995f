"""Costs at the time they arise: own prices first, then the catalogue; statements by a rate of the warehouse."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from core.clock import Clock, SystemClock
from core.telemetry.costs import Cost
from core.telemetry.prices.catalogue import CURRENCY, Catalogue
from core.telemetry.prices.price import Price, chosen
from core.telemetry.prices.table import PriceTable, current
from core.types import Frozen, Tokens


class WarehouseRate(Frozen):
    """What an hour of the SQL warehouse costs."""

    dbu_per_hour: Decimal
    price_per_dbu: Decimal

    @property
    def price_id(self) -> str:
        """Names the rate on a span."""
        return f"warehouse: {self.dbu_per_hour} DBU an hour at {self.price_per_dbu}"

    def amount(self, seconds: float) -> Decimal:
        """What so many seconds cost."""
        return Decimal(repr(seconds)) * self.dbu_per_hour * self.price_per_dbu / 3600


class Pricing:
    """The prices of one process; what it answers is in one currency, since sums of several mean nothing."""

    def __init__(
        self,
        table: PriceTable,
        currency: str = CURRENCY,
        rate: WarehouseRate | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.now = (clock or SystemClock()).now
        self.table = table
        self.currency = currency
        self.rate = rate
        self.catalogue = Catalogue()
        self.version = 0
        """Changes whenever prices may have changed."""
        self._prices: tuple[Price, ...] | None = None
        self._fitting: dict[tuple[str, str], tuple[Price, ...]] = {}
        self._lock = threading.Lock()

    def of_call(self, provider: str, model: str, moment: datetime, tokens: Tokens) -> Cost | None:
        """See Costs.of_call."""
        own = chosen(self._own(provider, model), provider, model, moment)
        if own is not None:
            return Cost(float(own.amount(tokens)), own.currency, own.price_id)
        return self.by_catalogue(provider, model, moment, tokens)

    def by_catalogue(self, provider: str, model: str, moment: datetime, tokens: Tokens) -> Cost | None:
        """What the catalogue alone says; nothing where costs are in another currency than it is."""
        if self.currency != CURRENCY:
            return None
        found = self.catalogue.amount(provider, model, moment, tokens)
        return Cost(float(found[0]), CURRENCY, found[1]) if found is not None else None

    def of_statement(self, seconds: float) -> Cost | None:
        """See Costs.of_statement."""
        return Cost(float(self.rate.amount(seconds)), self.currency, self.rate.price_id) if self.rate else None

    def price_now(self, provider: str, model: str, tokens: Tokens) -> float | None:
        """What a call that has just ended cost; None without a price."""
        cost = self.of_call(provider, model, self.now(), tokens)
        return cost.amount if cost is not None else None

    def renew(self) -> None:
        """Forget the prices; they are read again when one is asked for."""
        with self._lock:
            self._prices, self._fitting = None, {}
            self.version += 1

    def load(self) -> Sequence[Price]:
        """The prices that count, read when they are not known: one statement, of no question's."""
        with self._lock:
            if self._prices is None:
                history = contextvars.Context().run(self.table.history)
                self._prices = tuple(price for price in current(history) if price.currency == self.currency)
            return self._prices

    def _own(self, provider: str, model: str) -> tuple[Price, ...]:
        prices = self.load()
        key = (provider, model)
        if key not in self._fitting:
            self._fitting[key] = tuple(price for price in prices if price.names(provider, model))
        return self._fitting[key]
