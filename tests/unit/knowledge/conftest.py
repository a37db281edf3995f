"""A warehouse with the knowledge tables, and the demo handbook ingested once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.knowledge import Embedder, Knowledge
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.statements import definitions

HANDBOOK = Path(__file__).parents[3] / "demo" / "handbook"
OpenWarehouse = Callable[[Path], EmbeddedWarehouse]


@pytest.fixture(scope="session")
def open_warehouse() -> Iterator[OpenWarehouse]:
    opened: list[EmbeddedWarehouse] = []

    def open_at(folder: Path) -> EmbeddedWarehouse:
        warehouse = EmbeddedWarehouse(folder / "tables")
        opened.append(warehouse)
        warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
        for statement in definitions("core.knowledge"):
            warehouse.execute(statement, principal=PLATFORM)
        return warehouse

    yield open_at
    for warehouse in opened:
        warehouse.close()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    embedder = Embedder()
    assert embedder.available, embedder.unavailable_because
    return embedder


@pytest.fixture(scope="session")
def handbook(open_warehouse: OpenWarehouse, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The demo handbook with all vectors."""
    knowledge = Knowledge(open_warehouse(tmp_path_factory.mktemp("handbook")), embedder=embedder)
    knowledge.ingest(HANDBOOK)
    knowledge.embed_missing()
    return knowledge


@pytest.fixture(scope="session")
def handbook_by_words(open_warehouse: OpenWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The demo handbook without an embedding model."""
    knowledge = Knowledge(open_warehouse(tmp_path_factory.mktemp("words")))
    knowledge.ingest(HANDBOOK)
    return knowledge


@pytest.fixture
def knowledge(open_warehouse: OpenWarehouse, tmp_path: Path) -> Knowledge:
    """An empty knowledge base, words only."""
    return Knowledge(open_warehouse(tmp_path))
