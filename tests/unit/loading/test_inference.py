"""Types of text columns: every value agrees or the column stays text; nothing is lost on the way."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.warehouse.loading.inference import infer


def column(values: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["1", "-2", ""], "int64", [1, -2, None]),
        ([" 5 ", "6"], "int64", [5, 6]),
        (["0.1", "3"], "decimal128(18, 1)", [Decimal("0.1"), Decimal("3.0")]),
        ([".5", "-1.25"], "decimal128(18, 2)", [Decimal("0.50"), Decimal("-1.25")]),
        (["37.7749295", "-122.4194155"], "double", [37.7749295, -122.4194155]),
        (["1e3", "2"], "double", [1000.0, 2.0]),
        (["1,234", "56"], "int64", [1234, 56]),
        (["$1,234.50", "$3.20"], "decimal128(18, 2)", [Decimal("1234.50"), Decimal("3.20")]),
        (["true", "FALSE", ""], "bool", [True, False, None]),
        (["2024-02-29", ""], "date32[day]", [date(2024, 2, 29), None]),
        (["2024/1/5", "2024/12/31"], "date32[day]", [date(2024, 1, 5), date(2024, 12, 31)]),
        (["31/12/2024", "01/02/2024"], "date32[day]", [date(2024, 12, 31), date(2024, 2, 1)]),
        (["12/31/2024", "01/02/2024"], "date32[day]", [date(2024, 12, 31), date(2024, 1, 2)]),
        (["01.02.2024"], "date32[day]", [date(2024, 2, 1)]),
        (["5-Jan-2024", "12-Feb-2023"], "date32[day]", [date(2024, 1, 5), date(2023, 2, 12)]),
        (["March 5, 2024"], "date32[day]", [date(2024, 3, 5)]),
        (["2024-01-01 00:00:00", "2024-01-02T00:00:00"], "date32[day]", [date(2024, 1, 1), date(2024, 1, 2)]),
        (["7/4/1996 0:00", "12/31/1996 0:00"], "date32[day]", [date(1996, 7, 4), date(1996, 12, 31)]),
    ],
)
def test_a_column_takes_the_narrowest_type_that_all_values_have(
    values: list[str | None], kind: str, expected: list[Any]
) -> None:
    typed = infer(column(values))
    assert str(typed.values.type) == kind
    assert typed.values.to_pylist() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-01-01 10:00", "2024-01-01T11:22:33.5"], datetime(2024, 1, 1, 10, tzinfo=UTC)),
        (["2024-01-01T12:00:00+02:00", "2024-01-01T10:00:01Z"], datetime(2024, 1, 1, 10, tzinfo=UTC)),
        (["2024-01-01T10:00:00.1234567"], datetime(2024, 1, 1, 10, 0, 0, 123456, tzinfo=UTC)),
        (["7/14/1996 1:05 PM", "12/31/1996 12:00 AM"], datetime(1996, 7, 14, 13, 5, tzinfo=UTC)),
    ],
)
def test_timestamps_are_utc(values: list[str | None], expected: datetime) -> None:
    typed = infer(column(values))
    assert str(typed.values.type) == "timestamp[us, tz=UTC]"
    assert typed.values.to_pylist()[0] == expected


@pytest.mark.parametrize(
    "values",
    [
        ["007", "8"], ["+441632", "5"], ["2024-02-30"], ["01/02/2024", "03/04/2024"],
        ["2024-01-01", "soon"], ["1", "x"], ["yes", "no"], ["12%", "0.5"], ["1.2.3"], ["0x1F"], ["Infinity"], ["00:10"],
        ["1:30:00", "26:15:00"], ["PT5M"], ["2h 5m"], ["1.10.12", "1.9.13"], ["1/2/24"], ["24-01-05"], ["1,2,3"],
        ["(1)", "(2)"], ["5'11", "6'2"], ["555 123"], ["Q1 2024"], ["May"], ["$5", "€6"], ["1.234 €"], ["1e999"],
        ["13/13/2024"], ["30 Feb 2024"], ["2024-01-01T10:00:00Z", "2024-01-01T10:00:00"], ["9" * 39],
        ["1.23456789012345678901e5"], ["-"], ["10%", "x"],
    ],
)  # fmt: skip
def test_what_could_be_misread_stays_text(values: list[str | None]) -> None:
    typed = infer(column(values))
    assert str(typed.values.type) == "string"
    assert typed.values.to_pylist() == values


def test_dates_whose_order_is_open_are_named() -> None:
    assert infer(column(["01/02/2024"])).remark == "dates whose day and month could be exchanged: kept as text"


def test_words_for_missing_are_null_beside_numbers_only() -> None:
    typed = infer(column(["1.5", "NA", "n/a"]))
    assert typed.values.to_pylist() == [Decimal("1.5"), None, None]
    assert typed.remark == "2 values NA, n/a read as missing"
    assert infer(column(["NA", "DE"])).values.to_pylist() == ["NA", "DE"]
    assert infer(column(["NULL", "x"])).values.to_pylist() == [None, "x"]


def test_decimal_commas_count_where_semicolons_separate() -> None:
    typed = infer(column(["1.234,50", "3"]), decimal_comma=True)
    assert typed.values.to_pylist() == [Decimal("1234.50"), Decimal("3.00")]
    assert infer(column(["1,5"])).values.to_pylist() == ["1,5"]


def test_a_column_of_nothing_is_text() -> None:
    assert infer(column(["", None])).values.to_pylist() == [None, None]


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1))
def test_integers_come_back(values: list[int]) -> None:
    assert infer(column([str(value) for value in values])).values.to_pylist() == values


@given(st.lists(st.dates(), min_size=1))
def test_dates_come_back(values: list[date]) -> None:
    assert infer(column([value.isoformat() for value in values])).values.to_pylist() == values


@given(st.lists(st.decimals("-99999999", "99999999", places=2), min_size=1))
def test_money_comes_back_exactly(values: list[Decimal]) -> None:
    typed = infer(column([str(value) for value in values]))
    assert str(typed.values.type) == "decimal128(18, 2)"
    assert typed.values.to_pylist() == values


@given(st.lists(st.text(min_size=1), min_size=1))
def test_text_is_never_changed_unless_it_becomes_a_type(values: list[str]) -> None:
    typed = infer(column(list(values)))
    if pa.types.is_string(typed.values.type):
        kept = [None if value in ("NULL", "\\N") else value for value in values]
        assert typed.values.to_pylist() == kept
    else:
        assert len(typed.values) == len(values)
