"""Verified queries as they are written, kept and read: what is refused, what is forged, and which row counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import ROOT
from core.bus import KeyRing
from core.clock import ManualClock
from core.errors import ModelInvalid, SettingsError
from core.governance import RowSigner
from core.semantic import SemanticStore, parse_catalog
from core.semantic.verified.fingerprint import fingerprint_of
from core.semantic.verified.literals import candidates, with_parameters, written_dates
from core.semantic.verified.query import QueryParameter, VerifiedQuery
from core.semantic.verified.shape import shape_of
from core.semantic.verified.sidecar import dump_sidecar, load_sidecars, parse_sidecar
from core.semantic.verified.store import VerifiedQueries
from core.types import PLATFORM, Column
from core.warehouse import EmbeddedWarehouse
from core.warehouse.port import ColumnInfo, TableInfo
from tests.unit.semantic.test_verified_matching import CATALOG, FREIGHT, QUARTER, TODAY
from tests.unit.telemetry.lakehouse import open_lakehouse

SIDECAR = """
name: main.depot
verified_queries:
  - query_id: freight-since
    question: Freight since March 2026
    sql: SELECT SUM(freight) AS freight FROM main.depot.parcels WHERE sent_on >= :since
    parameters: [{name: since, type: date, default: 2026-03-01, words: since March 2026}]
    confirmed_by: ada
    confirmed_at: 2026-11-02T09:00:00Z
