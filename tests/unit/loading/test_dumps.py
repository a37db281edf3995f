"""SQL dumps: replayed (SQLite) or read (PostgreSQL, MySQL); every statement that does not apply is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import LoadError
from core.warehouse.loading import ForeignKey, LoadPlan, read_path
from core.warehouse.loading.dump_statements import recognise, statements

SQLITE = """
PRAGMA foreign_keys=off;
DROP TABLE IF EXISTS [Boats];
CREATE TABLE [Boats] ([BoatID] INTEGER PRIMARY KEY AUTOINCREMENT, [Name] TEXT, [Price] NUMERIC, [Share] REAL,
                      [Built] DATE, [Seen] DATETIME, [Photo] BLOB);
-- a comment; with a semicolon
CREATE TABLE [Trip Legs] ([BoatID] INTEGER, [LegNo] INTEGER, [Miles] NUMERIC(8,2), PRIMARY KEY ("BoatID", "LegNo"),
                          FOREIGN KEY ([BoatID]) REFERENCES [Boats] ([BoatID]));
INSERT INTO Boats VALUES (null, 'It''s; fast', 12.5, 0.1, '2020-05-06', '2021-01-02', X'FFD8');
INSERT INTO Boats VALUES (null, 'Tern', 9, 0.25, '2019-01-01', '2021-01-03', X'00');
INSERT INTO [Trip Legs] VALUES (1, 1, 10.25);
INSERT INTO [Trip Legs] VALUES (1, 1, 11.25);
CREATE VIEW [Fast] AS SELECT * FROM Boats;
SELECT * FROM Boats;
"""

POSTGRES = r"""--
-- PostgreSQL database dump
--
SET client_encoding = 'UTF8';
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.ports VALUES (9);
  RETURN NEW;
END;
$$;
CREATE TABLE public.ports (
    id integer NOT NULL,
    name character varying(40) DEFAULT 'a;b'::character varying,
    fee numeric(10,2),
    open boolean,
    since date,
    checked timestamp without time zone,
    tags text[],
    badge bytea
);
COMMENT ON TABLE public.ports IS 'Where boats land; it''s all of them';
COMMENT ON COLUMN public.ports.name IS 'As on the chart';
CREATE TABLE public."Port Calls" ("Call No" bigint, port_id integer, "Depth" double precision);
COPY public.ports (id, name, fee, open, since, checked, tags, badge) FROM stdin;
1	Kinsale\tHarbour	10.50	t	2000-01-02	2024-01-02 03:04:05	{a,b}	\\x00ff
2	\N	\N	f	\N	2024-01-02 00:00:00	\N	\N
3	cut off
\.

INSERT INTO public."Port Calls" ("Call No", port_id, "Depth") VALUES (1, 1, 2.5), (2, 2, 1e1),
 (3, NULL, -4),
 (4, 1);
INSERT INTO public."Port Calls" SELECT * FROM public.elsewhere;
ALTER TABLE ONLY public.ports ADD CONSTRAINT ports_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public."Port Calls"
    ADD CONSTRAINT calls_fk FOREIGN KEY (port_id) REFERENCES public.ports(id) ON DELETE CASCADE;
"""

MYSQL = r"""-- MySQL dump 10.13
/*!40101 SET NAMES utf8 */;
CREATE TABLE `spare parts` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(50) DEFAULT NULL COMMENT 'what it is',
  `in_use` tinyint(1) DEFAULT '0',
  `price` decimal(8,2) unsigned DEFAULT NULL,
  `parent` int(11),
  PRIMARY KEY (`id`),
  KEY `k` (`name`),
  CONSTRAINT `fk` FOREIGN KEY (`parent`) REFERENCES `spare parts` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COMMENT='All parts';
