"""The plain DuckDB that answers are compared with."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from core.errors import StatementFailed
from core.warehouse.reference import ReferenceDatabase


def test_rows_come_as_json_cells_and_names_may_hold_anything() -> None:
    table = pa.table(
        {
            "a day": [date(2026, 6, 30)],
            "money": pa.array([Decimal("1.50")]),
            "moment": pa.array([datetime(2026, 6, 30, 5)], pa.timestamp("us", "UTC")),
            "none": pa.array([None], pa.string()),
        }
    )
    with ReferenceDatabase({'the "table"': table}) as database:
        assert database.rows('select * from "the ""table"""') == (("2026-06-30", 1.5, "2026-06-30T05:00:00", None),)


def test_a_sum_of_integers_is_an_integer_and_midnight_is_a_day() -> None:
    with ReferenceDatabase(
        {"t": pa.table({"x": [1, 2], "d": [datetime(2026, 1, 2), datetime(2026, 1, 2)]})}
    ) as database:
        (row,) = database.rows("select sum(x), max(d) from t")
        assert row == (3, "2026-01-02")
        assert isinstance(row[0], int)


def test_a_view_names_a_statement() -> None:
    with ReferenceDatabase({"t": pa.table({"x": [1, 2]})}) as database:
        database.view("large", "select x from t where x > 1")
        assert database.rows("select * from large") == ((2,),)


def test_a_wrong_statement_is_told_and_no_file_is_reached(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with ReferenceDatabase({}) as database:
        for statement in (
            "select nothing",
            "select",
            f"select * from '{tmp_path / 'secret.csv'}'",
            "select 1; select 2(",
        ):
            with pytest.raises(StatementFailed, match="The reference statement failed"):
                database.rows(statement)
