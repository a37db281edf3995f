"""Forms of questions over the demo model: comparisons, shares, verbs at the end, halves of years, examples."""

from __future__ import annotations

from datetime import date

import pytest

from config.settings import ROOT
from core.semantic import Interpretation, SemanticCatalog, example_questions, interpret, load_catalog

TODAY = date(2026, 11, 23)
_VALUES = {
    "main.demo.stores|region": ("North", "South", "East", "West"),
    "main.demo.stores|store_name": ("Cork Quay", "Sligo Market"),
    "main.demo.customers|customer_name": ("Ada Byrne",),
    "main.demo.orders|channel": ("store", "web", "phone"),
    "main.demo.customers|city": ("Cork", "Galway"),
    "main.demo.stores|city": ("Cork", "Sligo"),
}


@pytest.fixture(scope="module")
def demo() -> SemanticCatalog:
    catalog = load_catalog(ROOT / "config" / "semantic" / "demo.yaml")
    return catalog.model_copy(update={"values": _VALUES, "complete": frozenset(_VALUES)})


def ask(question: str, catalog: SemanticCatalog) -> Interpretation:
    return interpret(question, [catalog], today=TODAY, suggest=False)


def flat(found: Interpretation) -> str:
    return " ".join((found.sql or "").split()).replace("`", "")


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Compare the sales of North and South", ["GROUP BY stores.region", "IN ('North', 'South')"]),
        ("sales North vs South", ["GROUP BY stores.region"]),
        ("Compare sales in 2024 and 2025", ["GROUP BY YEAR(orders.order_date)", "'2024-01-01'", "'2026-01-01'"]),
        ("sales this month compared to last month", ["DATE_TRUNC('MONTH'", "'2026-10-01'", "'2026-12-01'"]),
        ("What share of sales is from web?", ["100.0 * SUM(", "FILTER(WHERE orders.channel = 'web') / NULLIF"]),
        ("share of sales by channel", ["SUM(SUM(order_lines.net_amount)) OVER ()", "GROUP BY orders.channel"]),
        ("ratio of gross margin to sales by region", ["1.0 * ( SUM(order_lines.net_amount) - SUM("]),
        ("What sales did Cork Quay report in 2026?", ["store_reports.reported_sales"]),
        ("How much money did we refund?", ["SUM(returns.refund_amount)"]),
        ("How much did Ada Byrne spend in total?", ["SUM(order_lines.net_amount)"]),
        ("sales in the second half of 2025", ["'2025-07-01'", "'2026-01-01'"]),
        ("best selling product by sales", ["RANK() OVER (ORDER BY SUM(order_lines.net_amount) DESC) <= 1"]),
        ("best selling products by sales", ["LIMIT 10"]),
        ("customers without a segment", ["customers.segment IS NULL OR TRIM(customers.segment) = ''"]),
    ],
)
def test_a_form_becomes_its_statement(question: str, parts: list[str], demo: SemanticCatalog) -> None:
    found = ask(question, demo)
    assert found.outcome == "code"
    for part in parts:
        assert part in flat(found)


@pytest.mark.parametrize(
    "question",
    [
        "Compare sales",
        "share of average order value by channel",
        "sales by customers in Cork",
    ],
)
def test_a_comparison_or_share_that_says_too_little_is_declined(question: str, demo: SemanticCatalog) -> None:
    assert ask(question, demo).outcome != "code"


def _phrasings() -> list[str]:
    subjects = ["sales", "net sales", "orders", "gross margin", "units sold", "average order value", "number of orders"]
    frames = ["{} by city", "{} in Cork", "top 3 cities by {}", "{} by city in 2025", "which city has the highest {}"]
    return [frame.format(subject) for subject in subjects for frame in frames]


def test_every_option_of_every_ambiguous_question_resolves_to_its_own_statement(demo: SemanticCatalog) -> None:
    asked = 0
    for question in _phrasings():
        found = ask(question, demo)
        if found.outcome != "ambiguous":
            continue
        asked += 1
        assert len({reading.question for reading in found.readings}) == len(found.readings) > 1, question
        for reading in found.readings:
            again = ask(reading.question, demo)
            assert (again.outcome, again.sql) == ("code", reading.sql), reading.question
    assert asked >= 10


def test_the_catalogs_own_examples_come_first_and_are_answerable(demo: SemanticCatalog) -> None:
    assert demo.examples[0] == "What are the top 10 customers by sales?"
    assert example_questions(demo)[: len(demo.examples)] == demo.examples


def test_without_own_examples_the_best_payers_come_first(demo: SemanticCatalog) -> None:
    bare = demo.model_copy(update={"examples": ()})
    assert example_questions(bare)[0] == "What are the top 10 customers by sales?"
