"""ALTER TABLE, ALTER VIEW, ALTER SCHEMA and COMMENT ON."""

from __future__ import annotations

import threading
from decimal import Decimal as D

import pytest

from core.errors import StatementFailed, StatementInvalid, StatementRefused, TableNotFound
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.calls import ask, refused, run, tuples

T = "main.lab.t"
FREE = "TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'delta.enableTypeWidening' = 'true')"


@pytest.fixture
def table(warehouse: Warehouse) -> Warehouse:
    run(warehouse, f"CREATE TABLE {T} (id INT, n INT COMMENT 'number', s STRING) {FREE}")
    run(warehouse, f"INSERT INTO {T} VALUES (1, 10, 'a'), (2, NULL, 'b')")
    return warehouse


def names(warehouse: Warehouse) -> list[object]:
    return [row[0] for row in tuples(warehouse, f"DESCRIBE TABLE {T}")]


def test_added_columns_are_null_in_old_rows_and_stand_where_they_are_put(table: Warehouse) -> None:
    run(table, f"ALTER TABLE {T} ADD COLUMN d DECIMAL(10,2) COMMENT 'price'")
    run(table, f"ALTER TABLE {T} ADD COLUMNS (`first one` STRING FIRST, tags ARRAY<STRING> AFTER id)")
    assert names(table) == ["first one", "id", "tags", "n", "s", "d"]
    assert ask(table, f"SELECT d, tags, `first one` FROM {T} WHERE id = 1") == [
        {"d": None, "tags": None, "first one": None}
    ]
    run(table, f"INSERT INTO {T} VALUES ('x', 3, array('t'), 30, 'c', 1.5)")
    for _ in range(4):
        assert tuples(table, f"SELECT id, tags, d FROM {T} ORDER BY id") == [
            (1, None, None), (2, None, None), (3, ["t"], D("1.50")),
        ]  # fmt: skip
    run(table, f"UPDATE {T} SET d = 2 WHERE id = 1")
    assert tuples(table, f"SELECT d FROM {T} WHERE id = 1") == [(D("2.00"),)]
    assert table.describe(T, principal=PLATFORM).columns[5].comment == "price"


def test_column_added_to_a_table_whose_files_all_lack_it_can_be_filtered(table: Warehouse) -> None:
    run(table, f"ALTER TABLE {T} ADD COLUMN z INT")
    assert tuples(table, f"SELECT count(*) FROM {T} WHERE z IS NULL") == [(2,)]
    assert tuples(table, f"SELECT id FROM {T} WHERE z = 1") == []
    table.append(T, [{"id": 3, "z": 1}])
    assert tuples(table, f"SELECT id FROM {T} WHERE z = 1") == [(3,)]


def test_dropped_and_renamed_columns_take_their_values_along(table: Warehouse) -> None:
    run(table, f"ALTER TABLE {T} RENAME COLUMN n TO `new name`")
    assert ask(table, f"SELECT * FROM {T} ORDER BY id") == [
        {"id": 1, "new name": 10, "s": "a"}, {"id": 2, "new name": None, "s": "b"},
    ]  # fmt: skip
    assert table.describe(T, principal=PLATFORM).columns[1].comment == "number"
    run(table, f"ALTER TABLE {T} DROP COLUMN s")
    run(table, f"ALTER TABLE {T} DROP COLUMN IF EXISTS s")
    assert ask(table, f"SELECT * FROM {T} WHERE id = 1") == [{"id": 1, "new name": 10}]
    refused(table, f"SELECT s FROM {T}", StatementInvalid, asked=True)
    run(table, f"ALTER TABLE {T} ADD COLUMN s STRING")
    assert tuples(table, f"SELECT s FROM {T} WHERE id = 1") == [(None,)]


