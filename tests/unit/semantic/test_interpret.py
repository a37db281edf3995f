"""Questions over the demo model, without a warehouse: what is understood, asked back, and declined."""

from __future__ import annotations

from datetime import date

import pytest

from config.settings import ROOT
from core.semantic import Interpretation, SemanticCatalog, example_questions, interpret, load_catalog

TODAY = date(2026, 11, 23)
VALUES = {
    "main.demo.stores|region": ("North", "South", "East", "West"),
    "main.demo.products|category": ("Garden", "Lighting"),
    "main.demo.customers|segment": ("Consumer", "Corporate", "Home Office"),
    "main.demo.orders|status": ("completed", "shipped", "cancelled"),
    "main.demo.orders|channel": ("store", "web", "phone"),
    "main.demo.customers|city": ("Cork", "Galway"),
    "main.demo.stores|city": ("Cork", "Sligo"),
}


@pytest.fixture(scope="module")
def demo() -> SemanticCatalog:
    catalog = load_catalog(ROOT / "config" / "semantic" / "demo.yaml")
    return catalog.model_copy(update={"values": VALUES, "complete": frozenset(VALUES)})


def ask(question: str, catalog: SemanticCatalog) -> Interpretation:
    return interpret(question, [catalog], today=TODAY, suggest=False)


def flat(found: Interpretation) -> str:
    return " ".join((found.sql or "").split()).replace("`", "")


def test_top_customers_by_sales(demo: SemanticCatalog) -> None:
    found = ask("What are the top 10 customers by sales?", demo)
    assert found.outcome == "code"
    assert found.query is not None
    assert found.query.model == "sales"
    assert (found.query.limit, found.query.groups[0].dimension) == (10, "customer")
    assert found.query.order[0].descending
    assert "sales: net of duplicates and cancelled orders, before returns" in found.understood


@pytest.mark.parametrize(
    "question",
    [
        "revenue by region",
        "turnover by region",
        "sales per region",
        "What is the total revenue for each region?",
        "Show me sales by store region",
        "total sales by region",
        "slaes by region",
    ],
)
def test_synonyms_and_forms_mean_the_same(question: str, demo: SemanticCatalog) -> None:
    assert ask(question, demo).sql == ask("sales by region", demo).sql


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("How many orders were cancelled?", "orders.status = 'cancelled'"),
        ("sales of Garden products in the West", "products.category = 'Garden' AND stores.region = 'West'"),
        ("sales last quarter", "orders.order_date >= CAST('2026-07-01' AS DATE)"),
        ("Which customers have more than 5 orders?", "HAVING COUNT(*) > 5"),
        ("customers without orders", "NOT EXISTS"),
        ("How many customers bought in 2025?", "COUNT(DISTINCT orders.customer_id)"),
        ("number of customers with orders in 2025", "COUNT(DISTINCT orders.customer_id)"),
        ("How many customers signed up in 2025?", "customers.signup_date >= CAST('2025-01-01' AS DATE)"),
        ("products with a list price above 100", "products.list_price > 100"),
        ("monthly sales in 2025", "DATE_TRUNC('MONTH', orders.order_date)"),
        ("Who is the newest employee?", "ORDER BY employees.hired_on DESC"),
        ("sales in Consumer or Corporate segment", "customers.segment IN ('Consumer', 'Corporate')"),
        ("How many customers have placed more than 10 orders?", "SELECT COUNT(*) AS number_of_customer"),
    ],
)
def test_a_question_becomes_the_condition_it_names(question: str, part: str, demo: SemanticCatalog) -> None:
    found = ask(question, demo)
    assert found.outcome == "code"
    assert part in flat(found)


def test_counting_orders_leaves_out_cancelled_ones_unless_asked(demo: SemanticCatalog) -> None:
    assert "orders.status <> 'cancelled'" in flat(ask("How many orders are there?", demo))
    assert "orders.status <> 'cancelled'" not in flat(ask("How many orders were cancelled?", demo))


def test_two_cities_are_asked_back_and_each_option_resolves(demo: SemanticCatalog) -> None:
    found = ask("sales by city", demo)
    assert found.outcome == "ambiguous"
    assert [reading.question for reading in found.readings] == ["sales by customer city", "sales by store city"]
    for reading in found.readings:
        again = ask(reading.question, demo)
        assert again.outcome == "code"
        assert again.sql == reading.sql


@pytest.mark.parametrize(
    "question",
    [
        "What is the weather in Cork?",
        "sales by zodiac sign",
        "What is the profit forecast for next year?",
        "Which customers are happy?",
        "customers with sales",
        "delete all orders",
        "",
        "   ",
        "\u202e\u05e9\u05dc\u05d5\u05dd \U0001f600",
        "sales of Narnia products",
        "x" * 5_000,
    ],
)
def test_what_is_not_in_the_model_is_declined(question: str, demo: SemanticCatalog) -> None:
    found = ask(question, demo)
    assert found.outcome == "not_understood"
    assert found.sql is None


def test_unknown_words_are_named_and_near_questions_offered(demo: SemanticCatalog) -> None:
    found = interpret("sales by zodiac sign", [demo], today=TODAY)
    assert "'zodiac'" in found.missing
    assert found.suggestions
    for suggestion in found.suggestions:
        assert ask(suggestion, demo).outcome == "code"


def test_a_typo_is_read_and_said(demo: SemanticCatalog) -> None:
    found = ask("How many custmers are there?", demo)
    assert found.outcome == "code"
    assert any("custmers" in phrase for phrase in found.understood)


def test_a_forbidden_catalog_is_not_allowed_rather_than_unknown(demo: SemanticCatalog) -> None:
    found = interpret("sales by region", [], today=TODAY, forbidden_catalogs=[demo])
    assert found.outcome == "not_allowed"
    assert found.sql is None


def test_another_schema_is_not_searched(demo: SemanticCatalog) -> None:
    assert interpret("sales by region", [demo], today=TODAY, schema="other", suggest=False).outcome == "not_understood"
    assert interpret("sales by region", [demo], today=TODAY, schema="demo").outcome == "code"


def test_every_example_question_is_answerable(demo: SemanticCatalog) -> None:
    questions = example_questions(demo)
    assert len(questions) >= 5
    assert all(ask(question, demo).outcome == "code" for question in questions)
