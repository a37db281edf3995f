"""One price of a model: for whom, from when to when, and what a call costs by it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase

from pydantic import AwareDatetime, Field, model_validator

from core.types import Frozen, Tokens

MILLION = Decimal(1_000_000)
Amount = Field(ge=0, le=1_000_000, max_digits=18, decimal_places=6)


class PriceDraft(Frozen):
    """A price as somebody enters it."""

    provider: str = Field(min_length=1, max_length=100)
    """As spans name it; `*` for every provider."""
    model: str = Field(min_length=1, max_length=200)
    """A name, or a pattern with `*` for any characters; case does not count."""
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None = None
    input_per_million: Decimal = Amount
    output_per_million: Decimal = Amount
    cached_per_million: Decimal | None = Field(default=None, ge=0, le=1_000_000, max_digits=18, decimal_places=6)
    """Of input that was read from a cache; None: like other input."""
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    source: str = Field(min_length=1, max_length=500)
    """Where the figures stand, for whoever doubts them."""

    @model_validator(mode="after")
    def _in_order(self) -> PriceDraft:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("a price ends after it begins")
        return self


class Price(PriceDraft):
    """One row of `model_prices`."""

    price_id: str
    entered_by: str
    entered_at: datetime

    def counts(self, provider: str, model: str, moment: datetime) -> bool:
        """Whether it is a price for a call of `model` at that moment."""
        in_time = self.valid_from <= moment and (self.valid_to is None or moment < self.valid_to)
        return in_time and self.names(provider, model)

    def names(self, provider: str, model: str) -> bool:
        """Whether it is a price of this model at any time."""
        of_provider = fnmatchcase(provider.lower(), _pattern(self.provider))
        return of_provider and fnmatchcase(model.lower(), _pattern(self.model))

    def amount(self, tokens: Tokens) -> Decimal:
        """What these tokens cost, exactly, in the price's currency."""
        cached = min(tokens.cached, tokens.in_)
        of_cached = self.input_per_million if self.cached_per_million is None else self.cached_per_million
        given = self.input_per_million * (tokens.in_ - cached) + of_cached * cached
        return (given + self.output_per_million * tokens.out) / MILLION

    @property
    def _rank(self) -> tuple[bool, int, bool, datetime, datetime]:
        """The most specific first: a whole name, then the longest pattern, then a named provider, then the newest."""
        literal = len(self.model.replace("*", ""))
        return ("*" not in self.model, literal, "*" not in self.provider, self.valid_from, self.entered_at)


def chosen(prices: Iterable[Price], provider: str, model: str, moment: datetime) -> Price | None:
    """The most specific of the prices that count for a call; None when none does."""
    fitting = [price for price in prices if price.counts(provider, model, moment)]
    return max(fitting, key=lambda price: price._rank, default=None)


def _pattern(text: str) -> str:
    """Only `*` means something; the other signs of a shell's patterns stand for themselves."""
    return text.lower().replace("[", "[[]").replace("?", "[?]")
