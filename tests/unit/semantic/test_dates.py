"""Times in a question as half-open ranges."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.semantic.match.dates import back, find_when, period
from core.semantic.match.tokens import tokenize

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("last quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("this month", date(2026, 11, 1), date(2026, 12, 1)),
        ("last week", date(2026, 11, 16), date(2026, 11, 23)),
        ("last year", date(2025, 1, 1), date(2026, 1, 1)),
        ("last 12 months", date(2025, 11, 23), date(2026, 11, 24)),
        ("last 2 calendar months", date(2026, 9, 1), date(2026, 11, 1)),
        ("the past 7 days", date(2026, 11, 16), date(2026, 11, 24)),
        ("year to date", date(2026, 1, 1), date(2026, 11, 24)),
        ("yesterday", date(2026, 11, 22), date(2026, 11, 23)),
        ("1997", date(1997, 1, 1), date(1998, 1, 1)),
        ("the year 2021", date(2021, 1, 1), date(2022, 1, 1)),
        ("March 2024", date(2024, 3, 1), date(2024, 4, 1)),
        ("the month of April 2021", date(2021, 4, 1), date(2021, 5, 1)),
        ("December", date(2025, 12, 1), date(2026, 1, 1)),
        ("January 5, 2024", date(2024, 1, 5), date(2024, 1, 6)),
        ("5 January 2024", date(2024, 1, 5), date(2024, 1, 6)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 3, 1)),
        ("the week of 4 May 2026", date(2026, 5, 4), date(2026, 5, 11)),
        ("week beginning January 7, 2026", date(2026, 1, 5), date(2026, 1, 12)),
        ("Q1 2024", date(2024, 1, 1), date(2024, 4, 1)),
        ("the third quarter of 1997", date(1997, 7, 1), date(1997, 10, 1)),
        ("the last quarter of 1997", date(1997, 10, 1), date(1998, 1, 1)),
        ("the 1990s", date(1990, 1, 1), date(2000, 1, 1)),
        ("since March 2024", date(2024, 3, 1), None),
        ("after 2010", date(2011, 1, 1), None),
        ("before 2010", None, date(2010, 1, 1)),
        ("between 2019 and 2020", date(2019, 1, 1), date(2021, 1, 1)),
        ("from January to March 2024", date(2024, 1, 1), date(2024, 4, 1)),
    ],
)
def test_a_time_is_a_half_open_range(text: str, start: date | None, end: date | None) -> None:
    tokens = tokenize(text)
    found = find_when(tokens, 0, TODAY)
    assert found is not None
    used, when = found
    assert used == len(tokens)
    assert (when.start, when.end) == (start, end)


@pytest.mark.parametrize("text", ["may", "5", "99999", "quarter", "the customers", "2024-02-31", "last customers"])
def test_other_words_are_no_time(text: str) -> None:
    assert find_when(tokenize(text), 0, TODAY) is None


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_periods_tile_the_calendar(today: date, unit: str) -> None:
    start, end = period(unit, today, 0)
    assert start <= today < end
    assert period(unit, today, -1)[1] == start
    assert period(unit, today, 1)[0] == end


@given(st.dates(date(1950, 1, 1), date(2200, 1, 1)), st.integers(0, 40))
def test_months_back_never_leave_the_month(today: date, count: int) -> None:
    earlier = back(today, "month", count)
    assert (today.year - earlier.year) * 12 + today.month - earlier.month == count
    assert earlier.day <= today.day
