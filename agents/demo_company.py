"""Puts the demo company into a new home: its tables, its semantic model and its handbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import demo
from agents.home import DEMO_SCHEMA, Progress
from config.settings import ROOT, Settings
from core.knowledge import Embedder, Knowledge
from core.semantic import SemanticStore, load_catalog
from core.semantic.values import with_values
from core.types import PLATFORM

if TYPE_CHECKING:
    from core.warehouse import EmbeddedWarehouse


def make_demo(warehouse: EmbeddedWarehouse, settings: Settings, home: Path, end_date: date, progress: Progress) -> None:
    """Make everything that the demo needs; orders run up to `end_date`."""
    schema = f"{settings.catalog_name}.{DEMO_SCHEMA}"
    demo.write(warehouse, schema=schema, end_date=end_date)
    catalog = load_catalog(ROOT / "config" / "semantic" / "demo.yaml")
    catalog = with_values(catalog, lambda statement: warehouse.query(statement, principal=PLATFORM))
    SemanticStore(warehouse, settings.state).save(catalog, saved_by="demo")
    embedder = Embedder()
    knowledge = Knowledge(warehouse, settings.state, embedder=embedder, index_folder=home / "index")
    knowledge.ingest(ROOT / "demo" / "handbook", collection="handbook")
    if embedder.available:
        progress("Embedding the handbook …")
        knowledge.embed_missing()