"""


class Kept:
    """Rows over one lakehouse, and the forged ones that were told of."""

    def __init__(self, root: Path) -> None:
        self.warehouse: EmbeddedWarehouse = open_lakehouse(root, "core.semantic")  # type: ignore[assignment]
        self.clock = ManualClock()
        self.forged: list[tuple[str, str]] = []
        signer = RowSigner(KeyRing.create(root / "keys"))

        def tell(table: str, row_id: str) -> None:
            self.forged.append((table, row_id))

        self.queries = VerifiedQueries(self.warehouse, signer, "main.aiops", tell, self.clock)
        self.store = SemanticStore(self.warehouse, clock=self.clock)

    def current(self, *written: VerifiedQuery) -> tuple[VerifiedQuery, ...]:
        return self.queries.current(self.store.read().verified, written)

    def save(self, query: VerifiedQuery, status: str = "confirmed") -> None:
        self.clock.advance(1)
        self.queries.save(query, status=status, saved_by="ada")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    opened = Kept(tmp_path_factory.mktemp("verified"))
    yield opened
    opened.warehouse.close()


def test_the_newest_row_counts_a_retirement_is_a_row_and_forged_rows_are_told_of(kept: Kept) -> None:
    kept.save(FREIGHT)
    changed = FREIGHT.model_copy(update={"paraphrases": ("Haulage of the Harbour since March 2026",)})
    kept.save(changed)
    assert kept.current() == (changed,)
    written = QUARTER.model_copy(update={"query_id": "in-a-file"})
    assert kept.current(written) == (written, changed), "by question"
    kept.save(changed, "retired")
    kept.save(written, "retired")
    assert kept.current(written) == ()
    kept.save(FREIGHT)
    kept.warehouse.execute(
        "INSERT INTO main.aiops.verified_queries "
        "SELECT 'ffffffff', query_id, schema_name, status, replace(query, 'freight', 'salary'), saved_by, "
        "saved_at + INTERVAL 1 DAY, key_id, signature FROM main.aiops.verified_queries LIMIT 1",
        principal=PLATFORM,
    )
    kept.warehouse.execute(
        "INSERT INTO main.aiops.verified_queries (row_id, query_id, schema_name, status, query, saved_by) "
        "SELECT 'eeeeeeee', 'planted', schema_name, status, query, saved_by FROM main.aiops.verified_queries LIMIT 1",
        principal=PLATFORM,
    )
    assert kept.current() == (FREIGHT,)
    assert sorted(kept.forged) == [("verified_queries", "eeeeeeee"), ("verified_queries", "ffffffff")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sql": "SELECT 1 FROM main.depot.parcels WHERE x = :other"}, "do not declare :other"),
        ({"sql": "SELECT 1 FROM main.depot.parcels WHERE x = ':since :zone'"}, "does not use :since"),
        ({"parameters": (*FREIGHT.parameters, FREIGHT.parameters[0])}, "there twice"),
        ({"question": ""}, "question"),
        ({"query_id": "a b"}, "query_id"),
        ({"paraphrases": ("x",)}, "paraphrases"),
    ],
)
def test_a_query_that_does_not_hold_together_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        VerifiedQuery.model_validate({**FREIGHT.model_dump(), **change})


@pytest.mark.parametrize("name", ["Since", "a b", "1st", "x'; --", "", "x" * 41])
def test_a_parameter_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValidationError, match="is not a parameter's name"):
        QueryParameter(name=name, type="date")


def test_sidecars_round_trip_and_those_that_ship_are_sound() -> None:
    (query,) = parse_sidecar(SIDECAR, "depot.yaml")
    assert (query.catalog, query.parameters[0].default) == ("main.depot", "2026-03-01")
    assert parse_sidecar(dump_sidecar("main.depot", [query]), "again.yaml") == (query,)
    assert {found.catalog for found in load_sidecars(ROOT / "config" / "semantic")} == {"main.demo"}
    assert parse_catalog(SIDECAR + "models: []", "both.yaml").models == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("type: date", "type: day"), r"freight-since > parameters > 0 \(since\) > type"),
        (("question:", "questions:"), "freight-since > question"),
        (("- query_id: freight-since", "- id: x"), "verified_queries > 1 > query_id"),
        (("verified_queries:", "verified_queries: 5\nrest:"), "must be a list"),
    ],
)
def test_an_error_in_a_sidecar_names_the_key(change: tuple[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        parse_sidecar(SIDECAR.replace(*change), "depot.yaml")


def test_values_that_the_question_says_become_parameters_and_others_stay() -> None:
    sql = (
        "SELECT zone, SUM(freight) AS f FROM main.depot.parcels AS p WHERE p.status <> 'lost' "
        "AND p.zone = 'Upper Town' AND p.sent_on >= CAST('2026-07-01' AS DATE) "
        "AND p.sent_on < CAST('2026-10-01' AS DATE) GROUP BY zone "
        "HAVING SUM(freight) > 500 LIMIT 10"
    )
    found = candidates("top 10 in Upper Town last quarter with freight over 500", sql, CATALOG, TODAY)
    said = {c.parameter.name: (c.parameter.type, c.parameter.default, c.parameter.words) for c in found}
    assert said == {
        "zone": ("enum", "Upper Town", "Upper Town"),
        "start_date": ("date", "2026-07-01", "last quarter"),
        "end_date": ("date", "2026-10-01", "last quarter"),
        "number": ("number", "500", "500"),
    }
    written = with_parameters(sql, found)
    assert "'lost'" in written
    assert "LIMIT 10" in written
    assert "p.zone = :zone" in written
    assert ":start_date" in written
    assert "< :end_date" in written
    assert "> :number" in written
    assert written_dates(written) == ()
    assert written_dates("SELECT 1 WHERE d >= DATE '2026-04-01' - INTERVAL 1 DAY AND e = '2026-99'") == ("2026-04-01",)
    with pytest.raises(ModelInvalid):
        candidates("x", "SELECT FROM WHERE", CATALOG, TODAY)


def test_one_end_of_a_time_is_since_and_one_day_is_a_day() -> None:
    sql = "SELECT 1 FROM main.depot.parcels WHERE sent_on >= DATE'2026-03-01' AND seen_on = DATE'2026-03-05'"
    found = candidates("parcels since March 2026 seen on 5 March 2026", sql, CATALOG, TODAY)
    assert [(c.parameter.name, c.parameter.side) for c in found] == [("since", "start"), ("day", "day")]


def test_the_fingerprint_follows_the_columns_of_its_tables_only() -> None:
    def table(name: str, kind: str = "INT") -> TableInfo:
        return TableInfo("main", "depot", name, columns=(ColumnInfo("a", kind), ColumnInfo("b", "STRING")))

    before = fingerprint_of(("main.depot.`x`",), [table("x"), table("y")])
    assert before == fingerprint_of(("main.depot.x",), [table("y", "DATE"), table("x")])
    assert before != fingerprint_of(("main.depot.x",), [table("x", "BIGINT")])
    assert fingerprint_of(("main.depot.x", "main.depot.gone"), [table("x")]) == ""


def test_a_result_of_written_sql_is_told_by_its_names_and_numbers() -> None:
    zone, freight = Column(name="zone", type="STRING"), Column(name="total_freight", type="DECIMAL(18,2)")
    told = shape_of([zone, freight], [["Harbour", 5.0]])
    assert told is not None
    assert (told.groups[0].dimension, told.terms[0].label) == ("zone", "total freight")  # type: ignore[union-attr]
    assert shape_of([freight, zone], [[5.0, "Harbour"]]) is None
    assert shape_of([zone], [["Harbour"]]) is None
    assert shape_of([freight], []) is None


def test_models_and_queries_are_read_together_and_a_confirmation_has_its_name(kept: Kept) -> None:
    kept.store.save(CATALOG.model_copy(update={"status": "draft"}), saved_by="load")
    kept.clock.advance(1)
    kept.store.save(CATALOG, saved_by="ada", confirmed_by="ada")
    (saved,) = kept.store.read().catalogs
    assert (saved.catalog, saved.confirmed_by) == (CATALOG, "ada")
    assert saved.confirmed_at == saved.saved_at
