"""TestCaseAgent on tables that tests make: odd ones, circles, joins, measures; each is tested as far as it can be."""

from __future__ import annotations

from agents.platform import Platform
from core.types import PLATFORM
from tests.integration.agents.test_testcases import LINES, ask, make, rows_of


def test_odd_tables_are_tested_as_far_as_they_can_be(demo_platform: Platform) -> None:
    make(demo_platform, "`Order Details`", "`order` BIGINT, `select` STRING, `Unit Price` INT")
    wide = ", ".join(f"c{i} INT" for i in range(120))
    make(demo_platform, "wide", wide, [tuple(range(120)), tuple(range(1, 121))])
    make(demo_platform, "shapeless", "id BIGINT, tags ARRAY<STRING>, nothing STRING")
    demo_platform.warehouse.execute(
        "INSERT INTO main.sandbox.shapeless VALUES (1, ARRAY('a'), NULL), (2, NULL, NULL)", principal=PLATFORM
    )
    empty = ask(demo_platform, "Generate tests for main.sandbox.`Order Details`")
    assert empty.status == "answered"
    assert any("The table is empty" in text for text in empty.understood)
    broad = ask(demo_platform, "Generate tests for main.sandbox.wide")
    assert broad.row_count is not None
    assert broad.row_count >= 240
    assert rows_of(broad, "error") == {}
    odd = ask(demo_platform, "Validate main.sandbox.shapeless")
    assert any("ARRAY<STRING> have no order" in text for text in odd.understood)
    assert any("nothing: The column has no value" in text for text in odd.understood)
    assert rows_of(odd, "failed") == rows_of(odd, "error") == {}


def test_tables_that_refer_to_each_other_in_a_circle_and_headers_are_reconciled(demo_platform: Platform) -> None:
    make(demo_platform, "teams", "team_id BIGINT, leader_id BIGINT, name STRING",
         [(i, i + 100, f"t{i}") for i in range(1, 31)])  # fmt: skip
    make(demo_platform, "leaders", "leader_id BIGINT, team_id BIGINT, budget INT",
         [(i + 100, i if i < 30 else 99, i) for i in range(1, 31)])  # fmt: skip
    make(demo_platform, "invoices", "invoice_id BIGINT, total INT",
         [(i, 30 if i > 1 else 31) for i in range(1, 41)])  # fmt: skip
    make(demo_platform, "invoice_lines", "invoice_line_id BIGINT, invoice_id BIGINT, amount INT",
         [(3 * i + j, i, 5 * (j + 1)) for i in range(1, 41) for j in range(3)])  # fmt: skip
    circle = ask(demo_platform, "Generate tests for main.sandbox.leaders")
    assert rows_of(circle, "failed")["main.sandbox.leaders: referential: team_id, teams"][4] == 1
    headers = ask(demo_platform, "Generate tests for main.sandbox.invoices")
    name = "main.sandbox.invoices: reconciliation: total, invoice_lines"
    assert {key: row[4] for key, row in rows_of(headers, "failed").items()} == {name: 1}
    assert "invoice_id=1, stated=31" in str(rows_of(headers, "failed")[name][5])


def test_a_statement_gets_cases_of_its_own_and_its_figures_are_checked(demo_platform: Platform) -> None:
    response = ask(demo_platform, f"Write tests for this statement: {LINES.format(more='')}")
    assert response.status == "answered"
    assert rows_of(response, "failed") == rows_of(response, "error") == {}
    kinds = [row[1] for row in response.rows or ()]
    assert kinds.count("unit") >= 3
    names = {str(row[0]).split(":")[0] for row in response.rows or () if row[1] == "integration"}
    assert names == {"schema", "row_count", "grain", "reconciliation", "fan_out"}


def test_a_join_that_repeats_rows_is_a_finding(demo_platform: Platform) -> None:
    doubled = LINES.format(more="JOIN main.demo.targets AS t ON t.store_id = o.store_id")
    response = ask(demo_platform, f"Write tests for: {doubled}")
    assert [str(row[0]) for row in rows_of(response, "failed").values()] == ["fan_out: sales"]


def test_a_model_s_measures_hold_on_miniature_rows(demo_platform: Platform) -> None:
    response = ask(demo_platform, "Generate tests for the targets model")
    assert response.status == "answered"
    assert {row[3] for row in response.rows or ()} == {"passed"}
