"""Tables that live long: bounded appends and opens, old files and commits deleted, nobody's read lost by it."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from core.errors import StatementInvalid
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.embedded.housekeeping import COMMITS_BEFORE_CHECKPOINT

T = "main.lab.t"
CREATE = f"CREATE TABLE {T} (id BIGINT, content STRING) USING DELTA TBLPROPERTIES ('delta.enableChangeDataFeed'='true')"


@pytest.fixture
def embedded(tmp_path: Path) -> EmbeddedWarehouse:
    opened = EmbeddedWarehouse(tmp_path / "tables")
    opened.execute("CREATE SCHEMA main.lab", principal=PLATFORM)
    opened.execute(CREATE, principal=PLATFORM)
    return opened


def count(warehouse: EmbeddedWarehouse) -> int:
    return int(warehouse.query(f"SELECT count(*) AS n FROM {T}", principal=PLATFORM).column("n")[0].as_py())


def files(tmp_path: Path, pattern: str) -> list[Path]:
    return sorted((tmp_path / "tables" / "main" / "lab" / "t").glob(pattern))


def age(paths: list[Path], days: float) -> None:
    for path in paths:
        os.utime(path, (time.time() - days * 86_400,) * 2)


def test_tidying_deletes_what_only_old_versions_need(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    for number in range(6):
        embedded.append(T, [{"id": number}])
    embedded.compact(T)
    _, cursor = embedded.changes(T, None)
    assert embedded.tidy(T) == 0, "yesterday's readers may still need everything"
    assert embedded.tidy(T, retention_s=0) > 10
    assert len(files(tmp_path, "*.parquet")) == 1
    assert count(embedded) == count(EmbeddedWarehouse(tmp_path / "tables")) == 6
    embedded.append(T, [{"id": 6}])
    assert 6 in {row["id"] for row in embedded.changes(T, cursor)[0]}
    with pytest.raises(StatementInvalid, match="not available"):
        embedded.query(f"SELECT id FROM {T} VERSION AS OF 2", principal=PLATFORM)


def test_commits_stay_readable_from_the_youngest_old_checkpoint_on(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    for number in range(4):
        embedded.append(T, [{"id": number}])
        embedded.tidy(T)
    logs = files(tmp_path, "_delta_log/*.checkpoint.parquet")
    age(logs[:2], days=2)
    embedded.tidy(T)
    assert len(files(tmp_path, "_delta_log/*.checkpoint.parquet")) == 3
    oldest = int(files(tmp_path, "_delta_log/*.json")[0].name[:20])
    assert oldest == int(logs[1].name[:20]) == 2
    seen = embedded.query(f"SELECT id FROM {T} VERSION AS OF 2 ORDER BY id", principal=PLATFORM)
    assert seen.column("id").to_pylist() == [0, 1]
    assert count(EmbeddedWarehouse(tmp_path / "tables")) == 4


def test_what_a_killed_process_left_behind_is_removed_after_a_day(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    left, fresh = tmp_path / "tables/main/lab/.new-1", tmp_path / "tables/main/lab/.new-2"
    left.mkdir()
    fresh.mkdir()
    age([left], days=2)
    assert embedded.tidy(T) == 1
    assert (left.exists(), fresh.exists()) == (False, True)


def test_reader_whose_files_were_deleted_reads_again(
    embedded: EmbeddedWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = EmbeddedWarehouse(tmp_path / "tables")
    embedded.append(T, [{"id": 1}])
    embedded.append(T, [{"id": 2}])
    physical = other._reader.physical
    late: list[int] = []

    def overtaken(uses: object, given: object = None) -> object:
        names = physical(uses, given)  # type: ignore[arg-type]
        if not late:
            late.append(embedded.compact(T))
            embedded.tidy(T, retention_s=0)
        return names

    monkeypatch.setattr(other._reader, "physical", overtaken)
    assert count(other) == 2
    assert late == [1]
    other.close()


def _read_on(root: str, seen: multiprocessing.Queue[object]) -> None:
    warehouse = EmbeddedWarehouse(Path(root))
    last = 0
    try:
        while last >= 0:
            row = warehouse.query(f"SELECT count(*) AS n, max(id) AS m FROM {T}", principal=PLATFORM).to_pylist()[0]
            assert row["n"] == row["m"] + 1 >= last, row
            last = -1 if row["n"] > 60 else row["n"]
        seen.put("all")
    except BaseException as error:
        seen.put(repr(error))
    seen.close()
    seen.join_thread()
    os._exit(0)


def test_process_reads_on_while_another_deletes_old_versions(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    seen = context.Queue()
    embedded.append(T, [{"id": 0}])
    reader = context.Process(target=_read_on, args=(str(tmp_path / "tables"), seen))
    reader.start()
    for number in range(1, 61):
        embedded.append(T, [{"id": number}])
        if number % 5 == 0:
            embedded.compact(T)
            embedded.tidy(T, retention_s=0)
    assert seen.get(timeout=30) == "all"
    reader.join(timeout=10)


def _appended(embedded: EmbeddedWarehouse, root: Path, times: int) -> tuple[float, float, float]:
    """Median seconds of the first and of the last hundred single-row appends, and of opening the table cold."""
    seconds = []
    for number in range(times):
        started = time.perf_counter()
        embedded.append(T, [{"id": number, "content": "x" * 800}])
        seconds.append(time.perf_counter() - started)
    opening = []
    for _ in range(3):
        started = time.perf_counter()
        with EmbeddedWarehouse(root) as cold:
            assert count(cold) == times
        opening.append(time.perf_counter() - started)
    return sorted(seconds[:100])[50], sorted(seconds[-100:])[50], min(opening)


def _wait_for_checkpoint(tmp_path: Path) -> None:
    deadline = time.monotonic() + 20
    while not files(tmp_path, "_delta_log/*.checkpoint.parquet") and time.monotonic() < deadline:
        time.sleep(0.05)


def test_log_of_many_commits_is_checkpointed_and_opens_fast(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    _, _, opening = _appended(embedded, tmp_path / "tables", COMMITS_BEFORE_CHECKPOINT + 21)
    _wait_for_checkpoint(tmp_path)
    assert files(tmp_path, "_delta_log/_last_checkpoint")
    assert opening < 2


def test_updates_are_checkpointed_too(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    embedded.append(T, [{"id": 0}])
    for _ in range(COMMITS_BEFORE_CHECKPOINT + 21):
        embedded.execute(f"UPDATE {T} SET id = id + 1", principal=PLATFORM)
    _wait_for_checkpoint(tmp_path)
    assert files(tmp_path, "_delta_log/_last_checkpoint")
    assert embedded.query(f"SELECT id FROM {T}", principal=PLATFORM).to_pylist() == [{"id": 121}]


@pytest.mark.long
def test_two_thousand_messages_cost_no_more_than_the_first(embedded: EmbeddedWarehouse, tmp_path: Path) -> None:
    first, last, opening = _appended(embedded, tmp_path / "tables", 2_000)
    assert last < max(3 * first, 0.1)
    assert opening < 2
