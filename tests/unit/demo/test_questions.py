"""The fixture questions: their answers are what hand-written SQL gives over the generated tables."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from demo import generate

FIXTURE = yaml.safe_load((Path(__file__).parents[2] / "fixtures" / "demo_questions.yaml").read_text())
ANSWERABLE = [question for question in FIXTURE["questions"] if not question.get("unanswerable")]


@pytest.fixture(scope="module")
def sql() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, table in generate(FIXTURE["seed"], FIXTURE["end_date"]).items():
        connection.register(name, table)
    return connection


def plain(value: Any) -> Any:
    if isinstance(value, Decimal | float):
        return float(f"{float(value):.9g}")
    return value.isoformat()[:10] if isinstance(value, date | datetime) else value


def test_there_are_enough_questions_of_both_kinds() -> None:
    assert len(ANSWERABLE) >= 30
    assert len(FIXTURE["questions"]) - len(ANSWERABLE) >= 10
    asked = [question["question"].casefold() for question in FIXTURE["questions"]]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["question"])
def test_expected_rows_are_what_the_oracle_gives(sql: duckdb.DuckDBPyConnection, question: dict[str, Any]) -> None:
    found = [[plain(value) for value in row] for row in sql.execute(question["sql_oracle"]).fetchall()]
    wanted = [[plain(value) for value in row] for row in question["expected"]]
    if not question.get("ordered"):
        found, wanted = sorted(found, key=str), sorted(wanted, key=str)
    assert len(found) == len(wanted)
    for row, expected in zip(found, wanted, strict=True):
        assert [value for value in row if not isinstance(value, float)] == [
            value for value in expected if not isinstance(value, float)
        ]
        assert [value for value in row if isinstance(value, float)] == pytest.approx(
            [value for value in expected if isinstance(value, float)], rel=1e-6
        )
