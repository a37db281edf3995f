"""The demo company into a warehouse: its tables with what they mean and how they belong together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pyarrow as pa

from core.warehouse.loading import ForeignKey, LoadedTable, LoadPlan, LoadReport, LoadTarget, write_plan
from demo.company import SEED, generate
from demo.descriptions import DESCRIPTIONS


def write(
    warehouse: LoadTarget, schema: str = "main.demo", seed: int = SEED, end_date: date | None = None
) -> LoadReport:
    """Make (or make again) the demo tables in `catalog.schema`, ending today (UTC) unless `end_date` says otherwise."""
    catalog, name = schema.split(".")
    tables = generate(seed, end_date or datetime.now(UTC).date())
    return write_plan(warehouse, LoadPlan(name, described(tables)), catalog)


def described(tables: Mapping[str, pa.Table]) -> dict[str, LoadedTable]:
    """The tables with their comments and keys."""
    return {name: _described(name, table) for name, table in tables.items()}


def _described(name: str, table: pa.Table) -> LoadedTable:
    words = DESCRIPTIONS[name]
    foreign = tuple(ForeignKey((column,), other, (column,)) for column, other in words.refers.items())
    return LoadedTable(table, (words.primary_key,), foreign, words.comment, words.columns)
