"""pandas for a statement, over rows with nulls, zeros and odd names; what would differ from SQL is not written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from core.coding import Aggregate, NotCovered, qualified, render_pandas
from core.execution.sandbox import table_reads
from core.execution.sandbox.driver import Session, execute

SCHEMA = {
    "m.s.sales": {"id": "BIGINT", "amount": "DECIMAL(9,2)", "o'dd `n`": "STRING", "shop": "INT", "day": "DATE"},
    "m.s.shops": {"shop": "INT", "town": "STRING"},
    "m.s.`union`": {"shop": "INT"},
}
ROWS = {
    "m.s.sales": pa.table(
        {
            "id": pa.array([1, 2, 3, 4, None], pa.int64()),
            "amount": pa.array(["0.10", "0.20", None, "-5.00", "7.00"]).cast(pa.decimal128(9, 2)),
            "o'dd `n`": pa.array(["a", None, "b", "a", "b"]),
            "shop": pa.array([1, 1, 2, None, 3], pa.int32()),
            "day": pa.array([20000, 20001, None, 20040, 20040], pa.int32()).cast(pa.date32()),
        }
    ),
    "m.s.shops": pa.table({"shop": pa.array([1, None, 2], pa.int32()), "town": ["X", "Y", None]}),
    "m.s.`union`": pa.table({"shop": pa.array([1, 2], pa.int32())}),
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder, paths = tmp_path_factory.mktemp("rows"), {}
    for name, rows in ROWS.items():
        paths[name] = str(Path(folder) / name)
        with pa.OSFile(paths[name], "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
            writer.write_table(rows)
    return Session(paths)


def answered(session: Session, statement: str) -> list[tuple[Any, ...]]:
    result = execute(render_pandas([Aggregate(statement=statement)], SCHEMA), {"spark": session})
    return [
        tuple(None if str(v) in ("<NA>", "NaT", "nan") else v for v in row) for row in result.itertuples(index=False)
    ]


FROM = "FROM m.s.sales AS s"
JOINED = f"{FROM} {{}} JOIN m.s.shops AS p ON s.shop = p.shop"


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        (f"SELECT SUM(s.amount) AS x {FROM} WHERE s.id < 3", [(0.3,)]),
        (f"SELECT SUM(s.amount) AS x, COUNT(*) AS n {FROM} WHERE s.id > 100", [(None, 0)]),
        (f"SELECT SUM(s.amount) AS x {FROM} WHERE s.id = 3", [(None,)]),
        (f"SELECT COUNT(*) AS n {FROM} WHERE s.`o'dd ``n``` <> 'a'", [(2,)]),
        (f"SELECT COUNT(*) AS n {FROM} WHERE NOT (s.shop = 1)", [(2,)]),
        (f"SELECT COUNT(*) AS n {FROM} WHERE NOT s.shop IN (1, 2)", [(1,)]),
        (f"SELECT COUNT(*) AS n {FROM} WHERE s.shop = 1 OR s.`o'dd ``n``` = 'b'", [(4,)]),
        (f"SELECT COUNT(*) AS n {FROM} WHERE s.day IS NULL", [(1,)]),
        (f"SELECT COUNT(DISTINCT s.shop) AS n, COUNT(s.shop) AS m {FROM}", [(3, 4)]),
        (f"SELECT COUNT(*) AS n {FROM} WHERE s.day >= CAST('2024-11-01' AS DATE)", [(2,)]),
        (f"SELECT COUNT(*) AS n {JOINED.format('INNER')}", [(3,)]),
        (f"SELECT COUNT(*) AS n, COUNT(p.town) AS t {JOINED.format('LEFT')}", [(5, 2)]),
        (
            f"SELECT p.town AS town, SUM(s.amount) AS x {JOINED.format('LEFT')} GROUP BY p.town "
            "ORDER BY SUM(s.amount) DESC",
            [(None, 2.0), ("X", 0.3)],
        ),
        (f"SELECT SUM(s.amount) / NULLIF(COUNT(p.town), 0) AS r {JOINED.format('INNER')} WHERE s.shop = 2", [(None,)]),
        (f"SELECT SUM(CASE WHEN s.shop = 1 THEN s.amount END) AS x {FROM}", [(0.3,)]),
        (f"SELECT s.id AS id {FROM} ORDER BY s.id DESC NULLS LAST LIMIT 2", [(4,), (3,)]),
    ],
)
def test_a_statement_gives_what_sql_gives(session: Session, statement: str, rows: list[tuple[Any, ...]]) -> None:
    assert answered(session, statement) == rows


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT s.id AS id {FROM} WHERE s.id / 2 > 1",
        f"SELECT COUNT(*) AS n {FROM} WHERE NOT s.day > CAST('2024-11-01' AS DATE)",
        f"SELECT SUM(s.amount) / COUNT(*) AS x {FROM}",
        f"SELECT s.id AS id, row_number() OVER (ORDER BY s.id) AS n {FROM}",
        f"SELECT DISTINCT s.shop AS shop {FROM}",
        f"SELECT s.shop AS shop, COUNT(*) AS n {FROM} GROUP BY s.shop HAVING COUNT(*) > 1",
        f"SELECT s.id AS id {FROM} ORDER BY s.id ASC NULLS FIRST, s.shop DESC",
        f"SELECT upper(s.`o'dd ``n```) AS u {FROM}",
        f"SELECT COUNT(*) AS n {FROM} CROSS JOIN m.s.shops AS p",
        f"SELECT COUNT(*) AS n {FROM} WHERE s.id IN (SELECT p.shop FROM m.s.shops AS p)",
        f"SELECT s.id AS id {FROM} UNION SELECT s.id AS id {FROM}",
        "WITH w AS (SELECT 1 AS a) SELECT w.a AS a FROM w",
        f"SELECT COUNT(*) AS n {FROM} WHERE s.nothing = 1",
    ],
)
def test_what_has_no_form_is_named_and_not_written(statement: str) -> None:
    with pytest.raises(NotCovered):
        render_pandas([Aggregate(statement=statement)], SCHEMA)


@pytest.mark.parametrize(
    ("code", "reads"),
    [
        ("a = spark.table('m.s.t').toPandas()", {"m.s.t": None}),
        ("a = spark.table('t').select('x', '`y z`').toPandas()", {"t": ("x", "y z")}),
        ("spark.table('t').select('x').toPandas(); spark.table('t').select('y').toPandas()", {"t": ("x", "y")}),
        ("print(1)", {}),
        ("spark.table('t').count()", None),
        ("spark.table(name).toPandas()", None),
        ("spark.sql('select 1').toPandas()", None),
        ("s = spark; s.table('t').toPandas()", None),
        ("spark.table('t').select(c).toPandas()", None),
    ],
)
def test_reads_are_found_where_they_are_all_that_spark_is_for(code: str, reads: object) -> None:
    assert table_reads(code) == reads


def test_a_query_of_a_person_is_written_with_the_table_of_every_column(session: Session) -> None:
    statement = "SELECT town, count(*) AS n FROM m.s.sales a JOIN m.s.shops b ON a.shop = b.shop GROUP BY town"
    assert sorted(answered(session, qualified(statement, SCHEMA)), key=str) == [("X", 2), (None, 1)]


@pytest.mark.parametrize("column", ["shop", "nosuch"])
def test_a_column_of_several_tables_or_of_none_is_named(column: str) -> None:
    with pytest.raises(NotCovered, match=f"'{column}', which is in none or in several"):
        qualified(f"SELECT {column} FROM m.s.sales a JOIN m.s.shops b ON a.shop = b.shop", SCHEMA)


def test_a_table_named_by_a_word_of_sql_is_found_in_its_quotes(session: Session) -> None:
    assert answered(session, "SELECT COUNT(*) AS n FROM m.s.`union` AS u") == [(2,)]
    assert answered(session, qualified("SELECT shop FROM m.s.`union` ORDER BY shop", SCHEMA)) == [(1,), (2,)]
    with pytest.raises(NotCovered, match=r"the table m\.s\.other"):
        render_pandas([Aggregate(statement="SELECT COUNT(*) AS n FROM m.s.other AS o")], SCHEMA)


def test_nulls_come_first_where_sql_puts_them_first(session: Session) -> None:
    assert answered(session, f"SELECT s.shop AS k {FROM} ORDER BY s.shop, s.id NULLS FIRST") == [
        (None,), (1,), (1,), (2,), (3,),
    ]  # fmt: skip
    with pytest.raises(NotCovered, match="first in one column and last in another"):
        answered(session, f"SELECT s.shop AS k {FROM} ORDER BY s.shop, s.id DESC")
