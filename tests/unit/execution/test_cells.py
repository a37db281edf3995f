"""Cells become JSON scalars and columns Databricks types."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.execution import cells


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (pa.bool_(), "BOOLEAN"),
        (pa.int32(), "INT"),
        (pa.int64(), "BIGINT"),
        (pa.float64(), "DOUBLE"),
        (pa.float32(), "FLOAT"),
        (pa.decimal128(18, 2), "DECIMAL(18,2)"),
        (pa.string(), "STRING"),
        (pa.large_string(), "STRING"),
        (pa.binary(), "BINARY"),
        (pa.date32(), "DATE"),
        (pa.timestamp("us", tz="UTC"), "TIMESTAMP"),
        (pa.timestamp("us"), "TIMESTAMP_NTZ"),
        (pa.null(), "VOID"),
        (pa.list_(pa.int64()), "ARRAY<BIGINT>"),
        (pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))]), "STRUCT<a: INT, b: ARRAY<STRING>>"),
        (pa.map_(pa.string(), pa.decimal128(5, 1)), "MAP<STRING, DECIMAL(5,1)>"),
        (pa.dictionary(pa.int32(), pa.string()), "STRING"),
        (pa.month_day_nano_interval(), "INTERVAL"),
    ],
)
def test_type_names(kind: pa.DataType, name: str) -> None:
    assert cells.type_name(kind) == name


@pytest.mark.parametrize(
    ("value", "kind", "cell"),
    [
        (Decimal("1.50"), pa.decimal128(12, 2), 1.5),
        (Decimal("12345678901234567890"), pa.decimal128(38, 0), 12345678901234567890),
        (float("nan"), pa.float64(), "NaN"),
        (float("inf"), pa.float64(), "Infinity"),
        (float("-inf"), pa.float64(), "-Infinity"),
        (date(2026, 1, 2), pa.date32(), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), pa.timestamp("us", tz="UTC"), "2026-01-02T03:04:05Z"),
        (
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))),
            pa.timestamp("us", tz="Europe/Helsinki"),
            "2026-01-02T01:04:05Z",
        ),
        (datetime(2026, 1, 2, 3, 4, 5, 6), pa.timestamp("us"), "2026-01-02T03:04:05.000006"),
        (b"\x00\xff", pa.binary(), "AP8="),
        (True, pa.bool_(), True),
        ("é🙂", pa.string(), "é🙂"),
        (None, pa.float64(), None),
        (None, pa.list_(pa.int64()), None),
        ([Decimal("1.5"), None], pa.list_(pa.decimal128(5, 1)), "[1.5, null]"),
        (
            {"a": date(2026, 1, 2), "b": [float("nan")]},
            pa.struct([("a", pa.date32()), ("b", pa.list_(pa.float64()))]),
            '{"a": "2026-01-02", "b": ["NaN"]}',
        ),
        ([("k", 1)], pa.map_(pa.string(), pa.int64()), '{"k": 1}'),
        (timedelta(seconds=90), pa.duration("s"), 90.0),
    ],
)
def test_cell(value: object, kind: pa.DataType, cell: object) -> None:
    table = pa.table({"x": pa.array([value], kind)})
    assert cells.rows(table) == ((cell,),)


def test_nanoseconds_are_cut_to_microseconds() -> None:
    table = pa.table({"x": pa.array([1_767_322_800_000_000_001], pa.timestamp("ns", tz="UTC"))})
    assert cells.rows(table) == (("2026-01-02T03:00:00Z",),)


def test_no_columns_and_no_rows() -> None:
    assert cells.rows(pa.table({})) == ()
    assert cells.rows(pa.table({"a": pa.array([], pa.int64())})) == ()


@given(st.lists(st.tuples(st.floats(), st.none() | st.text(st.characters(codec="utf-8")), st.booleans()), max_size=20))
def test_rows_are_always_strict_json_in_their_order(values: list[tuple[float, str | None, bool]]) -> None:
    names = ("a", "b", "c")
    kinds = (pa.float64(), pa.string(), pa.bool_())
    columns = {name: pa.array([row[n] for row in values], kinds[n]) for n, name in enumerate(names)}
    rows = cells.rows(pa.table(columns))
    assert [(row[1], row[2]) for row in rows] == [(text, flag) for _, text, flag in values]
    assert json.loads(json.dumps(rows, allow_nan=False)) == [list(row) for row in rows]