INSERT INTO `spare parts` VALUES (1,'It\'s; "ok"',1,'12.50',NULL),(2,NULL,0,NULL,1);
"""


def load(folder: Path, text: str, name: str = "marina.sql", clock: ManualClock | None = None) -> LoadPlan:
    (folder / name).write_text(text)
    return read_path(folder / name, clock=clock)


def types(plan: LoadPlan, table: str) -> dict[str, str]:
    return {field.name: str(field.type) for field in plan.tables[table].table.schema}


def test_a_sqlite_dump_keeps_names_types_and_keys(tmp_path: Path) -> None:
    plan = load(tmp_path, SQLITE)
    assert types(plan, "Boats") == {
        "BoatID": "int64", "Name": "string", "Price": "decimal128(18, 1)", "Share": "double",
        "Built": "date32[day]", "Seen": "date32[day]",
    }  # fmt: skip
    assert plan.tables["Boats"].table.to_pylist()[0] == {
        "BoatID": 1, "Name": "It's; fast", "Price": Decimal("12.5"), "Share": 0.1,
        "Built": date(2020, 5, 6), "Seen": date(2021, 1, 2),
    }  # fmt: skip
    legs = plan.tables["Trip Legs"]
    assert (legs.primary_key, legs.foreign_keys) == (
        ("BoatID", "LegNo"),
        (ForeignKey(("BoatID",), "Boats", ("BoatID",)),),
    )
    assert legs.table.to_pylist() == [{"BoatID": 1, "LegNo": 1, "Miles": Decimal("10.25")}]


def test_each_skipped_statement_of_a_sqlite_dump_has_its_line_and_reason(tmp_path: Path) -> None:
    skipped = {item.where: (item.what, item.why) for item in load(tmp_path, SQLITE).skipped}
    assert set(skipped) == {
        "marina.sql line 2", "marina.sql line 12", "marina.sql line 13", "marina.sql line 14",
        "marina.sql table 'Boats' column 'Photo'",
    }  # fmt: skip
    assert skipped["marina.sql line 12"][1] == "UNIQUE constraint failed: Trip Legs.BoatID, Trip Legs.LegNo"
    assert skipped["marina.sql line 13"] == (
        "CREATE VIEW [Fast] AS SELECT * FROM Boats",
        "a view; only tables are loaded",
    )


def test_a_dump_reaches_no_file(tmp_path: Path) -> None:
    target = tmp_path / "stolen.db"
    plan = load(
        tmp_path,
        f"""PRAGMA foreign_keys=off;
CREATE TABLE t (a INTEGER, b TEXT);
INSERT INTO t VALUES (1, 'x');
ATTACH DATABASE '{target}' AS other;
VACUUM INTO '{target}';
INSERT INTO t VALUES (2, load_extension('x'));
CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO t VALUES (9, 'g'); INSERT INTO t VALUES (8, 'h'); END;
INSERT INTO t VALUES (3, 'last')""",
    )
    assert plan.tables["t"].table.to_pylist() == [{"a": 1, "b": "x"}, {"a": 3, "b": "last"}]
    assert [item.where for item in plan.skipped] == [f"marina.sql line {line}" for line in (1, 4, 5, 6, 7)]
    assert not target.exists()


def test_an_endless_statement_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.warehouse.loading.sqlite_dump.SECONDS_PER_STATEMENT", 0.2)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"
    plan = load(tmp_path, f"CREATE TABLE t (a INTEGER);\nINSERT INTO t VALUES (1);\nINSERT INTO t {endless};\n")
    assert plan.tables["t"].table.num_rows == 1
    assert plan.skipped[0].why == "interrupted"


def test_a_postgresql_dump_keeps_types_keys_and_comments(tmp_path: Path) -> None:
    plan = load(tmp_path, POSTGRES)
    ports = plan.tables["ports"]
    assert types(plan, "ports") == {
        "id": "int64", "name": "string", "fee": "decimal128(10, 2)", "open": "bool", "since": "date32[day]",
        "checked": "timestamp[us, tz=UTC]", "tags": "string",
    }  # fmt: skip
    assert ports.table.to_pylist()[0] == {
        "id": 1, "name": "Kinsale\tHarbour", "fee": Decimal("10.50"), "open": True, "since": date(2000, 1, 2),
        "checked": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "tags": "{a,b}",
    }  # fmt: skip
    assert ports.primary_key == ("id",)
    assert ports.comment == "Where boats land; it's all of them"
    assert dict(ports.column_comments) == {"name": "As on the chart"}
    calls = plan.tables["Port Calls"]
    assert [row["Depth"] for row in calls.table.to_pylist()] == [2.5, 10.0, -4.0]
    assert calls.foreign_keys == (ForeignKey(("port_id",), "ports", ("id",)),)


def test_each_skipped_part_of_a_postgresql_dump_has_its_line_and_reason(tmp_path: Path) -> None:
    skipped = {item.where: item.why for item in load(tmp_path, POSTGRES).skipped}
    assert skipped == {
        "marina.sql line 4": "a setting of the session",
        "marina.sql line 5": "code; never executed",
        "marina.sql line 27": "2 values for 8 columns",
        "marina.sql line 32": "2 values for 3 columns",
        "marina.sql line 33": "only rows written out as VALUES are read",
        "marina.sql table 'ports' column 'badge'": "cannot be asked about",
    }


def test_a_mysql_dump(tmp_path: Path) -> None:
    plan = load(tmp_path, MYSQL)
    parts = plan.tables["spare parts"]
    assert parts.table.to_pylist() == [
        {"id": 1, "name": 'It\'s; "ok"', "in_use": True, "price": Decimal("12.50"), "parent": None},
        {"id": 2, "name": None, "in_use": False, "price": None, "parent": 1},
    ]
    assert (parts.primary_key, parts.comment) == (("id",), "All parts")
    assert parts.foreign_keys == (ForeignKey(("parent",), "spare parts", ("id",)),)


def test_expressions_of_a_closed_list_are_evaluated_as_of_the_load(tmp_path: Path) -> None:
    text = """CREATE TABLE public.t (a date, b bigint, c text, d text, e numeric(6,2));
