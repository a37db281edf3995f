"""The loader of named statements: names, schema placeholder, splitting of scripts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.warehouse import statements


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"statements_of_{tmp_path.name}".replace("-", "_")
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / name / "good.sql").write_text(
        "-- What this file is for.\n-- name: first\n-- why\nSELECT 1\nFROM {state}.t;\n\n"
        "-- name: second\nSELECT ':not_a_name'\n"
    )
    (tmp_path / name / "twice.sql").write_text("-- name: a\nSELECT 1\n-- name: a\nSELECT 2\n")
    (tmp_path / name / "loose.sql").write_text("SELECT 1\n")
    (tmp_path / name / "tables.sql").write_text(
        "-- tables; of the package\nCREATE TABLE {state}.a (x STRING COMMENT 'a;b');\n"
        "/* ; */\nCREATE VIEW {state}.v AS SELECT 1;\n"
    )
    yield name
    sys.modules.pop(name, None)


def test_blocks_are_found_by_name(package: str) -> None:
    loaded = statements.load(package, "good.sql")
    assert dict(loaded) == {
        "first": "-- why\nSELECT 1\nFROM {state}.t",
        "second": "SELECT ':not_a_name'",
    }


@pytest.mark.parametrize("file", ["twice.sql", "loose.sql"])
def test_file_that_is_ambiguous_is_refused(package: str, file: str) -> None:
    with pytest.raises(SettingsError, match=file.replace(".", r"\.")):
        statements.load(package, file)


def test_state_is_filled_back_quoted() -> None:
    assert statements.render("SELECT 1 FROM {state}.t", "main.ai ops") == "SELECT 1 FROM `main`.`ai ops`.t"


@pytest.mark.parametrize("state", ["", "a.b.c.d", "main.`x`", "main.a;b", "main.", "1x"])
def test_unusable_state_is_refused(state: str) -> None:
    with pytest.raises(SettingsError):
        statements.render("SELECT {state}", state)


def test_script_is_split_outside_quotes_and_comments(package: str) -> None:
    found = statements.definitions(package)
    assert len(found) == 2
    assert found[0].endswith("CREATE TABLE `main`.`aiops`.a (x STRING COMMENT 'a;b')")
    assert statements.split("SELECT '--;', \"a;\", `b;c` -- ; \n; ;\n-- only a comment\n") == (
        "SELECT '--;', \"a;\", `b;c` -- ;",
    )
