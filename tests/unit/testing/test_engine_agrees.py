"""The evaluator and the embedded engine agree on the closed part: on drawn statements, over drawn rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.execution import cells
from core.testing.evaluator import Fails, evaluate
from core.testing.miniature import Column, Table
from core.testing.runner import difference
from core.testing.units import over_rows, resolved, scalar
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.port import ColumnInfo, TableInfo

TABLES = (
    Table("c.s.t", (Column("k", "BIGINT"), Column("g", "STRING"), Column("x", "DECIMAL(10,2)"), Column("d", "DATE"))),
    Table("c.s.p", (Column("k", "BIGINT"), Column("n", "STRING"), Column("b", "BOOLEAN"))),
)
INFOS = [
    TableInfo("c", "s", table.full_name[-1], columns=tuple(ColumnInfo(c.name, c.type) for c in table.columns))
    for table in TABLES
]
KEYS = st.sampled_from([None, 1, 2, 3])
TEXTS = st.sampled_from([None, "a", "b", "ab"])
NUMBERS = st.sampled_from([None, 0, 1, 2, -3])
DAYS = st.sampled_from([None, date(2024, 2, 29), date(2024, 12, 31), date(2025, 1, 1)])
T_ROWS = st.lists(st.tuples(KEYS, TEXTS, NUMBERS, DAYS), max_size=5)
P_ROWS = st.lists(st.tuples(KEYS, TEXTS, st.sampled_from([None, True, False])), max_size=4)
PREDICATES = st.sampled_from(
    [
        "t.x > 1",
        "t.x <= 1",
        "t.g = 'a'",
        "t.g <> 'a'",
        "NOT t.g IN ('a', 'b')",
        "t.d BETWEEN '2024-03-01' AND '2025-01-01'",
        "YEAR(t.d) = 2024",
        "t.g LIKE 'a%'",
        "t.x IS NULL",
        "t.k IN (SELECT q.k FROM c.s.p AS q)",
        "COALESCE(t.x, 0) = 0",
        "EXISTS (SELECT 1 FROM c.s.p AS q WHERE q.k = t.k AND q.b)",
        "t.x <=> NULL",
        "t.x * 2 - 1 >= t.k",
    ]
)
JOINS = st.sampled_from(
    [
        "",
        " JOIN c.s.p AS p ON t.k = p.k",
        " LEFT JOIN c.s.p AS p ON t.k = p.k AND p.b",
        " FULL JOIN c.s.p AS p ON t.k = p.k",
        " LEFT ANTI JOIN c.s.p AS p ON t.k = p.k",
        " CROSS JOIN c.s.p AS p",
    ]
)
OUTPUTS = st.sampled_from(
    [
        "t.g, COUNT(*) AS n, SUM(t.x) AS s, AVG(t.x) AS a, MIN(t.d) AS m FROM c.s.t AS t{join}{where} GROUP BY t.g",
        "t.g, COUNT(DISTINCT t.k) AS n FROM c.s.t AS t{join}{where} GROUP BY t.g HAVING COUNT(*) > 1",
        "DISTINCT t.g, t.x FROM c.s.t AS t{join}{where}",
        "CASE WHEN t.x > 0 THEN UPPER(t.g) ELSE 'none' END AS c, t.x + 1 AS y FROM c.s.t AS t{join}{where}",
        "COUNT(*) AS n, MAX(t.x) AS m, COUNT_IF(t.x > 0) AS i FROM c.s.t AS t{join}{where}",
        "CAST(DATE_TRUNC('MONTH', t.d) AS DATE) AS m, SUM(t.x) / NULLIF(COUNT(t.x), 0) AS a "
        "FROM c.s.t AS t{join}{where} GROUP BY CAST(DATE_TRUNC('MONTH', t.d) AS DATE)",
        "t.k, t.g, t.x, t.d FROM c.s.t AS t{join}{where} ORDER BY t.x DESC, t.k, t.g, t.d LIMIT 3",
    ]
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    warehouse = EmbeddedWarehouse(tmp_path_factory.mktemp("tables"))
    yield warehouse
    warehouse.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OUTPUTS, JOINS, st.lists(PREDICATES, max_size=2), T_ROWS, P_ROWS)
def test_they_agree(
    engine: EmbeddedWarehouse, output: str, join: str, predicates: list[str], t: list[Any], p: list[Any]
) -> None:
    where = f" WHERE {' AND '.join(predicates)}" if predicates else ""
    statement = f"SELECT {output.format(join=join, where=where)}"
    rows = {"c.s.t": t, "c.s.p": p}
    relations = {x.key: (tuple(c.name for c in x.columns), rows[x.key]) for x in TABLES}
    try:
        expected = evaluate(resolved(statement, INFOS), relations)
    except Fails:
        return
    table = engine.query(over_rows(statement, TABLES, rows), principal=PLATFORM)
    right = tuple(tuple(scalar(value) for value in row) for row in expected.rows)
    assert difference(right, cells.rows(table), ordered=expected.ordered) == []


def test_a_wrong_answer_is_told(tmp_path: Path) -> None:
    assert difference(((1, "a"), (2, None)), ((1, "a"), (2, "b"))) == ["missing (2, NULL)", "unexpected (2, b)"]
    assert difference(((1,), (2,)), ((2,), (1,))) == []
    assert difference(((1,), (2,)), ((2,), (1,)), ordered=True) == ["expected (1), got (2)", "expected (2), got (1)"]
