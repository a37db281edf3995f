"""Prices of models as administration shows them: those that count and did, what has none, what calls would cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import streamlit as st

from components.escaping import plain
from components.formats import counted, moment, money

_STATES = {
    "counts": ":green[:material/check_circle: counts]",
    "ends": ":green[:material/check_circle: counts until {}]",
    "later": ":gray[:material/schedule: from {} on]",
    "ended": ":gray[:material/block: ended {}]",
}


@dataclass(frozen=True)
class PriceLine:
    """A price that was entered; amounts are per million tokens."""

    price_id: str
    provider: str
    model: str
    valid_from: datetime
    valid_to: datetime | None
    amounts: tuple[Decimal, Decimal, Decimal | None]
    """Input, output, and input that was read from a cache (None: like other input)."""
    currency: str
    source: str
    entered_by: str
    entered_at: datetime

    def state(self, now: datetime) -> str:
        """Whether it counts, in words."""
        if self.valid_to is not None and self.valid_to <= now:
            return _STATES["ended"].format(f"{self.valid_to:%-d %b %Y}")
        if self.valid_from > now:
            return _STATES["later"].format(f"{self.valid_from:%-d %b %Y}")
        if self.valid_to is not None:
            return _STATES["ends"].format(f"{self.valid_to:%-d %b %Y}")
        return _STATES["counts"]


@dataclass(frozen=True)
class UnpricedLine:
    """A model whose calls had no price."""

    provider: str
    model: str
    calls: int
    tokens: int
    last_call: datetime


@dataclass(frozen=True)
class CostLine:
    """What a model's calls cost when they ended, and what they would cost by other tables."""

    provider: str
    model: str
    calls: int
    unpriced: int
    costs: tuple[float | None, float | None, float | None, float | None]
    """Frozen; at today's entries by day; at the prices of now; by genai-prices."""


def amounts(line: PriceLine) -> str:
    """`$1.00 in · $3.00 out · $0.50 cached`, per million tokens."""
    given, out, cached = (None if amount is None else _amount(amount, line.currency) for amount in line.amounts)
    return f"{given} in · {out} out" + (f" · {cached} cached" if cached else "")


def draw_prices(lines: Sequence[PriceLine], now: datetime, end: Callable[[str], None]) -> None:
    """The prices that count or will, with the way to end each."""
    if not lines:
        st.caption("No price of your own. Calls are priced by the catalogue, where it knows the model.")
    for line in lines:
        with (
            st.container(border=True, key=f"price-{line.price_id}", gap="xxsmall"),
            st.container(horizontal=True, vertical_alignment="center", gap="small"),
        ):
            with st.container(width="stretch", gap="xxsmall"):
                who = "any provider" if line.provider == "*" else line.provider
                st.markdown(f"**{plain(line.model)}** &nbsp; :gray[{plain(who)}] &nbsp; {line.state(now)}")
                st.markdown(f"{plain(amounts(line))} :gray[per million tokens]")
                entered = f"entered by {line.entered_by} {moment(line.entered_at, now)}"
                st.caption(plain(f"since {line.valid_from:%-d %b %Y} · {entered} · {line.source}"))
            if line.valid_to is None or line.valid_to > now:
                st.button(
                    "End …", key=f"end-{line.price_id}", icon=":material/block:", on_click=end,
                    args=(line.price_id,), width="content",
                )  # fmt: skip


def draw_unpriced(lines: Sequence[UnpricedLine], now: datetime, enter: Callable[[str, str], None]) -> None:
    """What has no price, most calls first; a price is entered from there."""
    if not lines:
        st.markdown(":green[:material/check_circle:] Every call of a model in the last 30 days had a price.")
        return
    calls = sum(line.calls for line in lines)
    st.markdown(f":red[:material/warning: **{counted(calls, 'call')} without a price**] in the last 30 days.")
    for number, line in enumerate(lines):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"unpriced-{number}"):
            used = f"{counted(line.calls, 'call')} · {counted(line.tokens, 'token')}"
            told = f"{used} · last {moment(line.last_call, now)}"
            st.markdown(
                f"**{plain(line.model or 'unnamed')}** &nbsp; :gray[{plain(line.provider)}] &nbsp; {plain(told)}",
                width="stretch",
            )
            st.button(
                "Enter its price", key=f"enter-{number}", icon=":material/add:", on_click=enter,
                args=(line.provider, line.model), width="content",
            )  # fmt: skip


def draw_costs(lines: Sequence[CostLine], currency: str) -> None:
    """What calls cost when they ended, beside what they would cost by other prices."""
    if not lines:
        st.caption(
            "No call of a model in the last 30 days. Once there are some, other prices can be tried on them here."
        )
        return
    heads = (
        "Model",
        "Calls",
        "As frozen then",
        "By the entries of today",
        "All at the price of now",
        "By genai-prices",
    )
    rows = ["| " + " | ".join(heads) + " |", "|---|--:|--:|--:|--:|--:|"]
    for line in lines:
        calls = f"{line.calls:,}" + (f" :red[({line.unpriced:,} unpriced)]" if line.unpriced else "")
        costs = (money(cost, currency).replace("$", "\\$") for cost in line.costs)
        rows.append(f"| **{plain(line.model)}** :gray[{plain(line.provider)}] | {calls} | " + " | ".join(costs) + " |")
    st.markdown("\n".join(rows))


def draw_history(lines: Sequence[PriceLine], now: datetime) -> None:
    """Everything that was ever entered; nothing is rewritten."""
    with st.expander(f"All that was entered: {len(lines):,}", icon=":material/history:", type="compact"):
        for line in lines:
            until = f" to {line.valid_to:%-d %b %Y %H:%M}" if line.valid_to else " on"
            span = f"from {line.valid_from:%-d %b %Y %H:%M}{until}"
            st.markdown(
                f"**{plain(line.model)}** {plain(amounts(line))} "
                f":gray[{plain(f'{span} · {line.entered_by} {moment(line.entered_at, now)} · {line.source}')}]"
            )


def _amount(amount: Decimal, currency: str) -> str:
    sign = "$" if currency == "USD" else f"{currency} "
    digits = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{sign}{amount:,.{digits}f}"
