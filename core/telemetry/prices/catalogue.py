"""Prices of providers as the library genai-prices carries them, dated, inside its package: no network.

The library is imported at its first use, which takes half a second.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache

from core.types import Tokens

CURRENCY = "USD"


class Catalogue:
    """Looks a model up with its provider only: a name alone could be anybody's model at another price."""

    def __init__(self) -> None:
        self._unknown: set[tuple[str, str]] = set()

    def amount(self, provider: str, model: str, moment: datetime, tokens: Tokens) -> tuple[Decimal, str] | None:
        """What the tokens cost in US dollars, and the price's id; None where the library does not know the model."""
        if not provider or (provider, model) in self._unknown:
            return None
        usage = {"input_tokens": tokens.in_, "output_tokens": tokens.out, "cache_read_tokens": tokens.cached}
        try:
            found = _library().calc(provider, model, moment, usage)
        except (LookupError, ValueError):
            self._unknown.add((provider, model))
            return None
        return found

    def warm(self) -> None:
        """Import the library now rather than at the first call."""
        _library()


@cache
def _library() -> _Library:
    return _Library()


class _Library:
    """The part of genai-prices that is used."""

    def __init__(self) -> None:
        import genai_prices

        self._prices = genai_prices
        self._version = genai_prices.__version__

    def calc(self, provider: str, model: str, moment: datetime, usage: dict[str, int]) -> tuple[Decimal, str]:
        """Raises LookupError for what it does not know. A provider is its id, or the host of its address."""
        known = {"provider_api_url": f"https://{provider}"} if "." in provider else {"provider_id": provider}
        used = self._prices.Usage(**usage)
        result = self._prices.calc_price(used, model, genai_request_timestamp=moment, **known)  # type: ignore[call-overload]
        price_id = f"genai-prices {self._version}: {result.provider.id}/{result.model.id}"
        return Decimal(result.total_price), price_id
