"""Metric views of Unity Catalog out of models and back: keys and limits of the format, refusals by key."""

from __future__ import annotations

import pytest
import yaml

from config.settings import ROOT
from core.errors import ModelInvalid, SettingsError
from core.semantic import Measure, SemanticModel, load_catalog, parse_catalog
from core.semantic.checking import problems
from core.semantic.metric_view import FORMATS, create_statement, filtered, metric_view_yaml, parse_metric_view
from core.semantic.yaml_format import MOST_CHARACTERS
from core.warehouse.port import ColumnInfo, TableInfo

DEMO = load_catalog(ROOT / "config" / "semantic" / "demo.yaml")
VIEW = """
version: 1.1
comment: Parcels by day
source: main.depot.parcels
joins:
  - name: zones
    source: main.depot.zones
    on: source.zone_id = zones.zone_id
    rely: {at_most_one_match: true}
fields:
  - {name: zone, expr: zones.name, display_name: Zone}
  - {name: sent on, expr: sent_on}
measures:
  - {name: freight, expr: SUM(freight), format: {type: currency, currency_code: EUR}, synonyms: [haulage]}
materialization: {schedule: every 6 hours}
"""
TABLES = (
    TableInfo("main", "depot", "parcels", columns=(
        ColumnInfo("zone_id", "BIGINT"), ColumnInfo("sent_on", "DATE"), ColumnInfo("freight", "DECIMAL(10,2)"))),
    TableInfo("main", "depot", "zones", columns=(ColumnInfo("zone_id", "BIGINT"), ColumnInfo("name", "STRING"))),
)  # fmt: skip
KEYS = {"name", "expr", "comment", "display_name", "synonyms", "format"}


@pytest.mark.parametrize("model", DEMO.models, ids=lambda model: model.name)
def test_a_model_is_written_with_the_keys_and_limits_of_the_format(model: SemanticModel) -> None:
    view = yaml.safe_load(metric_view_yaml(model))
    assert set(view) <= {"version", "comment", "source", "filter", "joins", "dimensions", "measures"}
    assert view["version"] == "1.1"
    for field in (*view["dimensions"], *view["measures"]):
        assert set(field) <= KEYS
        assert len(field.get("synonyms", ())) <= 10
        assert field.get("format", {"type": "number"})["type"] in FORMATS


def test_the_whole_statement_is_read_back_to_the_same_measures() -> None:
    sales = DEMO.model_by_name["sales"]
    text = create_statement("main.demo", sales)
    assert text.startswith("CREATE OR REPLACE VIEW `main`.`demo`.`sales_metrics`\nWITH METRICS\nLANGUAGE YAML\nAS $$\n")
    again = parse_metric_view(text)
    assert again.name == "sales_metrics"
    assert [measure.name for measure in again.measures] == [measure.name for measure in sales.measures]
    assert again.joins[0].joins[0].on == sales.joins[0].joins[0].on


def test_a_filter_stands_on_every_aggregate_of_a_measure() -> None:
    ratio = Measure(name="r", expr="SUM(a) / NULLIF(COUNT(DISTINCT b), 0)", filter="c <> 'x'")
    assert filtered(ratio) == ("SUM(a) FILTER(WHERE c <> 'x') / NULLIF(COUNT(DISTINCT b) FILTER(WHERE c <> 'x'), 0)")
    with pytest.raises(ModelInvalid, match="measures > r > expr"):
        filtered(ratio.model_copy(update={"expr": "a + b"}))


def test_a_metric_view_becomes_a_model_with_types_time_and_thing() -> None:
    model = parse_metric_view(VIEW, tables=TABLES)
    assert (model.name, model.version, model.time_dimension) == ("parcels", "1.1", "sent on")
    assert [(d.name, d.type) for d in model.dimensions] == [("zone", "string"), ("sent on", "date")]
    assert model.joins[0].on == "source.zone_id = zones.zone_id", "a bare `on` is true in YAML"
    assert model.entities[0].name == "parcel"
    assert model.measures[0].synonyms == ("haulage",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("expr: SUM(freight)", "expr: SUM(freight), window: [{order: sent on}]"), "measures > freight > window"),
        (("rely: {at_most_one_match: true}", "cardinality: one_to_many"), "joins > zones > cardinality"),
        (("comment: Parcels by day", "parameters: [{name: p}]"), "parameters"),
        (("expr: zones.name,", ""), r"parcels > dimensions > 0 \(zone\) > expr"),
        (("comment: Parcels by day", "colour: red"), "colour"),
        (("name: freight, expr", "name: Zone, expr"), "used twice"),
        (("version: 1.1", "version: 9"), "version must be 1.1"),
        (("fields:", "dimensions: []\nfields:"), "fields"),
        (("version: 1.1", "version: ["), "not valid YAML"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_by_its_key(change: tuple[str, str], said: str) -> None:
    with pytest.raises(ModelInvalid, match=said):
        parse_metric_view(VIEW.replace(*change), tables=TABLES)


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"comment": "ends $$ here"}, r"\$\$"),
        ({"measures": (Measure(name="m", expr="COUNT(*)", format={"type": "percent"}),)}, "m > format"),
        ({"measures": (Measure(name="m", expr="COUNT(*)", display_name="x" * 300),)}, "m > display_name"),
        ({"measures": (), "dimensions": (), "time_dimension": None, "entities": ()}, "a dimension or a measure"),
    ],
)
def test_what_the_format_cannot_say_is_refused_by_its_key(update: dict[str, object], said: str) -> None:
    with pytest.raises(ModelInvalid, match=said):
        create_statement("main.depot", parse_metric_view(VIEW, tables=TABLES).model_copy(update=update))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: [*x, *x]\n", "line 1: anchors"),
        ("name: x\nmodels: " + "[" * 100_000, "nested deeper"),
        ("x" * (MOST_CHARACTERS + 1), "characters; at most"),
        ("name: !!python/object/apply:os.system [x]\n", "not valid YAML"),
        ("name: x\nmodels: \x00", "not valid YAML"),
    ],
)
def test_yaml_that_only_an_attack_has_is_refused(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        parse_catalog(text, "bad.yaml")


def test_a_catalog_is_checked_against_its_tables_by_key() -> None:
    model = parse_metric_view(VIEW, tables=TABLES)
    catalog = parse_catalog("name: main.depot\nmodels: []", "x").model_copy(update={"models": (model,)})
    assert problems(catalog, TABLES) == ()
    wrong = model.model_copy(
        update={
            "filter": "source.gone = 1",
            "measures": (
                Measure(name="a", expr="SUM(zones.nam)"),
                Measure(name="b", expr="SUM("),
                Measure(name="c", expr="(SELECT 1)"),
                Measure(name="d", expr="SUM(nowhere.x)"),
            ),
        }
    )
    assert problems(catalog.model_copy(update={"models": (wrong,)}), TABLES[:1]) == (
        "models > parcels > joins > zones > source: there is no table main.depot.zones, or it may not be read",
        "models > parcels > filter: gone is not a column of main.depot.parcels",
        "models > parcels > measures > b > expr: this is not an expression of SQL: SUM(",
        "models > parcels > measures > c > expr: a statement cannot stand here",
        "models > parcels > measures > d > expr: nowhere.x names no join of the model",
    )
