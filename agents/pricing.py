"""Prices of models as people see and change them; `platform.prices` is this part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from config.settings import ROOT, CostSettings, Strict, parse
from core.clock import Clock
from core.errors import AccessDenied, PriceRefused
from core.governance import Policy, Trail
from core.telemetry.prices import (
    Price,
    PriceDraft,
    PriceTable,
    Pricing,
    Repriced,
    Repricing,
    Unpriced,
    WarehouseRate,
    current,
)
from core.types import Principal
from core.warehouse.port import Warehouse

ACTION = "operations.manage"
PRICES = ROOT / "config" / "prices.yaml"
_LOOKED_BACK = timedelta(days=30)


class PricesFile(Strict):
    """config/prices.yaml."""

    prices: tuple[PriceDraft, ...]


@dataclass(frozen=True)
class PriceOverview:
    """Prices and what was priced by them."""

    standing: tuple[Price, ...]
    """Of each price the entry that stands, ended ones too."""
    history: tuple[Price, ...]
    """Every entry, newest first."""
    unpriced: tuple[Unpriced, ...]
    """Models of the last 30 days whose calls had no price."""
    repriced: tuple[Repriced, ...]


class Prices:
    """Thread-safe. Every method raises AccessDenied for who may not set prices; every change is in the audit log."""

    def __init__(
        self,
        pricing: Pricing,
        repricing: Repricing,
        policy: Callable[[], Policy],
        trail: Trail,
        touch: Callable[[], None],
    ) -> None:
        self._pricing = pricing
        self._repricing = repricing
        self._policy = policy
        self._trail = trail
        self._touch = touch

    def may(self, role: str) -> bool:
        """Whether the role sees and sets prices."""
        return self._policy().decide(role, ACTION).permitted

    @property
    def currency(self) -> str:
        """What everything is counted in."""
        return self._pricing.currency

    @property
    def warehouse_rate(self) -> WarehouseRate | None:
        """What the SQL warehouse costs; None where the settings do not say, and then statements have no cost."""
        return self._pricing.rate

    def list(self, me: Principal) -> tuple[Price, ...]:
        """Of each price the entry that stands, by model, provider and time. One statement."""
        return _standing(self.history(me))

    def history(self, me: Principal) -> tuple[Price, ...]:
        """Everything that was ever entered, newest first. One statement."""
        self._require(me)
        return self._pricing.table.history()

    def overview(self, me: Principal, since: datetime, until: datetime) -> PriceOverview:
        """All that the page shows. Three statements."""
        history = self.history(me)
        return PriceOverview(_standing(history), history, self.unpriced(me), self.repriced(me, since, until))

    def add(self, me: Principal, **fields: object) -> Price:
        """A new price. Raises PriceRefused for what cannot be a price, or not in the currency of the settings."""
        self._require(me)
        try:
            draft = PriceDraft.model_validate({"currency": self.currency, **fields})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise PriceRefused(f"{where or 'price'}: {first['msg']}.") from error
        if draft.currency != self.currency:
            raise PriceRefused(
                f"Costs are counted in {self.currency} here, and sums of several currencies mean nothing."
            )
        price = self._pricing.table.add(draft, me.user_id)
        self._changed("price.added", price, me)
        return price

    def end(self, me: Principal, price_id: str, at: datetime | None = None) -> Price:
        """From `at` (default: now) on the price does not count; raises NotFound or PriceRefused."""
        self._require(me)
        price = self._pricing.table.end(price_id, at or self._pricing.now(), me.user_id)
        self._changed("price.ended", price, me)
        return price

    def unpriced(self, me: Principal) -> tuple[Unpriced, ...]:
        """Models of the last 30 days whose calls had no price, most calls first. One statement."""
        self._require(me)
        return self._repricing.unpriced(self._pricing.now() - _LOOKED_BACK)

    def repriced(self, me: Principal, since: datetime, until: datetime) -> tuple[Repriced, ...]:
        """What the calls of a range cost when they ended, and what they would cost now. One statement."""
        self._require(me)
        return self._repricing.calls(since, until)

    def _require(self, me: Principal) -> None:
        ruling = self._policy().decide(me.role, ACTION)
        if not ruling.permitted:
            raise AccessDenied(ruling.sentence)

    def _changed(self, action: str, price: Price, me: Principal) -> None:
        self._pricing.renew()
        self._touch()
        detail = price.model_dump(mode="json", exclude={"price_id", "entered_by", "entered_at"})
        self._trail(
            action,
            actor=me.user_id,
            actor_role=me.role,
            object_kind="price",
            object_id=price.price_id,
            detail=detail,
        )


def _standing(history: tuple[Price, ...]) -> tuple[Price, ...]:
    return tuple(sorted(current(history), key=lambda price: (price.model, price.provider, price.valid_from)))


def rate_of(costs: CostSettings) -> WarehouseRate | None:
    """The rate of the settings; None when they name none."""
    if costs.dbu_per_hour is None or costs.price_per_dbu is None:
        return None
    return WarehouseRate(dbu_per_hour=costs.dbu_per_hour, price_per_dbu=costs.price_per_dbu)


def seed_prices(warehouse: Warehouse, state: str, clock: Clock) -> int:
    """Put the prices of config/prices.yaml into the table that are not there yet; gives how many."""
    drafts = parse(PricesFile, PRICES).prices
    now = clock.now()
    rows = [
        Price(**draft.model_dump(), price_id=_seed_id(draft), entered_by="config/prices.yaml", entered_at=now)
        for draft in drafts
    ]
    return PriceTable(warehouse, state, clock).seed(rows)


def _seed_id(draft: PriceDraft) -> str:
    return f"config-{hashlib.sha256(draft.model_dump_json().encode()).hexdigest()[:16]}"
