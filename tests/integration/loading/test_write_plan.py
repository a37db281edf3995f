"""Plans written into the embedded warehouse: readable at once, keys kept, replaced whole or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import LoadError, StatementFailed
from core.types import PLATFORM, Principal
from core.warehouse import EmbeddedWarehouse
from core.warehouse.loading import LoadedTable, LoadPlan, read_path, write_plan
from core.warehouse.port import TableInfo

DUMP = """CREATE TABLE public.boats (id bigint NOT NULL, name text, price numeric(10,2), built date);
CREATE TABLE public."Trip Legs" (leg_id bigint, boat_id bigint, "Sea Miles" double precision, sailed timestamp);
COMMENT ON TABLE public.boats IS 'The fleet; it''s small';
INSERT INTO public.boats VALUES (1, 'Tern', 12.50, '2020-01-02'), (2, 'O''Malley', NULL, NULL);
INSERT INTO public."Trip Legs" VALUES (1, 1, 10.5, '2024-01-02 03:04:05'), (2, 1, 4.5, '2024-01-03 00:00:00');
ALTER TABLE ONLY public.boats ADD CONSTRAINT p PRIMARY KEY (id);
ALTER TABLE ONLY public."Trip Legs" ADD CONSTRAINT f FOREIGN KEY (boat_id) REFERENCES public.boats(id);
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[EmbeddedWarehouse]:
    with EmbeddedWarehouse(tmp_path / "tables") as opened:
        yield opened


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.sql"
    path.write_text(DUMP)
    return path


