"""The engine's macros: none is made before a statement names it, and each brings what it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from core.warehouse.embedded.engine import Engine
from core.warehouse.embedded.native import definitions


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = Engine(tmp_path)
    yield opened
    opened.close()


def made(engine: Engine) -> set[str]:
    found = engine.run("SELECT function_name FROM duckdb_functions() WHERE function_type = 'macro' AND NOT internal")
    return set(found.column(0).to_pylist())


def test_a_macro_is_made_with_those_it_is_made_of_and_no_other(engine: Engine) -> None:
    assert made(engine) == set()
    for _ in range(2):
        moment = engine.run("SELECT AIOPS_MOMENT('2026-08-19')::VARCHAR").column(0).to_pylist()
        assert moment == ["2026-08-19 00:00:00+00"]
    assert made(engine) == {"aiops_moment", "aiops_try_moment", "aiops_moment_text"}


def test_every_macro_of_the_file_can_be_made_in_any_order(engine: Engine) -> None:
    text = files("core.warehouse.embedded").joinpath("macros.sql").read_text(encoding="utf-8")
    assert len(definitions()) == text.count("CREATE MACRO")
    for name in reversed(definitions()):
        engine.run(f"SELECT 1 AS {name}")
    assert made(engine) == set(definitions())
