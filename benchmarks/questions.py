"""The demo company's questions with known answers: how many are right, and how many that have none are declined."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measurement import Measurement, at_least
from demo.examination import examine


def measure() -> Iterator[Measurement]:
    result = examine()
    wrong = "; ".join(result.failures[:5])
    yield at_least("demo questions answered rightly", result.right, "", min(30, result.answerable), wrong)
    yield at_least("demo questions without an answer that were declined", result.declined, "", 10)
