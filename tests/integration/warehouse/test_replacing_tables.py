"""write_table(mode="replace") and CREATE OR REPLACE TABLE: one commit, nothing of the old table left, nobody torn."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from core.errors import StatementInvalid, WriteConflict
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.embedded import replacement

T = "main.lab.t"
FIRST = pa.table({"id": [1, 2]}, schema=pa.schema([pa.field("id", pa.int64(), False, {"comment": "the key"})]))
SECOND = pa.table({"who": ["x"]}, schema=pa.schema([pa.field("who", pa.string(), metadata={"comment": "a name"})]))


@pytest.fixture
def embedded(tmp_path: Path) -> EmbeddedWarehouse:
    opened = EmbeddedWarehouse(tmp_path / "tables")
    opened.write_table(T, FIRST, properties={"aiops.primary_key": '["id"]'}, comment="old")
    return opened


def rows(warehouse: EmbeddedWarehouse, statement: str = f"SELECT * FROM {T}") -> list[dict[str, object]]:
    found: list[dict[str, object]] = warehouse.query(statement, principal=PLATFORM).to_pylist()
    return found


def version(warehouse: EmbeddedWarehouse) -> object:
    return max(row["version"] for row in rows(warehouse, f"DESCRIBE HISTORY {T}"))  # type: ignore[type-var]


def test_everything_of_a_table_changes_in_one_commit(embedded: EmbeddedWarehouse) -> None:
    before = version(embedded)
    embedded.write_table(T, SECOND, mode="replace", properties={"aiops.foreign_keys": "[]"}, comment="new")
    info = embedded.describe(T, principal=PLATFORM)
    assert (info.comment, dict(info.properties)) == ("new", {"aiops.foreign_keys": "[]"})
    assert [(c.name, c.type, c.comment) for c in info.columns] == [("who", "STRING", "a name")]
    assert rows(embedded) == [{"who": "x"}]
    assert version(embedded) == before + 1  # type: ignore[operator]
    assert rows(embedded, f"SELECT id FROM {T} VERSION AS OF {before} ORDER BY id") == [{"id": 1}, {"id": 2}]


def test_a_replaced_table_is_written_and_read_on_by_every_process(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    other = EmbeddedWarehouse(tmp_path / "tables")
    for _ in range(4):
        assert len(rows(other)) == 2
    _, cursor = other.changes(T, None)
    embedded.write_table(T, SECOND, mode="replace")
    assert rows(other) == [{"who": "x"}]
    assert other.changes(T, cursor)[0] == [{"who": "x"}]
    other.append(T, [{"who": "y"}])
    assert embedded.execute(f"UPDATE {T} SET who = 'z' WHERE who = 'x'", principal=PLATFORM) == 1
    assert other.compact(T) == 1
    assert rows(embedded, f"SELECT who FROM {T} ORDER BY 1") == [{"who": "y"}, {"who": "z"}]
    other.close()


def test_delta_rs_reads_the_commit_and_can_checkpoint_over_it(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    from deltalake import DeltaTable

    embedded.write_table(T, SECOND, mode="replace", comment="new")
    path = str(tmp_path / "tables" / "main" / "lab" / "t")
    DeltaTable(path).create_checkpoint()
    table = DeltaTable(path)
    assert (table.metadata().description, table.count(), len(table.file_uris())) == ("new", 1, 1)
    assert not list((tmp_path / "tables" / "main" / "lab").glob(".new-*"))


def test_a_type_that_needs_a_newer_protocol_brings_it_along(embedded: EmbeddedWarehouse) -> None:
    at = pa.table({"at": pa.array([0], pa.timestamp("us"))})
    embedded.write_table(T, at, mode="replace", properties={"delta.enableChangeDataFeed": "true"})
    embedded.append(T, [{"at": "2026-01-02T03:04:05"}])
    assert [c.type for c in embedded.describe(T, principal=PLATFORM).columns] == ["TIMESTAMP_NTZ"]
    assert rows(embedded, f"SELECT count(*) AS n FROM {T}") == [{"n": 2}]
    embedded.write_table(T, SECOND, mode="replace")
    assert rows(embedded) == [{"who": "x"}]


def test_a_partitioned_table_loses_its_old_rows_too(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    from deltalake import write_deltalake

    table = pa.table({"n": [1, 2], "region": ["a b", "c"]})
    write_deltalake(str(tmp_path / "tables" / "main" / "lab" / "parts"), table, partition_by=["region"])
    embedded.write_table("main.lab.parts", SECOND, mode="replace")
    assert rows(embedded, "SELECT * FROM main.lab.parts") == [{"who": "x"}]


def test_replace_makes_a_missing_table_and_refuses_a_view(embedded: EmbeddedWarehouse) -> None:
    embedded.write_table("main.lab.fresh", SECOND, mode="replace", comment="c")
    assert rows(embedded, "SELECT * FROM main.lab.fresh") == [{"who": "x"}]
    embedded.execute(f"CREATE VIEW main.lab.v AS SELECT id FROM {T}", principal=PLATFORM)
    with pytest.raises(StatementInvalid, match="view"):
        embedded.write_table("main.lab.v", SECOND, mode="replace")


def test_create_or_replace_takes_the_new_keys_and_comment(embedded: EmbeddedWarehouse) -> None:
    create = f"CREATE OR REPLACE TABLE {T} (code STRING PRIMARY KEY, n INT) USING DELTA COMMENT 'codes'"
    embedded.execute(create, principal=PLATFORM)
    info = embedded.describe(T, principal=PLATFORM)
    assert (info.comment, json.loads(info.properties["aiops.primary_key"])) == ("codes", ["code"])
    assert rows(embedded) == []


def test_a_writer_that_was_first_is_replaced_after_a_second_look(
    embedded: EmbeddedWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = EmbeddedWarehouse(tmp_path / "tables")
    put = replacement._put
    came_between: list[bool] = []

    def late(*args: object) -> None:
        if not came_between:
            came_between.append(True)
            other.append(T, [{"id": 3}])
        put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(replacement, "_put", late)
    embedded.write_table(T, SECOND, mode="replace")
    assert rows(embedded) == rows(other) == [{"who": "x"}]
    other.close()


def test_a_failed_commit_leaves_the_old_table(embedded: EmbeddedWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(replacement, "_put", full)
    with pytest.raises(Exception, match="disk is full"):
        embedded.write_table(T, SECOND, mode="replace", comment="new")
    assert embedded.describe(T, principal=PLATFORM).comment == "old"
    assert len(rows(embedded)) == 2


def test_threads_see_the_old_or_the_new_table_only(embedded: EmbeddedWarehouse) -> None:
    seen: set[tuple[object, ...]] = set()
    failures: list[Exception] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                result = rows(embedded)
                seen.add((tuple(result[0]), len(result)))
            except WriteConflict as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(8):
        embedded.write_table(T, SECOND if number % 2 else FIRST, mode="replace")
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert seen <= {(("id",), 2), (("who",), 1)}
