"""Alterations by one warehouse beside appends, updates and reads by others on the same folder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

T = "main.lab.t"
APPENDS = 25


def test_alterations_lose_no_row_of_another_warehouse_and_tear_no_read(tmp_path: Path) -> None:
    mine, theirs, reader = (EmbeddedWarehouse(tmp_path) for _ in range(3))
    failures: list[BaseException] = []
    mine.execute("CREATE SCHEMA main.lab", principal=PLATFORM)
    free = "TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'delta.enableTypeWidening' = 'true')"
    mine.execute(f"CREATE TABLE {T} (id INT, n INT) {free}", principal=PLATFORM)

    def append() -> None:
        for number in range(APPENDS):
            theirs.append(T, [{"id": number, "n": number}])

    def update() -> None:
        for _ in range(5):
            reader.execute(f"UPDATE {T} SET n = n + 0", principal=PLATFORM)

    def read() -> None:
        for _ in range(30):
            rows = reader.query(f"SELECT * FROM {T}", principal=PLATFORM).to_pylist()
            assert all(row["id"] == row["n"] for row in rows)

    def held(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # the assertion below names it
                failures.append(error)

        return run

    threads = [threading.Thread(target=held(work)) for work in (append, update, read)]
    for thread in threads:
        thread.start()
    for change in ("ADD COLUMN z INT", "ADD COLUMN y STRING FIRST", "ALTER COLUMN n TYPE BIGINT", "DROP COLUMN z"):
        mine.execute(f"ALTER TABLE {T} {change}", principal=PLATFORM)
    for thread in threads:
        thread.join()
    assert failures == []
    for warehouse in (mine, theirs, reader):
        [found] = warehouse.query(f"SELECT count(*) AS n, sum(n) AS s FROM {T}", principal=PLATFORM).to_pylist()
        assert found == {"n": APPENDS, "s": sum(range(APPENDS))}
        assert [column.name for column in warehouse.describe(T, principal=PLATFORM).columns] == ["y", "id", "n"]
        warehouse.close()
