"""Results of runs: for their owner only, for thirty days, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from core.clock import ManualClock
from core.errors import NotFound
from core.execution import LocalFiles, ResultFiles, ResultStore, csv_of, preview
from core.ids import new_id
from core.workspace import VolumeFiles, workspace_config
from tests.workspace import Workspace

VOLUME = "/Volumes/main/aiops/results"
TABLE = pa.table(
    {
        "name": ["Ann", "=1+1", None],
        "amount": pa.array([Decimal("1.50"), Decimal("-2.25"), None], pa.decimal128(10, 2)),
        "day": [date(2026, 1, 2), None, date(2026, 3, 4)],
        "tags": [["a"], [], None],
    }
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace(tmp_path_factory.mktemp("workspace")) as started:
        started.volumes.add(VOLUME)
        yield started


@pytest.fixture(params=["folder", "volume"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> ResultFiles:
    if request.param == "folder":
        return LocalFiles(tmp_path / "results")
    started: Workspace = request.getfixturevalue("workspace")
    started.files.clear()
    return VolumeFiles(workspace_config(started.url, started.token("app")), f"{VOLUME}/runs of people")


@pytest.fixture
def store(files: ResultFiles) -> ResultStore:
    return ResultStore(files)


def test_the_owner_reads_the_very_table(store: ResultStore) -> None:
    run = new_id()
    size = store.keep(run, "ana", TABLE)
    assert store.read(run, "ana").equals(TABLE)
    data = store.parquet(run, "ana")
    assert len(data) == size
    assert parquet.read_table(io.BytesIO(data)).equals(TABLE)
    store.keep(run, "ana", TABLE.slice(0, 1))
    assert store.read(run, "ana").num_rows == 1


def test_for_anybody_else_there_is_nothing(store: ResultStore) -> None:
    run = new_id()
    store.keep(run, "ana", TABLE)
    told = set()
    for wanted, user in ((run, "ada"), (run, "ANA"), (run, ""), (new_id(), "ana")):
        for read in (store.read, store.csv, store.parquet):
            with pytest.raises(NotFound) as raised:
                read(wanted, user)
            told.add(raised.value.message)
    assert len(told) == 1, "what is somebody else's cannot be told from what is not there"


@pytest.mark.parametrize("run", ["../secret", "/etc/passwd", "", "a" * 36, "%2e%2e"])
def test_a_run_id_is_no_path(store: ResultStore, run: str) -> None:
    with pytest.raises(NotFound):
        store.read(run, "ana")
    with pytest.raises(NotFound):
        store.keep(run, "ana", TABLE)


def test_results_go_after_thirty_days(store: ResultStore, files: ResultFiles) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    runs = []
    for _ in range(4):
        runs.append(new_id(clock))
        store.keep(runs[-1], "ana", TABLE)
        clock.advance(86_400 * 10)
    files.write("notes.txt", b"not ours")
    assert store.expire(datetime(2026, 2, 5, tzinfo=UTC)) == 1
    assert store.expire(datetime(2026, 2, 5, tzinfo=UTC)) == 0
    with pytest.raises(NotFound):
        store.read(runs[0], "ana")
    assert store.read(runs[1], "ana").num_rows == 3
    assert store.expire(clock.now() + timedelta(days=60)) == 3
    assert files.names() == ("notes.txt",)
    files.delete("notes.txt")
    files.delete("notes.txt")
    assert files.names() == ()


def test_local_results_are_readable_by_their_user_only_and_whole(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "results"
    store, run = ResultStore(LocalFiles(folder)), new_id()
    store.keep(run, "ana", TABLE)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / f"{run}.parquet.0123.part").write_bytes(b"half")
    assert store.read(run, "ana").equals(TABLE), "a draft that a crash left behind is nobody's result"
    assert store.expire(datetime.now(UTC) + timedelta(days=31)) == 2


def test_a_volume_needs_the_right_to_it(workspace: Workspace) -> None:
    from core.errors import AccessDenied

    theirs = ResultStore(VolumeFiles(workspace_config(workspace.url, workspace.token("ana")), VOLUME))
    with pytest.raises(AccessDenied):
        theirs.keep(new_id(), "ana", TABLE)
    nowhere = VolumeFiles(workspace_config(workspace.url, workspace.token("app")), "/Volumes/main/aiops/none")
    assert nowhere.names() == ()
    with pytest.raises(NotFound):
        nowhere.write("a", b"x")


def test_csv_does_not_run_in_a_spreadsheet() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a=b", "", None, 'say "hi", ok', "ünï"]
    table = pa.table(
        {
            "=cmd": texts,
            "number": [-1.5, float("-inf"), 2.0, None, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            "whole": list(range(-5, 6)),
            "raw": [b"\xf8", b"ok"] + [None] * 9,
        }
    )
    rows = list(csv.reader(io.StringIO(csv_of(table).decode("utf-8"), newline="")))
    assert rows[0] == ["'=cmd", "number", "whole", "raw"]
    assert [row[0] for row in rows[1:]] == [
        "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "a=b", "", "", 'say "hi", ok', "ünï",
    ]  # fmt: skip
    assert [row[1] for row in rows[1:4]] == ["-1.5", "-Infinity", "2.0"]
    assert rows[1][2:] == ["-5", "'+A=="]


def test_a_preview_has_fifty_rows_at_most() -> None:
    shown = preview(pa.table({"a": list(range(90))}))
    assert (len(shown.rows), shown.rows[-1]) == (50, (49,))
    assert len(preview(pa.table({"a": list(range(90))}), 500).rows) == 50
    assert preview(TABLE).rows[0] == ("Ann", 1.5, "2026-01-02", '["a"]')
