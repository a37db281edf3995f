"""The index on disk: a cold process starts from it, and a damaged one is rebuilt from the tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.knowledge import Embedder, Knowledge, KnowledgeOptions
from core.knowledge.index_cache import IndexCache
from core.knowledge.tables import readers_of
from core.warehouse import EmbeddedWarehouse
from tests.unit.knowledge.conftest import OpenWarehouse

QUESTION = "When does the ferry leave?"


@pytest.fixture
def warehouse(open_warehouse: OpenWarehouse, tmp_path: Path) -> EmbeddedWarehouse:
    return open_warehouse(tmp_path)


def filled(warehouse: EmbeddedWarehouse, folder: Path, embedder: Embedder | None) -> Knowledge:
    page = folder / "ferry.md"
    page.write_text("---\nreaders: [admin]\n---\n# Ferry\n\nThe ferry leaves at seven every morning.\n")
    base = Knowledge(warehouse, embedder=embedder, index_folder=folder / "index")
    base.ingest(page, collection="club")
    base.embed_missing()
    return base


def test_a_cold_process_answers_like_the_one_that_stored_the_index(
    warehouse: EmbeddedWarehouse, tmp_path: Path, embedder: Embedder
) -> None:
    warm = filled(warehouse, tmp_path, embedder)
    cold = Knowledge(warehouse, embedder=embedder, index_folder=tmp_path / "index")
    assert cold.retrieve(QUESTION, "admin") == warm.retrieve(QUESTION, "admin")
    assert cold.retrieve(QUESTION, "admin").answer == "The ferry leaves at seven every morning. [1]"
    assert cold.retrieve(QUESTION, "data_analyst").passages == ()


def test_a_cold_process_sees_what_was_ingested_after_the_index_was_stored(
    warehouse: EmbeddedWarehouse, tmp_path: Path
) -> None:
    filled(warehouse, tmp_path, None)
    page = tmp_path / "tea.md"
    page.write_text("# Tea\n\nTea is served at four.\n")
    Knowledge(warehouse).ingest(page, collection="club")
    cold = Knowledge(warehouse, index_folder=tmp_path / "index")
    assert [info.document_id for info in cold.documents("admin")] == ["club/ferry.md", "club/tea.md"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 99, "model_id": "x"}'])
def test_a_damaged_index_is_rebuilt_from_the_tables(warehouse: EmbeddedWarehouse, tmp_path: Path, content: str) -> None:
    filled(warehouse, tmp_path, None)
    stored = tmp_path / "index" / "knowledge.json"
    stored.write_text(content)
    cold = Knowledge(warehouse, index_folder=tmp_path / "index")
    assert cold.retrieve(QUESTION, "admin").answer is not None
    assert json.loads(stored.read_text())["documents"][0]["document_id"] == "club/ferry.md"


def test_missing_vectors_make_the_index_unusable_not_wrong(
    warehouse: EmbeddedWarehouse, tmp_path: Path, embedder: Embedder
) -> None:
    filled(warehouse, tmp_path, embedder)
    for file in (tmp_path / "index").glob("*.npy"):
        file.unlink()
    assert IndexCache(tmp_path / "index").load(embedder.model_id) is None
    assert Knowledge(warehouse, embedder=embedder, index_folder=tmp_path / "index").unembedded == 0


def test_vectors_of_another_model_are_not_used(
    warehouse: EmbeddedWarehouse, tmp_path: Path, embedder: Embedder
) -> None:
    filled(warehouse, tmp_path, embedder)
    assert IndexCache(tmp_path / "index").load("another-model") is None


def test_a_folder_that_cannot_be_written_costs_only_speed(warehouse: EmbeddedWarehouse, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file where the folder should be")
    assert filled(warehouse, tmp_path, None).retrieve(QUESTION, "admin").answer is not None


def test_the_tables_are_looked_at_again_only_after_the_refresh_time(
    warehouse: EmbeddedWarehouse, tmp_path: Path
) -> None:
    clock = ManualClock()
    reader = Knowledge(warehouse, clock=clock, options=KnowledgeOptions(refresh_seconds=60))
    assert reader.documents("admin") == ()
    filled(warehouse, tmp_path, None)
    clock.advance(59)
    assert reader.documents("admin") == ()
    clock.advance(1)
    assert len(reader.documents("admin")) == 1


def test_a_damaged_list_of_readers_means_nobody() -> None:
    assert readers_of(None) is None
    assert readers_of('["admin"]') == {"admin"}
    assert readers_of("not json") == frozenset()
    assert readers_of('"admin"') == frozenset()
