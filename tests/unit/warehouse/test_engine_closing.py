"""Closing the engine beside running statements: they are stopped, and nothing else is raised."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.errors import StatementCancelled, WarehouseUnavailable
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

LONG = (
    "SELECT COUNT(*) AS n FROM (SELECT explode(sequence(1, 30000)) AS x) AS a "
    "CROSS JOIN (SELECT explode(sequence(1, 30000)) AS y) AS b WHERE a.x % 7 = b.y % 5"
)


def test_a_running_statement_is_stopped_by_closing_and_later_ones_are_refused(tmp_path: Path) -> None:
    warehouse = EmbeddedWarehouse(tmp_path)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            warehouse.query(LONG, principal=PLATFORM)
        except (StatementCancelled, WarehouseUnavailable) as error:
            raised.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    warehouse.close()
    for thread in threads:
        thread.join(20)
    assert len(raised) == 3
    with pytest.raises(WarehouseUnavailable):
        warehouse.query("SELECT 1 AS one", principal=PLATFORM)
