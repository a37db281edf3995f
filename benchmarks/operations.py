"""What happened, stored and asked about: a million spans and five, in a home of their own.

The four questions are those that other consoles were measured with: percentiles per agent, cost per day, percentiles of
requests per day, good and failed per day; each as its statement over `agent_spans_first`, in this process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks.measurement import Measurement, at_least, at_most, scratch_home
from benchmarks.traffic import Traffic
from config.settings import ROOT
from core.telemetry import RowBuffer
from core.telemetry.rollups import Rollups
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

TABLE = "main.aiops.agent_spans"
SMALL, LARGE = 1_000_000, 5_000_000
QUESTIONS = {
    "p50, p95, p99 per agent": "SELECT agent, count(*) AS spans, percentile(duration_ms, array(0.5, 0.95, 0.99)) AS p "
    "FROM main.aiops.agent_spans_first GROUP BY agent",
    "cost per day": "SELECT date_trunc('DAY', start_time) AS day, sum(cost) AS cost "
    "FROM main.aiops.agent_spans_first GROUP BY 1",
    "percentiles of requests per day": "SELECT date_trunc('DAY', start_time) AS day, "
    "percentile(duration_ms, array(0.5, 0.95, 0.99)) AS p "
    "FROM main.aiops.agent_spans_first WHERE parent_span_id IS NULL GROUP BY 1",
    "good and failed per day": "SELECT date_trunc('DAY', start_time) AS day, status, count(*) AS spans "
    "FROM main.aiops.agent_spans_first GROUP BY 1, 2",
}
ROLLED = {
    "cost per day": "SELECT date_trunc('DAY', u.hour) AS day, sum(u.cost) AS cost "
    "FROM main.aiops.usage_rollup_hourly AS u "
    "JOIN main.aiops.span_hours_latest AS h ON h.hour = u.hour AND h.version = u.version GROUP BY 1",
    "good and failed per day": "SELECT date_trunc('DAY', u.hour) AS day, u.status, sum(u.spans) AS spans "
    "FROM main.aiops.usage_rollup_hourly AS u "
    "JOIN main.aiops.span_hours_latest AS h ON h.hour = u.hour AND h.version = u.version GROUP BY 1, 2",
    "buckets of durations per agent": "SELECT l.agent, l.bucket, sum(l.spans) AS spans "
    "FROM main.aiops.latency_rollup_hourly AS l "
    "JOIN main.aiops.span_hours_latest AS h ON h.hour = l.hour AND h.version = l.version GROUP BY 1, 2",
    "buckets of durations per day": "SELECT date_trunc('DAY', l.hour) AS day, l.bucket, sum(l.spans) AS spans "
    "FROM main.aiops.latency_rollup_hourly AS l "
    "JOIN main.aiops.span_hours_latest AS h ON h.hour = l.hour AND h.version = l.version "
    "WHERE l.kind = 'request' GROUP BY 1, 2",
}
_ROUNDS = 7


def measure() -> Iterator[Measurement]:
    with scratch_home(demo=False) as home:
        yield from _storing(home)
    with scratch_home(demo=False) as home:
        yield from _filled(home, SMALL, QUESTIONS, 0.15)
        small = _memory(home)
        yield at_most("1,000,000 spans: memory of a process that answers the four", small, "MB", 600)
    with scratch_home(demo=False) as home:
        yield from _filled(home, LARGE, ROLLED, 0.25)
        large = _memory(home)
        yield at_most("5,000,000 spans: memory against 1,000,000", large / small, "x", 1.3, f"{large:.0f} MB")


def fill(home: Path, spans: int) -> None:
    """Write spans in bulk, and look through their hours."""
    with EmbeddedWarehouse(home / "tables") as warehouse:
        for batch in Traffic(spans).batches():
            warehouse.write_table(TABLE, batch, mode="append")
        warehouse.compact(TABLE)
        Rollups(warehouse).tick()


def answer_all(home: Path, questions: dict[str, str]) -> dict[str, float]:
    """Seconds of each question in a process of its own that has asked it before; the median of some rounds."""
    with EmbeddedWarehouse(home / "tables") as warehouse:
        return {name: _median(warehouse, statement) for name, statement in questions.items()}


def _storing(home: Path) -> Iterator[Measurement]:
    """Rows from the write-behind buffer on, batches of 5,000, while another thread joins the table's files."""
    with EmbeddedWarehouse(home / "tables") as warehouse:
        buffer = RowBuffer(warehouse, TABLE)
        first = [row for batch in Traffic(10_000).batches() for row in batch.to_pylist()]
        started = time.perf_counter()
        for row in first:
            buffer.add(row)
        buffer.flush()
        warehouse.query(f"SELECT count(*) AS n FROM {TABLE}", principal=PLATFORM)
        yield at_most("10,000 spans: buffered, stored, queryable", time.perf_counter() - started, "s", 2)
        rows = [row for batch in Traffic(40_000, seed=7).batches() for row in batch.to_pylist()]
        done = threading.Event()
        joining = threading.Thread(target=_join_files, args=(warehouse, done))
        joining.start()
        started = time.perf_counter()
        for at in range(0, len(rows), 500):
            for row in rows[at : at + 500]:
                buffer.add(row)
            buffer.flush()
        rate = len(rows) / (time.perf_counter() - started)
        done.set()
        joining.join()
        stored = warehouse.query(f"SELECT count(*) AS n FROM {TABLE}_first", principal=PLATFORM).to_pylist()[0]["n"]
        detail = f"{stored:,} of {len(first) + len(rows):,} there, batches of 500 while files are joined"
        yield at_least("spans stored a second", rate, "spans/s", 5_000, detail)


def _join_files(warehouse: EmbeddedWarehouse, done: threading.Event) -> None:
    while not done.wait(0.5):
        warehouse.compact(TABLE)


def _filled(home: Path, spans: int, questions: dict[str, str], bound: float) -> Iterator[Measurement]:
    fill(home, spans)
    for name, seconds in answer_all(home, questions).items():
        yield at_most(f"{spans:,} spans: {name}", seconds, "s", bound, "median, in process")


def _median(warehouse: EmbeddedWarehouse, statement: str) -> float:
    seconds = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        warehouse.query(statement, principal=PLATFORM)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def _memory(home: Path) -> float:
    """Megabytes of a fresh process after it answered everything, as the system counts them."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.operations", str(home)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=timedelta(minutes=5).total_seconds(),
    )  # fmt: skip
    return float(json.loads(done.stdout)["megabytes"])


def _report_memory(home: Path) -> None:
    with EmbeddedWarehouse(home / "tables") as warehouse:
        for statement in [*QUESTIONS.values(), *ROLLED.values()]:
            _median(warehouse, statement)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    sys.stdout.write(json.dumps({"megabytes": pages * os.sysconf("SC_PAGE_SIZE") / 2**20}))


if __name__ == "__main__":
    _report_memory(Path(sys.argv[1]))
