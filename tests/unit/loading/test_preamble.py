"""What stands above a table is passed over and named; a header is taken for one even where it looks like a comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LoadError
from core.warehouse.loading import LoadPlan, read_path

ANN = [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bo"}]


def load(folder: Path, text: str) -> LoadPlan:
    (folder / "data.csv").write_bytes(text.encode())
    return read_path(folder / "data.csv")


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("# exported 2024\n# by x\nid,name\n1,Ann\n2,Bo\n", ["# exported 2024", "# by x"]),
        ("# it's \"half\n\nid,name\n1,Ann\n2,Bo\n", ["# it's \"half"]),
        ("# one, two\nid,name\n1,Ann\n2,Bo\n", ["# one, two"]),
        ("#one,two\nid,name\n1,Ann\n2,Bo\n", ["#one,two"]),
        ("\ufeff# exported\r\nid,name\r\n1,Ann\r\n2,Bo\r\n", ["# exported"]),
        ("sep=;\n# exported\nid;name\n1;Ann\n2;Bo\n", ["# exported"]),
        ("Staff of May\n\nid,name\n1,Ann\n2,Bo\n", ["Staff of May"]),
        ("Staff of May\nid,name\n1,Ann\n2,Bo\n", ["Staff of May"]),
        ("Staff of May,\n,\nid,name\n1,Ann\n2,Bo\n", ["Staff of May", ""]),
        ("# exported\nStaff of May\n\nby Kim\nid,name\n1,Ann\n2,Bo\n", ["# exported", "Staff of May", "by Kim"]),
    ],
)
def test_comments_and_titles_are_no_header_and_are_named(tmp_path: Path, text: str, skipped: list[str]) -> None:
    plan = load(tmp_path, text)
    assert plan.tables["data"].table.to_pylist() == ANN
    assert [item.what for item in plan.skipped] == skipped


def test_lines_below_comments_keep_their_numbers(tmp_path: Path) -> None:
    plan = load(tmp_path, "# one\n\n# three\nid,name\n1,Ann\n2,Bo,x\n")
    assert [item.where for item in plan.skipped] == ["data.csv line 1", "data.csv line 3", "data.csv line 6"]


@pytest.mark.parametrize("first", ["#id,name", "# id,name"])
def test_a_header_written_as_a_comment_is_the_header(tmp_path: Path, first: str) -> None:
    plan = load(tmp_path, f"# exported\n{first}\n1,Ann\n2,Bo\n")
    assert plan.tables["data"].table.to_pylist() == ANN
    assert plan.adjusted[0].what == "the header is written as a comment"
    assert [item.what for item in plan.skipped] == ["# exported"]


def test_a_column_may_be_called_by_the_number_sign(tmp_path: Path) -> None:
    assert load(tmp_path, "#,name\n1,Ann\n").tables["data"].table.column_names == ["#", "name"]


def test_a_half_filled_line_above_a_clear_header_is_a_title(tmp_path: Path) -> None:
    plan = load(tmp_path, "Exported by:,Kim,,\nid,name,city,amount\n1,Ann,Bergen,5\n2,Bo,Oslo,6\n")
    assert plan.tables["data"].table.column_names == ["id", "name", "city", "amount"]
    assert plan.skipped[0].what == "Exported by: Kim"


def test_a_file_of_comments_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"data\.csv holds nothing but comments"):
        load(tmp_path, "# one\n# two\n")


def test_a_number_sign_further_down_is_a_value(tmp_path: Path) -> None:
    plan = load(tmp_path, "tag,n\na,1\n#b,2\n")
    assert [row["tag"] for row in plan.tables["data"].table.to_pylist()] == ["a", "#b"]
