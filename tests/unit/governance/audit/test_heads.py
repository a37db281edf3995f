"""Heads outside of the tables: signed, kept by any number of processes, read back from wherever they are."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.bus import KeyRing
from core.clock import ManualClock
from core.errors import HomeError, WarehouseUnavailable
from core.governance.audit import AllHeads, AuditLog, FileHeads, Head, HeadsKept, LaterHeads, StreamHeads, VolumeHeads
from core.governance.audit.chain import Chain
from core.governance.audit.heads import FILE_NAME, newest, signed_head
from core.workspace import VolumeFiles, workspace_config
from tests.unit.governance.audit.home import AuditHome, entries, entry
from tests.workspace import Workspace

NOON, LATER = datetime(2026, 5, 4, 12, tzinfo=UTC), datetime(2026, 5, 4, 13, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "keys")


def head(keys: KeyRing, seq: int = 1, chain_id: str = "chain") -> Head:
    chain = Chain(keys, ManualClock())
    chain.chain_id, chain.seq, chain.last_hash = chain_id, seq, f"{seq:064d}"
    return signed_head(chain, NOON, keys)


class Kept:
    """Keeps heads in memory, and fails when it is told to."""

    def __init__(self) -> None:
        self.heads: list[Head] = []
        self.fails = False
        self.published = threading.Semaphore(0)

    def publish(self, head: Head) -> None:
        self.published.release()
        if self.fails:
            raise WarehouseUnavailable("It does not answer.")
        self.heads.append(head)

    def read(self) -> HeadsKept:
        return HeadsKept(tuple(one.line() for one in self.heads), "memory")

    def close(self) -> None:
        self.published.release()


def test_the_newest_head_of_each_chain_counts_in_any_order(keys: KeyRing) -> None:
    heads = [head(keys, 2), head(keys, 9), head(keys, 3), head(keys, 4, "other")]
    found, damaged = newest([one.line() for one in heads], keys)
    assert ({name: one.seq for name, one in found.items()}, damaged) == ({"chain": 9, "other": 4}, [])
    assert found["chain"] == heads[1]


@pytest.mark.parametrize(
    "line",
    ["", "{}", "[]", "null", "not json", '{"chain_id":"chain","seq":1}', "[" * 100_000],
)
def test_a_line_that_is_no_head_is_told(keys: KeyRing, line: str) -> None:
    assert newest([line], keys) == ({}, [line])


@pytest.mark.parametrize("change", [{"seq": 1}, {"hash": "0" * 64}, {"chain_id": "x"}, {"key_id": "k9"}, {"at": LATER}])
def test_a_head_that_was_changed_is_told(keys: KeyRing, change: dict[str, object]) -> None:
    changed = head(keys, 2).model_copy(update=change)
    assert newest([changed.line()], keys)[0] == {}


def test_a_changed_heads_file_is_found(local: AuditHome) -> None:
    local.log().record_many(entries(4))
    file = local.root / "audit" / FILE_NAME
    kept = json.loads(file.read_text())
    file.write_text(json.dumps({**kept, "seq": 2}) + "\n")
    local.by_hand("DELETE FROM main.aiops.audit_log WHERE seq > 2")
    found = local.verify()
    assert [(problem.kind, problem.chain_id) for problem in found.problems] == [("forged", "")]
    assert "is not what was signed" in found.problems[0].sentence


def test_a_head_of_another_row_with_the_same_number_is_found(local: AuditHome) -> None:
    log = local.log()
    log.record(entry(1))
    assert log.head is not None
    local.heads().publish(head(local.keys, 1, log.head.chain_id))
    local.heads().publish(head(local.keys, 1, log.head.chain_id))
    (local.root / "audit" / FILE_NAME).write_text(head(local.keys, 1, log.head.chain_id).line() + "\n")
    assert local.kinds() == {"duplicated_differently"}


def test_the_file_is_its_owners_alone_and_a_line_cut_short_is_no_harm(keys: KeyRing, tmp_path: Path) -> None:
    heads = FileHeads(tmp_path, keys)
    heads.publish(head(keys, 1))
    file = tmp_path / FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open("a") as open_file:
        open_file.write(head(keys, 2).line()[:90])
    assert len(heads.read().lines) == 1
    heads.publish(head(keys, 3))
    found, damaged = newest(heads.read().lines, keys)
    assert (found["chain"].seq, damaged, len(heads.read().lines)) == (3, [], 2)


def test_a_file_that_held_nothing_but_half_a_line_is_begun_anew(keys: KeyRing, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("x" * 9000)
    FileHeads(tmp_path, keys).publish(head(keys, 1))
    assert FileHeads(tmp_path, keys).read().lines == (head(keys, 1).line(),)


def test_a_file_that_grows_is_reduced_to_the_newest_heads_and_what_nobody_signed(keys: KeyRing, tmp_path: Path) -> None:
    heads = FileHeads(tmp_path, keys, compact_bytes=3_000)
    heads.publish(head(keys, 1, "old"))
    with (tmp_path / FILE_NAME).open("a") as file:
        file.write("nobody signed this\n")
    for seq in range(1, 60):
        heads.publish(head(keys, seq))
    found, damaged = newest(heads.read().lines, keys)
    assert ({name: one.seq for name, one in found.items()}, damaged) == (
        {"old": 1, "chain": 59},
        ["nobody signed this"],
    )
    assert (tmp_path / FILE_NAME).stat().st_size < 6_500
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_threads_with_adapters_of_their_own_lose_no_head(keys: KeyRing, tmp_path: Path) -> None:
    def publish(number: int) -> None:
        own = FileHeads(tmp_path, keys, compact_bytes=2_000)
        for seq in range(1, 16):
            own.publish(head(keys, seq, f"chain {number}"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(publish, range(4)))
    found, damaged = newest(FileHeads(tmp_path, keys).read().lines, keys)
    assert ({name: one.seq for name, one in found.items()}, damaged) == ({f"chain {n}": 15 for n in range(4)}, [])


def test_a_folder_that_cannot_be_written_is_an_error(keys: KeyRing, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(HomeError):
        FileHeads(tmp_path, keys).publish(head(keys))
    with pytest.raises(HomeError):
        FileHeads(tmp_path, keys).read()


def test_a_stream_gets_one_line_of_json_a_head(keys: KeyRing) -> None:
    stream = io.StringIO()
    heads = StreamHeads(stream)
    heads.publish(head(keys, 7))
    printed = json.loads(stream.getvalue())["audit_head"]
    assert newest([json.dumps(printed)], keys)[0]["chain"].seq == 7
    assert heads.read() == HeadsKept((), "")
    stream.close()
    with pytest.raises(HomeError):
        heads.publish(head(keys, 8))


def test_one_place_that_fails_does_not_keep_the_others_from_theirs(keys: KeyRing) -> None:
    broken, sound = Kept(), Kept()
    broken.fails = True
    with pytest.raises(WarehouseUnavailable):
        AllHeads((broken, sound)).publish(head(keys))
    assert len(sound.heads) == 1
    assert AllHeads((StreamHeads(io.StringIO()), sound)).read() == HeadsKept((head(keys).line(),), "memory")


def test_later_heads_send_the_newest_only_and_the_last_when_they_close(keys: KeyRing) -> None:
    inner = Kept()
    heads = LaterHeads(inner, every_s=60)
    heads.publish(head(keys, 1))
    assert inner.published.acquire(timeout=10)
    for seq in range(2, 50):
        heads.publish(head(keys, seq))
    heads.close()
    assert [one.seq for one in inner.heads] == [1, 49]


def test_later_heads_try_again_and_say_why(keys: KeyRing) -> None:
    inner = Kept()
    inner.fails = True
    heads = LaterHeads(inner, every_s=0.01)
    heads.publish(head(keys, 1))
    for _ in range(3):
        assert inner.published.acquire(timeout=10)
    assert isinstance(heads.problem, WarehouseUnavailable)
    inner.fails = False
    heads.close()
    assert ([one.seq for one in inner.heads], heads.problem) == ([1], None)


def test_heads_in_a_volume_find_a_cut_tail_and_a_removed_chain(local: AuditHome, tmp_path: Path) -> None:
    with Workspace(tmp_path / "workspace") as workspace:
        volume = workspace.make_volume("main.aiops.audit")
        files = VolumeFiles(workspace_config(workspace.url, workspace.token("app")), f"{volume}/heads")
        heads = VolumeHeads(files, f"{volume}/heads")
        assert heads.read() == HeadsKept((), f"{volume}/heads")
        for _ in range(3):
            log = AuditLog(local.warehouse, local.keys, heads=LaterHeads(heads))
            log.record_many(entries(2))
            log.close()
        reader = AuditLog(local.warehouse, local.keys, heads=heads)
        assert (reader.verify().ok, reader.verify().heads) == (True, 3)
        first, second, _ = sorted({row["chain_id"] for row in local.rows()})
        local.by_hand(f"DELETE FROM main.aiops.audit_log WHERE chain_id = '{first}'")
        local.by_hand(f"DELETE FROM main.aiops.audit_log WHERE chain_id = '{second}' AND seq = 2")
        assert [(problem.chain_id, problem.kind) for problem in reader.verify().problems] == [
            (second, "truncated"),
            (first, "chain_missing"),
        ]
