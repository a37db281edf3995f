"""The local embedding model: unit vectors, near for near meanings, and refused when its file is not the pinned one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import KnowledgeError
from core.knowledge import Embedder, Knowledge
from tests.unit.knowledge.conftest import OpenWarehouse


def test_a_vector_has_384_dimensions_and_length_one(embedder: Embedder) -> None:
    vector = embedder.embed("Who may approve a data export?")
    assert vector.shape == (384,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_near_meanings_have_near_vectors(embedder: Embedder) -> None:
    asked = embedder.embed("How do I get my money back?")
    near = float(asked @ embedder.embed("A refund is paid within seven days."))
    far = float(asked @ embedder.embed("The harbour opens at six."))
    assert near > far + 0.2


def test_a_text_longer_than_the_window_is_cut_not_refused(embedder: Embedder) -> None:
    assert embedder.embed("word " * 5_000).shape == (384,)
    assert embedder.embed("").shape == (384,)


def test_threads_get_the_same_vectors(embedder: Embedder) -> None:
    texts = [f"sentence number {number}" for number in range(24)]
    fresh = Embedder()
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(fresh.embed, texts))
    assert all(np.allclose(vector, embedder.embed(text)) for text, vector in zip(texts, vectors, strict=True))


def test_many_texts_give_one_row_each(embedder: Embedder) -> None:
    rows = embedder.embed_many(["one", "two"])
    assert np.allclose(rows[1], embedder.embed("two"))
    assert embedder.embed_many([]).shape == (0, 384)


def test_a_model_file_with_another_hash_is_never_run(tmp_path: Path) -> None:
    other = tmp_path / "model.onnx"
    other.write_bytes(b"not the model")
    embedder = Embedder(model=other)
    assert embedder.available
    with pytest.raises(KnowledgeError, match="sha256 differs"):
        embedder.embed("text")
    assert not embedder.available
    assert embedder.unavailable_because is not None


def test_without_a_model_search_goes_on_by_words(open_warehouse: OpenWarehouse, tmp_path: Path) -> None:
    missing = Embedder(model=tmp_path / "none.onnx")
    assert not missing.available
    page = tmp_path / "gate.md"
    page.write_text("# Gate\n\nThe harbour gate is closed at nine in the evening.\n", encoding="utf-8")
    base = Knowledge(open_warehouse(tmp_path), embedder=missing)
    base.ingest(page)
    assert base.embed_missing() == 0
    found = base.retrieve("When is the harbour gate closed?", "anyone")
    assert found.answer == "The harbour gate is closed at nine in the evening. [1]"
    assert not found.uses_vectors
    assert "meaning not compared" in found.passages[0].why


def test_a_damaged_model_does_not_stop_an_answer(
    open_warehouse: OpenWarehouse, tmp_path: Path, embedder: Embedder
) -> None:
    page = tmp_path / "gate.md"
    page.write_text("# Gate\n\nThe harbour gate is closed at nine in the evening.\n", encoding="utf-8")
    warehouse = open_warehouse(tmp_path)
    whole = Knowledge(warehouse, embedder=embedder)
    whole.ingest(page)
    assert whole.embed_missing() == 1
    damaged = tmp_path / "model.onnx"
    damaged.write_bytes(b"damaged")
    base = Knowledge(warehouse, embedder=Embedder(model=damaged))
    found = base.retrieve("When is the harbour gate closed?", "anyone")
    assert found.answer is not None
    assert not found.uses_vectors
