"""Appends: how rows become statements, what each column gets, and what is refused before anything is sent."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.errors import StatementFailed, StatementInvalid, StatementRefused, TableNotFound
from core.types import PLATFORM
from core.warehouse.databricks import DatabricksWarehouse
from core.warehouse.databricks.appending import inserts
from tests.integration.databricks.conftest import Opened, ids
from tests.workspace import Workspace

MIB = 1_048_576


def _rows(workspace: Workspace, table: str) -> list[dict[str, Any]]:
    return list(workspace.engine.query(f"SELECT * FROM {table} ORDER BY 1", principal=PLATFORM).to_pylist())


def _made(workspace: Workspace, name: str, columns: str) -> str:
    workspace.engine.execute(f"CREATE OR REPLACE TABLE main.lab.{name} ({columns})", principal=PLATFORM)
    return f"main.lab.{name}"


def test_batch_is_one_statement(warehouse: DatabricksWarehouse, workspace: Workspace, table: str) -> None:
    mark = workspace.wire.mark
    warehouse.append(table, [{"id": n, "name": f"n{n}"} for n in range(500)])
    assert len(workspace.wire.since(mark)) == 1
    assert ids(workspace, table) == list(range(500))


def test_nothing_is_no_statement(warehouse: DatabricksWarehouse, workspace: Workspace, table: str) -> None:
    mark = workspace.wire.mark
    warehouse.append(table, [])
    with pytest.raises(StatementInvalid, match="have no columns"):
        warehouse.append(table, [{}])
    assert workspace.wire.since(mark) == []


def test_no_request_is_larger_than_a_mebibyte_unless_one_row_is(
    warehouse: DatabricksWarehouse, workspace: Workspace, table: str
) -> None:
    mark = workspace.wire.mark
    names = ["x" * 100_000] * 24 + ["y" * (2 * MIB)] + ["é" * 60_000] * 10
    warehouse.append(table, [{"id": n, "name": name} for n, name in enumerate(names)])
    sizes = [sent.bytes for sent in workspace.wire.since(mark)]
    assert sum(size > MIB for size in sizes) == 1
    assert len(sizes) == 6  # 10 + 10 + 4 rows, the large one, 8 + 2 rows
    assert [row["name"] for row in _rows(workspace, table)] == names


def test_split_is_exact_to_the_byte(table: str) -> None:
    rows = [{"id": n, "name": "abc"} for n in range(10, 30)]
    whole = next(inserts(table, rows, most_bytes=10**9, largest_row=10**9))
    one_row = len('{"c0":"10","c1":"abc"},')
    room = len(whole.text) + 4_096 + 2 + 5 * one_row
    found = list(inserts(table, rows, most_bytes=room, largest_row=10**9))
    assert [insert.count for insert in found] == [5, 5, 5, 5]
    assert [insert.count for insert in inserts(table, rows, most_bytes=room - 1, largest_row=10**9)] == [4] * 5
    assert len({insert.text for insert in found}) == 1


def test_row_that_no_statement_holds_is_refused_and_nothing_is_sent(
    opened: Opened, workspace: Workspace, table: str
) -> None:
    warehouse, mark = opened(largest_row_bytes=200_000), workspace.wire.mark
    with pytest.raises(StatementRefused, match="too large for one statement") as raised:
        warehouse.append(table, [{"id": 1, "name": "a" * 150_000}] * 8 + [{"id": 2, "name": "b" * 200_000}])
    assert raised.value.error_class == "ROW_TOO_LARGE"
    assert workspace.wire.since(mark) == []


def test_every_type_arrives(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    table = _made(
        workspace,
        "kinds",
        "id INT, small SMALLINT, large BIGINT, real DOUBLE, amount DECIMAL(38,10), ok BOOLEAN, text STRING, day DATE,"
        " at TIMESTAMP",
    )
    full = {
        "id": 1,
        "small": -32768,
        "large": 2**63 - 1,
        "real": 0.1,
        "amount": Decimal("-1234567890123456789012345678.0123456789"),
        "ok": False,
        "text": "NUL \x00 'quote' \\ 😀 \u2028",
        "day": date(1, 1, 1),
        "at": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    }
    warehouse.append(table, [full, {"id": 2}, {"id": 3, "text": "", "ok": True, "at": datetime(2026, 1, 2, 3, 4, 5)}])
    nothing = dict.fromkeys(full)
    assert _rows(workspace, table) == [
        full,
        nothing | {"id": 2},
        nothing | {"id": 3, "text": "", "ok": True, "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)},
    ]


def test_doubles_arrive_to_the_last_bit(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    table = _made(workspace, "doubles", "id INT, x DOUBLE")
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e22, float("inf"), float("-inf"), float("nan"), 3]
    warehouse.append(table, [{"id": n, "x": value} for n, value in enumerate(values)])
    found = [row["x"] for row in _rows(workspace, table)]
    assert found[:7] == values[:7]
    assert math.copysign(1, found[1]) == -1
    assert math.isnan(found[7])
    assert found[8] == 3.0


def test_mixed_types_in_a_column_take_the_widest(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    table = _made(workspace, "mixed", "id INT, n DECIMAL(38,4), at TIMESTAMP, text STRING")
    warehouse.append(
        table,
        [
            {"id": 1, "n": 2**40, "at": date(2026, 1, 2), "text": 1},
            {"id": 2, "n": Decimal("0.0001"), "at": datetime(2026, 1, 2, 3, tzinfo=UTC), "text": "a"},
            {"id": 3, "n": Decimal("1E+3"), "at": None, "text": True},
            {"id": 4, "n": Decimal("2.50")},
        ],
    )
    assert [(row["n"], row["at"], row["text"]) for row in _rows(workspace, table)] == [
        (Decimal(2**40), datetime(2026, 1, 2, tzinfo=UTC), "1"),
        (Decimal("0.0001"), datetime(2026, 1, 2, 3, tzinfo=UTC), "a"),
        (Decimal("1000"), None, "true"),
        (Decimal("2.5"), None, None),
    ]


def test_column_that_only_later_rows_have_and_one_that_is_null_throughout(
    warehouse: DatabricksWarehouse, workspace: Workspace, table: str
) -> None:
    warehouse.append(table, [{"id": 1}, {"name": "b", "id": 2}, {"ID": 3, "Name": "c"}])
    warehouse.append(table, [{"id": 4, "name": None}])
    warehouse.append(table, [{"id": None, "name": None}])
    assert {(row["id"], row["name"]) for row in _rows(workspace, table)} == {
        (None, None),
        (1, None),
        (2, "b"),
        (3, "c"),
        (4, None),
    }


def test_unusual_names_of_columns_and_tables(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    names = ["Order ID", "it's", 'say "x"', "a.b", "größe", "😀", "select", "c0"]
    columns = ", ".join(f"`{name}` STRING" for name in names)
    workspace.engine.execute(f"CREATE TABLE main.lab.`Order Details` ({columns})", principal=PLATFORM)
    warehouse.append("main.lab.`Order Details`", [dict(zip(names, map(str, range(8)), strict=True))])
    warehouse.append("lab.Order Details", [{"a.b": "x"}])
    found = warehouse.query("SELECT * FROM main.lab.`Order Details` ORDER BY `a.b`", principal=PLATFORM)
    assert found.column_names == names
    assert found.to_pylist()[0] == dict(zip(names, map(str, range(8)), strict=True))
    assert [row["a.b"] for row in found.to_pylist()] == ["3", "x"]


@pytest.mark.parametrize(("column", "value"), [("n INT", 2**31), ("n SMALLINT", -32769), ("n TINYINT", 128)])
def test_number_that_the_column_does_not_hold_is_typed_and_nothing_is_there(
    warehouse: DatabricksWarehouse, workspace: Workspace, column: str, value: int
) -> None:
    table = _made(workspace, "narrow", f"id BIGINT, {column}")
    with pytest.raises(StatementFailed):
        warehouse.append(table, [{"id": 1, "n": 1}, {"id": 2, "n": value}])
    assert _rows(workspace, table) == []


@pytest.mark.parametrize(
    "value",
    [
        10**38,
        Decimal("NaN"),
        Decimal("1E+99"),
        "\ud83d",
        b"bytes",
        [1],
        {"a": 1},
        datetime(1, 1, 1, tzinfo=datetime.fromisoformat("2026-01-01T00:00+05:00").tzinfo),
    ],
    ids=repr,
)
def test_value_that_no_column_holds_is_refused_and_nothing_is_sent(
    warehouse: DatabricksWarehouse, workspace: Workspace, table: str, value: Any
) -> None:
    mark = workspace.wire.mark
    with pytest.raises(StatementInvalid, match="of column name"):
        warehouse.append(table, [{"id": 1, "name": "a"}, {"id": 2, "name": value}])
    assert workspace.wire.since(mark) == []


def test_whole_number_beyond_bigint_goes_as_a_decimal(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    table = _made(workspace, "wide", "n DECIMAL(38,0)")
    warehouse.append(table, [{"n": 10**37}, {"n": -1}])
    assert [row["n"] for row in _rows(workspace, table)] == [Decimal(-1), Decimal(10**37)]


def test_unknown_column_and_unknown_table_are_typed(
    warehouse: DatabricksWarehouse, workspace: Workspace, table: str
) -> None:
    for row in ({"id": 1, "colour": "red"}, {"id": 1, "colour": None}):
        with pytest.raises(StatementInvalid):
            warehouse.append(table, [row])
    with pytest.raises(TableNotFound):
        warehouse.append("main.lab.nowhere", [{"id": 1}])
    with pytest.raises(StatementInvalid, match="is not a name of 3 parts"):
        warehouse.append("a.b.c.d", [{"id": 1}])
    assert ids(workspace, table) == []
