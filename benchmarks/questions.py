"""The demo company's questions with known answers: how many are right, and how many that have none are declined."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.examination import examine_demo
from benchmarks.measurement import Measurement, at_least


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        examined = examine_demo(Path(folder))
    wrong = "; ".join(examined.failures[:5])
    right, declined = examined.summary.rates["accuracy"], examined.summary.rates["unanswerable_declined"]
    yield at_least("demo questions answered rightly", right.count, "", right.total, wrong)
    yield at_least("demo questions without an answer that were declined", declined.count, "", declined.total)
