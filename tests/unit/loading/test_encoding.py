"""Files of several encodings: a good UTF-8 line is never read as something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import LoadError
from core.warehouse.loading import encoding, read_path

BOM = b"\xef\xbb\xbf"


def read(path: Path, content: bytes) -> tuple[str, str | None]:
    path.write_bytes(content)
    found = encoding.detect(path)
    with encoding.open_text(path, found, newline="") as file:
        return file.read(), found.remark


def test_a_table_of_both_encodings_keeps_every_name_and_says_which_lines(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes("name,city\nJosé,x\n".encode() + "Zoë,Köln\n".encode("cp1252"))
    plan = read_path(tmp_path / "people.csv")
    assert plan.tables["people"].table.to_pylist() == [{"name": "José", "city": "x"}, {"name": "Zoë", "city": "Köln"}]
    assert [(item.what, item.why) for item in plan.adjusted] == [
        ("encoding", "line 3 not UTF-8: read as Windows-1252, the others as UTF-8")
    ]


@pytest.mark.parametrize("name", ["t.jsonl", "t.sql"])
def test_json_lines_and_dumps_of_both_encodings(tmp_path: Path, name: str) -> None:
    texts = ["CREATE TABLE t (a TEXT);"] if name == "t.sql" else []
    form = "INSERT INTO t VALUES ('{}');" if name == "t.sql" else '{{"a": "{}"}}'
    lines = [*(text.encode() for text in texts), form.format("é").encode(), form.format("ü").encode("cp1252")]
    (tmp_path / name).write_bytes(b"\n".join(lines))
    plan = read_path(tmp_path / name)
    assert plan.tables["t"].table.to_pylist() == [{"a": "é"}, {"a": "ü"}]
    assert f"line {len(lines)} not UTF-8" in plan.adjusted[0].why


def test_a_byte_order_mark_does_not_promise_utf8_to_the_end(tmp_path: Path) -> None:
    assert read(tmp_path / "t.csv", BOM + b"a\n\xe9\n") == (
        "a\né\n",
        "line 2 not UTF-8: read as Windows-1252, the others as UTF-8",
    )


def test_many_lines_are_summed_up(tmp_path: Path) -> None:
    text, remark = read(tmp_path / "t.csv", "é\n".encode() + b"\xe9\n" * 25)
    assert text == "é\n" * 26
    assert remark is not None
    assert remark.startswith("lines 2, 3, 4,")
    assert "21 and 5 more not UTF-8" in remark


def test_utf8_whose_bytes_windows_does_not_have_stands_beside_windows_lines(tmp_path: Path) -> None:
    assert read(tmp_path / "t.csv", "Á\n".encode() + b"\xe9\n")[0] == "Á\né\n"


def test_a_line_that_is_neither_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="byte 0x81 on line 3"):
        read(tmp_path / "t.csv", "a\né\n".encode() + b"\x81\xff\n")


words = st.text(st.sampled_from("aZ,;ßéÖ€ñ"), min_size=1, max_size=6)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(words, min_size=1, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_utf8_lines_come_back_whatever_stands_between_them(tmp_path: Path, lines: list[str], end: str) -> None:
    content = b"".join(f"{line}{end}".encode() + f"caf\xe9{end}".encode("latin-1") for line in lines)
    text, _ = read(tmp_path / "t.csv", content)
    if any(not line.isascii() for line in lines):
        assert text == "".join(f"{line}{end}café{end}" for line in lines)
    else:
        assert text == content.decode("cp1252")
