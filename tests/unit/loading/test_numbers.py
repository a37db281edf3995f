"""Numbers as people write them: every digit kept, and what was taken off said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.warehouse.loading.inference import infer
from core.warehouse.loading.patterns import Typed


def read(values: list[str | None], *, decimal_comma: bool = False) -> Typed:
    return infer(pa.chunked_array([pa.array(values, pa.string())]), decimal_comma=decimal_comma)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["0.1234567890123456789", "12345678901234.56"], "decimal128(33, 19)", "0.1234567890123456789"),
        (["12345678901234567890", "1"], "decimal128(20, 0)", "12345678901234567890"),
        (["9223372036854775807"], "int64", "9223372036854775807"),
        (["9223372036854775808"], "decimal128(19, 0)", "9223372036854775808"),
        (["123456789012345.67"], "decimal128(18, 2)", "123456789012345.67"),
        (["-" + "9" * 38], "decimal128(38, 0)", "-" + "9" * 38),
    ],
)
def test_long_numbers_keep_each_digit(values: list[str | None], kind: str, expected: str) -> None:
    typed = read(values)
    assert str(typed.values.type) == kind
    assert Decimal(typed.values.to_pylist()[0]) == Decimal(expected)


def test_long_numbers_are_named() -> None:
    assert read(["0.1234567890123456789"]).remark == "numbers of up to 19 digits, each kept"
    assert read(["9" * 39]).remark == "numbers of too many digits: kept as text"
    assert read(["0.30000000000000004"]).values.to_pylist() == [0.30000000000000004]


@pytest.mark.parametrize(
    ("values", "expected", "remark"),
    [
        (["$1,234.50", "-$3.20"], ["1234.50", "-3.20"], "currency $ taken off; thousands separators taken off"),
        (["1.234,50 €", "3,20 €"], ["1234.50", "3.20"], "currency € taken off; thousands separators taken off"),
        (["1\u202f234,50\u00a0€"], ["1234.50"], "currency € taken off; thousands separators taken off"),
        (["1 234,50 kr", "5 kr"], ["1234.50", "5"], "currency kr taken off; thousands separators taken off"),
        (["EUR 5.25", "USD 6"], None, "amounts in several currencies: kept as text"),
        (["CHF 1'234.50"], ["1234.50"], "currency CHF taken off; thousands separators taken off"),
        (["12.5 %", "3%"], ["12.5", "3"], "percent signs taken off, 5 % is 5"),
        (["12,5 %", "3 %"], ["12.5", "3"], "percent signs taken off, 5 % is 5"),
        (["12 %", "0.5"], None, "percentages beside other numbers: kept as text"),
        (["(1,234.50)", "7.00"], ["-1234.50", "7"], "thousands separators taken off; brackets read as minus"),
        (["1,234", "56"], ["1234", "56"], "thousands separators taken off"),
        (["1.234,50", "2,75"], ["1234.50", "2.75"], "thousands separators taken off"),
        (["\u22125 €", "6 €"], ["-5", "6"], "currency € taken off"),
        (["-$5", "$(6)", "($7)", "+$8"], ["-5", "-6", "-7", "8"], "currency $ taken off; brackets read as minus"),
        (["-0.5%", "+0.7%"], ["-0.5", "0.7"], "percent signs taken off, 5 % is 5"),
        (["₹1,23,456", "₹5"], None, "amounts whose commas and dots are not beyond doubt: kept as text"),
        (["1e3", "2E4"], ["1000", "20000"], "numbers with exponents, such as 1e5"),
        (["1.234 €"], None, "amounts whose commas and dots are not beyond doubt: kept as text"),
    ],
)
def test_dressed_numbers(values: list[str | None], expected: list[str] | None, remark: str) -> None:
    typed = read(values)
    assert typed.remark == remark
    if expected is None:
        assert typed.values.to_pylist() == values
    else:
        assert typed.values.to_pylist() == [Decimal(text) for text in expected]


def test_files_of_decimal_commas_read_commas_as_such() -> None:
    assert read(["1,234", "5"], decimal_comma=True).values.to_pylist() == [Decimal("1.234"), Decimal("5")]
    assert read(["1.234 €", "1.234,50 €"], decimal_comma=True).values.to_pylist() == [
        Decimal("1234.00"),
        Decimal("1234.50"),
    ]


def test_the_few_values_that_keep_a_column_text_are_named() -> None:
    assert (
        read([*map(str, range(1000)), "oops"]).remark
        == "1 of 1,001 values are no numbers, such as 'oops': kept as text"
    )
    assert read(["1", "x"]).remark is None


def test_words_for_missing_stay_words_in_text_and_are_counted() -> None:
    typed = read(["NA", "DE", "-", "", "NULL", "\\N", "NA"])
    assert typed.values.to_pylist() == ["NA", "DE", "-", None, None, None, "NA"]
    assert typed.remark == "2 values NULL, \\N read as missing; 3 values -, NA kept as text"
    assert typed.empty == 1


amounts = st.decimals("-99999999", "99999999", places=2)


@given(st.lists(amounts, min_size=1), st.sampled_from(["$", "£", "EUR ", ""]))
def test_amounts_with_separators_come_back(values: list[Decimal], currency: str) -> None:
    texts: list[Any] = [f"{'-' if value < 0 else ''}{currency}{abs(value):,.2f}" for value in values]
    assert read(texts).values.to_pylist() == values


@given(st.lists(amounts, min_size=1))
def test_amounts_of_the_other_half_of_the_world_come_back(values: list[Decimal]) -> None:
    swap = str.maketrans(",.", ".,")
    assert read([f"{value:,.2f}".translate(swap) + " €" for value in values]).values.to_pylist() == values


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=19), min_size=1, max_size=5))
def test_no_digit_is_ever_lost(values: list[Decimal]) -> None:
    texts = [format(value, "f") for value in values]
    read_back = read(list(texts)).values.to_pylist()
    if isinstance(read_back[0], float):  # written out again, it is the same number
        assert [Decimal(repr(number)) for number in read_back] == values
    else:
        assert [Decimal(number) for number in read_back] == values
