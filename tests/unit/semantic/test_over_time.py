"""Numbers over time: running totals, the period before, the first few within each group."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from config.settings import ROOT
from core.errors import ModelQueryError
from core.semantic import Interpretation, SemanticCatalog, SemanticQuery, interpret, load_catalog
from core.semantic.compile import compile_query
from core.semantic.headline import headline
from core.semantic.query import Comparison, Group, Term, TimeRange
from core.types import Column

TODAY = date(2026, 6, 30)
_VALUES = {"main.demo.stores|region": ("North", "South", "East", "West")}


@pytest.fixture(scope="module")
def demo() -> SemanticCatalog:
    catalog = load_catalog(ROOT / "config" / "semantic" / "demo.yaml")
    return catalog.model_copy(update={"values": _VALUES, "complete": frozenset(_VALUES)})


def ask(question: str, catalog: SemanticCatalog, previous: SemanticQuery | None = None) -> Interpretation:
    return interpret(question, [catalog], today=TODAY, previous=previous, suggest=False)


def flat(found: Interpretation) -> str:
    return " ".join((found.sql or "").split()).replace("`", "")


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "running total of sales by month",
            ["SUM(SUM(order_lines.net_amount)) OVER ( ORDER BY CAST(DATE_TRUNC('MONTH'"],
        ),
        ("number of orders by region and month, cumulative", ["PARTITION BY stores.region ORDER BY"]),
        ("year over year growth of sales", ["RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING", "AS change_percent"]),
        (
            "monthly sales growth in 2025",
            ["INTERVAL '1' MONTH PRECEDING", "'2024-12-01'", "QUALIFY", ">= CAST('2025-01-01'"],
        ),
        (
            "sales by month compared to the same month last year",
            ["INTERVAL '12' MONTH PRECEDING AND INTERVAL '12' MONTH"],
        ),
        (
            "sales in 2024 compared to the previous year",
            ["'2023-01-01'", "'2025-01-01'", "QUALIFY YEAR(orders.order_date) >= 2024"],
        ),
        (
            "how much did sales grow in the last quarter",
            ["INTERVAL '3' MONTH PRECEDING", "'2025-10-01'", "'2026-04-01'"],
        ),
        ("growth of sales from 2024 to 2025", ["'2024-01-01'", "QUALIFY YEAR(orders.order_date) >= 2025"]),
        ("month over month change in orders", ["COUNT(*) - MAX(COUNT(*)) OVER ("]),
        (
            "top 3 products by sales in each region",
            ["QUALIFY RANK() OVER (PARTITION BY stores.region ORDER BY SUM", "<= 3"],
        ),
        (
            "which month had the highest sales in each region",
            ["RANK() OVER (PARTITION BY stores.region ORDER BY SUM", "<= 1"],
        ),
        (
            "cheapest product in each category",
            ["RANK() OVER ( PARTITION BY products.category ORDER BY products.list_price ASC"],
        ),
    ],
)
def test_a_course_over_time_becomes_its_window(question: str, parts: list[str], demo: SemanticCatalog) -> None:
    found = ask(question, demo)
    assert found.outcome == "code", found.missing
    assert "LIMIT" not in flat(found)
    for part in parts:
        assert part in flat(found)


@pytest.mark.parametrize(
    "question",
    [
        "running total of sales",  # along what?
        "cumulative average list price by month",  # averages do not add up
        "running total of customers and products by month",
        "week over week growth of sales by month",
        "top 5 customers by sales across all regions",  # of each, or of all?
        "growth of sales",
    ],
)
def test_what_does_not_say_enough_is_not_answered(question: str, demo: SemanticCatalog) -> None:
    assert ask(question, demo).outcome != "code"


def test_a_follow_up_compares_what_was_shown(demo: SemanticCatalog) -> None:
    first = ask("sales by month", demo)
    then = ask("compared to the previous year", demo, first.query)
    assert then.query is not None
    assert then.query.comparison == Comparison(group=0, grain="year")


def test_a_range_that_cuts_a_period_is_not_compared(demo: SemanticCatalog) -> None:
    model = next(m for m in demo.models if "sales" in m.measure_by_name)
    query = SemanticQuery(
        catalog=demo.name,
        model=model.name,
        terms=(Term(measure="sales"),),
        groups=(Group(dimension="order date", grain="month"),),
        time=TimeRange(dimension="order date", start=date(2025, 1, 15), end=date(2025, 4, 1)),
        comparison=Comparison(group=0, grain="month"),
    )
    with pytest.raises(ModelQueryError, match="not whole"):
        compile_query(demo, query)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ((2025, 120.0, 100.0, 20.0, 20.0), "2025: sales 120, 20.0 % more than a year before (100)."),
        ((2025, 80.0, 100.0, -20.0, -20.0), "2025: sales 80, 20.0 % less than a year before (100)."),
        ((2025, 80.0, None, None, None), "2025: sales 80; nothing is there for the year before."),
        ((2025, 80.0, 0.0, 80.0, None), "2025: sales 80, after 0 a year before."),
    ],
)
def test_the_sentence_says_what_the_period_before_was(row: tuple[object, ...], told: str) -> None:
    query = SemanticQuery(
        catalog="c",
        model="m",
        terms=(Term(measure="sales"),),
        groups=(Group(dimension="day", grain="year"),),
        comparison=Comparison(group=0, grain="year"),
    )
    names = ("year", "sales", "previous_sales", "change", "change_percent")
    columns = [Column(name=name, type="BIGINT") for name in names]
    assert headline(query, columns, [row]) == told  # type: ignore[list-item]


def test_a_ranking_by_no_number_is_asked_about(demo: SemanticCatalog) -> None:
    found = ask("top 10 customers", demo)
    assert (found.outcome, found.assumable) == ("ambiguous", True)
    assert found.readings[0].label == "by sales"
    assert all(ask(reading.question, demo).outcome == "code" for reading in found.readings)


def test_a_time_that_the_rows_do_not_reach_is_told(demo: SemanticCatalog) -> None:
    ranges = {"main.demo.orders|order_date": (date(2023, 7, 1), date(2026, 6, 30))}
    known = demo.model_copy(update={"ranges": ranges})
    assert "runs from 2023-07-01 to 2026-06-30" in ask("sales in 2018", known).missing
    assert ask("sales in 2031", known).outcome == "not_understood"
    assert "order date begins on 2023-07-01" in ask("sales in 2023", known).understood
    assert ask("sales in 2025", known).outcome == "code"


def test_an_unknown_word_is_asked_about_by_its_nearest_name(demo: SemanticCatalog) -> None:
    def embed(text: str) -> NDArray[np.float32]:
        return np.array([1.0, 0.0] if text in ("gizmos", "product") else [0.0, 1.0], dtype=np.float32)

    found = interpret("how many gizmos are there", [demo], today=TODAY, embed=embed, suggest=False)
    assert found.outcome == "ambiguous"
    assert [reading.question for reading in found.readings] == ["how many products are there"]
    assert "'gizmos'" in found.missing
