"""Delimited files: how they are written is found out, rows that do not fit are named by their line."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import LoadError
from core.warehouse.loading import LoadPlan, read_path


def load(folder: Path, content: bytes | str, name: str = "data.csv") -> LoadPlan:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_path(path)


def rows(plan: LoadPlan, name: str = "data") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plan.tables[name].table.to_pylist()
    return found


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n1,Ann\n2,Bo\n",
        "id;name\n1;Ann\n2;Bo\n",
        "id\tname\n1\tAnn\n2\tBo\n",
        "id|name\r\n1|Ann\r\n2|Bo",
        "sep=;\nid;name\n1;Ann\n2;Bo\n",
        "'id','name'\n'1','Ann'\n'2','Bo'\n",
        "id, name\n1, Ann\n2, Bo\n",
        "id,name,\n1,Ann,\n2,Bo,\n",
        "\n\nid,name\n\n1,Ann\n2,Bo\n\n",
        "id,name\r1,Ann\r2,Bo\r",
    ],
)
def test_the_way_a_file_is_written_is_found_out(tmp_path: Path, text: str) -> None:
    assert rows(load(tmp_path, text)) == [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bo"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    plan = load(tmp_path, "id,name\n1,Zoë Müller\n".encode(encoding))
    assert rows(plan) == [{"id": 1, "name": "Zoë Müller"}]
    assert bool(plan.adjusted) == (not encoding.startswith("utf-8"))


def test_quoted_fields_hold_delimiters_quotes_and_lines(tmp_path: Path) -> None:
    plan = load(tmp_path, 'id,note\n1,"a, ""b""\nc"\n2,d\n')
    assert rows(plan) == [{"id": 1, "note": 'a, "b"\nc'}, {"id": 2, "note": "d"}]


def test_backslashes_escape_quotes_where_the_file_does_so(tmp_path: Path) -> None:
    assert rows(load(tmp_path, 'id,note\n1,"say \\"hi\\", ok"\n2,"z"\n'))[0]["note"] == 'say "hi", ok'


def test_ragged_rows_are_padded_trimmed_or_rejected_by_line(tmp_path: Path) -> None:
    plan = load(tmp_path, 'a,b,c\n1,"x\ny",3\n4,5\n6,7,8,9\n1,2,3,,\n')
    assert rows(plan) == [{"a": 1, "b": "x\ny", "c": 3}, {"a": 4, "b": "5", "c": None}, {"a": 1, "b": "2", "c": 3}]
    assert [(item.where, item.what) for item in plan.skipped] == [("data.csv line 5", "a row of 4 fields")]
    assert [item.where for item in plan.adjusted] == ["data.csv line 4", "data.csv line 6"]


def test_many_ragged_rows_are_summed_up(tmp_path: Path) -> None:
    plan = load(tmp_path, "a,b\n" + "1,2\n" * 300 + "1,2,3\n" * 250)
    assert len(plan.skipped) == 201
    assert plan.skipped[-1].what == "50 more rows rejected"


def test_double_and_empty_names_are_made_distinct_and_named(tmp_path: Path) -> None:
    plan = load(tmp_path, "Name,name,,Name\na,b,c,d\n")
    assert plan.tables["data"].table.column_names == ["Name", "name_2", "column_3", "Name_3"]
    assert len(plan.adjusted) == 3


@pytest.mark.parametrize(
    ("header", "names", "reasons"),
    [
        ("id,name,name", ["id", "name", "name_2"], ["name used twice"]),
        (" id ,name ", ["id", "name"], ["spaces or unseen marks around the name"] * 2),
        ("name, name,Name ", ["name", "name_2", "Name_3"], ["name used twice"] * 2),
        ("name,name_2,name", ["name", "name_2", "name_3"], ["name used twice"]),
        ("\ufeffid,name", ["id", "name"], []),
        ("\ufeff\ufeffid,name\u200b", ["id", "name"], ["spaces or unseen marks around the name"] * 2),
        ('\ufeff"id","name"', ["id", "name"], []),
    ],
)
def test_headers_are_cleaned_and_every_change_is_named(
    tmp_path: Path, header: str, names: list[str], reasons: list[str]
) -> None:
    plan = load(tmp_path, f"{header}\n" + ",".join("x" for _ in names) + "\n")
    assert plan.tables["data"].table.column_names == names
    assert [item.why for item in plan.adjusted] == reasons


def test_empty_fields_of_text_columns_are_null_and_counted(tmp_path: Path) -> None:
    plan = load(tmp_path, 'id,name,city\n1,"",Oslo\n,,NA\n3,Bo,\n')
    assert [row["name"] for row in rows(plan)] == [None, None, "Bo"]
    assert [(item.where, item.what, item.why) for item in plan.adjusted] == [
        ("data.csv column 'city'", "1 value NA kept as text", "the column is STRING"),
        ("data.csv", "empty fields of text columns 'name' (2), 'city' (1)", "read as null"),
    ]


def test_rows_without_values_are_left_out_and_counted(tmp_path: Path) -> None:
    plan = load(tmp_path, "a,b\n1,x\n,\n,,,\n2,y\n")
    assert rows(plan) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert [(item.where, item.what, item.why) for item in plan.skipped] == [("data.csv", "2 rows", "without any value")]


def test_rows_of_totals_are_named(tmp_path: Path) -> None:
    plan = load(tmp_path, "region,sales\nNorth,10\nSouth,20\nTotal,30\n")
    assert [row["sales"] for row in rows(plan)] == [10, 20, 30]
    assert [(item.where, item.what) for item in plan.adjusted] == [("data.csv column 'region'", "1 row of totals")]
    assert not load(tmp_path, "brand,sales\nTotal Energy,1\nTotally,2\n").adjusted


def test_dots_group_thousands_where_other_columns_have_decimal_commas(tmp_path: Path) -> None:
    plan = load(tmp_path, "day;price;pieces\n31.12.2024;1.234,50 €;1.234\n01.01.2025;3,20 €;2.000\n")
    assert [row["pieces"] for row in rows(plan)] == [1234, 2000]
    assert rows(plan)[0]["price"] == Decimal("1234.50")
    plan = load(tmp_path, "name;weight\nx;1.234\ny;2.000\n")
    assert [row["weight"] for row in rows(plan)] == [Decimal("1.234"), Decimal("2.000")]
    assert plan.adjusted[0].what == "dots read as decimal points"


def test_names_keep_case_and_spaces(tmp_path: Path) -> None:
    plan = load(tmp_path, "Order ID,Ship City\n1,Bergen\n", "My Orders 2024.csv")
    assert plan.tables["My Orders 2024"].table.column_names == ["Order ID", "Ship City"]
    assert plan.schema_name == "My_Orders_2024"


def test_a_file_without_a_header_gets_numbered_columns(tmp_path: Path) -> None:
    plan = load(tmp_path, "1,2.5\n3,4.5\n")
    assert rows(plan)[0] == {"column_1": 1, "column_2": Decimal("2.5")}
    assert plan.adjusted[0].what == "no header line"


def test_years_may_be_column_names(tmp_path: Path) -> None:
    assert rows(load(tmp_path, "country,2023,2024\nNO,1,2\nSE,3,4\n"))[1] == {"country": "SE", "2023": 3, "2024": 4}


def test_a_title_above_the_table_is_skipped(tmp_path: Path) -> None:
    plan = load(tmp_path, "Report of May\n\nid,name,quantity\n1,x,3\n2,y,4\n")
    assert rows(plan)[0] == {"id": 1, "name": "x", "quantity": 3}
    assert plan.skipped[0].what == "Report of May"


def test_a_header_that_lacks_the_first_name(tmp_path: Path) -> None:
    plan = load(tmp_path, '"mpg","cyl"\n"Wren",21.0,6\n"Lark",22.8,4\n')
    assert rows(plan)[0] == {"row": "Wren", "mpg": Decimal("21.0"), "cyl": 6}


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    assert load(tmp_path, "a,b\n").tables["data"].table.num_rows == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b",,,\n,,\n", "empty"),
        (bytes(range(256)) * 8, "not text"),
        (b"id,name\n1,x\x00\n", "zero bytes"),
        (b"\xff\xfea\x00b", "damaged"),
        (b'a,b\n1,2\n2,"x\n3,y\n4,z\n', "line 3"),
        (b"a,b\n1,\x81\x8d\xff\n", "0x81 on line 2"),
    ],
)
def test_what_cannot_be_read_is_said_with_a_next_step(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(LoadError) as caught:
        load(tmp_path, content)
    assert said in caught.value.message
    assert "data.csv" in caught.value.message
    assert caught.value.next_step


def test_more_rows_than_one_chunk(tmp_path: Path) -> None:
    plan = load(tmp_path, "id,day\n" + "".join(f"{n},2024-01-0{n % 9 + 1}\n" for n in range(120_000)))
    table = plan.tables["data"].table
    assert table.num_rows == 120_000
    assert table["id"].to_pylist()[-1] == 119_999
    assert table["day"].to_pylist()[3] == date(2024, 1, 4)


cells = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1, max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**9), cells), min_size=1, max_size=20))
def test_what_the_csv_module_writes_comes_back(tmp_path: Path, values: list[tuple[int, str]]) -> None:
    written = [(number, f"text {text}.") for number, text in values]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([("number", "words"), *written])
    plan = load(tmp_path, buffer.getvalue())
    assert [(row["number"], row["words"]) for row in rows(plan)] == written


@pytest.mark.parametrize("ending", ['3,"cut off\n', '3,"cut off', '3,"a ""b', '"3,cut off\n\n'])
def test_a_file_that_ends_inside_a_quote_is_not_taken_for_whole(tmp_path: Path, ending: str) -> None:
    with pytest.raises(LoadError, match="from line 4 on: a quote is opened and never closed"):
        load(tmp_path, f"id,name\n1,Ann\n2,Bo\n{ending}")


@pytest.mark.parametrize("ending", ['3,5" pipe\n', '3,"a ""b"""', '3,"two\nlines"\n'])
def test_quotes_that_are_part_of_the_last_row_are_no_cut(tmp_path: Path, ending: str) -> None:
    assert len(rows(load(tmp_path, f"id,name\n1,Ann\n2,Bo\n{ending}"))) == 3