def test_drop_and_rename_need_column_mapping(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (a INT, b INT)")
    error = refused(warehouse, f"ALTER TABLE {T} DROP COLUMN b", StatementInvalid)
    assert error.error_class == "DELTA_UNSUPPORTED_DROP_COLUMN"
    error = refused(warehouse, f"ALTER TABLE {T} RENAME COLUMN a TO c", StatementInvalid)
    assert error.error_class == "DELTA_UNSUPPORTED_RENAME_COLUMN"
    run(warehouse, f"ALTER TABLE {T} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')")
    run(warehouse, f"ALTER TABLE {T} DROP COLUMNS (b)")
    assert names(warehouse) == ["a"]
    refused(warehouse, f"ALTER TABLE {T} DROP COLUMN a", StatementInvalid)


@pytest.mark.parametrize(
    ("old", "value", "new", "kept"),
    [
        ("TINYINT", "1", "INT", 1),
        ("INT", "2000000000", "BIGINT", 2_000_000_000),
        ("INT", "7", "DOUBLE", 7.0),
        ("INT", "7", "DECIMAL(12,2)", D("7.00")),
        ("FLOAT", "0.5", "DOUBLE", 0.5),
        ("DECIMAL(10,2)", "1.25", "DECIMAL(14,4)", D("1.2500")),
    ],
)
def test_type_widens_with_its_values(warehouse: Warehouse, old: str, value: str, new: str, kept: object) -> None:
    run(warehouse, f"CREATE TABLE {T} (a {old}) {FREE}")
    run(warehouse, f"INSERT INTO {T} VALUES ({value})")
    run(warehouse, f"ALTER TABLE {T} ALTER COLUMN a TYPE {new}")
    assert tuples(warehouse, f"SELECT a FROM {T}") == [(kept,)]
    assert tuples(warehouse, f"DESCRIBE TABLE {T}")[0][1] == new.lower()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("BIGINT", "INT"),
        ("INT", "STRING"),
        ("INT", "DECIMAL(5,2)"),
        ("DECIMAL(10,2)", "DECIMAL(11,4)"),
        ("DOUBLE", "FLOAT"),
    ],
)
def test_type_does_not_narrow(warehouse: Warehouse, old: str, new: str) -> None:
    run(warehouse, f"CREATE TABLE {T} (a {old}) {FREE}")
    error = refused(warehouse, f"ALTER TABLE {T} ALTER COLUMN a TYPE {new}", StatementInvalid)
    assert error.error_class == "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"


def test_type_widens_only_where_the_table_says_so(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (a INT)")
    refused(warehouse, f"ALTER TABLE {T} ALTER COLUMN a TYPE BIGINT", StatementInvalid, "enableTypeWidening")


def test_column_is_commented_moved_and_made_required(table: Warehouse) -> None:
    run(table, f"ALTER TABLE {T} ALTER COLUMN s COMMENT 'it\\'s text'")
    run(table, f"ALTER TABLE {T} ALTER COLUMN s FIRST")
    run(table, f"ALTER TABLE {T} ALTER COLUMN id AFTER n")
    assert names(table) == ["s", "n", "id"]
    assert tuples(table, f"SELECT * FROM {T} ORDER BY id") == [("a", 10, 1), ("b", None, 2)]
    assert table.describe(T, principal=PLATFORM).columns[0].comment == "it's text"
    error = refused(table, f"ALTER TABLE {T} ALTER COLUMN n SET NOT NULL", StatementFailed)
    assert error.error_class == "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"
    run(table, f"ALTER TABLE {T} ALTER COLUMN id SET NOT NULL")
    refused(table, f"INSERT INTO {T} (s) VALUES ('x')", StatementFailed)
    run(table, f"ALTER TABLE {T} ALTER COLUMN id DROP NOT NULL")
    run(table, f"INSERT INTO {T} (s) VALUES ('x')")
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(3,)]


def test_default_is_set_for_later_inserts_only(table: Warehouse) -> None:
    refused(table, f"ALTER TABLE {T} ALTER COLUMN n SET DEFAULT 5", StatementInvalid, "allowColumnDefaults")
    run(table, f"ALTER TABLE {T} SET TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')")
    run(table, f"ALTER TABLE {T} ALTER COLUMN n SET DEFAULT 5")
    run(table, f"INSERT INTO {T} (id) VALUES (3)")
    run(table, f"ALTER TABLE {T} ALTER COLUMN n DROP DEFAULT")
    run(table, f"INSERT INTO {T} (id) VALUES (4)")
    assert tuples(table, f"SELECT id, n FROM {T} ORDER BY id") == [(1, 10), (2, None), (3, 5), (4, None)]


