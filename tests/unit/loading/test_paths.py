"""Paths: one file, a folder of many, names of schemas and tables, and what is said when nothing can be loaded."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import LoadError
from core.warehouse.loading import ForeignKey, key_properties, read_path


def test_a_folder_gives_tables_and_documents(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "page.md").write_text("# Page")
    (tmp_path / "notes" / "b.jsonl").write_text('{"y": 2}\n')
    (tmp_path / "broken.parquet").write_text("no")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.csv").write_text("z\n1\n")
    plan = read_path(tmp_path, schema="mixed")
    assert {name: table.table.num_rows for name, table in plan.tables.items()} == {"a": 1, "b": 1}
    assert plan.documents == (tmp_path / "notes" / "page.md",)
    assert [item.where for item in plan.skipped] == ["broken.parquet", "picture.png"]
    assert "is not a readable Parquet file" in plan.skipped[0].why


def test_two_files_of_one_stem_are_both_loaded(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("x\n1\n")
    (tmp_path / "Sales.jsonl").write_text('{"y": 2}\n')
    plan = read_path(tmp_path, schema="s")
    assert sorted(plan.tables) == ["Sales", "sales_2"]
    assert plan.adjusted[0].what == "table 'sales' is called 'sales_2'"


def test_part_files_are_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "visits"
    folder.mkdir()
    for number in range(3):
        pq.write_table(pa.table({"n": [number]}), folder / f"part-0000{number}-abc.snappy.parquet")
    (folder / "_SUCCESS").write_text("")
    plan = read_path(folder)
    assert plan.schema_name == "visits"
    assert plan.tables["visits"].table["n"].to_pylist() == [0, 1, 2]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("x\n1\n")
    folder = tmp_path / "open"
    folder.mkdir()
    (folder / "own.csv").write_text("y\n1\n")
    (folder / "link.csv").symlink_to(secret)
    plan = read_path(folder)
    assert list(plan.tables) == ["own"]
    assert plan.skipped[0].why == "it leads out of the folder"


def test_one_document_is_a_plan_without_tables(tmp_path: Path) -> None:
    (tmp_path / "guide.mdx").write_text("# Guide")
    plan = read_path(tmp_path / "guide.mdx")
    assert (plan.documents, dict(plan.tables)) == ((tmp_path / "guide.mdx",), {})


@pytest.mark.parametrize(
    ("file", "schema"),
    [("northern.csv", "northern"), ("2024 sales (final).csv", "data_2024_sales_final"), ("a-b.c.csv", "a_b_c"),
     ("Größe.csv", "Größe"), ("---.csv", "data")],
)  # fmt: skip
def test_the_schema_is_named_after_the_file(tmp_path: Path, file: str, schema: str) -> None:
    (tmp_path / file).write_text("x\n1\n")
    assert read_path(tmp_path / file).schema_name == schema


@pytest.mark.parametrize(
    "given", ["aiops", "AIOPS", "information_schema", "two words", "1st", "", "a.b", "a`b", "../x"]
)
def test_reserved_and_invalid_schemas_are_refused(tmp_path: Path, given: str) -> None:
    (tmp_path / "x.csv").write_text("x\n1\n")
    with pytest.raises(LoadError) as caught:
        read_path(tmp_path / "x.csv", schema=given)
    assert "--schema" in caught.value.next_step


def test_the_demo_schema_is_taken_only_when_named(tmp_path: Path) -> None:
    (tmp_path / "demo.csv").write_text("x\n1\n")
    with pytest.raises(LoadError, match="reserved"):
        read_path(tmp_path / "demo.csv")
    assert read_path(tmp_path / "demo.csv", schema="demo").schema_name == "demo"


@pytest.mark.parametrize("name", ["../up", "a/b", "a`b", ".", "..", "_hidden", "x\ny"])
def test_names_of_tables_are_safe_for_folders(tmp_path: Path, name: str) -> None:
    import sqlite3

    connection = sqlite3.connect(tmp_path / "odd.db")
    quoted = name.replace('"', '""')
    connection.execute(f'CREATE TABLE "{quoted}" (a INTEGER)')
    connection.commit()
    connection.close()
    plan = read_path(tmp_path / "odd.db")
    (chosen,) = plan.tables
    assert not set(chosen) & set("/\\`.\n")
    assert not chosen.startswith("_")
    assert plan.adjusted[0].what == f"table {name!r} is called {chosen!r}"


@pytest.mark.parametrize(
    ("name", "said"),
    [("x.zip", "packed"), ("x.csv.gz", "packed"), ("x.xlsx", "a spreadsheet"), ("x.duckdb", "a DuckDB database"),
     ("x.exe", "not a kind"), ("x", "without an ending")],
)  # fmt: skip
def test_other_kinds_of_files_are_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(LoadError, match=said):
        read_path(tmp_path / name)


@pytest.mark.parametrize("name", ["e.csv", "e.jsonl", "e.parquet", "e.sqlite", "e.sql"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(LoadError, match="is empty"):
        read_path(tmp_path / name)


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="does not exist"):
        read_path(tmp_path / "gone.csv")


def test_a_folder_with_nothing_in_it_says_why(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(b"\x00\x01")
    with pytest.raises(LoadError, match=r"nothing that can be loaded \(bad\.csv: .*zero bytes"):
        read_path(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_it(tmp_path: Path) -> None:
    (tmp_path / "locked.csv").write_text("x\n1\n")
    (tmp_path / "locked.csv").chmod(0)
    with pytest.raises(LoadError, match="may not be read"):
        read_path(tmp_path / "locked.csv")


def test_a_refused_open_is_a_load_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locked.csv").write_text("x\n1\n")

    def refused(self: Path, *_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(LoadError, match="may not be read: Permission denied"):
        read_path(tmp_path / "locked.csv")


def test_keys_as_table_properties() -> None:
    assert key_properties(("a", "b"), (ForeignKey(("a",), "Other Table", ("id",)),)) == {
        "aiops.primary_key": '["a", "b"]',
        "aiops.foreign_keys": '[{"columns": ["a"], "table": "Other Table", "references": ["id"]}]',
    }
    assert key_properties((), ()) == {}


def test_a_schema_name_that_is_too_long_is_said_to_be_that(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(LoadError, match="at most 100 characters, and this one has 300"):
        read_path(tmp_path, schema="x" * 300)
