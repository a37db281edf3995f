"""What the warehouse runs for the platform only: no statement that is not a read is allowed to a person as one."""

from __future__ import annotations

import pytest

from core.codecheck import SqlGuard
from core.governance import Policy

GUARD = SqlGuard(
    Policy.from_mapping(
        {
            "roles": {
                "admin": {"actions": ["*"], "read": ["*"], "write_with_approval": ["*"]},
                "analyst": {"actions": ["data.ask"], "read": ["main.demo"]},
            },
            "default_schema": "demo",
        }
    )
)
T = "main.demo.t"
STATEMENTS = (
    f"ALTER TABLE {T} ADD COLUMN a INT",
    f"ALTER TABLE {T} RENAME TO main.demo.u",
    f"ALTER TABLE {T} SET TBLPROPERTIES ('a' = 'b')",
    "ALTER VIEW main.demo.v AS SELECT 1",
    "ALTER SCHEMA main.demo SET DBPROPERTIES ('a' = 'b')",
    f"COMMENT ON TABLE {T} IS 'x'",
    f"COMMENT ON COLUMN {T}.a IS NULL",
    "CREATE SCHEMA main.other",
    f"CREATE TABLE main.demo.u DEEP CLONE {T}",
    f"CREATE TABLE main.demo.u LIKE {T}",
    "CREATE TABLE IDENTIFIER('main.demo.u') (a INT)",
    "REPLACE TABLE main.demo.u (a INT)",
    "CREATE VIEW main.demo.v (a COMMENT 'x') AS SELECT 1",
    f"INSERT INTO {T} REPLACE WHERE a = 1 SELECT 1",
    f"INSERT INTO {T} BY NAME SELECT 1 AS a",
    f"WITH q AS (SELECT 1) INSERT INTO {T} SELECT * FROM q",
    f"WITH q AS (SELECT 1 AS a) MERGE INTO {T} t USING q ON t.a = q.a WHEN MATCHED THEN DELETE",
    f"TRUNCATE TABLE {T}",
    f"OPTIMIZE {T}",
    f"VACUUM {T} RETAIN 168 HOURS",
    f"RESTORE TABLE {T} TO VERSION AS OF 0",
    f"ANALYZE TABLE {T} COMPUTE STATISTICS",
    f"REFRESH TABLE {T}",
    f"EXPLAIN DELETE FROM {T}",
    "SHOW CATALOGS",
    f"SELECT * FROM (DESCRIBE HISTORY {T})",
    f"SELECT * FROM ( DESC DETAIL {T} )",
    f"SELECT * FROM (DESCRIBE HISTORY {T} LIMIT 1)",
    "SELECT * FROM main.information_schema.tables",
    "SELECT * FROM system.information_schema.columns",
    f"SELECT * FROM {T}, information_schema.tables",
)


@pytest.mark.parametrize("role", ["analyst", "admin"])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_statement_of_the_platform_is_no_read_of_a_person(statement: str, role: str) -> None:
    assert GUARD.review(statement, role).verdict != "allow"


@pytest.mark.parametrize("text", ["(DESCRIBE HISTORY main.aiops.messages)", "(describe detail main.aiops.messages)"])
def test_description_inside_a_text_is_a_text(text: str) -> None:
    assert GUARD.review(f"SELECT '{text}' AS a FROM {T}", "analyst").verdict == "allow"