def test_check_constraint_holds_for_what_is_there_and_what_comes(table: Warehouse) -> None:
    refused(table, f"ALTER TABLE {T} ADD CONSTRAINT big CHECK (id > 1)", StatementFailed)
    run(table, f"ALTER TABLE {T} ADD CONSTRAINT positive CHECK (id > 0 AND s <> '')")
    for statement in (
        f"INSERT INTO {T} VALUES (0, 1, 'x')",
        f"INSERT INTO {T} VALUES (NULL, 1, 'x')",
        f"UPDATE {T} SET s = ''",
        f"MERGE INTO {T} t USING (SELECT -5 AS id) q ON t.id = q.id WHEN NOT MATCHED THEN INSERT (id) VALUES (q.id)",
    ):
        error = refused(table, statement, StatementFailed, "positive")
        assert error.error_class == "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"
    with pytest.raises(StatementFailed):
        table.append(T, [{"id": -1, "s": "x"}])
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(2,)]
    assert dict(tuples(table, f"SHOW TBLPROPERTIES {T}"))["delta.constraints.positive"] == "id > 0 AND s <> ''"
    refused(table, f"ALTER TABLE {T} ADD CONSTRAINT positive CHECK (n > 0)", StatementInvalid)
    refused(table, f"ALTER TABLE {T} DROP COLUMN s", StatementInvalid, "positive")
    refused(table, f"ALTER TABLE {T} ADD CONSTRAINT odd CHECK (nothing > 0)", StatementInvalid)
    run(table, f"ALTER TABLE {T} DROP CONSTRAINT positive")
    run(table, f"ALTER TABLE {T} DROP CONSTRAINT IF EXISTS positive")
    refused(table, f"ALTER TABLE {T} DROP CONSTRAINT positive", StatementInvalid)
    assert run(table, f"INSERT INTO {T} VALUES (0, 1, '')") == 1


def test_keys_are_added_and_dropped_as_information(table: Warehouse) -> None:
    run(table, "CREATE TABLE main.lab.other (id INT, CONSTRAINT other_key PRIMARY KEY (id) RELY)")
    refused(table, f"ALTER TABLE {T} ADD CONSTRAINT k PRIMARY KEY (id)", StatementInvalid, "nullable")
    run(table, f"ALTER TABLE {T} ALTER COLUMN id SET NOT NULL")
    run(table, f"ALTER TABLE {T} ADD CONSTRAINT k PRIMARY KEY (id) NOT ENFORCED RELY")
    run(table, f"ALTER TABLE {T} ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES main.lab.other (id)")
    listed = "SELECT constraint_name FROM main.information_schema.table_constraints WHERE table_name = 't' ORDER BY 1"
    assert tuples(table, listed) == [("f",), ("k",)]
    run(table, f"INSERT INTO {T} VALUES (1, 77, 'not enforced')")
    run(table, f"ALTER TABLE {T} RENAME COLUMN id TO code")
    used = "SELECT column_name FROM main.information_schema.key_column_usage WHERE constraint_name = 'k'"
    assert tuples(table, used) == [("code",)]
    refused(table, f"ALTER TABLE {T} DROP COLUMN code", StatementInvalid)
    run(table, f"ALTER TABLE {T} DROP PRIMARY KEY")
    run(table, f"ALTER TABLE {T} DROP FOREIGN KEY (n)")
    assert tuples(table, listed) == []
    refused(table, f"ALTER TABLE {T} DROP PRIMARY KEY", StatementInvalid)


def test_table_gets_another_name_with_all_it_holds(table: Warehouse) -> None:
    run(table, f"COMMENT ON TABLE {T} IS 'mine'")
    run(table, f"ALTER TABLE {T} RENAME TO main.lab.`new name`")
    assert tuples(table, "SELECT count(*) FROM main.lab.`new name`") == [(2,)]
    assert table.describe("main.lab.new name", principal=PLATFORM).comment == "mine"
    refused(table, f"SELECT * FROM {T}", TableNotFound, asked=True)
    run(table, f"CREATE TABLE {T} AS SELECT 5 AS five")
    refused(table, f"ALTER TABLE {T} RENAME TO main.lab.`new name`", StatementInvalid)
    refused(table, f"ALTER TABLE {T} RENAME TO main.elsewhere.t", StatementRefused)
    assert tuples(table, f"SELECT five FROM {T}") == [(5,)]


def test_properties_are_set_and_unset(table: Warehouse) -> None:
    run(table, f"ALTER TABLE {T} SET TBLPROPERTIES ('team' = 'sales', other.key = 5)")
    assert tuples(table, f"SHOW TBLPROPERTIES {T} ('team')") == [("team", "sales")]
    assert tuples(table, f"SHOW TBLPROPERTIES {T} (other.key)") == [("other.key", "5")]
    run(table, f"ALTER TABLE {T} UNSET TBLPROPERTIES ('team', other.key)")
    refused(table, f"ALTER TABLE {T} UNSET TBLPROPERTIES ('team')", StatementInvalid)
    run(table, f"ALTER TABLE {T} UNSET TBLPROPERTIES IF EXISTS ('team')")
    assert "team" not in dict(tuples(table, f"SHOW TBLPROPERTIES {T}"))
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(2,)]


