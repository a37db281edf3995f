"""Parquet, JSON lines and SQLite files: types kept, keys kept, what has no place here named."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import LoadError
from core.warehouse.loading import ForeignKey, read_path


def test_parquet_types_come_to_the_ones_of_tables(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 2, 3, 4, 5)
    pq.write_table(
        pa.table(
            {
                "small": pa.array([1, None], pa.int16()),
                "unsigned": pa.array([2**63, 1], pa.uint64()),
                "half": pa.array([0.5, 1.5], pa.float32()),
                "money": pa.array([Decimal("1.25"), None]),
                "when": pa.array([moment, None], pa.timestamp("ns")),
                "word": pa.array(["a", "b"]).dictionary_encode(),
                "nested": pa.array([{"x": [1]}, None]),
                "picture": pa.array([b"\x00", b"\x01"]),
                "clock": pa.array([1, 2], pa.time32("s")),
            }
        ),
        tmp_path / "mixed.parquet",
    )
    plan = read_path(tmp_path / "mixed.parquet")
    table = plan.tables["mixed"].table
    assert {field.name: str(field.type) for field in table.schema} == {
        "small": "int64", "unsigned": "decimal128(20, 0)", "half": "double", "money": "decimal128(3, 2)",
        "when": "timestamp[us, tz=UTC]", "word": "string", "nested": "struct<x: list<element: int64>>",
        "clock": "string",
    }  # fmt: skip
    assert table.to_pylist()[0]["when"] == moment.replace(tzinfo=UTC)
    assert table.to_pylist()[0]["nested"] == {"x": [1]}
    assert [item.where for item in plan.skipped] == ["mixed.parquet column 'picture'"]
    assert [item.what for item in plan.adjusted] == ["time32[ms] read as text"]


@pytest.mark.parametrize(("name", "content"), [
    ("cut.parquet", b"PAR1 cut off"), ("no.parquet", b"x"), ("cut.sqlite", b"SQLite format 3\x00" + b"x" * 5000),
    ("no.db", b"not a database " * 50),
])  # fmt: skip
def test_damaged_files_are_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LoadError, match=name.replace(".", r"\.")) as caught:
        read_path(tmp_path / name)
    assert "is not a readable" in caught.value.message
    assert caught.value.next_step


def test_json_lines(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(
        '{"id": 1, "day": "2024-01-01", "at": {"x": 1}, "tags": ["a"], "n": 1}\n\n'
        'not json\n[1]\n{"id": 2, "late": true, "at": {"x": 2}, "n": 2.5, "tags": []}\n'
    )
    plan = read_path(tmp_path / "events.jsonl")
    assert plan.tables["events"].table.to_pylist() == [
        {"id": 1, "day": date(2024, 1, 1), "at_x": 1, "tags": '["a"]', "n": 1.0, "late": None},
        {"id": 2, "day": None, "at_x": 2, "tags": "[]", "n": 2.5, "late": True},
    ]
    assert [item.where for item in plan.skipped] == ["events.jsonl line 3", "events.jsonl line 4"]


def test_json_values_without_a_common_shape_become_text(tmp_path: Path) -> None:
    lines = [{"a": 1, "b": 2**70, "c": {}}, {"a": "x", "b": None, "c": {}}, {"a": {"k": [1]}, "b": 1}]
    (tmp_path / "odd.jsonl").write_text("\n".join(map(json.dumps, lines)))
    plan = read_path(tmp_path / "odd.jsonl")
    assert plan.tables["odd"].table.to_pylist()[2] == {"a": '{"k": [1]}', "b": Decimal(1), "c": None}
    assert [item.where for item in plan.adjusted] == [f"odd.jsonl column '{name}'" for name in "abc"]


def test_objects_in_json_become_one_column_a_key_and_lists_stay_text(tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [
        {"id": 1, "at": {"city": "Oslo", "since": "5 Jan 2024", "geo": {"x": 1}}, "at_city": "own", "tags": [1, "b"]},
        {"id": 2, "at": {"city": "Bergen", "zip": "007"}, "tags": None},
        {"id": 3, "at": None},
    ]
    (tmp_path / "ports.jsonl").write_text("\n".join(map(json.dumps, lines)))
    plan = read_path(tmp_path / "ports.jsonl")
    assert plan.tables["ports"].table.to_pylist() == [
        {"id": 1, "at_city": "Oslo", "at_since": date(2024, 1, 5), "at_geo": '{"x": 1}', "at_zip": None,
         "at_city_2": "own", "tags": '[1, "b"]'},
        {"id": 2, "at_city": "Bergen", "at_since": None, "at_geo": None, "at_zip": "007", "at_city_2": None,
         "tags": None},
        {"id": 3, "at_city": None, "at_since": None, "at_geo": None, "at_zip": None, "at_city_2": None, "tags": None},
    ]  # fmt: skip
    assert [(item.where, item.what, item.why) for item in plan.adjusted] == [
        (
            "ports.jsonl column 'at'",
            "objects become one column a key",
            "'at_city', 'at_since', 'at_geo', 'at_zip'",
        ),
        ("ports.jsonl column 'at_geo'", "kept as JSON text", "objects in objects, without keys or with too many"),
        ("ports.jsonl column 'tags'", "kept as JSON text", "lists"),
        ("ports.jsonl", "column 6 'at_city' is called 'at_city_2'", "name used twice"),
    ]


def test_objects_with_a_key_for_everything_stay_text(tmp_path: Path) -> None:
    lines = [{"id": n, "seen": {f"user{n}": True}} for n in range(101)]
    (tmp_path / "seen.jsonl").write_text("\n".join(map(json.dumps, lines)))
    table = read_path(tmp_path / "seen.jsonl").tables["seen"].table
    assert table.column_names == ["id", "seen"]
    assert table["seen"][0].as_py() == '{"user0": true}'


def test_long_numbers_in_json_keep_each_digit(tmp_path: Path) -> None:
    (tmp_path / "long.jsonl").write_text(
        '{"a": 0.1234567890123456789, "b": 9999999999999999999, "c": 0.30000000000000004}\n{"a": 2, "b": 1, "c": 1}\n'
    )
    plan = read_path(tmp_path / "long.jsonl")
    assert plan.tables["long"].table.to_pylist()[0] == {
        "a": Decimal("0.1234567890123456789"), "b": Decimal("9999999999999999999"), "c": 0.30000000000000004,
    }  # fmt: skip
    assert [item.what for item in plan.adjusted] == [
        "numbers of up to 19 digits, each kept", "numbers of up to 19 digits, each kept",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ['[{"a": 1}, {"a": 2}]', '{"items": [{"a": 1}, {"a": 2}], "count": 2}', '{"a": 1}\n{"a": 2}\n']
)
def test_a_json_file_may_be_a_list_an_answer_or_lines(tmp_path: Path, text: str) -> None:
    (tmp_path / "items.json").write_text(text)
    assert read_path(tmp_path / "items.json").tables["items"].table.to_pylist() == [{"a": 1}, {"a": 2}]


def test_leading_zeros_in_json_text_stay(tmp_path: Path) -> None:
    (tmp_path / "codes.jsonl").write_text('{"code": "007"}\n{"code": "12"}\n')
    assert read_path(tmp_path / "codes.jsonl").tables["codes"].table.to_pylist() == [{"code": "007"}, {"code": "12"}]


@pytest.mark.parametrize("text", ["hello\n", "[1, 2]\n", '{"a": '])
def test_json_lines_without_objects_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.jsonl").write_text(text)
    with pytest.raises(LoadError, match=r"bad\.jsonl holds no JSON objects"):
        read_path(tmp_path / "bad.jsonl")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "Fleet.db"
    connection = sqlite3.connect(path)
    connection.executescript("""
        CREATE TABLE crew (id INTEGER PRIMARY KEY, name TEXT, born TEXT, pay DECIMAL(8,2), senior BOOLEAN, face BLOB,
                           code, boss INTEGER REFERENCES crew);
        CREATE TABLE "Shift Log" (crew_id INTEGER, day DATE, hours REAL, PRIMARY KEY (crew_id, day),
                                  FOREIGN KEY (crew_id) REFERENCES crew(id));
        CREATE VIEW seniors AS SELECT * FROM crew WHERE senior;
        CREATE VIRTUAL TABLE search USING fts5(body);
        INSERT INTO crew VALUES (1, 'Ada', '1990-01-02', 10.1, 1, x'00', 5, NULL),
                                (2, 'Bo', '1991-03-04', 7, 0, NULL, 6, 1);
        INSERT INTO "Shift Log" VALUES (1, '2024-05-06', 7.5);
    """)
    connection.close()
    return path


def test_sqlite_tables_with_types_and_keys(database: Path) -> None:
    plan = read_path(database)
    assert list(plan.tables) == ["crew", "Shift Log"]
    crew = plan.tables["crew"]
    assert crew.table.to_pylist()[0] == {
        "id": 1, "name": "Ada", "born": date(1990, 1, 2), "pay": Decimal("10.10"), "senior": True, "code": 5,
        "boss": None,
    }  # fmt: skip
    assert str(crew.table.schema.field("pay").type) == "decimal128(8, 2)"
    assert (crew.primary_key, crew.foreign_keys) == (("id",), (ForeignKey(("boss",), "crew", ("id",)),))
    assert plan.tables["Shift Log"].primary_key == ("crew_id", "day")


def test_views_virtual_tables_and_pictures_of_sqlite_are_named(database: Path) -> None:
    assert {item.where: item.what for item in read_path(database).skipped} == {
        "Fleet.db table 'crew' column 'face'": "binary data",
        "Fleet.db view 'seniors'": "a view",
        "Fleet.db table 'search'": "a virtual table",
    }


def test_an_empty_sqlite_table_keeps_its_declared_types(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "none.sqlite")
    connection.execute("CREATE TABLE t (a INTEGER, b NUMERIC(9,3), c DATE, d TIMESTAMP, e VARCHAR(9), f REAL, g BOOL)")
    connection.commit()
    connection.close()
    schema = read_path(tmp_path / "none.sqlite").tables["t"].table.schema
    assert [str(field.type) for field in schema] == [
        "int64", "decimal128(9, 3)", "date32[day]", "timestamp[us, tz=UTC]", "string", "double", "bool",
    ]  # fmt: skip


def test_reading_a_database_leaves_it_as_it_was(database: Path) -> None:
    before = database.read_bytes()
    read_path(database)
    assert database.read_bytes() == before
    assert sorted(path.name for path in database.parent.iterdir()) == ["Fleet.db"]


@pytest.mark.parametrize("text", ["null", "7", "[]", '["a"]'])
def test_a_json_file_without_objects_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(LoadError, match=r"bad\.json holds no JSON objects"):
        read_path(tmp_path / "bad.json")
