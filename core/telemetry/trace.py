"""What happens below one root: its rows until the root ended, what they sum up to, and how long it only waited.

The rows are held back because a root sums all of them and every row names the rung, which is known at the end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.telemetry.span import Span

if TYPE_CHECKING:
    from core.warehouse.port import Value

Rows = list[dict[str, "Value"]]
_HELD = 2_000
"""Rows of one trace that are held; what comes beyond goes its way without the rung."""
_STAMPED = ("rung", "prompt_version", "arm")


@dataclass(frozen=True)
class Spent:
    """What a trace took so far. `cost` is None while calls without a price are all there is."""

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost: float | None = 0.0
    currency: str | None = None
    unpriced: int = 0
    warehouse_seconds: float = 0.0
    estimated: bool = False
    """Whether some tokens were not counted by the endpoint but estimated from the text."""


@dataclass
class Trace:
    """One root and what is below it; made and changed under the lock of its Telemetry."""

    root: Span
    correlation_id: str
    began: float
    statements_before: int
    opened: int = 0
    """Spans below the root that have not ended."""
    ended: bool = False
    waited: float = 0.0
    """Seconds that nobody worked on it: it waited for a person or for the warehouse's start."""
    agents: dict[str, str] = field(default_factory=dict)
    """Who is at work on it -> the span of that handling: the parent of what it asks others for."""
    rows: Rows = field(default_factory=list)
    estimated: bool = False
    _costs: list[float] = field(default_factory=list)
    _currency: str | None = None
    _sums: dict[str, int] = field(default_factory=dict)
    _warehouse_seconds: float = 0.0
    _versions: dict[str, None] = field(default_factory=dict)

    def keep(self, row: dict[str, Value]) -> Rows:
        """Count a row that ended and hold it; gives what cannot be held."""
        for name in ("tokens_in", "tokens_out", "tokens_cached", "unpriced"):
            value = row.get(name)
            if isinstance(value, int):
                self._sums[name] = self._sums.get(name, 0) + value
        cost, version = row.get("cost"), row.get("prompt_version")
        if isinstance(cost, float):
            self._costs.append(cost)
            self._currency = str(row.get("currency") or self._currency)
        if row.get("kind") == "statement" and isinstance(row.get("duration_ms"), float):
            self._warehouse_seconds += float(row["duration_ms"]) / 1000  # type: ignore[arg-type]
        if isinstance(version, str):
            self._versions[version] = None
        if len(self.rows) >= _HELD and row["span_id"] != self.root.span_id:
            return [row]
        self.rows.append(row)
        return []

    @property
    def spent(self) -> Spent:
        """What ended spans add up to."""
        unpriced = self._sums.get("unpriced", 0)
        return Spent(
            tokens_in=self._sums.get("tokens_in", 0),
            tokens_out=self._sums.get("tokens_out", 0),
            tokens_cached=self._sums.get("tokens_cached", 0),
            cost=None if unpriced and not self._costs else math.fsum(self._costs),
            currency=self._currency,
            unpriced=unpriced,
            warehouse_seconds=self._warehouse_seconds,
            estimated=self.estimated,
        )

    def totals(self) -> dict[str, Value]:
        """The columns of the root that sum its trace."""
        spent = self.spent
        return {
            "total_cost": spent.cost,
            "currency": self.root.values.get("currency") or spent.currency,
            "total_tokens_in": spent.tokens_in,
            "total_tokens_out": spent.tokens_out,
            "total_unpriced": spent.unpriced,
            "warehouse_seconds": spent.warehouse_seconds,
        }

    def released(self) -> Rows:
        """All rows, with what is known of the whole: rung, prompt version (each, when there were several), arm."""
        known: dict[str, Value] = {name: self.root.values.get(name) for name in _STAMPED}
        known["prompt_version"] = known["prompt_version"] or ", ".join(self._versions) or None
        rows, self.rows = self.rows, []
        for row in rows:
            for name, value in known.items():
                if row.get(name) is None and value is not None:
                    row[name] = value
            if row["span_id"] == self.root.span_id:
                row.update(self.totals())
        return rows
