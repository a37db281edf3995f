"""OPTIMIZE, VACUUM, RESTORE, ANALYZE and REFRESH, and the statements on sessions and rights that are refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.errors import StatementInvalid, StatementRefused, TableNotFound
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.calls import ask, refused, run, tuples

T = "main.lab.t"


@pytest.fixture
def table(warehouse: Warehouse) -> Warehouse:
    run(warehouse, f"CREATE TABLE {T} (id INT, s STRING) COMMENT 'first'")
    for number in range(3):
        run(warehouse, f"INSERT INTO {T} VALUES ({number}, 'x')")
    return warehouse


def test_optimize_joins_files_and_changes_no_row(table: Warehouse) -> None:
    result = table.query(f"OPTIMIZE {T}", principal=PLATFORM)
    assert result.column_names == ["path", "metrics"]
    metrics = result.to_pylist()[0]["metrics"]
    assert (metrics["numFilesAdded"], metrics["numFilesRemoved"]) == (1, 3)
    assert tuples(table, f"SELECT numFiles FROM (DESCRIBE DETAIL {T})") == [(1,)]
    assert tuples(table, f"SELECT id FROM {T} ORDER BY id") == [(0,), (1,), (2,)]
    again = table.query(f"OPTIMIZE {T} ZORDER BY (id)", principal=PLATFORM).to_pylist()[0]["metrics"]
    assert again["filesRemoved"]["totalFiles"] <= 1
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(3,)]
    refused(table, f"OPTIMIZE {T} ZORDER BY (nothing)", StatementInvalid, asked=True)
    refused(table, f"OPTIMIZE {T} WHERE id = 1", StatementRefused, "OPTIMIZE ... WHERE", asked=True)
    refused(table, "OPTIMIZE main.lab.nothing", TableNotFound, asked=True)


def test_vacuum_keeps_a_week_and_says_what_it_would_delete(table: Warehouse) -> None:
    run(table, f"DELETE FROM {T} WHERE id = 1")
    assert ask(table, f"VACUUM {T} DRY RUN") == []
    assert ask(table, f"VACUUM {T} RETAIN 200 HOURS DRY RUN") == []
    result = table.query(f"VACUUM {T} RETAIN 168 HOURS", principal=PLATFORM)
    assert result.column_names == ["path"]
    assert len(result) == 1
    for hours in ("0", "167"):
        error = refused(table, f"VACUUM {T} RETAIN {hours} HOURS", StatementInvalid, asked=True)
        assert error.error_class == "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT"
    assert tuples(table, f"SELECT count(*) FROM {T} VERSION AS OF 3") == [(3,)]
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(2,)]


def test_restore_brings_rows_columns_and_comments_back(table: Warehouse) -> None:
    run(table, f"ALTER TABLE {T} ADD COLUMN z INT")
    run(table, f"COMMENT ON TABLE {T} IS 'second'")
    run(table, f"UPDATE {T} SET s = 'changed'")
    for _ in range(3):
        assert len(ask(table, f"SELECT z FROM {T} WHERE s = 'changed'")) == 3
    [result] = ask(table, f"RESTORE TABLE {T} TO VERSION AS OF 2")
    assert (result["num_of_files_after_restore"], result["num_removed_files"], result["num_restored_files"]) == (
        2,
        1,
        2,
    )
    assert ask(table, f"SELECT * FROM {T} ORDER BY id") == [{"id": 0, "s": "x"}, {"id": 1, "s": "x"}]
    assert table.describe(T, principal=PLATFORM).comment == "first"
    run(table, f"INSERT INTO {T} VALUES (9, 'new')")
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(3,)]
    assert ask(table, f"DESCRIBE HISTORY {T}")[1]["operation"] == "RESTORE"


def test_restore_to_a_moment(table: Warehouse) -> None:
    moment = datetime.now(UTC)
    run(table, f"DELETE FROM {T}")
    ask(table, f"RESTORE {T} TO TIMESTAMP AS OF '{moment.isoformat()}'")
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(3,)]
    run(table, f"TRUNCATE TABLE {T}")
    ask(table, f"RESTORE {T} TO VERSION AS OF :v", {"v": 1})
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        f"RESTORE TABLE {T} TO VERSION AS OF 99",
        f"RESTORE TABLE {T} TO TIMESTAMP AS OF '2001-01-01'",
        f"RESTORE TABLE {T} TO TIMESTAMP AS OF 'yesterday'",
        f"RESTORE TABLE {T} TO VERSION AS OF 'x'",
        f"RESTORE TABLE {T}",
        f"VACUUM {T} RETAIN HOURS",
        f"OPTIMIZE {T} NOW",
    ],
)
def test_maintenance_that_makes_no_sense_is_named(table: Warehouse, statement: str) -> None:
    refused(table, statement, StatementInvalid, asked=True)
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(3,)]


@pytest.mark.parametrize(
    "statement",
    [
        f"ANALYZE TABLE {T} COMPUTE STATISTICS",
        f"ANALYZE TABLE {T} COMPUTE STATISTICS NOSCAN",
        f"ANALYZE TABLE {T} COMPUTE STATISTICS FOR COLUMNS id, s",
        f"ANALYZE TABLE {T} COMPUTE STATISTICS FOR ALL COLUMNS",
        f"ANALYZE TABLE {T} COMPUTE DELTA STATISTICS",
        f"REFRESH TABLE {T}",
    ],
)
def test_statistics_and_refresh_change_nothing(table: Warehouse, statement: str) -> None:
    run(table, statement)
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(3,)]
    refused(table, statement.replace(T, "main.lab.nothing"), TableNotFound)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("USE CATALOG main", "USE"),
        ("USE SCHEMA lab", "USE"),
        ("USE main.lab", "USE"),
        ("SET CATALOG main", "SET CATALOG"),
        ("SET ansi_mode = false", "SET"),
        ("SET VAR x = 1", "SET"),
        ("SET TIME ZONE 'UTC'", "SET"),
        ("RESET", "RESET"),
        (f"GRANT SELECT ON TABLE {T} TO `x`", "GRANT"),
        (f"REVOKE SELECT ON TABLE {T} FROM `x`", "REVOKE"),
        (f"DENY SELECT ON TABLE {T} TO `x`", "DENY"),
        ("BEGIN SELECT 1; END", "BEGIN ... END"),
        ("BEGIN ATOMIC DELETE FROM main.lab.t; END", "BEGIN ... END"),
        ("DECLARE x INT DEFAULT 1", "DECLARE"),
        ("DECLARE OR REPLACE VARIABLE x INT", "DECLARE"),
        ("EXECUTE IMMEDIATE 'SELECT 1'", "EXECUTE IMMEDIATE"),
        ("CALL p()", "CALL"),
        (f"CACHE SELECT * FROM {T}", "CACHE"),
        (f"UNCACHE TABLE {T}", "UNCACHE"),
        ("CLEAR CACHE", "CLEAR CACHE"),
        ("REFRESH '/x'", "REFRESH"),
        (f"REORG TABLE {T} APPLY (PURGE)", "REORG"),
        ("CONVERT TO DELTA parquet.`/x`", "CONVERT TO DELTA"),
        (f"MSCK REPAIR TABLE {T}", "REPAIR"),
        (f"FSCK REPAIR TABLE {T}", "REPAIR"),
        (f"GENERATE symlink_format_manifest FOR TABLE {T}", "GENERATE"),
        ("SYNC SCHEMA main.lab FROM hive_metastore.lab", "SYNC"),
        ("LIST '/Volumes/x'", "files"),
        ("PUT '/a' INTO '/b'", "files"),
    ],
)
def test_statement_on_sessions_rights_and_files_is_refused_by_name(
    table: Warehouse, statement: str, named: str
) -> None:
    for text in (statement, f"-- a comment\n/* another */ {statement.lower()}"):
        refused(table, text, StatementRefused, named)
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(3,)]


@pytest.mark.parametrize("statement", [f"SELECT 1; DROP TABLE {T}", f"DROP TABLE {T}; SELECT 1", "", "-- nothing"])
def test_one_statement_at_a_time(table: Warehouse, statement: str) -> None:
    error = refused(table, statement, StatementInvalid)
    assert error.error_class == "PARSE_SYNTAX_ERROR"
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(3,)]
