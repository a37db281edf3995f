"""Queries over a metric view of Unity Catalog: MEASURE() of its measures; what it cannot say is refused."""

from __future__ import annotations

from datetime import date

import pytest

from config.settings import ROOT
from core.codecheck import SqlGuard
from core.errors import ModelQueryError
from core.governance import Policy
from core.semantic import SemanticCatalog, interpret, load_catalog
from core.semantic.compile import compile_over_view
from core.semantic.model import SemanticModel

VIEW = "main.demo.sales_metrics"


@pytest.fixture(scope="module")
def demo() -> SemanticCatalog:
    catalog = load_catalog(ROOT / "config" / "semantic" / "demo.yaml")
    models = tuple(model.model_copy(update={"metric_view": VIEW}) for model in catalog.models)
    return catalog.model_copy(update={"models": models})


def over_view(question: str, catalog: SemanticCatalog) -> str:
    found = interpret(question, [catalog], today=date(2026, 6, 30), suggest=False)
    assert found.query is not None, found.missing
    return " ".join(compile_over_view(catalog, found.query).split())


def test_measures_are_asked_of_the_view(demo: SemanticCatalog) -> None:
    assert over_view("sales by region in 2025", demo) == (
        "SELECT `region` AS `region`, MEASURE(`sales`) AS `sales` FROM main.demo.sales_metrics WHERE "
        "`order date` >= CAST('2025-01-01' AS DATE) AND `order date` < CAST('2026-01-01' AS DATE) GROUP BY `region` "
        "ORDER BY MEASURE(`sales`) DESC, `region` ASC NULLS LAST"
    )
    assert "GROUP BY YEAR(`order date`)" in over_view("sales by year", demo)
    assert over_view("top 3 stores by sales", demo).endswith("LIMIT 3")


@pytest.mark.parametrize(
    "question",
    [
        "list stores",
        "running total of sales by month",
        "top 3 products by sales in each region",
        "share of sales by channel",
        "sales of cancelled orders",
    ],
)
def test_what_the_view_cannot_say_is_compiled_over_the_tables(question: str, demo: SemanticCatalog) -> None:
    found = interpret(question, [demo], today=date(2026, 6, 30), suggest=False)
    if found.query is not None:
        with pytest.raises(ModelQueryError):
            compile_over_view(demo, found.query)


def test_a_model_without_a_view_has_none(demo: SemanticCatalog) -> None:
    plain = load_catalog(ROOT / "config" / "semantic" / "demo.yaml")
    found = interpret("sales by region", [plain], today=date(2026, 6, 30), suggest=False)
    assert found.query is not None
    with pytest.raises(ModelQueryError, match="names no metric view"):
        compile_over_view(plain, found.query)


def test_the_guard_lets_it_through_where_the_view_is_readable(demo: SemanticCatalog) -> None:
    guard = SqlGuard(Policy.from_file(ROOT / "config" / "rbac_roles.yaml", state_schema="main.aiops"))
    statement = over_view("sales by region in 2025", demo)
    assert guard.review(statement, "data_analyst", action="data.ask").allowed
    assert not guard.review(statement.replace("main.demo", "main.secret"), "data_analyst", action="data.ask").allowed


def test_the_name_of_the_view_is_a_name(demo: SemanticCatalog) -> None:
    with pytest.raises(ValueError, match="metric_view"):
        SemanticModel(name="m", source="main.demo.t", metric_view="main.demo.x; DROP TABLE y")
