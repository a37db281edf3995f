"""What a dry run says is what then happens: each statement is looked at, run, and the table compared, row by row."""

from __future__ import annotations

from collections import Counter

import pytest

from core.execution import DryRun, Effect, Runner, RunOrder
from core.execution.cells import rows
from core.ids import new_id
from core.types import PLATFORM, Principal, Scalar
from core.warehouse.port import Warehouse
from tests.integration.execution.conftest import reviewed

ADA = Principal(user_id="ada", role="admin")
T = "main.sandbox.told"
NEWS = "main.demo.news"
STATEMENTS = (
    f"UPDATE {T} SET amount = coalesce(amount, 0) + 1.005, region = NULL WHERE id <> 2",
    f"UPDATE {T} AS t SET region = (SELECT max(n.region) FROM {NEWS} AS n WHERE n.id = t.id) WHERE t.id < 3",
    f"UPDATE {T} SET id = id * 10, region = DEFAULT",
    f"DELETE FROM {T} WHERE amount IS NULL OR region IN (SELECT 'North')",
    f"DELETE FROM {T} WHERE EXISTS (SELECT 1 FROM {NEWS} AS n WHERE n.id = {T}.id)",
    f"INSERT INTO {T} (id, region) WITH n AS (SELECT * FROM {NEWS}) SELECT id + 100, region FROM n WHERE id > 1",
    f"INSERT OVERWRITE TABLE {T} SELECT id, upper(region), amount FROM {NEWS}",
    f"INSERT INTO {T} REPLACE WHERE id = 1 SELECT 1, 'new', 9 UNION ALL SELECT 1, 'newer', 8",
    f"MERGE INTO {T} AS t USING {NEWS} AS s ON t.id = s.id WHEN MATCHED AND s.amount > 0 THEN UPDATE SET *"
    " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT *",
    f"MERGE INTO {T} AS t USING (SELECT * FROM {NEWS} WHERE id < 50) AS s ON t.id = s.id"
    " WHEN MATCHED THEN UPDATE SET t.amount = s.amount + t.amount"
    " WHEN NOT MATCHED BY SOURCE AND t.amount IS NULL THEN DELETE"
    " WHEN NOT MATCHED BY SOURCE THEN UPDATE SET region = 'old'",
    f"WITH s AS (SELECT id, count(*) AS n FROM {NEWS} GROUP BY id) MERGE INTO {T} AS t USING s ON t.id = s.id"
    " WHEN MATCHED AND t.id = 1 THEN DELETE WHEN NOT MATCHED AND s.id > 10 THEN INSERT (id, amount) VALUES (s.id, s.n)",
    f"TRUNCATE TABLE {T}",
)


def table(warehouse: Warehouse) -> Counter[tuple[Scalar, ...]]:
    return Counter(rows(warehouse.query(f"SELECT id, region, amount FROM {T}", principal=PLATFORM)))


def whole(effect: Effect, side: str) -> Counter[tuple[Scalar, ...]]:
    """The rows of a sample, in the table's columns; a column that an INSERT leaves out gets its default."""
    found = getattr(effect, side)
    if found is None:
        return Counter()
    names = [column.name for column in found.columns]
    default: dict[str, Scalar] = {"region": "none", "amount": None}
    filled = [dict(zip(names, row, strict=True)) for row in found.rows]
    return Counter(tuple({**default, **row}[name] for name in ("id", "region", "amount")) for row in filled)


@pytest.mark.parametrize("warehouse", ["embedded", pytest.param("databricks", marks=pytest.mark.long)], indirect=True)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_is_foretold_happens(warehouse: Warehouse, dry_run: DryRun, statement: str) -> None:
    warehouse.execute(f"CREATE OR REPLACE TABLE {T} CLONE main.sandbox.sales", principal=PLATFORM)
    before = table(warehouse)
    effect = dry_run.run(reviewed(statement), principal=ADA)
    assert table(warehouse) == before
    outcome = Runner(warehouse).run(RunOrder(new_id(), statement, "write", ADA))
    assert outcome.status == "done", outcome.error
    assert table(warehouse) == before - whole(effect, "before") + whole(effect, "after")
    if "OVERWRITE" not in statement and "REPLACE" not in statement and "TRUNCATE" not in statement:
        assert outcome.affected_rows == effect.rows
