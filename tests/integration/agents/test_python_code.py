"""Python with pandas that CodeAgent writes: what it computes is what SQL answers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from agents.platform import Platform
from core.execution.sandbox import table_reads
from core.execution.sandbox.driver import Session, execute
from core.types import PLATFORM, Response


def ask(platform: Platform, text: str, user: str = "dev", role: str = "data_engineer") -> Response:
    return platform.process_request(text, role, user)


def computed(platform: Platform, code: str, folder: Path) -> list[tuple[Any, ...]]:
    """The rows of `result` when the code runs over the tables of the platform."""
    paths = {}
    for number, name in enumerate(table_reads(code) or {}):
        rows = platform.warehouse.query(f"SELECT * FROM {name}", principal=PLATFORM)
        with pa.OSFile(str(folder / f"{number}"), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
            writer.write_table(rows)
        paths[name] = str(folder / f"{number}")
    result = execute(code, {"spark": Session(paths)})
    return [tuple(map(plain, row)) for row in result.itertuples(index=False)]


def plain(value: Any) -> Any:
    """Numbers to nine digits, days without their midnight, and one kind of nothing."""
    if value is None or str(value) in ("<NA>", "NaT", "nan"):
        return None
    if isinstance(value, str):
        try:
            return plain(float(value))
        except ValueError:
            return value.removesuffix("T00:00:00")
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return float(f"{float(value):.9g}")
    return str(value).removesuffix(" 00:00:00")


@pytest.mark.parametrize(
    "question",
    [
        "sales by region",
        "top 5 customers by sales",
        "average order value by channel",
        "how many customers per segment",
        "total sales last quarter",
        "return rate by category",
        "gross margin by product category",
        "sales by quarter and channel",
        "list stores in North",
    ],
)
def test_the_code_gives_the_rows_that_sql_answers(demo_platform: Platform, tmp_path: Path, question: str) -> None:
    written = ask(demo_platform, f"write Python to compute {question}")
    assert written.code is not None, written.answer
    assert written.code.language == "python"
    assert "spark.sql" not in written.code.text
    answered = ask(demo_platform, question)
    expected = [tuple(map(plain, row)) for row in answered.rows or ()]
    assert expected
    assert computed(demo_platform, written.code.text, tmp_path) == expected


def test_of_two_steps_the_second_reads_what_the_first_left(demo_platform: Platform, tmp_path: Path) -> None:
    written = ask(demo_platform, "write Python that deduplicates customers by city and how many customers per segment")
    assert written.code is not None, written.answer
    assert "prepared_1[['segment']]" in written.code.text
    statement = (
        "SELECT segment, count(*) AS n FROM (SELECT *, row_number() OVER (PARTITION BY city ORDER BY signup_date DESC, "
        "customer_id) AS place FROM main.demo.customers) WHERE place = 1 GROUP BY segment"
    )
    rows = demo_platform.warehouse.query(statement, principal=PLATFORM).to_pylist()
    assert dict(computed(demo_platform, written.code.text, tmp_path)) == {row["segment"]: row["n"] for row in rows}


@pytest.mark.parametrize(
    ("text", "rows", "first"),
    [
        ("write pandas code to deduplicate orders by channel keeping the oldest by order_date", 3, None),
        ("write Python to join orders with customers", 22000, None),
        ("write Python expectations for orders", 5, ("order_id is not null", 0)),
        ("write Python that cleans the customers table", 800, None),
    ],
)
def test_templates_run_over_the_tables(
    demo_platform: Platform, tmp_path: Path, text: str, rows: int, first: tuple[Any, ...] | None
) -> None:
    written = ask(demo_platform, text)
    assert written.code is not None, written.answer
    assert [row.split(":")[1].strip() for row in written.code.checks] == ["passed"] * 4
    found = computed(demo_platform, written.code.text, tmp_path)
    assert len(found) == rows
    assert first in (None, found[0])


@pytest.mark.parametrize(
    ("text", "said", "suggested"),
    [
        ("write Python to compute share of sales by region", "no form for a window", "PySpark for share of sales"),
        ("write Python to clean customers and save to table main.sandbox.c", "writes no table", "save to table main"),
        ("write pandas code to deduplicate customers by email and sales by region", "no column 'email'", ""),
        ("write Python to read main.aiops.agent_messages", "may read", ""),
    ],
)
def test_what_it_cannot_write_is_declined_with_what_can(
    demo_platform: Platform, text: str, said: str, suggested: str
) -> None:
    response = ask(demo_platform, text)
    assert response.code is None
    assert said in response.answer
    assert suggested in " ".join(response.suggestions)


def test_an_analyst_gets_no_code(demo_platform: Platform) -> None:
    response = ask(demo_platform, "write Python to compute sales by region", "ana", "data_analyst")
    assert (response.status, response.code) == ("refused", None)
