"""Admin → Prices: what calls of models cost and since when, what has no price, and what other prices would make of it.

A section of pages/admin.py, which imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

import streamlit as st

from app import session
from components.escaping import plain
from components.frame import announce
from components.prices import (
    CostLine,
    PriceLine,
    UnpricedLine,
    draw_costs,
    draw_history,
    draw_prices,
    draw_unpriced,
)
from core.errors import PlatformError, PriceRefused
from core.types import Principal

_ENDING, _ENTERING = "price-ending", "price-entering"
_FRESH_S = 60
_SHOWN = timedelta(days=30)


def draw_model_prices(person: session.User) -> None:
    """Prices, what lacks one, and the costs of the last 30 days by several tables."""
    prices, me, now = session.platform().prices, Principal(user_id=person.user_id, role=person.role), datetime.now(UTC)
    follow_choice(person, me)
    overview = look(me.user_id, me.role, session.platform().pricing.version)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            "What a call costs is written on its span when it ends, by the price of that moment, and is never changed. "
            f"Yours come first, then the catalogue of genai-prices. Everything is counted in {plain(prices.currency)}.",
            width="stretch",
        )
        st.button(
            "Enter a price", icon=":material/add:", key="price-enter", type="primary", on_click=enter, args=("", "")
        )
    draw_unpriced(
        [
            UnpricedLine(row.provider, row.model, row.calls, row.tokens_in + row.tokens_out, row.last_call)
            for row in overview.unpriced
        ],
        now,
        enter,
    )
    st.markdown("**Your prices**")
    lines = [line(price) for price in overview.standing]
    draw_prices([each for each in lines if each.valid_to is None or each.valid_to > now], now, end)
    st.markdown("**The last 30 days by other prices**")
    draw_costs([cost_line(row) for row in overview.repriced], prices.currency)
    rate = prices.warehouse_rate
    per_hour = f"{rate.dbu_per_hour} DBU an hour at {rate.price_per_dbu} {prices.currency}" if rate else ""
    unset = "has no rate (`costs` in the settings), so statements have no cost"
    st.caption(f"The SQL warehouse: {plain(per_hour)}." if rate else f"The SQL warehouse {unset}.")
    draw_history([line(price) for price in overview.history], now)


@st.cache_data(ttl=_FRESH_S, show_spinner=False, max_entries=20)
def look(user_id: str, role: str, version: int) -> session.PriceOverview:
    """Three statements, at most once a minute for a person; `version` changes with every change made here."""
    now = datetime.now(UTC)
    return session.platform().prices.overview(Principal(user_id=user_id, role=role), now - _SHOWN, now)


def line(price: session.Price) -> PriceLine:
    return PriceLine(
        price_id=price.price_id,
        provider=price.provider,
        model=price.model,
        valid_from=price.valid_from,
        valid_to=price.valid_to,
        amounts=(price.input_per_million, price.output_per_million, price.cached_per_million),
        currency=price.currency,
        source=price.source,
        entered_by=price.entered_by,
        entered_at=price.entered_at,
    )


def cost_line(row: session.Repriced) -> CostLine:
    costs = (row.frozen, row.by_day, row.today, row.catalogue)
    return CostLine(row.provider, row.model, row.calls, row.unpriced, costs)


# -- changing ----------------------------------------------------------------------------------------------------


def end(price_id: str) -> None:
    """Dialogs open in the run after the click."""
    st.session_state[_ENDING] = price_id


def enter(provider: str, model: str) -> None:
    st.session_state[_ENTERING] = (provider, model)


def close() -> None:
    for key in (_ENDING, _ENTERING):
        st.session_state.pop(key, None)


def follow_choice(person: session.User, me: Principal) -> None:
    if (price_id := st.session_state.get(_ENDING)) is not None:
        ask_end(person, me, price_id)
    elif (chosen := st.session_state.get(_ENTERING)) is not None:
        ask_price(person, me, *chosen)


def attempt(person: session.User, work: Callable[[], object], done: str) -> None:
    """Do it in this tab's name; why it was not accepted is shown by the next run."""
    close()
    try:
        session.confirm(person)
        work()
    except PlatformError as error:
        session.state().problem = session.as_error(error)
    else:
        st.toast(done, icon=":material/check:")
        announce(done)
    st.rerun()


@st.dialog("End a price", icon=":material/block:", on_dismiss=close)
def ask_end(person: session.User, me: Principal, price_id: str) -> None:
    """From when on it does not count; what it priced before stays."""
    st.markdown("Calls from that moment on are priced by another entry or the catalogue. What calls cost before stays.")
    now = datetime.now(UTC)
    chosen = st.date_input("Last day", value=None, key="price-last-day", help="Left out: it ends now.")
    at = _after(chosen) if isinstance(chosen, date) else now
    with st.container(horizontal=True):
        if st.button("End it", type="primary", key="price-end-now"):
            attempt(person, lambda: session.platform().prices.end(me, price_id, at), "The price is ended.")
        if st.button("Cancel", key="price-cancel"):
            close()
            st.rerun()


@st.dialog("Enter a price", icon=":material/add:", on_dismiss=close)
def ask_price(person: session.User, me: Principal, provider: str, model: str) -> None:
    """A new price; a model may be a pattern, and the most specific entry counts."""
    fields: dict[str, object] = {
        "provider": st.text_input("Provider", value=provider or "*", key="price-provider", help="* is any provider."),
        "model": st.text_input("Model", value=model, key="price-model", help="A name, or a pattern: llama-3-*"),
    }
    given = [
        ("input_per_million", "Input, per million tokens"),
        ("output_per_million", "Output, per million tokens"),
        ("cached_per_million", "Input read from a cache (left out: like other input)"),
    ]
    typed = {name: st.text_input(label, key=f"price-{name}", placeholder="0.50") for name, label in given}
    since = st.date_input("Counts from (UTC)", value=datetime.now(UTC).date(), key="price-since")
    fields["source"] = st.text_input("Where does it stand?", key="price-source", placeholder="The page or contract")
    ready = fields["model"] and fields["source"] and typed["input_per_million"] and typed["output_per_million"]
    with st.container(horizontal=True):
        if st.button("Enter", type="primary", key="price-add", disabled=not ready):
            first = since if isinstance(since, date) else datetime.now(UTC).date()
            begins = datetime.combine(first, time(), UTC)
            attempt(person, lambda: _add(me, fields, typed, begins), "The price is entered.")
        if st.button("Cancel", key="price-add-cancel"):
            close()
            st.rerun()


def _add(me: Principal, fields: dict[str, object], typed: dict[str, str], begins: datetime) -> None:
    amounts = {name: _decimal(text) for name, text in typed.items() if text.strip()}
    session.platform().prices.add(me, **fields, **amounts, valid_from=begins)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip().lstrip("$"))
    except InvalidOperation as error:
        raise PriceRefused(f"{text[:40]!r} is not an amount.", next_step="Write it as 0.50.") from error


def _after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