def rows(warehouse: EmbeddedWarehouse, statement: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = warehouse.query(statement, principal=PLATFORM).to_pylist()
    return found


def test_loaded_tables_can_be_asked_at_once(warehouse: EmbeddedWarehouse, dump: Path) -> None:
    lines: list[str] = []
    report = write_plan(warehouse, read_path(dump), progress=lines.append)
    assert (report.schema, report.rows) == ("main.fleet", 4)
    assert lines == ["main.fleet.boats: 2 rows", "main.fleet.Trip Legs: 2 rows"]
    joined = """
        SELECT b.name, SUM(l.`Sea Miles`) AS miles, MAX(b.price) AS price, MAX(b.built) AS built
        FROM main.fleet.`Trip Legs` l JOIN main.fleet.boats b ON l.boat_id = b.id GROUP BY b.name
    """
    (row,) = rows(warehouse, joined)
    assert (row["name"], row["miles"], str(row["price"]), row["built"]) == ("Tern", 15.0, "12.50", date(2020, 1, 2))


def test_declared_keys_types_and_comments_are_kept(warehouse: EmbeddedWarehouse, dump: Path) -> None:
    write_plan(warehouse, read_path(dump))
    boats = warehouse.describe("main.fleet.boats", principal=PLATFORM)
    legs = warehouse.describe("main.fleet.`Trip Legs`", principal=PLATFORM)
    assert boats.comment == "The fleet; it's small"
    assert json.loads(boats.properties["aiops.primary_key"]) == ["id"]
    assert json.loads(legs.properties["aiops.foreign_keys"]) == [
        {"columns": ["boat_id"], "table": "boats", "references": ["id"]}
    ]
    assert [(column.name, column.type) for column in boats.columns] == [
        ("id", "BIGINT"), ("name", "STRING"), ("price", "DECIMAL(10,2)"), ("built", "DATE"),
    ]  # fmt: skip
    assert [column.type for column in legs.columns] == ["BIGINT", "BIGINT", "DOUBLE", "TIMESTAMP"]


def test_loading_again_replaces_rows_columns_and_keys(warehouse: EmbeddedWarehouse, dump: Path) -> None:
    write_plan(warehouse, read_path(dump))
    dump.write_text("CREATE TABLE public.boats (id bigint, mast text);\nINSERT INTO public.boats VALUES (7, 'two');\n")
    report = write_plan(warehouse, read_path(dump))
    assert [(table.full_name, table.replaced) for table in report.tables] == [("main.fleet.boats", True)]
    assert rows(warehouse, "SELECT * FROM main.fleet.boats") == [{"id": 7, "mast": "two"}]
    properties = warehouse.describe("main.fleet.boats", principal=PLATFORM).properties
    assert "aiops.primary_key" not in properties
    assert [info.name for info in warehouse.tables("main.fleet", principal=PLATFORM)] == ["boats"]


def test_a_table_is_found_again_whatever_its_case(warehouse: EmbeddedWarehouse, tmp_path: Path) -> None:
    (tmp_path / "Prices.csv").write_text("a\n1\n")
    write_plan(warehouse, read_path(tmp_path / "Prices.csv", schema="s"))
    (tmp_path / "Prices.csv").rename(tmp_path / "prices.csv")
    (report,) = write_plan(warehouse, read_path(tmp_path / "prices.csv", schema="s")).tables
    assert report.replaced
    assert len(warehouse.tables("main.s", principal=PLATFORM)) == 1


def test_readers_see_the_old_or_the_new_table_never_a_mixture(warehouse: EmbeddedWarehouse, tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    seen: set[tuple[object, object]] = set()
    failures: list[Exception] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            try:
                (row,) = rows(warehouse, "SELECT COUNT(*) AS n, MAX(v) AS v FROM main.counts.counts")
                seen.add((row["n"], row["v"]))
            except Exception as error:
                failures.append(error)
                return

    path.write_text("v\n" + "1\n" * 1000)
    write_plan(warehouse, read_path(path))
    watcher = threading.Thread(target=watch)
    watcher.start()
    for version in (2, 3, 4):
        path.write_text("v\n" + f"{version}\n" * 1000 * version)
        write_plan(warehouse, read_path(path))
    done.set()
    watcher.join()
    assert not failures
    assert seen <= {(1000, 1), (2000, 2), (3000, 3), (4000, 4)}


class _FailsToReplace(EmbeddedWarehouse):
    """A warehouse whose storage gives out at the second table."""

    def write_table(self, full_name: str, *args: object, **named: object) -> None:
        if "Trip" in full_name:
            raise StatementFailed("The disk is full.")
        super().write_table(full_name, *args, **named)  # type: ignore[arg-type]


def test_a_failed_replacement_leaves_the_old_table_and_nothing_beside_it(tmp_path: Path, dump: Path) -> None:
    with EmbeddedWarehouse(tmp_path / "tables") as warehouse:
        write_plan(warehouse, read_path(dump))
    with _FailsToReplace(tmp_path / "tables") as warehouse:
        with pytest.raises(StatementFailed):
            write_plan(warehouse, read_path(dump))
        assert len(rows(warehouse, "SELECT * FROM main.fleet.`Trip Legs`")) == 2
        assert len(warehouse.tables("main.fleet", principal=PLATFORM)) == 2


def test_what_a_source_no_longer_has_is_dropped_and_told(warehouse: EmbeddedWarehouse, tmp_path: Path) -> None:
    shop, other = tmp_path / "shop", tmp_path / "other"
    shop.mkdir()
    other.mkdir()
    for name in ("a", "b"):
        (shop / f"{name}.csv").write_text("n\n1\n")
    (other / "c.csv").write_text("n\n1\n")
    write_plan(warehouse, read_path(shop))
    write_plan(warehouse, read_path(other, schema="shop"))
    warehouse.write_table("main.shop.made", pa.table({"n": [1]}))
    (shop / "b.csv").unlink()
    lines: list[str] = []
    report = write_plan(warehouse, read_path(shop), progress=lines.append)
    assert report.dropped == ("main.shop.b",)
    assert lines[-1] == "main.shop.b: dropped, its source no longer has it"
    assert [info.name for info in warehouse.tables("main.shop", principal=PLATFORM)] == ["a", "c", "made"]


def test_nothing_is_dropped_while_a_file_of_the_source_cannot_be_read(
    warehouse: EmbeddedWarehouse, tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    for name in ("a", "b"):
        pq.write_table(pa.table({"n": [1]}), shop / f"{name}.parquet")
    write_plan(warehouse, read_path(shop))
    (shop / "b.parquet").write_bytes(b"half a file")
    report = write_plan(warehouse, read_path(shop))
    assert (report.dropped, report.kept) == ((), ("main.shop.b",))
    assert rows(warehouse, "SELECT n FROM main.shop.b") == [{"n": 1}]


def test_without_replace_nothing_is_written_over(warehouse: EmbeddedWarehouse, dump: Path) -> None:
    write_plan(warehouse, read_path(dump))
    with pytest.raises(LoadError, match=r"main\.fleet\.boats exists already"):
        write_plan(warehouse, read_path(dump), replace=False)


def test_a_view_is_never_replaced(warehouse: EmbeddedWarehouse, dump: Path) -> None:
    write_plan(warehouse, read_path(dump))
    warehouse.execute("CREATE VIEW main.fleet.prices AS SELECT price FROM main.fleet.boats", principal=PLATFORM)
    (dump.parent / "prices.csv").write_text("a\n1\n")
    with pytest.raises(LoadError, match="as a view"):
        write_plan(warehouse, read_path(dump.parent / "prices.csv", schema="fleet"))


def test_an_empty_table_and_nested_values(warehouse: EmbeddedWarehouse, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("a,b\n")
    (tmp_path / "n.jsonl").write_text('{"id": 1, "tags": ["x", "y"], "at": {"lat": 1.5}}\n')
    pq.write_table(pa.table({"tags": [["x", "y"]], "at": [{"lat": 1.5}]}), tmp_path / "p.parquet")
    write_plan(warehouse, read_path(tmp_path, schema="both"))
    assert rows(warehouse, "SELECT COUNT(*) AS n FROM main.both.e") == [{"n": 0}]
    assert rows(warehouse, "SELECT * FROM main.both.n") == [{"id": 1, "tags": '["x", "y"]', "at_lat": 1.5}]
    assert rows(warehouse, "SELECT at.lat AS lat, size(tags) AS n FROM main.both.p") == [{"lat": 1.5, "n": 2}]


class _Recorder:
    """A target that keeps what it is given."""

    def __init__(self) -> None:
        self.written: dict[str, pa.Table] = {}

    def write_table(self, full_name: str, table: pa.Table, **_: object) -> None:
        self.written[full_name] = table

    def execute(self, statement: str, parameters: object = None, *, principal: Principal) -> int:
        return 0

    def tables(self, schema: str, *, principal: Principal) -> tuple[TableInfo, ...]:
        return ()


def test_column_comments_travel_in_the_fields() -> None:
    target = _Recorder()
    loaded = LoadedTable(pa.table({"a": [1], "b": [2]}), column_comments={"a": "The first"})
    write_plan(target, LoadPlan("s", {"t": loaded}))
    schema = target.written["main.`s`.`t`"].schema
    assert schema.field("a").metadata == {b"comment": b"The first"}
    assert schema.field("b").metadata is None