@pytest.mark.parametrize("layout", ["(id)", "AUTO", "NONE"])
def test_clustering_is_accepted_without_effect(table: Warehouse, layout: str) -> None:
    run(table, f"ALTER TABLE {T} CLUSTER BY {layout}")
    assert tuples(table, f"SELECT id FROM {T} ORDER BY id") == [(1,), (2,)]
    refused(table, f"ALTER TABLE {T} CLUSTER BY (nothing)", StatementInvalid)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("ADD COLUMN s.inner INT", "STRUCT"),
        ("ADD COLUMN z INT NOT NULL", "NOT"),
        ("ADD COLUMN z INT DEFAULT 5", "DEFAULT"),
        ("ALTER COLUMN s.inner COMMENT 'x'", "STRUCT"),
        ("ALTER COLUMN id SYNC IDENTITY", "SYNC IDENTITY"),
        ("SET OWNER TO `x`", "SET OWNER"),
        ("OWNER TO `x`", "OWNER TO"),
        ("SET TAGS ('a' = 'b')", "SET TAGS"),
        ("SET LOCATION '/x'", "SET LOCATION"),
        ("SET ROW FILTER f ON (id)", "SET ROW FILTER"),
        ("ALTER COLUMN id SET MASK f", "SET MASK"),
        ("ADD PARTITION (id = 1)", "ADD PARTITION"),
        ("DROP PARTITION (id = 1)", "DROP PARTITION"),
        ("DROP FEATURE deletionVectors", "DROP FEATURE"),
        ("RECOVER PARTITIONS", "RECOVER PARTITIONS"),
        ("REPLACE COLUMNS (a INT)", "REPLACE COLUMNS"),
        ("ENABLE PREDICTIVE OPTIMIZATION", "ENABLE PREDICTIVE OPTIMIZATION"),
    ],
)
def test_alteration_that_is_not_supported_is_refused_by_name(table: Warehouse, change: str, named: str) -> None:
    refused(table, f"ALTER TABLE {T} {change}", StatementRefused, named)
    assert names(table) == ["id", "n", "s"]


