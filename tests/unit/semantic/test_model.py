"""Models and their YAML: what is accepted, what is refused and where the error points."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from config.settings import ROOT
from core.errors import SettingsError
from core.semantic import dump_catalog, load_catalog, metric_view_yaml, parse_catalog
from core.semantic.model import column_path

DEMO = ROOT / "config" / "semantic" / "demo.yaml"
SMALL = """
name: main.shop
models:
  - name: orders
    source: main.shop.orders
    joins:
      - {name: customers, source: main.shop.customers, 'on': source.customer_id = customers.id}
    dimensions:
      - {name: city, expr: customers.city, indexed: true}
      - {name: day, expr: source.day, type: date}
    measures:
      - {name: sales, expr: SUM(source.amount), filter: "source.status <> 'void'", filter_dimensions: []}
    entities:
      - {name: order, key: [id]}
    time_dimension: day
"""


def test_a_catalog_survives_the_round_trip_through_yaml() -> None:
    catalog = parse_catalog(SMALL, "small.yaml")
    assert parse_catalog(dump_catalog(catalog), "again.yaml") == catalog


def test_the_demo_model_defines_the_metrics_of_the_handbook() -> None:
    catalog = load_catalog(DEMO)
    sales = catalog.model_by_name["sales"].measure_by_name
    assert {"sales", "net sales", "average order value", "units sold", "gross margin", "return rate"} <= set(sales)
    assert {"revenue", "turnover"} <= set(sales["sales"].synonyms)
    assert sales["sales"].filter == "orders.status <> 'cancelled'"
    assert catalog.model_by_name["sales"].filter == "source.is_duplicate = FALSE"


def test_the_demo_model_round_trips() -> None:
    catalog = load_catalog(DEMO)
    assert parse_catalog(dump_catalog(catalog), "again.yaml") == catalog


def test_a_metric_view_holds_only_keys_of_the_format_and_keeps_the_definition() -> None:
    model = parse_catalog(SMALL, "small.yaml").models[0]
    view = yaml.safe_load(metric_view_yaml(model))
    assert set(view) == {"version", "source", "joins", "dimensions", "measures"}
    assert view["measures"] == [{"name": "sales", "expr": "SUM(source.amount) FILTER(WHERE source.status <> 'void')"}]
    assert view["dimensions"][0] == {"name": "city", "expr": "customers.city"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("name: city", "nam: city"), "dimensions > 0"),
        (("expr: SUM", "expression: SUM"), "measures > 0 (sales)"),
        (("time_dimension: day", "time_dimension: month"), "models > 0 (orders)"),
        (("'on': source.customer_id = customers.id", "using: []"), "joins > 0 (customers)"),
        (("name: sales", "name: City"), "used twice"),
        (("{name: order, key: [id]}", "{name: order, alias: nowhere}"), "nowhere"),
    ],
)
def test_an_error_names_the_file_and_the_key(change: tuple[str, str], where: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_catalog(SMALL.replace(*change), "small.yaml")
    assert "small.yaml" in raised.value.message
    assert where in raised.value.message


def test_text_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(SettingsError, match="not valid YAML"):
        parse_catalog("models: [", "broken.yaml")
    with pytest.raises(SettingsError, match="must be a mapping"):
        parse_catalog("- just a list", "list.yaml")


def test_a_missing_file_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yaml"):
        load_catalog(tmp_path / "none.yaml")


def test_plain_columns_are_told_from_expressions() -> None:
    assert column_path("orders.customers.city") == ("orders", "customers", "city")
    assert column_path("source.`Unit Price`") == ("source", "Unit Price")
    assert column_path("DATE(source.day)") is None
    assert column_path("a + b") is None
