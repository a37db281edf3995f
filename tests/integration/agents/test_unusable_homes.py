"""Homes that cannot be used: one sentence each, nothing acknowledged lost, and recovery without help."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from agents.home import Home
from agents.platform import Platform, open_platform
from config.settings import load_settings
from core.errors import HomeError, TableCorrupt
from core.types import PLATFORM
from core.warehouse.embedded import writer

TOP_TEN = "What are the top 10 customers by sales?"


def home_at(folder: Path) -> Home:
    return Home(load_settings(home=folder, environ={}))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While the event is set, the file system says that nothing is left."""
    full, real = threading.Event(), os.statvfs

    def statvfs(path: object) -> os.statvfs_result:
        found = real(path)  # type: ignore[arg-type]
        return os.statvfs_result((*found[:3], 0, 0, *found[5:])) if full.is_set() else found

    monkeypatch.setattr(writer.os, "statvfs", statvfs)
    return full


def test_a_disk_that_fills_up_in_a_conversation_is_told_and_the_conversation_goes_on_once_it_is_freed(
    demo_home: Path, full_disk: threading.Event
) -> None:
    with open_platform(home=demo_home, kind="test") as platform:
        assert platform.process_request(TOP_TEN, "data_analyst", "ana", "talk").status == "answered"
        full_disk.set()
        response = platform.process_request(TOP_TEN, "data_analyst", "ana", "talk")
        assert response.status == "failed"
        assert response.error is not None
        assert response.error.message.startswith("The disk is full")
        assert response.error.next_step == "Free some space, then try again."
        assert ("Message bus", "bad") in {(part.name, part.status) for part in platform.health()}
        full_disk.clear()
        assert platform.process_request("total sales by region", "data_analyst", "ana", "talk").status == "answered"
    with open_platform(home=demo_home, kind="test") as platform:
        questions = [turn.question for turn in platform.conversations.turns("talk", "ana")]
        assert questions == [TOP_TEN, TOP_TEN, "total sales by region"]


def test_one_damaged_table_does_not_keep_the_others_from_being_written(demo_home: Path) -> None:
    log = sorted((demo_home / "tables/main/aiops/query_log/_delta_log").glob("*.json"))[-1]
    log.write_bytes(b"\x00garbage")
    platform = open_platform(home=demo_home, kind="test")
    response = platform.process_request(TOP_TEN, "data_analyst")
    assert response.status == "answered"
    with pytest.raises(TableCorrupt, match="query_log"):
        platform.close()
    with open_platform(home=demo_home, kind="test") as again:
        assert count(again, "execution_runs") == 1
        assert count(again, "agent_messages") > 0


@pytest.mark.parametrize("name", ["data file", "log"])
def test_a_damaged_table_is_named_with_what_to_do(demo_home: Path, name: str) -> None:
    folder = demo_home / "tables" / "main" / "demo" / "order_lines"
    for file in folder.glob("*.parquet") if name == "data file" else sorted(folder.glob("_delta_log/*.json"))[-1:]:
        file.write_bytes(b"garbage" * 40)
    with open_platform(home=demo_home, kind="test") as platform:
        response = platform.process_request(TOP_TEN, "data_analyst")
    assert response.status == "failed"
    assert response.error is not None
    assert response.error.code == "table_corrupt"
    assert "main.demo.order_lines" in response.error.message
    assert "Restore the folder" in response.error.next_step


def test_a_home_that_may_not_be_written_any_more_is_told_before_anything_is_opened(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(HomeError, match="cannot be written"):
        home_at(empty_home).prepare(demo=False)


def test_a_folder_that_was_removed_from_a_home_is_made_again(empty_home: Path) -> None:
    (empty_home / "logs").rmdir()
    assert home_at(empty_home).prepare(demo=False) == ()
    assert (empty_home / "logs").is_dir()


@pytest.mark.parametrize("lost", ["agent_messages", "data_scopes/_delta_log"])
def test_a_lost_state_table_is_told_and_not_made_anew(empty_home: Path, lost: str) -> None:
    shutil.rmtree(empty_home / "tables" / "main" / "aiops" / lost)
    with pytest.raises(HomeError, match=f"has lost 1 of its state tables: {lost.split('/')[0]}") as raised:
        open_platform(home=empty_home, kind="test", demo=False)
    assert "Restore" in raised.value.next_step


def test_stamps_that_hold_garbage_are_written_anew(demo_home: Path) -> None:
    for name in ("agents", "loaded"):
        (demo_home / "run" / name).write_bytes(b"\xff\xfe\x00")
    with open_platform(home=demo_home, kind="test") as platform:
        assert platform.process_request(TOP_TEN, "data_analyst").status == "answered"


def test_a_name_that_cannot_hold_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="control characters"):
        home_at(tmp_path / "bad\x01name").prepare(demo=False)
    assert not list(tmp_path.iterdir())


def test_an_unknown_schema_is_answered_with_those_there_are(demo_platform: Platform) -> None:
    response = demo_platform.process_request(TOP_TEN, "data_analyst", schema="nosuch")
    assert response.status == "refused"
    assert "there are: demo, handbook" in (response.reason or "")
    assert demo_platform.process_request(TOP_TEN, "data_analyst", schema="MAIN.Demo").status == "answered"
    assert demo_platform.process_request(TOP_TEN, "knowledge_curator", schema="demo").status == "refused"


def count(platform: Platform, table: str) -> int:
    rows = platform.warehouse.query(f"SELECT count(*) AS n FROM main.aiops.{table}", principal=PLATFORM)
    return int(rows.to_pylist()[0]["n"])
