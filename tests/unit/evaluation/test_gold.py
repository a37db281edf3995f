"""Gold statements with several right answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import EvaluationError
from core.evaluation import read_gold
from core.evaluation.gold import alternatives, in_duckdb


def test_a_choice_of_columns_is_any_of_them_or_several_and_the_grouping_follows() -> None:
    assert alternatives("SELECT {a.name, a.id}, count(*) FROM a GROUP BY {};") == (
        "SELECT a.name, count(*) FROM a GROUP BY a.name",
        "SELECT a.id, count(*) FROM a GROUP BY a.id",
        "SELECT a.name, a.id, count(*) FROM a GROUP BY a.name, a.id",
    )


def test_whole_alternatives_stand_between_semicolons_and_each_counts_once() -> None:
    assert alternatives("SELECT 1; SELECT 2;SELECT 1 ;") == ("SELECT 1", "SELECT 2")


def test_an_alias_is_left_out_of_the_grouping() -> None:
    assert "GROUP BY year" in alternatives("SELECT {year AS y} FROM t GROUP BY {}")[0]


def test_two_choices_give_every_pair() -> None:
    assert len(alternatives("SELECT {a, b}, {c, d} FROM t")) == 9


def test_postgres_becomes_duckdb() -> None:
    assert in_duckdb("SELECT a::text FROM t WHERE b ILIKE 'x%'") == "SELECT CAST(a AS TEXT) FROM t WHERE b ILIKE 'x%'"


def test_questions_are_read_with_their_databases(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("question,query,db_name,query_category,instructions\nHow many?,SELECT count(*) FROM t,one,agg,\n")
    (gold,) = read_gold(path)
    assert (gold.database, gold.text, gold.category) == ("one", "How many?", "agg")
    assert gold.statements == ("SELECT COUNT(*) FROM t",)


@pytest.mark.parametrize("text", ["question,sql\na,b\n", "question,query,db_name,query_category\na,SELECT (,b,c\n"])
def test_what_holds_no_gold_statements_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gold.csv"
    path.write_text(text)
    with pytest.raises(EvaluationError, match=r"gold\.csv holds no gold statements"):
        read_gold(path)
