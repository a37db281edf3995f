"""Names of tables and the conversion of Python rows to a table's own types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StatementFailed, StatementInvalid, TableNotFound
from core.warehouse.embedded.names import check_new, parse_name, table_parts
from core.warehouse.embedded.rows import arrow_rows
from core.warehouse.rows import python_rows

SCHEMA = pa.schema(
    [
        pa.field("n", pa.int64()),
        pa.field("s", pa.string()),
        pa.field("r", pa.float64()),
        pa.field("ok", pa.bool_()),
        pa.field("d", pa.decimal128(18, 4)),
        pa.field("day", pa.date32()),
        pa.field("at", pa.timestamp("us", "UTC")),
    ]
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "n": st.none() | st.integers(-(2**63), 2**63 - 1),
        "s": st.none() | st.text(),
        "r": st.none() | st.floats(allow_nan=False),
        "ok": st.none() | st.booleans(),
        "d": st.none() | st.decimals(min_value=-(10**13), max_value=10**13, places=4),
        "day": st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1)),
        "at": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, max_size=5))
def test_every_row_comes_back_as_it_went_in(rows: list[dict[str, object]]) -> None:
    table = arrow_rows(SCHEMA, rows, "t")  # type: ignore[arg-type]
    assert table.schema == SCHEMA
    assert table.to_pylist() == [{name: row.get(name) for name in SCHEMA.names} for row in rows]
    assert python_rows(table) == table.to_pylist()


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"n": 2**63}, StatementFailed),
        ({"n": 1.5}, StatementFailed),
        ({"d": Decimal("0.00001")}, StatementFailed),
        ({"at": "yesterday"}, StatementFailed),
        ({"other": 1}, StatementInvalid),
    ],
)
def test_value_that_does_not_fit_is_an_error(row: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        arrow_rows(SCHEMA, [row], "main.lab.t")  # type: ignore[list-item]


def test_naive_moment_is_taken_as_utc_and_missing_required_value_is_refused() -> None:
    table = arrow_rows(SCHEMA, [{"at": datetime(2026, 1, 2, 3, 4)}], "t")
    assert table.column("at").to_pylist() == [datetime(2026, 1, 2, 3, 4, tzinfo=UTC)]
    with pytest.raises(StatementFailed, match="may not be NULL"):
        arrow_rows(pa.schema([pa.field("id", pa.string(), nullable=False)]), [{}], "t")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.b.c", ("a", "b", "c")),
        ("main.lab.`Order Details`", ("main", "lab", "Order Details")),
        ("main.lab.Order Details", ("main", "lab", "Order Details")),
        ("`a.b`.c", ("a.b", "c")),
        ("`a``b`", ("a`b",)),
    ],
)
def test_name_is_split_outside_back_quotes(text: str, parts: tuple[str, ...]) -> None:
    assert parse_name(text) == parts


@pytest.mark.parametrize("text", ["", "a..b", "a.", "`a", "a`b`"])
def test_broken_name_is_an_error(text: str) -> None:
    with pytest.raises(StatementInvalid):
        parse_name(text)


@pytest.mark.parametrize("part", ["", "a/b", "../x", "a.b", "_hidden", " x", "a\nb"])
def test_name_that_could_leave_its_folder_is_refused(part: str) -> None:
    with pytest.raises(StatementInvalid):
        check_new(part)


def test_unqualified_name_resolves_to_nothing() -> None:
    with pytest.raises(TableNotFound):
        table_parts(("orders",), "main")
    assert table_parts(("demo", "orders"), "main").full_name == "main.demo.orders"
