"""What models cost: dated prices of our own, a catalogue behind them, and costs looked at again."""

from core.telemetry.prices.price import Price, PriceDraft
from core.telemetry.prices.pricing import Pricing, WarehouseRate
from core.telemetry.prices.repricing import Repriced, Repricing, Unpriced
from core.telemetry.prices.table import PriceTable, current

__all__ = [
    "Price",
    "PriceDraft",
    "PriceTable",
    "Pricing",
    "Repriced",
    "Repricing",
    "Unpriced",
    "WarehouseRate",
    "current",
]
