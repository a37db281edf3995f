"""The demo company's questions with known answers: how many are right, and how many that have none are declined."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.examination import examine
from benchmarks.measurement import Measurement, at_least


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        marks = examine(Path(folder))
    wrong = "; ".join(marks.failures[:5])
    yield at_least("demo questions answered rightly", marks.right, "", marks.answerable, wrong)
    yield at_least("demo questions without an answer that were declined", marks.declined, "", marks.unanswerable)
