"""State tables with rows of a test's own, alerts over them, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.bus import KeyRing
from core.clock import ManualClock
from core.governance import RowSigner
from core.ids import new_id
from core.telemetry import StatementCounter
from core.telemetry.alerts import Alerts, AlertStore, Evaluated, Rule
from core.telemetry.alerts.states import Chain
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.unit.telemetry.lakehouse import open_lakehouse

PACKAGES = ("core.telemetry", "core.telemetry.alerts", "core.governance")
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FAILURES = Rule(rule_id="failures", name="Failures", metric="failure_share", window="5m", warn=0.1, alert=0.5)
STATE = "main.aiops"


class Place:
    """One process on the tables of `folder`; several may stand beside each other."""

    def __init__(
        self,
        folder: Path,
        *rules: Rule,
        warehouse: Warehouse | None = None,
        clock: ManualClock | None = None,
        counter: StatementCounter | None = None,
    ) -> None:
        self.warehouse: Warehouse = warehouse or open_lakehouse(folder, *PACKAGES, on_statement=counter)
        self.clock = clock or ManualClock(START)
        self.forged: list[tuple[str, str]] = []
        keys = KeyRing.for_home(folder / "keys", holds_messages=False)
        self.store = AlertStore(
            self.warehouse,
            RowSigner(keys),
            STATE,
            self.clock,
            lambda *row: self.forged.append(row),
            rules or [FAILURES],
        )
        self.alerts = Alerts(self.store, self.clock)

    def beside(self, folder: Path, *rules: Rule) -> Place:
        """Another process on the same tables."""
        return Place(folder, *rules, warehouse=self.warehouse, clock=self.clock)

    def tick(self, minutes: float = 0) -> Evaluated:
        """Move the clock, then evaluate."""
        self.clock.advance(60 * minutes)
        return self.alerts.tick()

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.warehouse.append(f"{STATE}.{table}", [dict(row) for row in rows])

    def spans(self, *ago: float, status: str = "ok", **columns: Any) -> None:
        """Requests that began so many minutes before the clock's present."""
        self.add("agent_spans", [span(self.clock.now() - timedelta(minutes=m), status=status, **columns) for m in ago])

    def rows(self, statement: str) -> list[dict[str, Any]]:
        return list(self.warehouse.query(statement, {}, principal=PLATFORM).to_pylist())

    def levels(self, rule_id: str = "failures", series: str = "") -> list[tuple[str, str]]:
        """(minute of the point, level) of every change on record."""
        text = (
            "SELECT DISTINCT event_id, point, level FROM main.aiops.alert_events_first WHERE kind = 'state' "
            f"AND rule_id = '{rule_id}' AND series = '{series}' ORDER BY point, level"
        )
        return [(f"{row['point']:%H:%M}", row["level"]) for row in self.rows(text)]

    def chain(self, rule: Rule, series: str = "") -> Chain:
        """The levels on record."""
        text = f"SELECT point, level, series FROM main.aiops.alert_events_first WHERE rule_id = '{rule.rule_id}'"
        own = [row for row in self.rows(f"{text} AND kind = 'state'") if row["series"] == series]
        return Chain((int(row["point"].timestamp()) // rule.grid.step_s, row["level"]) for row in own)


def span(start: datetime, **columns: Any) -> dict[str, Any]:
    """A request that took a second."""
    row = {"span_id": new_id(), "kind": "request", "status": "ok", "start_time": start, "duration_ms": 1000.0}
    return {**row, **columns}
