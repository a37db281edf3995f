"""Values there and back: parameters of every type to the ends of their ranges, and results of every type and size."""

from __future__ import annotations

import enum
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from databricks import sql

from core.errors import StatementInvalid
from core.types import PLATFORM
from core.warehouse.databricks import DatabricksWarehouse
from tests.workspace import Workspace

DIGITS = "12345678901234567890123456789012345678"
EAST = timezone(timedelta(hours=5, minutes=30))


class Colour(str, enum.Enum):  # noqa: UP042 - its str() is not its value
    RED = "red"


EXACT: list[Any] = [
    True,
    False,
    0,
    -1,
    2**31 - 1,
    2**31,
    -(2**31),
    2**63 - 1,
    -(2**63),
    0.1,
    -0.0,
    1e300,
    5e-324,
    "",
    " ",
    "it's",
    'a "quoted" \\ back\\slash',
    "tab\tnew\nline\r",
    "NUL \x00 inside",
    "😀 Ünïcode 漢字",
    ":name and ? and %s and `x`",
    "x" * 1_000_000,
    date(1, 1, 1),
    date(9999, 12, 31),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC),
    Decimal("0"),
    Decimal("12.340"),
    Decimal("-1.5"),
    Decimal("-0.05"),
    Decimal(DIGITS),
    Decimal(f"-{DIGITS}"),
    Decimal(f"0.{DIGITS}"),
    Decimal(f"-0.{DIGITS}"),
    Decimal(f"-{DIGITS[:20]}.{DIGITS[20:]}"),
]


@pytest.mark.parametrize("value", EXACT, ids=lambda value: repr(value)[:30])
def test_parameter_comes_back_as_it_went(warehouse: DatabricksWarehouse, value: Any) -> None:
    found = warehouse.query("SELECT :value AS value", {"value": value}, principal=PLATFORM)["value"][0].as_py()
    assert found == value
    assert type(found) is type(value)
    if isinstance(value, float):
        assert math.copysign(1, found) == math.copysign(1, value)
    if isinstance(value, Decimal):
        assert str(found) == str(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1E+3"), Decimal("1000")),
        (Decimal("1E-7"), Decimal("0.0000001")),
        (Decimal("-2.50E+2"), Decimal("-250")),
        (datetime(2026, 1, 2, 3, 4, 5), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=EAST), datetime(2026, 1, 1, 21, 34, 5, 6, tzinfo=UTC)),
        (float("inf"), float("inf")),
        (float("-inf"), float("-inf")),
        (Colour.RED, "red"),
        (None, None),
    ],
    ids=repr,
)
def test_parameter_comes_back_as_what_it_means(warehouse: DatabricksWarehouse, value: Any, expected: Any) -> None:
    found = warehouse.query("SELECT :value AS value", {"value": value}, principal=PLATFORM)
    assert found["value"].to_pylist() == [expected]


def test_nan_is_a_parameter(warehouse: DatabricksWarehouse) -> None:
    found = warehouse.query("SELECT isnan(:x) AS n, :x AS x", {"x": float("nan")}, principal=PLATFORM)
    assert found["n"].to_pylist() == [True]
    assert math.isnan(found["x"][0].as_py())


