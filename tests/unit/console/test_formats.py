"""Numbers, money, durations and moments as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from components.formats import agent_name, cell, duration, moment, money, words
from core.types import Column

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0 ms"),
        (0.84, "840 ms"),
        (0.9996, "1.0 s"),
        (3.21, "3.2 s"),
        (250, "4 m 10 s"),
        (3900, "1 h 5 m"),
        (None, "–"),
    ],
)
def test_duration(seconds: float | None, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("dollars", "expected"),
    [
        (0.0, "$0.0000"),
        (0.001234, "$0.001234"),
        (0.5, "$0.5000"),
        (41.2, "$41.20"),
        (12345.6, "$12,346"),
        (None, "unpriced"),
    ],
)
def test_money_has_four_significant_digits_and_an_unknown_price_is_not_zero(
    dollars: float | None, expected: str
) -> None:
    assert money(dollars) == expected


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(timedelta(seconds=5), "just now"), (timedelta(minutes=4), "4 m ago"), (timedelta(hours=3), "3 h ago"),
     (timedelta(days=2), "21 Nov"), (timedelta(days=400), "19 Oct 2025")],
)  # fmt: skip
def test_moment_is_relative_under_a_day(ago: timedelta, expected: str) -> None:
    assert moment(NOW - ago, NOW) == expected


@pytest.mark.parametrize(
    ("value", "kind", "name", "expected"),
    [
        (110277.05, "DECIMAL(14,2)", "sales", "110,277.05"),
        (1234567, "BIGINT", "orders", "1,234,567"),
        (10123, "BIGINT", "customer_id", "10123"),
        (2025, "INT", "year", "2025"),
        (0.0712, "DECIMAL(5,4)", "discount", "0.0712"),
        (None, "STRING", "segment", "–"),
        ("NaN", "DOUBLE", "ratio", "NaN"),
        (True, "BOOLEAN", "late", "True"),
    ],
)
def test_cell(value: object, kind: str, name: str, expected: str) -> None:
    assert cell(value, Column(name=name, type=kind)) == expected  # type: ignore[arg-type]


def test_names_of_agents_and_kinds_are_words() -> None:
    assert (agent_name("CodeAgent"), agent_name("RAGAgent"), words("data.query")) == ("Code", "Knowledge", "data query")