INSERT INTO public.t VALUES
 (CURRENT_DATE - INTERVAL '15 months', EXTRACT(YEAR FROM CURRENT_DATE), TO_CHAR(CURRENT_DATE, 'YYYY-MM'),
  'a' || 'b', 2 * 1.5),
 ('2024-01-31'::date + INTERVAL '1 month', 1, NULL, E'x\\ny', -1),
 (now(), pg_sleep(1), 'x', 'y', 1),
 ((SELECT max(a) FROM public.t), 1, 'x', 'y', 1);
"""
    plan = load(tmp_path, text, clock=ManualClock(datetime(2026, 3, 31, tzinfo=UTC)))
    assert plan.tables["t"].table.to_pylist() == [
        {"a": date(2024, 12, 31), "b": 2026, "c": "2026-03", "d": "ab", "e": Decimal("3.00")},
        {"a": date(2024, 2, 29), "b": 1, "c": None, "d": "x\ny", "e": Decimal("-1.00")},
    ]
    assert [item.where for item in plan.skipped] == ["marina.sql line 6", "marina.sql line 7"]
    assert [item.where for item in plan.adjusted] == ["marina.sql line 3", "marina.sql line 5"]


def test_tables_of_two_schemas_with_one_name_are_both_loaded(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        "CREATE TABLE public.t (a bigint);\nCREATE TABLE old.t (a bigint, b text);\n"
        "INSERT INTO public.t VALUES (1);\nINSERT INTO old.t VALUES (2, 'x');\n",
    )
    assert plan.tables["public_t"].table.to_pylist() == [{"a": 1}]
    assert plan.tables["old_t"].table.to_pylist() == [{"a": 2, "b": "x"}]
    assert [(item.what, item.why) for item in plan.adjusted] == [
        ("table public.t is called 'public_t'", "two schemas have a table of that name"),
        ("table old.t is called 'old_t'", "two schemas have a table of that name"),
    ]


def test_references_between_tables_of_one_name_stay_within_their_schema(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        "".join(
            f"CREATE TABLE {schema}.users (id bigint, PRIMARY KEY (id));\n"
            f"CREATE TABLE {schema}.orders_{schema} (id bigint, user_id bigint REFERENCES {where}users(id));\n"
            for schema, where in (("a", "a."), ("b", ""))
        )
        + "ALTER TABLE ONLY a.users ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES b.users(id);\n",
    )
    assert plan.tables["orders_a"].foreign_keys == (ForeignKey(("user_id",), "a_users", ("id",)),)
    assert plan.tables["orders_b"].foreign_keys == (ForeignKey(("user_id",), "b_users", ("id",)),)
    assert plan.tables["a_users"].foreign_keys == (ForeignKey(("id",), "b_users", ("id",)),)


@pytest.mark.parametrize("enter", ["USE `{}`;", "SET search_path = {}, pg_catalog;"])
def test_the_schema_that_a_session_is_in_counts(tmp_path: Path, enter: str) -> None:
    plan = load(
        tmp_path,
        "".join(
            f"{enter.format(schema)}\nDROP TABLE IF EXISTS users;\nCREATE TABLE users (id bigint);\n"
            f"INSERT INTO users VALUES ({number});\n"
            for number, schema in ((1, "a"), (2, "b"))
        )
        + "-- PostgreSQL database dump\n",
    )
    assert plan.tables["a_users"].table.to_pylist() == [{"id": 1}]
    assert plan.tables["b_users"].table.to_pylist() == [{"id": 2}]


CHANGING = """CREATE TABLE {schema}t (a bigint, b text);
INSERT INTO {schema}t VALUES (1, 'x'), (2, 'y'), (3, 'z');
CREATE TABLE {schema}gone (a bigint);
INSERT INTO {schema}gone VALUES (1);
DROP TABLE {schema}gone;
UPDATE {schema}t SET b = 'w' WHERE a < 3;
DELETE FROM {schema}t WHERE a = 1;
DELETE FROM {schema}t WHERE a = 77;
DROP TABLE IF EXISTS {schema}never;
"""


def test_changes_of_rows_in_a_sqlite_dump_are_applied_and_named(tmp_path: Path) -> None:
    plan = load(tmp_path, "PRAGMA foreign_keys=off;\n" + CHANGING.format(schema=""))
    assert {name: table.table.to_pylist() for name, table in plan.tables.items()} == {
        "t": [{"a": 2, "b": "w"}, {"a": 3, "b": "z"}]
    }
    assert [(item.where, item.what, item.why) for item in plan.adjusted] == [
        ("marina.sql line 6", "DROP TABLE gone", "applied: table 'gone' with 1 rows is removed"),
        ("marina.sql line 7", "UPDATE t SET b = 'w' WHERE a < 3", "applied: 2 rows changed"),
        ("marina.sql line 8", "DELETE FROM t WHERE a = 1", "applied: 1 rows removed"),
    ]
    assert [item.where for item in plan.skipped] == ["marina.sql line 1"]


def test_columns_removed_and_tables_renamed_in_a_sqlite_dump_are_named(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        "CREATE TABLE t (a INT, b INT);\nINSERT INTO t VALUES (1, 2);\nALTER TABLE t DROP COLUMN b;\n"
        "ALTER TABLE t RENAME TO u;\nALTER TABLE u ADD COLUMN c INT;\nTRUNCATE TABLE u;\n",
    )
    assert plan.tables["u"].table.to_pylist() == [{"a": 1, "c": None}]
    assert [item.why for item in plan.adjusted] == [
        "applied: columns are removed or renamed",
        "applied: table 't' is renamed",
    ]
    assert plan.skipped[0].why == "not known to SQLite; the rows are loaded as they are"


def test_many_changes_of_rows_are_summed_up(tmp_path: Path) -> None:
    rows = "INSERT INTO t VALUES (1);\nDELETE FROM t;\n" * 205
    plan = load(tmp_path, f"CREATE TABLE t (a INT);\n{rows}INSERT INTO t VALUES (9);\n")
    assert plan.tables["t"].table.to_pylist() == [{"a": 9}]
    assert len(plan.adjusted) == 201
    assert plan.adjusted[-1].what == "5 more statements that change rows"


def test_changes_of_rows_in_a_server_dump_are_named_as_applied_or_skipped(tmp_path: Path) -> None:
    more = "TRUNCATE TABLE public.t;\nINSERT INTO public.t VALUES (5, 'v');\nCREATE TABLE public.t (c int);\n"
    plan = load(tmp_path, "SET search_path = public;\n" + CHANGING.format(schema="public.") + more)
    assert {name: table.table.to_pylist() for name, table in plan.tables.items()} == {"t": [{"a": 5, "b": "v"}]}
    assert [(item.where, item.why) for item in plan.adjusted] == [
        ("marina.sql line 6", "applied: table 'gone' with 1 rows is removed"),
        ("marina.sql line 11", "applied: 3 rows of table 't' removed"),
    ]
    assert {item.where: item.why for item in plan.skipped} == {
        "marina.sql line 1": "a setting of the session",
        "marina.sql line 7": "changes rows; the rows are loaded as they are written out",
        "marina.sql line 8": "changes rows; the rows are loaded as they are written out",
        "marina.sql line 9": "changes rows; the rows are loaded as they are written out",
        "marina.sql line 10": "nothing is there yet to be removed",
        "marina.sql line 13": "its table is made before; the first one is kept",
    }


def test_a_dump_without_marks_is_read_as_what_reads_more(tmp_path: Path) -> None:
    plan = load(tmp_path, "CREATE TABLE t (id INT, d DATE);\nINSERT INTO t VALUES (1, DATE '2024-01-02');\n")
    assert plan.tables["t"].table.to_pylist() == [{"id": 1, "d": date(2024, 1, 2)}]


def test_values_that_do_not_fit_their_declared_type_are_kept_and_named(tmp_path: Path) -> None:
    plan = load(
        tmp_path, "CREATE TABLE t (n INTEGER, d DATE);\nINSERT INTO t VALUES (1, '2024-01-01'), ('x', 'soon');\n"
    )
    assert plan.tables["t"].table.to_pylist() == [{"n": "1", "d": "2024-01-01"}, {"n": "x", "d": "soon"}]
    assert [item.what for item in plan.adjusted] == [
        "declared INTEGER, but not all values fit",
        "declared DATE, but not all values fit",
    ]


@pytest.mark.parametrize("declared", ["numeric", "numeric(38,19)"])
def test_long_numbers_in_a_dump_keep_each_digit(tmp_path: Path, declared: str) -> None:
    rows = "(0.1234567890123456789), (1234567890123456789.5)"
    plan = load(tmp_path, f"CREATE TABLE public.t (n {declared});\nINSERT INTO public.t VALUES {rows};\n")
    assert [row["n"] for row in plan.tables["t"].table.to_pylist()] == [
        Decimal("0.1234567890123456789"),
        Decimal("1234567890123456789.5"),
    ]


def test_numbers_without_a_declared_scale_stay_numbers(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        "CREATE TABLE public.t (a numeric, b numeric, c money, d numeric);\n"
        "INSERT INTO public.t VALUES (1, 2.50, '$1,234.50', NULL), (3, 4, '$2.00', NULL);\n",
    )
    assert plan.tables["t"].table.to_pylist()[0] == {"a": 1, "b": Decimal("2.50"), "c": Decimal("1234.50"), "d": None}


def test_references_to_tables_that_are_not_there_are_dropped_and_named(tmp_path: Path) -> None:
    plan = load(tmp_path, "CREATE TABLE t (a INTEGER REFERENCES gone(id));\nINSERT INTO t VALUES (1);\n")
    assert plan.tables["t"].foreign_keys == ()
    assert plan.adjusted[0].what == "reference to 'gone' dropped"


@pytest.mark.parametrize("text", ["-- nothing\n", "hello world", "SELECT 1;", "CREATE TABLE t ("])
def test_a_dump_without_tables_is_said_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(LoadError, match=r"marina\.sql makes no tables"):
        load(tmp_path, text)


@pytest.mark.parametrize(("text", "dialect"), [(SQLITE, "sqlite"), (POSTGRES, "postgres"), (MYSQL, "mysql")])
def test_the_dialect_is_recognised(text: str, dialect: str) -> None:
    assert recognise(text) == dialect


def test_statements_know_the_line_they_begin_on() -> None:
    text = "-- first\nSELECT 1;\n\n/* two\nlines */ SELECT ';' ;\nSELECT 'a\nb'; SELECT 4"
    found = [(statement.line, statement.text) for statement in statements(text, "sqlite")]
    assert found == [(2, "SELECT 1"), (5, "SELECT ';'"), (6, "SELECT 'a\nb'"), (7, "SELECT 4")]
