"""The table `model_prices`: rows are only ever added; the newest of a price_id counts."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from core.clock import Clock, not_before
from core.errors import NotFound, PriceRefused
from core.ids import new_id
from core.telemetry.prices.price import Price, PriceDraft
from core.types import PLATFORM
from core.warehouse.port import Row, Warehouse
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

_AMOUNTS = ("input_per_million", "output_per_million", "cached_per_million")
_TIMES = ("valid_from", "valid_to", "entered_at")


class PriceTable:
    """Reads the whole table with one statement; each change is one append. Thread-safe."""

    def __init__(self, warehouse: Warehouse, state: str, clock: Clock) -> None:
        self._warehouse = warehouse
        self._state = state
        self._clock = clock
        self._lock = threading.Lock()

    def history(self) -> tuple[Price, ...]:
        """Everything that was entered, newest first."""
        text = render(load("core.telemetry.prices", "statements.sql")["rows"], self._state)
        rows: list[Row] = python_rows(self._warehouse.query(text, principal=PLATFORM))
        return tuple(_price(row) for row in rows)

    def add(self, draft: PriceDraft, by: str) -> Price:
        """A new price, with an id of its own."""
        price = Price(**draft.model_dump(), price_id=new_id(self._clock), entered_by=by, entered_at=self._clock.now())
        self._append((price,))
        return price

    def end(self, price_id: str, at: datetime, by: str) -> Price:
        """From `at` on the price does not count any more. Raises NotFound, or PriceRefused for a time before it began.

        What calls cost that were priced by it before stays on their spans.
        """
        with self._lock:
            stands = next((price for price in current(self.history()) if price.price_id == price_id), None)
            if stands is None:
                raise NotFound("There is no such price.", next_step="Choose one of the list.")
            if at <= stands.valid_from:
                raise PriceRefused(
                    "A price ends after it begins.", next_step=f"Choose a time after {stands.valid_from}."
                )
            entered = not_before(self._clock.now(), stands.entered_at)
            ended = stands.model_copy(update={"valid_to": at, "entered_by": by, "entered_at": entered})
            self._append((ended,))
        return ended

    def seed(self, prices: Sequence[Price]) -> int:
        """Add those whose id is not there yet, whatever became of the others since; gives how many."""
        there = {price.price_id for price in self.history()}
        missing = [price for price in prices if price.price_id not in there]
        self._append(missing)
        return len(missing)

    def _append(self, prices: Sequence[Price]) -> None:
        if prices:
            self._warehouse.append(f"{self._state}.model_prices", [price.model_dump() for price in prices])


def current(history: Iterable[Price]) -> tuple[Price, ...]:
    """Of each price the row that counts, out of a history that is newest first."""
    newest: dict[str, Price] = {}
    for price in history:
        newest.setdefault(price.price_id, price)
    return tuple(newest.values())


def _price(row: Row) -> Price:
    values = dict(row)
    for name in _TIMES:
        moment = values[name]
        if isinstance(moment, datetime):
            values[name] = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    for name in _AMOUNTS:
        if values[name] is not None:
            values[name] = Decimal(str(values[name]))
    return Price.model_validate(values)
