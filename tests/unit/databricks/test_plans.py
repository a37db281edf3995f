"""EXPLAIN COST as a warehouse words it."""

from __future__ import annotations

import pytest

from core.errors import StatementInvalid, TableNotFound
from core.warehouse.databricks.plans import plan

COST = """== Optimized Logical Plan ==
Aggregate [region#1], [region#1, sum(amount#2)], Statistics(sizeInBytes=1.5 KiB, rowCount=48)
+- Filter (note#3 = AnalysisException), Statistics(sizeInBytes=12.0 GiB, rowCount=1.00E+8)
   +- Relation main.shop.sales[region#1,amount#2], Statistics(sizeInBytes=24.0 GiB, rowCount=2.00E+8)

== Physical Plan ==
AdaptiveSparkPlan isFinalPlan=false
"""


def test_estimates_are_those_of_the_result() -> None:
    found = plan(COST, ("main.shop.sales",))
    assert (found.estimated_rows, found.estimated_bytes, found.tables) == (48, 1536, ("main.shop.sales",))


def test_rows_of_a_part_are_not_taken_for_those_of_the_result() -> None:
    found = plan(COST.replace(", rowCount=48", ""), ())
    assert (found.estimated_rows, found.estimated_bytes) == (None, 1536)


@pytest.mark.parametrize(
    ("size", "expected"),
    [("0.0 B", 0), ("24.0 B", 24), ("1.0 MiB", 2**20), ("8.0 EiB", 2**63), ("1.2E+20 B", 120_000_000_000_000_000_000)],
)
def test_sizes_in_every_unit(size: str, expected: int) -> None:
    assert plan(f"Project, Statistics(sizeInBytes={size}, rowCount=1)", ()).estimated_bytes == expected


def test_plan_without_estimates_has_none() -> None:
    found = plan("== Physical Plan ==\nLocalTableScan", ())
    assert (found.estimated_rows, found.estimated_bytes) == (None, None)


@pytest.mark.parametrize(
    ("text", "error", "error_class"),
    [
        (
            "Error occurred during query planning: \n[TABLE_OR_VIEW_NOT_FOUND] The table or view `a` cannot be found."
            " SQLSTATE: 42P01; line 1 pos 14",
            TableNotFound,
            "TABLE_OR_VIEW_NOT_FOUND",
        ),
        (
            "org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column cannot be resolved."
            " SQLSTATE: 42703",
            StatementInvalid,
            "UNRESOLVED_COLUMN",
        ),
    ],
)
def test_what_is_wrong_with_a_statement_comes_as_its_plan(text: str, error: type[Exception], error_class: str) -> None:
    with pytest.raises(error) as raised:
        plan(text, ())
    assert raised.value.error_class == error_class  # type: ignore[attr-defined]
