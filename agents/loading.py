"""`load`: a file or a folder becomes tables with a drafted model, documents in the knowledge base, and a scope.

The order matters: the scope is set before the first row is written, so that nothing is readable too widely meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.home import DEMO_SCHEMA, Progress
from core.errors import LoadError
from core.knowledge import IngestReport
from core.semantic import draft_catalog, example_questions
from core.types import PLATFORM
from core.warehouse.loading import LoadPlan, read_path, write_plan
from core.warehouse.statements import quoted

if TYPE_CHECKING:
    from agents.platform import Platform


@dataclass(frozen=True)
class LoadSummary:
    """What came in, what was left out and why, and what can be asked now."""

    schema: str
    tables: tuple[tuple[str, int], ...]
    documents: int
    skipped: tuple[str, ...]
    adjusted: tuple[str, ...]
    examples: tuple[str, ...]


def load_path(
    platform: Platform, path: Path, *, schema: str | None, role: str | None, progress: Progress
) -> LoadSummary:
    """Load `path` into `main.<schema>` (default: its stem), readable by `role` and admin, or by every role.

    Raises LoadError or UnknownRole before anything is written, or WarehouseError.
    """
    from core.warehouse import EmbeddedWarehouse

    warehouse = platform.warehouse
    if not isinstance(warehouse, EmbeddedWarehouse):
        raise LoadError(
            "`load` writes to the embedded lakehouse only.",
            next_step="Make tables with the workspace's own tools, and a semantic model of them.",
        )
    policy = platform.rights().policy
    if role is not None:
        policy.role(role)
    progress(f"Reading {path} …")
    plan = read_path(path, schema=schema)
    full_name = f"{platform.settings.catalog_name}.{plan.schema_name}"
    if plan.schema_name.casefold() == DEMO_SCHEMA and (platform.home.tables / Path(*full_name.split("."))).exists():
        raise LoadError("The schema demo holds the demo company.", next_step="Name another schema with --schema NAME.")
    warehouse.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(full_name)}", principal=PLATFORM)
    platform.scopes.set(policy, full_name, None if role is None else (role,), set_by="load")
    platform.home.touch()  # a process that is open elsewhere must know the scope before it sees the first row
    written = write_plan(warehouse, plan, catalog=platform.settings.catalog_name, progress=progress)
    adjusted = [f"{item.where}: {item.what} ({item.why})" for item in plan.adjusted]
    adjusted += [f"{name}: dropped, its source no longer has it" for name in written.dropped]
    skipped = [f"{item.where}: {item.what} ({item.why})" for item in plan.skipped]
    documents = IngestReport()
    if plan.documents or path.is_dir():
        documents = _load_documents(platform, path, plan, role, progress)
        adjusted += [f"{name}: withdrawn, its file is gone" for name in documents.withdrawn]
        skipped += [f"{item.name}: {item.reason}" for item in documents.skipped]
    examples = _draft(platform, full_name, progress) if plan.tables else ()
    platform.home.touch()
    platform.renew()
    return LoadSummary(
        schema=full_name,
        tables=tuple((table.full_name.split(".", 2)[-1], table.rows) for table in written.tables),
        documents=documents.documents,
        skipped=tuple(skipped),
        adjusted=tuple(adjusted),
        examples=examples,
    )


def _load_documents(
    platform: Platform, path: Path, plan: LoadPlan, role: str | None, progress: Progress
) -> IngestReport:
    report = platform.knowledge.ingest(
        plan.documents,
        collection=plan.schema_name,
        default_readers=None if role is None else (role, "admin"),
        folder=path if path.is_dir() else None,
    )
    if platform.embedder.available:
        platform.knowledge.embed_missing(_counted(progress))
    return report


def _counted(progress: Progress) -> Callable[[int, int], None]:
    """Says every fiftieth passage."""

    def tell(done: int, total: int) -> None:
        if done == total or done % 50 == 0:
            progress(f"Embedding passages: {done} of {total} …")

    return tell


def _draft(platform: Platform, full_name: str, progress: Progress) -> tuple[str, ...]:
    progress("Drafting a semantic model …")
    tables = platform.warehouse.tables(full_name, principal=PLATFORM)
    catalog = draft_catalog(
        full_name, tables, lambda statement: platform.warehouse.query(statement, principal=PLATFORM)
    )
    platform.semantic.save(catalog)
    return tuple(example_questions(catalog))[:4]