@pytest.mark.parametrize(
    ("change", "error_class"),
    [
        ("ADD COLUMN n INT", "FIELD_ALREADY_EXISTS"),
        ("ADD COLUMN z INT AFTER nothing", "UNRESOLVED_COLUMN"),
        ("ALTER COLUMN nothing COMMENT 'x'", "UNRESOLVED_COLUMN"),
        ("RENAME COLUMN n TO ID", "COLUMN_ALREADY_EXISTS"),
        ("ADD COLUMN", "PARSE_SYNTAX_ERROR"),
        ("ADD COLUMN z INT; DROP TABLE main.lab.t", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_alteration_that_makes_no_sense_is_named(table: Warehouse, change: str, error_class: str) -> None:
    assert refused(table, f"ALTER TABLE {T} {change}", StatementInvalid).error_class == error_class
    assert names(table) == ["id", "n", "s"]


def test_view_is_redefined_renamed_and_commented(table: Warehouse) -> None:
    run(table, f"CREATE VIEW main.lab.v COMMENT 'kept' AS SELECT id FROM {T}")
    run(table, f"ALTER VIEW main.lab.v AS SELECT n AS m FROM {T} WHERE id = 1")
    assert ask(table, "SELECT * FROM main.lab.v") == [{"m": 10}]
    assert table.describe("main.lab.v", principal=PLATFORM).comment == "kept"
    run(table, "ALTER VIEW main.lab.v SET TBLPROPERTIES ('a' = 'b')")
    run(table, "ALTER VIEW main.lab.v RENAME TO main.lab.w")
    run(table, "COMMENT ON COLUMN main.lab.w.m IS 'ten'")
    run(table, "COMMENT ON VIEW main.lab.w IS 'renamed'")
    info = table.describe("main.lab.w", principal=PLATFORM)
    assert (info.comment, info.columns[0].comment, dict(info.properties)) == ("renamed", "ten", {"a": "b"})
    run(table, "ALTER VIEW main.lab.w UNSET TBLPROPERTIES ('a')")
    assert dict(table.describe("main.lab.w", principal=PLATFORM).properties) == {}
    refused(table, "SELECT * FROM main.lab.v", TableNotFound, asked=True)
    refused(table, "ALTER VIEW main.lab.w AS SELECT * FROM main.lab.w", StatementInvalid)
    refused(table, "ALTER VIEW main.lab.w SET TAGS ('a' = 'b')", StatementRefused, "ALTER VIEW SET TAGS")
    refused(table, f"ALTER VIEW {T} AS SELECT 1", StatementInvalid)
    refused(table, "ALTER TABLE main.lab.w ADD COLUMN a INT", StatementInvalid)


def test_comments_are_set_and_taken_away(table: Warehouse) -> None:
    run(table, f"COMMENT ON TABLE {T} IS 'a \"table\" of ours'")
    run(table, f"COMMENT ON COLUMN {T}.s IS 'text'")
    run(table, "COMMENT ON SCHEMA main.lab IS 'the lab'")
    info = table.describe(T, principal=PLATFORM)
    assert (info.comment, info.columns[2].comment) == ('a "table" of ours', "text")
    assert dict(tuples(table, "DESCRIBE SCHEMA main.lab"))["Comment"] == "the lab"
    run(table, f"COMMENT ON TABLE {T} IS NULL")
    run(table, f"COMMENT ON COLUMN {T}.s IS NULL")
    run(table, "COMMENT ON DATABASE main.lab IS NULL")
    info = table.describe(T, principal=PLATFORM)
    assert (info.comment, info.columns[2].comment) == (None, None)
    assert tuples(table, f"SELECT count(*) FROM {T}") == [(2,)]
    refused(table, f"COMMENT ON COLUMN {T}.nothing IS 'x'", StatementInvalid)
    refused(table, "COMMENT ON SCHEMA main.nothing IS 'x'", StatementInvalid)
    refused(table, "COMMENT ON CATALOG main IS 'x'", StatementRefused, "COMMENT ON CATALOG")


def test_schema_gets_properties(warehouse: Warehouse) -> None:
    run(warehouse, "ALTER SCHEMA main.lab SET DBPROPERTIES ('team' = 'sales')")
    assert "team" in str(dict(tuples(warehouse, "DESCRIBE SCHEMA EXTENDED main.lab"))["Properties"])
    refused(warehouse, "ALTER SCHEMA main.lab SET OWNER TO x", StatementRefused, "ALTER SCHEMA SET OWNER")
    refused(warehouse, "ALTER SCHEMA main.nothing SET DBPROPERTIES ('a' = 'b')", StatementInvalid)


def test_reader_beside_alterations_sees_one_definition_whole(table: Warehouse) -> None:
    done = threading.Event()
    seen: list[tuple[str, ...]] = []
    strange: list[object] = []

    def read() -> None:
        while not done.is_set():
            found = table.query(f"SELECT * FROM {T}", principal=PLATFORM)
            seen.append(tuple(found.column_names))
            strange.extend(row for row in found.to_pylist() if row["id"] == 1 and row.get("n", row.get("m")) != 10)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(4):
            run(table, f"ALTER TABLE {T} RENAME COLUMN n TO m")
            run(table, f"ALTER TABLE {T} ADD COLUMN z INT FIRST")
            run(table, f"ALTER TABLE {T} RENAME COLUMN m TO n")
            run(table, f"ALTER TABLE {T} DROP COLUMN z")
    finally:
        done.set()
        reader.join()
    whole = {("id", "n", "s"), ("id", "m", "s"), ("z", "id", "m", "s"), ("z", "id", "n", "s")}
    assert seen
    assert set(seen) <= whole
    assert strange == []


def test_rows_appended_beside_alterations_are_all_there(table: Warehouse) -> None:
    failures: list[BaseException] = []

    def append() -> None:
        try:
            for number in range(20):
                table.append(T, [{"id": 100 + number, "s": "x"}])
        except BaseException as error:  # the assertion below names it
            failures.append(error)

    writer = threading.Thread(target=append)
    writer.start()
    for number in range(5):
        run(table, f"ALTER TABLE {T} ADD COLUMN z{number} INT")
    run(table, f"ALTER TABLE {T} DROP COLUMN z0")
    writer.join()
    assert failures == []
    assert tuples(table, f"SELECT count(*), count(DISTINCT id) FROM {T} WHERE id >= 100") == [(20, 20)]
