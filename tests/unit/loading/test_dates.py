"""Dates as people write them: typed where the column can be read in one way only, named where it cannot."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.warehouse.loading.inference import infer
from core.warehouse.loading.patterns import Typed


def read(values: list[str]) -> Typed:
    return infer(pa.chunked_array([pa.array(values, pa.string())]))


FIFTH = date(2024, 1, 5)
LAST = date(2024, 12, 31)


@pytest.mark.parametrize(
    "values",
    [
        ["Jan 5 2024", "Dec 31 2024"],
        ["5 Jan 2024", "31 December 2024"],
        ["January 5, 2024", "Dec. 31, 2024"],
        ["5th January 2024", "31st Dec 2024"],
        ["5-Jan-24", "31-Dec-24"],
        ["Fri, 5 Jan 2024", "Tuesday, 31 December 2024"],
        ["2024/01/05", "2024/12/31"],
        ["2024.1.5", "2024.12.31"],
        ["2024-Jan-05", "2024-Dec-31"],
        ["05.01.2024", "31.12.2024"],
        ["05.01.24", "31.12.24"],
        ["1/5/24", "12/31/24"],
        ["5/1/24", "31/12/24"],
        ["5-1-2024", "31-12-2024"],
        ["2024-01-05T00:00:00Z", "2024-12-31T00:00:00+00:00"],
        ["5 Jan 2024 00:00", "31 Dec 2024"],
    ],
)
def test_dates_that_can_be_read_in_one_way(values: list[str]) -> None:
    assert read(values).values.to_pylist() == [FIFTH, LAST]


@pytest.mark.parametrize(
    ("values", "moment"),
    [
        (["2024-01-05T10:00:00+02:00"], datetime(2024, 1, 5, 8, tzinfo=UTC)),
        (["2024-01-05 10:00:00 UTC"], datetime(2024, 1, 5, 10, tzinfo=UTC)),
        (["2024/1/5 10:30"], datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
        (["2024/01/05 10:00-0500"], datetime(2024, 1, 5, 15, tzinfo=UTC)),
        (["Jan 5, 2024 1:05 PM"], datetime(2024, 1, 5, 13, 5, tzinfo=UTC)),
        (["05.01.2024, 09:15:30"], datetime(2024, 1, 5, 9, 15, 30, tzinfo=UTC)),
        (["2024-01-05 10:00:00,250"], datetime(2024, 1, 5, 10, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_times_of_day_make_timestamps_in_utc(values: list[str], moment: datetime) -> None:
    assert read(values).values.to_pylist() == [moment]


@pytest.mark.parametrize(
    ("values", "remark"),
    [
        (["1/5/24", "12/31/24"], "read as month, day, year; two-digit years read as 1969 to 2068"),
        (["01.02.2024"], "read as day, month, year"),
        (["2024-01-05T10:00:00-05:00"], "times of other zones are now in UTC"),
        (["2024-01-05T10:00:00Z"], None),
        (["20240105", "20241231"], "numbers that look like dates, such as 20240131: kept as numbers"),
        (["01/02/2024"], "dates whose day and month could be exchanged: kept as text"),
        (["1/2/24"], "dates whose day and month could be exchanged: kept as text"),
        (["31-12-24"], "dates whose day and month could be exchanged: kept as text"),
        (["13/1/2024", "1/13/2024"], "dates of no common order, or that do not exist: kept as text"),
        (["2024-13-01", "2024-01-01"], "not every value is a date that exists: kept as text"),
        (["30 Feb 2024"], "not every value is a date that exists: kept as text"),
        (["2024-01-01"] * 20 + ["soon"], "1 of 21 values are no dates, such as 'soon': kept as text"),
    ],
)
def test_how_dates_were_read_is_said(values: list[str], remark: str | None) -> None:
    typed = read(values)
    assert typed.remark == remark
    if remark and remark.endswith("text"):
        assert typed.values.to_pylist() == values


def test_two_digit_years_turn_at_1969() -> None:
    assert read(["12/31/68", "12/31/69"]).values.to_pylist() == [date(2068, 12, 31), date(1969, 12, 31)]


def test_days_equal_to_their_months_leave_nothing_open() -> None:
    assert read(["05/05/2024", "6/6/2024"]).values.to_pylist() == [date(2024, 5, 5), date(2024, 6, 6)]


FORMS = ["%d %b %Y", "%B %d, %Y", "%b %d %Y", "%d-%b-%Y", "%a %d %B %Y", "%Y/%m/%d", "%d.%m.%Y", "%Y-%m-%dT00:00:00Z"]


@given(st.lists(st.dates(date(1900, 1, 1), date(2100, 1, 1)), min_size=1), st.sampled_from(FORMS))
def test_dates_of_every_plain_form_come_back(values: list[date], form: str) -> None:
    assert read([value.strftime(form) for value in values]).values.to_pylist() == values


@given(st.lists(st.dates(date(1970, 1, 1), date(2060, 1, 1)), min_size=1), st.sampled_from(["%d/%m/%y", "%m/%d/%Y"]))
def test_an_open_order_is_never_guessed(values: list[date], form: str) -> None:
    typed = read([value.strftime(form) for value in values])
    decided = any(value.day > 12 for value in values) or all(value.day == value.month for value in values)
    assert (str(typed.values.type) != "string") == decided
    if decided:
        assert typed.values.to_pylist() == values
