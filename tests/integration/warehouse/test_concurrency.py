"""Processes that append, update, compact and read one table at once: nothing lost, nothing torn, nothing untyped."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.errors import WarehouseError
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

T = "main.lab.t"
BATCH = 5


def _append(warehouse: EmbeddedWarehouse, who: str, until: float) -> int:
    """Batches of rows that belong together; gives how many were acknowledged."""
    done = 0
    while time.time() < until:
        warehouse.append(T, [{"who": who, "batch": done, "part": part} for part in range(BATCH)])
        done += 1
    return done


def _update(warehouse: EmbeddedWarehouse, who: str, until: float) -> int:
    done = 0
    while time.time() < until:
        changed = warehouse.execute(f"UPDATE {T} SET batch = batch + 1 WHERE who = 'lease'", principal=PLATFORM)
        assert changed == 1, f"{changed} rows changed"
        done += 1
    return done


def _compact(warehouse: EmbeddedWarehouse, who: str, until: float) -> int:
    done = 0
    while time.time() < until:
        warehouse.compact(T)
        warehouse.tidy(T)
        done += 1
        time.sleep(0.1)
    return done


def _read(warehouse: EmbeddedWarehouse, who: str, until: float) -> int:
    """Whole batches only, never fewer of them than before; a cursor that never leaves a row out."""
    done, seen = 0, 0
    known: set[tuple[object, ...]] = set()
    cursor = None
    while time.time() < until:
        statement = f"SELECT count(*) AS n, count(DISTINCT who, batch) AS b FROM {T} WHERE who <> 'lease'"
        row = warehouse.query(statement, principal=PLATFORM).to_pylist()[0]
        assert row["n"] == row["b"] * BATCH, row
        assert row["n"] >= seen, (row, seen)
        seen = row["n"]
        rows, cursor = warehouse.changes(T, cursor)
        known |= {(row["who"], row["batch"], row["part"]) for row in rows if row["who"] != "lease"}
        assert len(known) >= seen, f"{len(known)} rows by the cursor, {seen} by the query"
        done += 1
    return done


_ROLES = {"append": _append, "update": _update, "compact": _compact, "read": _read}


def _run(role: str, who: str, root: str, seconds: float, ready: Any, results: multiprocessing.Queue[Any]) -> None:
    try:
        with EmbeddedWarehouse(Path(root)) as warehouse:
            ready.wait(60)
            results.put((role, who, _ROLES[role](warehouse, who, time.time() + seconds), None))
    except WarehouseError as error:
        results.put((role, who, 0, f"{error.code}: {error.message}"))
    except BaseException as error:
        results.put((role, who, 0, f"untyped {error!r}"))
    results.close()
    results.join_thread()
    os._exit(0)


def _attack(root: Path, seconds: float, appenders: int, readers: int) -> None:
    warehouse = EmbeddedWarehouse(root)
    warehouse.execute("CREATE SCHEMA main.lab", principal=PLATFORM)
    warehouse.execute(f"CREATE TABLE {T} (who STRING, batch BIGINT, part INT) USING DELTA", principal=PLATFORM)
    warehouse.append(T, [{"who": "lease", "batch": 0, "part": 0}])
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    roles = ["append"] * appenders + ["update", "compact"] + ["read"] * readers
    ready = context.Barrier(len(roles))
    workers = [
        context.Process(target=_run, args=(role, f"{role}{number}", str(root), seconds, ready, results))
        for number, role in enumerate(roles)
    ]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=seconds + 60) for _ in workers]
    for worker in workers:
        worker.join(timeout=10)
    assert [error for *_, error in found if error] == []
    acknowledged = Counter({who: done * BATCH for role, who, done, _ in found if role == "append"})
    assert all(done for *_, done, _ in found), f"somebody came to nothing: {found}"
    result = warehouse.query(f"SELECT who, count(*) AS n, max(batch) AS m FROM {T} GROUP BY who", principal=PLATFORM)
    stored = {row["who"]: (row["n"], row["m"]) for row in result.to_pylist()}
    updates = next(done for role, _, done, _ in found if role == "update")
    assert stored.pop("lease") == (1, updates)
    assert {who: n for who, (n, _) in stored.items()} == dict(acknowledged)
    print(sorted((role, done) for role, _, done, _ in found))
    warehouse.close()


def test_processes_share_a_table_for_a_moment(tmp_path: Path) -> None:
    _attack(tmp_path / "tables", seconds=1.5, appenders=2, readers=1)


@pytest.mark.long
def test_processes_share_a_table_for_long(tmp_path: Path) -> None:
    _attack(tmp_path / "tables", seconds=20, appenders=4, readers=2)