@pytest.mark.parametrize(
    ("value", "error_class"),
    [
        (2**63, "ARITHMETIC_OVERFLOW"),
        (-(2**63) - 1, "ARITHMETIC_OVERFLOW"),
        (Decimal("NaN"), "CAST_INVALID_INPUT"),
        (Decimal("-Infinity"), "CAST_INVALID_INPUT"),
        (Decimal(f"{DIGITS}9"), "ARITHMETIC_OVERFLOW"),
        (Decimal("1E+39"), "ARITHMETIC_OVERFLOW"),
        (Decimal("1E+999999"), "ARITHMETIC_OVERFLOW"),
        (Decimal("1E-999999"), "ARITHMETIC_OVERFLOW"),
        ("half \ud83d", "MALFORMED_CHARACTER_CODING"),
        ("\udcff", "MALFORMED_CHARACTER_CODING"),
        (datetime(1, 1, 1, tzinfo=EAST), "DATETIME_OVERFLOW"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))), "DATETIME_OVERFLOW"),
        (b"bytes", None),
        ([1, 2], None),
        ((1, 2), None),
        ({"a": 1}, None),
        ({1, 2}, None),
        (timedelta(days=1), None),
        (1 + 2j, None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_value_that_sql_does_not_hold_is_refused_unsent(
    warehouse: DatabricksWarehouse, workspace: Workspace, value: Any, error_class: str | None
) -> None:
    mark = workspace.wire.mark
    with pytest.raises(StatementInvalid, match=":value") as raised:
        warehouse.query("SELECT :value AS value", {"value": value}, principal=PLATFORM)
    assert raised.value.error_class == error_class
    assert workspace.wire.since(mark) == []


def test_statement_with_half_a_character_is_refused_unsent(
    warehouse: DatabricksWarehouse, workspace: Workspace
) -> None:
    mark = workspace.wire.mark
    with pytest.raises(StatementInvalid, match="position 8"):
        warehouse.execute("DELETE '\ud83d'", principal=PLATFORM)
    assert workspace.wire.since(mark) == []


def test_missing_parameter_is_the_statements_fault_and_an_extra_one_is_none(warehouse: DatabricksWarehouse) -> None:
    with pytest.raises(StatementInvalid):
        warehouse.query("SELECT :missing AS x", principal=PLATFORM)
    assert warehouse.query("SELECT :a AS a", {"a": 1, "b": 2}, principal=PLATFORM)["a"].to_pylist() == [1]


# ── results ──────────────────────────────────────────────────────────────────────────────────────────────────────

TYPES: list[tuple[str, pa.DataType, Any]] = [
    ("CAST(-128 AS TINYINT)", pa.int8(), -128),
    ("CAST(32767 AS SMALLINT)", pa.int16(), 32767),
    ("CAST(-2147483648 AS INT)", pa.int32(), -(2**31)),
    ("CAST(9223372036854775807 AS BIGINT)", pa.int64(), 2**63 - 1),
    ("CAST(1.5 AS FLOAT)", pa.float32(), 1.5),
    ("CAST(0.1 AS DOUBLE)", pa.float64(), 0.1),
    (f"CAST('-{DIGITS}' AS DECIMAL(38,0))", pa.decimal128(38, 0), Decimal(f"-{DIGITS}")),
    ("CAST('1.50' AS DECIMAL(10,2))", pa.decimal128(10, 2), Decimal("1.50")),
    ("true", pa.bool_(), True),
    ("'text'", pa.string(), "text"),
    ("CAST('bytes' AS BINARY)", pa.binary(), b"bytes"),
    ("DATE '0001-01-01'", pa.date32(), date(1, 1, 1)),
    (
        "TIMESTAMP '9999-12-31 23:59:59.999999'",
        pa.timestamp("us", "UTC"),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ),
    ("CAST('2026-01-02 03:04:05' AS TIMESTAMP_NTZ)", pa.timestamp("us"), datetime(2026, 1, 2, 3, 4, 5)),
    ("array('a', NULL)", pa.list_(pa.string()), ["a", None]),
    ("map('k', CAST(1 AS BIGINT))", pa.map_(pa.string(), pa.int64()), [("k", 1)]),
    ("CAST(NULL AS STRING)", pa.string(), None),
]


@pytest.mark.parametrize(("expression", "kind", "value"), TYPES, ids=[case[0] for case in TYPES])
def test_result_has_its_type_and_value(
    warehouse: DatabricksWarehouse, expression: str, kind: pa.DataType, value: Any
) -> None:
    found = warehouse.query(f"SELECT {expression} AS x", principal=PLATFORM)
    assert found["x"].to_pylist() == [value]
    if pa.types.is_map(kind):
        assert (found.schema.field("x").type.key_type, found.schema.field("x").type.item_type) == (
            kind.key_type,
            kind.item_type,
        )
    elif pa.types.is_list(kind):
        assert found.schema.field("x").type.value_type == kind.value_type
    else:
        assert found.schema.field("x").type == kind


def test_nested_three_deep_with_times_inside(warehouse: DatabricksWarehouse) -> None:
    found = warehouse.query(
        "SELECT array(named_struct('when', TIMESTAMP '2026-01-02 03:04:05', 'of', array(named_struct('d', "
        "CAST('1.5' AS DECIMAL(5,1)))))) AS x",
        principal=PLATFORM,
    )
    assert found["x"].to_pylist() == [
        [{"when": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "of": [{"d": Decimal("1.5")}]}]
    ]
    assert found.schema.field("x").type.value_type.field("when").type == pa.timestamp("us", "UTC")


def test_many_columns_the_same_name_twice_and_no_rows(warehouse: DatabricksWarehouse) -> None:
    wide = warehouse.query("SELECT " + ", ".join(f"{n} AS c{n}" for n in range(300)), principal=PLATFORM)
    assert (wide.num_columns, wide.to_pylist()[0]["c299"]) == (300, 299)
    twice = warehouse.query("SELECT 1 AS a, 'x' AS a, 2 AS b", principal=PLATFORM)
    assert twice.column_names == ["a", "a", "b"]
    assert [column.to_pylist() for column in twice.columns] == [[1], ["x"], [2]]
    empty = warehouse.query("SELECT 1 AS a, 'x' AS b WHERE false", principal=PLATFORM)
    assert (empty.num_rows, empty.column_names, empty.schema.field("b").type) == (0, ["a", "b"], pa.string())


def test_cell_of_five_megabytes_and_its_statement_id(warehouse: DatabricksWarehouse) -> None:
    found = warehouse.query("SELECT repeat('ab', 2500000) AS x", principal=PLATFORM)
    assert found["x"][0].as_py() == "ab" * 2_500_000
    assert len(found.schema.metadata[b"statement_id"]) == 36


def test_row_limit_takes_the_first_rows(warehouse: DatabricksWarehouse) -> None:
    text = "SELECT id FROM range(0, 1000) ORDER BY id"
    for limit in (0, 1, 7, 1000, 5000):
        found = warehouse.query(text, principal=PLATFORM, row_limit=limit)
        assert found["id"].to_pylist() == list(range(min(limit, 1000)))
    assert found.column_names == ["id"]


@pytest.mark.parametrize("compressed", [True, False])
def test_large_result_comes_in_pages(workspace: Workspace, compressed: bool) -> None:
    """The connector itself, since the adapter always takes compressed pages."""
    with (
        sql.connect(
            server_hostname="127.0.0.1",
            http_path="/sql/1.0/warehouses/wh1",
            _connection_uri=f"{workspace.url}/sql/1.0/warehouses/wh1",
            access_token=workspace.token("app"),
            enable_telemetry=False,
            enable_query_result_lz4_compression=compressed,
        ) as connection,
        connection.cursor(arraysize=30_000) as cursor,
    ):
        cursor.execute("SELECT id, concat('row ', CAST(id AS STRING)) AS name FROM range(0, 200000) ORDER BY id")
        found = cursor.fetchall_arrow()
    assert found["id"].to_pylist() == list(range(200_000))
    assert found["name"][199_999].as_py() == "row 199999"
