"""Prices by the time of the call, the most specific first, exact to the last digit, and never rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.clock import ManualClock
from core.errors import NotFound, PriceRefused
from core.ids import new_id
from core.telemetry import Telemetry, within
from core.telemetry.prices import Price, PriceDraft, PriceTable, Pricing, Repricing, WarehouseRate, current
from core.telemetry.prices.price import chosen
from core.types import PLATFORM, Tokens
from core.warehouse import EmbeddedWarehouse
from tests.unit.telemetry.lakehouse import open_lakehouse

START = datetime(2026, 1, 1, tzinfo=UTC)
LLAMA, GTE = "databricks-meta-llama-3-1-70b-instruct", "databricks-gte-large-en"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    packages = ("core.telemetry", "core.telemetry.prices")
    with open_lakehouse(tmp_path_factory.mktemp("prices"), *packages) as opened:
        yield opened


def draft(model: str = "m", **fields: object) -> PriceDraft:
    usual = {
        "provider": "p",
        "valid_from": START,
        "input_per_million": "1",
        "output_per_million": "3",
        "source": "list",
    }
    return PriceDraft.model_validate({**usual, "model": model, **fields})


def price(model: str = "m", **fields: object) -> Price:
    entered = {"price_id": f"{model} {fields}", "entered_by": "ada", "entered_at": START}
    return Price(**draft(model, **fields).model_dump(), **entered)  # type: ignore[arg-type]


def test_a_price_counts_from_its_first_moment_to_right_before_its_last() -> None:
    end = START + timedelta(days=30)
    old, new = price(valid_to=end), price(valid_from=end, input_per_million="2")
    moments = (START - timedelta(microseconds=1), START, end - timedelta(microseconds=1), end)
    found = [chosen((new, old), "p", "m", moment) for moment in moments]
    assert found == [None, old, old, new]


def test_the_most_specific_price_counts_and_of_equals_the_newest() -> None:
    everything, family, named = price("*"), price("llama-*"), price("llama-70b")
    longer, of_anybody = price("llama-70*"), price("llama-70b", provider="*")
    newer = price("llama-70b", valid_from=START + timedelta(days=1))
    now = START + timedelta(days=2)
    ranked = [everything, family, longer, of_anybody, named, newer]
    for count in range(1, len(ranked) + 1):
        assert chosen(reversed(ranked[:count]), "P", "Llama-70B", now) is ranked[count - 1]
    assert chosen(ranked, "p", "gpt", now) is everything
    assert chosen(ranked[1:], "p", "gpt", now) is None
    assert chosen([price("m?[x]")], "p", "mxx", now) is None
    assert chosen([price("m?[x]")], "p", "M?[X]", now) is not None


COUNTS, AMOUNTS = st.integers(0, 10_000_000), st.decimals(0, 1_000_000, places=6)


@given(given_=COUNTS, out=COUNTS, cached=COUNTS, amounts=st.tuples(AMOUNTS, AMOUNTS, st.none() | AMOUNTS))
def test_what_a_call_costs_is_exact(
    given_: int, out: int, cached: int, amounts: tuple[Decimal, Decimal, Decimal | None]
) -> None:
    of_in, of_out, of_cached = amounts
    stands = price(input_per_million=of_in, output_per_million=of_out, cached_per_million=of_cached)
    read = min(cached, given_)
    exact = (given_ - read) * Fraction(of_in) + read * Fraction(of_in if of_cached is None else of_cached)
    exact = (exact + out * Fraction(of_out)) / 1_000_000
    assert float(stands.amount(Tokens(in_=given_, out=out, cached=cached))) == float(exact)


@pytest.mark.parametrize(
    "wrong",
    [
        {"input_per_million": "-0.01"},
        {"output_per_million": "NaN"},
        {"cached_per_million": "1e9"},
        {"input_per_million": "0.0000001"},
        {"valid_to": START},
        {"valid_from": datetime(2026, 1, 1)},
        {"currency": "dollars"},
        {"source": ""},
    ],
)
def test_what_cannot_be_a_price_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        draft(**wrong)


def test_rows_are_only_added_and_the_newest_of_a_price_counts(warehouse: EmbeddedWarehouse) -> None:
    clock = ManualClock(START + timedelta(days=5))
    table = PriceTable(warehouse, "main.aiops", clock)
    made = table.add(draft("kept", cached_per_million="0.1234"), "ada")
    clock.set_back(3600)
    ended = table.end(made.price_id, START + timedelta(days=9), "alan")
    rows = [row for row in table.history() if row.price_id == made.price_id]
    assert rows == [ended, made]
    assert (rows[0].valid_to, rows[0].entered_by, rows[1].valid_to) == (START + timedelta(days=9), "alan", None)
    assert rows[1].cached_per_million == Decimal("0.1234")
    assert [row for row in current(table.history()) if row.price_id == made.price_id] == [ended]
    with pytest.raises(PriceRefused, match="ends after it begins"):
        table.end(made.price_id, START, "ada")
    with pytest.raises(NotFound):
        table.end("nobody", START, "ada")


def test_seeds_are_put_in_once_and_stay_ended(warehouse: EmbeddedWarehouse) -> None:
    table = PriceTable(warehouse, "main.aiops", ManualClock(START))
    seeds = (price("seed-1"), price("seed-2"))
    assert (table.seed(seeds[:1]), table.seed(seeds), table.seed(seeds)) == (1, 1, 0)
    table.end(seeds[0].price_id, START + timedelta(days=1), "ada")
    assert table.seed(seeds) == 0
    (stands,) = [row for row in current(table.history()) if row.price_id == seeds[0].price_id]
    assert stands.valid_to == START + timedelta(days=1)


def pricing(warehouse: EmbeddedWarehouse, clock: ManualClock, **more: object) -> Pricing:
    return Pricing(PriceTable(warehouse, "main.aiops", clock), clock=clock, **more)  # type: ignore[arg-type]


def test_the_catalogue_knows_dated_prices_by_provider_only(warehouse: EmbeddedWarehouse) -> None:
    prices, tokens = pricing(warehouse, ManualClock(START)), Tokens(in_=1_000_000, out=1_000_000)
    before, after = (datetime(2025, month, 1, tzinfo=UTC) for month in (5, 7))
    by_time = [prices.of_call("openai", "o3", moment, tokens) for moment in (before, after)]
    assert [cost.amount if cost else None for cost in by_time] == [50.0, 10.0]
    llama = prices.of_call("databricks", "databricks-meta-llama-3-3-70b-instruct", after, tokens)
    assert llama is not None
    assert (llama.amount, llama.currency) == (2.0, "USD")
    assert llama.price_id.startswith("genai-prices ")
    assert prices.of_call("api.openai.com", "o3", after, tokens) == by_time[1]
    for provider, model in (("127.0.0.1", "o3"), ("", "o3"), ("openai", "no such model"), ("nobody", "o3")):
        assert prices.of_call(provider, model, after, tokens) is None, provider
    euros = pricing(warehouse, ManualClock(START), currency="EUR")
    assert euros.of_call("openai", "o3", after, tokens) is None


def test_own_prices_come_before_the_catalogue_and_another_currency_does_not_count(warehouse: EmbeddedWarehouse) -> None:
    clock = ManualClock(START)
    table = PriceTable(warehouse, "main.aiops", clock)
    table.add(draft("o3", provider="openai", input_per_million="7", currency="EUR"), "ada")
    tokens = Tokens(in_=1_000_000)
    assert pricing(warehouse, clock).price_now("openai", "o3", tokens) == 2.0
    assert pricing(warehouse, clock, currency="EUR").price_now("openai", "o3", tokens) == 7.0
    own = table.add(draft("o3", provider="openai", input_per_million="5"), "ada")
    cost = pricing(warehouse, clock).of_call("openai", "o3", START, tokens)
    assert cost is not None
    assert (cost.amount, cost.price_id) == (5.0, own.price_id)


def test_a_statement_costs_its_share_of_an_hour(warehouse: EmbeddedWarehouse) -> None:
    rate = WarehouseRate(dbu_per_hour=Decimal(12), price_per_dbu=Decimal("0.70"))
    cost = pricing(warehouse, ManualClock(START), rate=rate).of_statement(0.1)
    assert cost is not None
    assert cost.amount == float(Fraction("0.1") * 12 * Fraction("0.7") / 3600)
    assert (cost.currency, cost.price_id) == ("USD", "warehouse: 12 DBU an hour at 0.70")
    assert pricing(warehouse, ManualClock(START)).of_statement(0.1) is None


def call(telemetry: Telemetry, model: str, tokens_in: int, tokens_out: int) -> None:
    with within(new_id()), telemetry.span("chat", kind="model", provider="own", model=model) as span:
        span.set(tokens_in=tokens_in, tokens_out=tokens_out)


def frozen(warehouse: EmbeddedWarehouse, model: str) -> list[tuple[object, object]]:
    text = "SELECT cost, unpriced FROM main.aiops.agent_spans_first WHERE model = :m ORDER BY start_time"
    rows = warehouse.query(text, {"m": model}, principal=PLATFORM).to_pylist()
    return [(row["cost"], row["unpriced"]) for row in rows]


def test_what_a_call_cost_stays_and_beside_it_stands_what_it_would_cost_now(warehouse: EmbeddedWarehouse) -> None:
    clock = ManualClock(START + timedelta(days=40))
    table, prices = PriceTable(warehouse, "main.aiops", clock), pricing(warehouse, clock)
    telemetry = Telemetry(warehouse, clock=clock)
    telemetry.costs = prices
    call(telemetry, "late", 1_000, 10)  # nobody has entered a price yet
    old = table.add(draft("late", provider="own"), "ada")
    prices.renew()
    clock.advance(60)
    call(telemetry, "late", 3_000, 100)
    clock.advance(86_400)
    table.end(old.price_id, clock.now(), "ada")
    table.add(draft("late", provider="own", input_per_million="2", valid_from=clock.now()), "ada")
    prices.renew()
    call(telemetry, "late", 500, 0)
    telemetry.flush()
    assert frozen(warehouse, "late") == [(None, 1), (0.0033, 0), (0.001, 0)]
    repricing = Repricing(warehouse, "main.aiops", prices)
    since = START + timedelta(days=40)
    (found,) = repricing.calls(since, clock.now() + timedelta(seconds=1))
    assert (found.calls, found.tokens_in, found.tokens_out, found.unpriced) == (3, 4_500, 110, 1)
    assert found.frozen == pytest.approx(0.0043, rel=1e-12)
    assert found.by_day == pytest.approx((4_000 * 1 + 110 * 3 + 500 * 2) / 1e6, rel=1e-12)
    assert found.today == pytest.approx((4_500 * 2 + 110 * 3) / 1e6, rel=1e-12)
    assert found.catalogue is None
    (missing,) = [row for row in repricing.unpriced(since) if row.model == "late"]
    assert (missing.provider, missing.calls, missing.tokens_in, missing.tokens_out) == ("own", 1, 1_000, 10)
    assert missing.last_call.date() == date(2026, 2, 10)
    assert repricing.calls(clock.now() + timedelta(days=1), clock.now() + timedelta(days=2)) == ()
