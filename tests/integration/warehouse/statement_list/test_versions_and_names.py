"""Time travel, table_changes, IDENTIFIER, and names and widths that come from real data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from core.errors import StatementInvalid, StatementRefused, TableNotFound
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.checks import Rows, check_rows, rows, same

ODD = "main.lab.odd"


@pytest.fixture(scope="module")
def versions(values: Warehouse) -> Warehouse:
    """`main.lab.log` with three versions: made, one row, two more rows."""
    for statement in (
        "CREATE TABLE main.lab.log (n INT, note STRING) USING DELTA "
        "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
        "INSERT INTO main.lab.log VALUES (1, 'first')",
        "INSERT INTO main.lab.log VALUES (2, 'second'), (3, NULL)",
        "CREATE TABLE main.lab.silent (n INT) USING DELTA",
        f"CREATE TABLE {ODD} (`Ä b` INT, `x.y` INT, `a\"b` INT, `😀` INT, `it's` INT, `select` INT, "
        "s STRUCT<Äx: INT, `p q`: STRUCT<Z: ARRAY<STRUCT<k: DECIMAL(5,2)>>>>, m MAP<STRING, ARRAY<INT>>) USING DELTA",
        f"INSERT INTO {ODD} VALUES (1, 2, 3, 4, 5, 6, named_struct('Äx', 7, 'p q', named_struct('Z', "
        "array(named_struct('k', 1.50)))), map('k', array(1, 2)))",
    ):
        values.execute(statement, principal=PLATFORM)
    return values


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT n FROM main.lab.log VERSION AS OF 1", [(1,)]),
        ("SELECT count(*) FROM main.lab.log VERSION AS OF 0", [(0,)]),
        ("SELECT n FROM main.lab.log FOR VERSION AS OF 1 AS old", [(1,)]),
        ("SELECT count(*) FROM main.lab.log VERSION AS OF 1 + 1", [(3,)]),
        ("SELECT count(*) FROM main.lab.log VERSION AS OF '1'", [(1,)]),
        ("SELECT n FROM main.lab.log@v1", [(1,)]),
        ("SELECT count(*) FROM main.lab.log TIMESTAMP AS OF current_timestamp()", [(3,)]),
        ("SELECT count(*) FROM main.lab.log TIMESTAMP AS OF current_timestamp() + INTERVAL 1 HOUR", [(3,)]),
        ("SELECT a.n FROM main.lab.log AS a LEFT ANTI JOIN main.lab.log VERSION AS OF 1 AS b ON a.n = b.n ORDER BY 1",
         [(2,), (3,)]),
        ("SELECT n, _change_type, _commit_version FROM table_changes('main.lab.log', 1) ORDER BY n",
         [(1, "insert", 1), (2, "insert", 2), (3, "insert", 2)]),
        ("SELECT n FROM table_changes('main.lab.log', 2, 2) AS c WHERE c.note IS NOT NULL", [(2,)]),
        ("SELECT count(*), count(_commit_timestamp) FROM table_changes('lab.log', 0, 1)", [(1, 1)]),
        ("SELECT count(*) FROM table_changes('main.lab.log', 0, 0)", [(0,)]),
        ("SELECT count(*) FROM table_changes('main.lab.log', '2020-01-01')", [(3,)]),
        ("SELECT max(_commit_timestamp) <= current_timestamp() FROM table_changes('main.lab.log', 0)", [(True,)]),
    ],
)  # fmt: skip
def test_earlier_versions_are_read(versions: Warehouse, statement: str, expected: Rows) -> None:
    check_rows(versions, statement, expected)


def test_a_bound_version_and_a_bound_moment_are_read(versions: Warehouse) -> None:
    assert rows(versions, "SELECT count(*) FROM main.lab.log VERSION AS OF :v", {"v": 1}) == [(1,)]
    later = datetime.now(UTC) + timedelta(hours=1)
    assert rows(versions, "SELECT count(*) FROM main.lab.log TIMESTAMP AS OF :at", {"at": later}) == [(3,)]


@pytest.mark.parametrize(
    ("statement", "error_class"),
    [
        ("SELECT * FROM main.lab.log VERSION AS OF 99", "DELTA_VERSION_NOT_FOUND"),
        ("SELECT * FROM main.lab.log TIMESTAMP AS OF '2001-01-01'", "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION"),
        ("SELECT * FROM main.lab.log TIMESTAMP AS OF 'soon'", "INVALID_TIME_TRAVEL_TIMESTAMP_EXPR"),
        ("SELECT * FROM main.lab.log VERSION AS OF 'soon'", "INVALID_TIME_TRAVEL_SPEC"),
        ("SELECT * FROM table_changes('main.lab.log', 99)", "DELTA_VERSION_NOT_FOUND"),
        ("SELECT * FROM table_changes('main.lab.silent', 0)", "DELTA_MISSING_CHANGE_DATA"),
    ],
)
def test_a_version_that_is_not_there_is_an_error(versions: Warehouse, statement: str, error_class: str) -> None:
    with pytest.raises(StatementInvalid) as raised:
        rows(versions, statement)
    assert raised.value.error_class == error_class


def test_changes_of_a_commit_that_removed_rows_are_refused(values: Warehouse) -> None:
    for statement in (
        "CREATE TABLE main.lab.edited (n INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
        "INSERT INTO main.lab.edited VALUES (1), (2)",
        "DELETE FROM main.lab.edited WHERE n = 1",
    ):
        values.execute(statement, principal=PLATFORM)
    assert rows(values, "SELECT count(*) FROM table_changes('main.lab.edited', 0, 1)") == [(2,)]
    with pytest.raises(StatementRefused, match="table_changes over version 2"):
        rows(values, "SELECT * FROM table_changes('main.lab.edited', 0)")


def test_identifier_takes_a_bound_or_a_constant_name(versions: Warehouse) -> None:
    given = {"t": "main.lab.log", "c": "note"}
    statement = "SELECT IDENTIFIER(:c) FROM IDENTIFIER(:t) WHERE IDENTIFIER('n') = 2"
    assert rows(versions, statement, dict(given)) == [("second",)]
    assert rows(versions, statement, given | {"c": "n"}) == [(2,)]
    assert rows(versions, "SELECT count(*) FROM IDENTIFIER('main.' || 'lab.`log`') AS x") == [(3,)]
    assert rows(versions, "SELECT x.IDENTIFIER(:c) FROM main.lab.log AS x WHERE n = 2", {"c": "note"}) == [("second",)]
    versions.execute("CREATE TABLE main.lab.target (n INT) USING DELTA", principal=PLATFORM)
    assert versions.execute("INSERT INTO IDENTIFIER(:t) VALUES (7)", {"t": "main.lab.target"}, principal=PLATFORM) == 1
    assert rows(versions, "SELECT n FROM main.lab.target") == [(7,)]


def test_identifier_reads_no_table_and_no_statement(versions: Warehouse) -> None:
    with pytest.raises(TableNotFound):
        rows(versions, "SELECT * FROM IDENTIFIER(:t)", {"t": "main.lab.nowhere"})
    for name in ("main.lab.log; DROP TABLE main.lab.log", "(SELECT 1)", ""):
        with pytest.raises((StatementInvalid, TableNotFound)):
            rows(versions, "SELECT * FROM IDENTIFIER(:t)", {"t": name})
    with pytest.raises(StatementInvalid):
        rows(versions, "SELECT * FROM IDENTIFIER((SELECT max(note) FROM main.lab.log))")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (f"SELECT `Ä b`, `x.y`, `a\"b`, `😀`, `it's`, `select` FROM {ODD}", [(1, 2, 3, 4, 5, 6)]),
        (f"SELECT `ä B` + o.`X.Y` FROM {ODD} AS o WHERE o.`😀` = 4", [(3,)]),
        (f"SELECT s.Äx, s.`p q`.Z[0].k, odd.s.`P Q`.z[0].K FROM {ODD}", [(7, D("1.50"), D("1.50"))]),
        (f"SELECT m['k'][1], transform(m['k'], x -> x + `Ä b`) FROM {ODD}", [(2, [2, 3])]),
        (f"SELECT c.k FROM {ODD} LATERAL VIEW explode(s.`p q`.Z) e AS c", [(D("1.50"),)]),
        (f"SELECT `sum 😀` FROM (SELECT sum(`😀`) AS `sum 😀` FROM {ODD} GROUP BY `Ä b`)", [(4,)]),
    ],
)  # fmt: skip
def test_odd_names_are_found(versions: Warehouse, statement: str, expected: Rows) -> None:
    check_rows(versions, statement, expected)


def test_names_of_columns_and_fields_come_back_as_they_are_written(versions: Warehouse) -> None:
    table = versions.query(f"SELECT * FROM {ODD}", principal=PLATFORM)
    assert table.column_names == ["Ä b", "x.y", 'a"b', "😀", "it's", "select", "s", "m"]
    nested = {"Äx": 7, "p q": {"Z": [{"k": D("1.50")}]}}
    assert same(table.column("s").to_pylist(), [nested])
    named = versions.query("SELECT 1 AS `Größe (€)`, 2 AS `a``b`, s.* FROM (SELECT named_struct('Xy', 3) AS s)",
                           principal=PLATFORM)  # fmt: skip
    assert named.column_names == ["Größe (€)", "a`b", "Xy"]


def test_three_hundred_columns_are_read_and_added_up(values: Warehouse) -> None:
    names = [f"c{n}" for n in range(300)]
    values.execute(f"CREATE TABLE main.lab.wide ({', '.join(f'{name} INT' for name in names)})", principal=PLATFORM)
    values.execute(f"INSERT INTO main.lab.wide VALUES ({', '.join(map(str, range(300)))})", principal=PLATFORM)
    assert rows(values, "SELECT * FROM main.lab.wide") == [tuple(range(300))]
    assert rows(values, f"SELECT {' + '.join(names)} FROM main.lab.wide") == [(sum(range(300)),)]


def test_a_view_may_use_all_that_a_query_may(values: Warehouse) -> None:
    values.execute(
        "CREATE VIEW main.lab.tagged AS SELECT lower(region) AS place, tag, mean(amount) AS m FROM main.lab.sales "
        "LATERAL VIEW explode(tags) e AS tag GROUP BY ALL",
        principal=PLATFORM,
    )
    found = rows(values, "SELECT place, tag, m FROM main.lab.tagged WHERE tag = 'b'")
    assert found == [("north", "b", D("15.250000"))]
