"""Tables that another engine wrote: read and changed by the embedded warehouse, and not altered where it would harm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from core.errors import StatementRefused
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

ROWS = pa.table({"id": [1, 2], "p": ["a", "b"]})


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedWarehouse]:
    warehouse = EmbeddedWarehouse(tmp_path)
    warehouse.execute("CREATE SCHEMA main.lab", principal=PLATFORM)
    folder = tmp_path / "main" / "lab"
    write_deltalake(str(folder / "parts"), ROWS, partition_by=["p"])
    write_deltalake(str(folder / "mapped"), ROWS, configuration={"delta.columnMapping.mode": "name"})
    yield warehouse
    warehouse.close()


def rows(warehouse: EmbeddedWarehouse, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = warehouse.query(
        f"SELECT * FROM main.lab.{name} ORDER BY p", principal=PLATFORM
    ).to_pylist()
    return found


@pytest.mark.parametrize("name", ["parts", "mapped"])
def test_table_with_partitions_or_column_mapping_is_read_and_changed(embedded: EmbeddedWarehouse, name: str) -> None:
    assert rows(embedded, name) == ROWS.to_pylist()
    assert embedded.execute(f"UPDATE main.lab.{name} SET id = 5 WHERE p = 'a'", principal=PLATFORM) == 1
    assert rows(embedded, name) == [{"id": 5, "p": "a"}, {"id": 2, "p": "b"}]
    embedded.execute(f"CREATE TABLE main.lab.copy CLONE main.lab.{name}", principal=PLATFORM)
    assert sorted(row["id"] for row in rows(embedded, "copy")) == [2, 5]  # type: ignore[type-var]


@pytest.mark.parametrize("name", ["parts", "mapped"])
def test_alter_that_would_lose_what_another_engine_noted_is_refused(embedded: EmbeddedWarehouse, name: str) -> None:
    for statement in (f"ALTER TABLE main.lab.{name} ADD COLUMN z INT", f"COMMENT ON TABLE main.lab.{name} IS 'x'"):
        with pytest.raises(StatementRefused, match="another engine"):
            embedded.execute(statement, principal=PLATFORM)
    assert rows(embedded, name) == ROWS.to_pylist()


def test_joining_files_of_a_mapped_table_is_refused_by_name(embedded: EmbeddedWarehouse) -> None:
    with pytest.raises(StatementRefused, match="Column mapping"):
        embedded.query("OPTIMIZE main.lab.mapped", principal=PLATFORM)
