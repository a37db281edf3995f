"""One measured line, and the registry of all measurements by name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from agents.home import Home
from config.settings import load_settings


@dataclass(frozen=True)
class Measurement:
    """A figure and, where there is one, the gate it has to pass; `passed` is None for a figure that is only told."""

    name: str
    value: float
    unit: str
    gate: str = ""
    passed: bool | None = None
    detail: str = ""

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def at_least(name: str, value: float, unit: str, bound: float, detail: str = "") -> Measurement:
    return Measurement(name, value, unit, f">= {bound:g} {unit}".strip(), value >= bound, detail)


def at_most(name: str, value: float, unit: str, bound: float, detail: str = "") -> Measurement:
    return Measurement(name, value, unit, f"<= {bound:g} {unit}".strip(), value <= bound, detail)


def told(name: str, value: float, unit: str, expected: str = "", detail: str = "") -> Measurement:
    """An absolute: it depends on the machine, so it is shown beside what is expected and gates nothing."""
    return Measurement(name, value, unit, expected, None, detail)


Measure = Callable[[], Iterator[Measurement]]


@contextmanager
def scratch_home(*, demo: bool) -> Iterator[Path]:
    """A prepared home that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        home = Path(folder) / "home"
        Home(load_settings(home=home)).prepare(demo=demo)
        yield home


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-int(share * 1000) * len(ordered) // 1000))
    return ordered[min(rank, len(ordered)) - 1]
