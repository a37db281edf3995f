"""A query on a warm mirror against reading the table again with delta-rs for each query."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, at_least
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

ROWS, FILES = 100_000, 20
STATEMENT = "SELECT agent, COUNT(*) AS n, SUM(tokens) AS tokens FROM main.bench.spans WHERE tokens > 100 GROUP BY agent"


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        warehouse = EmbeddedWarehouse(Path(folder))
        try:
            _fill(warehouse)
            warm = _median(lambda: warehouse.query(STATEMENT, principal=PLATFORM), 30)
            again = _median(lambda: _reread(Path(folder) / "main" / "bench" / "spans"), 7)
        finally:
            warehouse.close()
    detail = f"{again * 1000:.1f} ms against {warm * 1000:.2f} ms"
    yield at_least("warehouse: warm mirror against re-reading with delta-rs", again / warm, "x", 10, detail)


def _fill(warehouse: EmbeddedWarehouse) -> None:
    import pyarrow as pa

    warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.bench", principal=PLATFORM)
    share = ROWS // FILES
    for file in range(FILES):
        table = pa.table(
            {
                "span_id": [f"{file}-{row}" for row in range(share)],
                "agent": [f"Agent{row % 11}" for row in range(share)],
                "tokens": [(row * 37) % 1000 for row in range(share)],
                "attributes": ["x" * 100 for _ in range(share)],
            }
        )
        warehouse.write_table("main.bench.spans", table, mode="create" if file == 0 else "append")
    for _ in range(5):
        warehouse.query(STATEMENT, principal=PLATFORM)


def _reread(folder: Path) -> object:
    import duckdb
    from deltalake import DeltaTable

    connection = duckdb.connect()
    connection.register("spans", DeltaTable(folder).to_pyarrow_table())
    return connection.sql(STATEMENT.replace("main.bench.spans", "spans")).to_arrow_table()


def _median(run: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
