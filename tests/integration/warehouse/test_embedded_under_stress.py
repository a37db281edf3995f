"""The embedded warehouse when things go wrong: damage, full disks, other processes, stops, many threads."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from core.errors import (
    HomeError,
    StatementCancelled,
    StatementTimeout,
    TableCorrupt,
    TableNotFound,
)
from core.types import PLATFORM, Cancellation
from core.warehouse import EmbeddedWarehouse, StatementRecord

SLOW = (
    "SELECT count(*) FROM main.lab.wide a CROSS JOIN main.lab.wide b CROSS JOIN main.lab.wide c WHERE a.n + b.n > c.n"
)


@pytest.fixture
def embedded(tmp_path: Path) -> EmbeddedWarehouse:
    opened = EmbeddedWarehouse(tmp_path / "tables with space")
    opened.execute("CREATE SCHEMA main.lab", principal=PLATFORM)
    opened.execute("CREATE TABLE main.lab.t (id BIGINT, who STRING) USING DELTA", principal=PLATFORM)
    return opened


def count(warehouse: EmbeddedWarehouse, table: str = "main.lab.t") -> int:
    return int(warehouse.query(f"SELECT count(*) AS n FROM {table}", principal=PLATFORM).column("n")[0].as_py())


def folder(tmp_path: Path) -> Path:
    return tmp_path / "tables with space" / "main" / "lab" / "t"


def test_damaged_log_names_the_table_and_what_to_do(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    (folder(tmp_path) / "_delta_log" / f"{1:020d}.json").write_text("garbage {")
    with pytest.raises(TableCorrupt, match=r"main\.lab\.t") as raised:
        count(embedded)
    assert "Restore" in raised.value.next_step
    with pytest.raises(TableCorrupt):
        embedded.append("main.lab.t", [{"id": 1}])


def test_missing_data_file_is_an_error_not_fewer_rows(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    embedded.append("main.lab.t", [{"id": 1}])
    for file in folder(tmp_path).glob("*.parquet"):
        file.unlink()
    with pytest.raises(TableCorrupt, match=r"main\.lab\.t"):
        embedded.query("SELECT id FROM main.lab.t", principal=PLATFORM)


def test_root_that_is_a_file_is_a_home_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(HomeError):
        EmbeddedWarehouse(tmp_path / "file")


def test_full_disk_acknowledges_nothing(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    embedded.append("main.lab.t", [{"id": 1}])
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from core.errors import WarehouseUnavailable\n"
        "from core.warehouse import EmbeddedWarehouse\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "warehouse = EmbeddedWarehouse(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "import os\n"
        "rows = [{'id': n, 'who': os.urandom(40).hex()} for n in range(20_000)]\n"
        "try:\n"
        "    warehouse.append('main.lab.t', rows)\n"
        "except WarehouseUnavailable as error:\n"
        "    print(error.message, flush=True); os._exit(7)\n"
        "os._exit(0)\n"
    )
    root = str(tmp_path / "tables with space")
    ran = subprocess.run([sys.executable, "-c", script, root], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 7, ran.stderr
    assert "disk is full" in ran.stdout
    assert count(embedded) == 1


def test_timeout_and_cancel_stop_a_long_statement(embedded: EmbeddedWarehouse) -> None:
    embedded.write_table("main.lab.wide", pa.table({"n": pa.array(range(5_000))}))
    started = time.monotonic()
    with pytest.raises(StatementTimeout):
        embedded.query(SLOW, principal=PLATFORM, timeout_s=0.3)
    stop = Cancellation()
    threading.Timer(0.3, stop.cancel).start()
    with pytest.raises(StatementCancelled):
        embedded.query(SLOW, principal=PLATFORM, cancellation=stop)
    assert time.monotonic() - started < 10
    assert count(embedded, "main.lab.wide") == 5_000


def test_statement_of_a_person_cannot_leave_the_tables(embedded: EmbeddedWarehouse) -> None:
    for statement in ("SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM `/etc/passwd`"):
        with pytest.raises((Exception,), match=r"not supported|cannot be found"):
            embedded.query(statement, principal=PLATFORM)


def _append_many(root: str, who: str, times: int) -> None:
    warehouse = EmbeddedWarehouse(Path(root))
    for number in range(times):
        warehouse.append("main.lab.t", [{"id": number, "who": who}])
    warehouse.close()
    os._exit(0)


def test_processes_append_beside_updates_without_losing_a_row(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    root = str(tmp_path / "tables with space")
    workers = [context.Process(target=_append_many, args=(root, name, 15)) for name in ("a", "b")]
    embedded.append("main.lab.t", [{"id": 0, "who": "mine"}])
    for worker in workers:
        worker.start()
    updates = 0
    while any(worker.is_alive() for worker in workers):
        updates += embedded.execute("UPDATE main.lab.t SET id = id + 1 WHERE who = 'mine'", principal=PLATFORM)
        embedded.compact("main.lab.t")
    for worker in workers:
        worker.join(timeout=60)
    result = embedded.query("SELECT who, count(*) AS n, max(id) AS m FROM main.lab.t GROUP BY who", principal=PLATFORM)
    found = {row["who"]: (row["n"], row["m"]) for row in result.to_pylist()}
    assert found == {"a": (15, 14), "b": (15, 14), "mine": (1, updates)}


def test_tables_of_another_process_come_and_go(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    other = EmbeddedWarehouse(tmp_path / "tables with space")
    other.write_table("main.lab.new", pa.table({"n": pa.array([1, 2])}))
    assert count(embedded, "main.lab.new") == 2
    other.execute("DROP TABLE main.lab.new", principal=PLATFORM)
    with pytest.raises(TableNotFound):
        count(embedded, "main.lab.new")
    other.write_table("main.lab.new", pa.table({"x": pa.array(["a"])}))
    assert embedded.query("SELECT x FROM main.lab.new", principal=PLATFORM).to_pylist() == [{"x": "a"}]
    other.close()


def test_native_copy_follows_every_kind_of_change(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    other = EmbeddedWarehouse(tmp_path / "tables with space")
    for number in range(8):
        embedded.append("main.lab.t", [{"id": number, "who": "x"}])
        assert count(embedded) == number + 1
    other.execute("DELETE FROM main.lab.t WHERE id < 2", principal=PLATFORM)
    assert count(embedded) == 6
    assert other.compact("main.lab.t") == 1
    assert count(embedded) == 6
    other.execute("UPDATE main.lab.t SET who = 'y' WHERE id = 7", principal=PLATFORM)
    assert count(embedded) == 6
    seen = embedded.query("SELECT id FROM main.lab.t WHERE who = 'y'", principal=PLATFORM).to_pylist()
    assert seen == [{"id": 7}]
    other.close()


def test_threads_read_whole_commits_while_others_write(embedded: EmbeddedWarehouse) -> None:
    failures: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                if count(embedded) % 10:
                    failures.append("torn")
            except Exception as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(15):
        embedded.append("main.lab.t", [{"id": n} for n in range(10)])
        if number % 4 == 3:
            embedded.compact("main.lab.t")
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert count(embedded) == 150


def test_many_small_appends_are_compacted_in_the_background(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    for number in range(101):
        embedded.append("main.lab.t", [{"id": number}])
    deadline = time.monotonic() + 20
    detail = "DESCRIBE DETAIL main.lab.t"
    while time.monotonic() < deadline:
        files = embedded.query(detail, principal=PLATFORM).column("numFiles")[0].as_py()
        if files < 60:
            break
        time.sleep(0.1)
    assert files < 60
    assert count(embedded) == 101


def test_cursor_survives_compaction_and_vanished_files(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    embedded.append("main.lab.t", [{"id": 1}])
    _, cursor = embedded.changes("main.lab.t", None)
    embedded.append("main.lab.t", [{"id": 2}])
    old = set(folder(tmp_path).glob("*.parquet"))
    embedded.append("main.lab.t", [{"id": 3}])
    embedded.compact("main.lab.t")
    for file in old:
        file.unlink()
    rows, _ = embedded.changes("main.lab.t", cursor)
    assert {2, 3} <= {row["id"] for row in rows}


def test_every_call_is_recorded_with_its_tables(tmp_path: Path) -> None:
    records: list[StatementRecord] = []
    warehouse = EmbeddedWarehouse(tmp_path / "tables", on_statement=records.append)
    warehouse.write_table("main.lab.t", pa.table({"n": pa.array([1])}))
    warehouse.query("SELECT n FROM main.lab.t", principal=PLATFORM)
    with pytest.raises(Exception, match="zero"):
        warehouse.query("SELECT 1 / 0", principal=PLATFORM)
    assert [(r.kind, r.tables, r.rows, r.error) for r in records] == [
        ("append", ("main.lab.t",), 1, None),
        ("query", ("main.lab.t",), 1, None),
        ("query", (), 0, "DIVIDE_BY_ZERO"),
    ]
    warehouse.close()


def test_one_question_in_a_fresh_process_needs_no_pandas(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    embedded.append("main.lab.t", [{"id": 1}])
    script = (
        "import sys\nfrom pathlib import Path\nfrom core.types import PLATFORM\n"
        "from core.warehouse import EmbeddedWarehouse\nfrom core.warehouse.rows import python_rows\n"
        "w = EmbeddedWarehouse(Path(sys.argv[1]))\n"
        "w.append('main.lab.t', [{'id': 2}])\n"
        "found = w.query('SELECT max(id) AS m, TIMESTAMP \\'2026-01-01 00:00:00\\' AS t FROM main.lab.t', "
        "principal=PLATFORM)\n"
        "assert [(row['m'], str(row['t'])) for row in python_rows(found)] == [(2, '2026-01-01 00:00:00+00:00')]\n"
        "w.changes('main.lab.t', None)\nw.close()\n"
        "print([m for m in ('pandas', 'pyarrow.dataset') if m in sys.modules])\n"
    )
    root = str(tmp_path / "tables with space")
    ran = subprocess.run([sys.executable, "-c", script, root], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr


def test_removed_root_schema_reads_as_empty(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "tables with space" / "main")
    assert embedded.tables("main.lab", principal=PLATFORM) == ()


def test_partitioned_table_of_another_writer_is_read_with_its_partition_values(
    embedded: EmbeddedWarehouse, tmp_path: Path
) -> None:
    from deltalake import write_deltalake

    rows = pa.table({"n": pa.array([1, 2, 3]), "region": pa.array(["a b", "a b", "c"])})
    path = tmp_path / "tables with space" / "main" / "lab" / "parts"
    write_deltalake(str(path), rows, partition_by=["region"])
    query = "SELECT region, sum(n) AS n FROM main.lab.parts GROUP BY region ORDER BY region"
    wanted = [{"region": "a b", "n": 3}, {"region": "c", "n": 3}]
    assert embedded.query(query, principal=PLATFORM).to_pylist() == wanted
    write_deltalake(str(path), rows, mode="append")
    assert [row["n"] for row in embedded.query(query, principal=PLATFORM).to_pylist()] == [6, 6]


def test_view_whose_table_is_gone_is_listed_and_says_so_when_read(embedded: EmbeddedWarehouse) -> None:
    embedded.execute("CREATE VIEW main.lab.v AS SELECT id FROM main.lab.t", principal=PLATFORM)
    embedded.execute("DROP TABLE main.lab.t", principal=PLATFORM)
    [info] = embedded.tables("main.lab", principal=PLATFORM)
    assert (info.name, [column.name for column in info.columns]) == ("v", ["id"])
    with pytest.raises(TableNotFound, match=r"main\.lab\.t"):
        embedded.query("SELECT * FROM main.lab.v", principal=PLATFORM)
