"""The independent evaluator: answers worked out by hand, three truth values, and refusals by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlglot import parse_one
from sqlglot.optimizer.qualify import qualify

from core.testing.evaluator import Evaluation, Fails, NotCovered, evaluate

SCHEMA = {"c": {"s": {"t": {"k": "INT", "g": "STRING", "x": "INT", "d": "DATE"}, "p": {"k": "INT", "name": "STRING"}}}}
ROWS = {
    "c.s.t": (
        ("k", "g", "x", "d"),
        [
            (1, "a", 5, date(2024, 2, 29)),
            (1, "a", None, date(2024, 3, 1)),
            (2, None, 7, None),
            (9, "b", 5, date(2025, 1, 1)),
        ],
    ),
    "c.s.p": (("k", "name"), [(1, "one"), (2, "two"), (2, "zwei"), (3, "three")]),
}


def run(statement: str) -> Evaluation:
    tree = qualify(parse_one(statement, dialect="databricks"), schema=SCHEMA, dialect="databricks")
    return evaluate(tree, ROWS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("SELECT k FROM c.s.t WHERE x > 5", [(2,)]),
        ("SELECT k FROM c.s.t WHERE NOT x > 5", [(1,), (9,)]),
        ("SELECT k FROM c.s.t WHERE x <> 5 OR g = 'a'", [(1,), (1,), (2,)]),
        ("SELECT COUNT(*), COUNT(x), SUM(x), AVG(x), MIN(g), COUNT(DISTINCT x) FROM c.s.t",
         [(4, 3, 17, 17 / 3, "a", 2)]),
        ("SELECT SUM(x), COUNT(*) FROM c.s.t WHERE k = 77", [(None, 0)]),
        ("SELECT k, SUM(x) FROM c.s.t WHERE k = 77 GROUP BY k", []),
        ("SELECT g, COUNT(*) AS n FROM c.s.t GROUP BY g HAVING n > 1", [("a", 2)]),
        ("SELECT t.x, p.name FROM c.s.t AS t JOIN c.s.p AS p ON t.k = p.k WHERE t.k = 2", [(7, "two"), (7, "zwei")]),
        ("SELECT t.k FROM c.s.t AS t LEFT JOIN c.s.p AS p ON t.k = p.k WHERE p.k IS NULL", [(9,)]),
        ("SELECT p.name FROM c.s.t AS t RIGHT JOIN c.s.p AS p ON t.k = p.k WHERE t.k IS NULL", [("three",)]),
        ("SELECT k FROM c.s.p AS p WHERE NOT EXISTS (SELECT 1 FROM c.s.t AS t WHERE t.k = p.k)", [(3,)]),
        ("SELECT k FROM c.s.t WHERE k NOT IN (SELECT k FROM c.s.p)", [(9,)]),
        ("SELECT k FROM c.s.t WHERE x NOT IN (7, NULL)", []),
        ("SELECT DISTINCT x FROM c.s.t ORDER BY x DESC", [(7,), (5,), (None,)]),
        ("SELECT x FROM c.s.t ORDER BY x, k LIMIT 2", [(None,), (5,)]),
        ("SELECT CAST(DATE_TRUNC('QUARTER', d) AS DATE) AS q FROM c.s.t WHERE YEAR(d) = 2024 AND k = 1 AND x = 5",
         [(date(2024, 1, 1),)]),
        ("SELECT CASE WHEN x >= 7 THEN 'many' WHEN x IS NULL THEN 'none' ELSE 'few' END AS c FROM c.s.t WHERE k < 3",
         [("few",), ("none",), ("many",)]),
        ("WITH n AS (SELECT g, COUNT(*) AS n FROM c.s.t GROUP BY g) SELECT MAX(n) AS m FROM n", [(2,)]),
        ("SELECT k FROM c.s.p UNION SELECT k FROM c.s.t", [(1,), (2,), (3,), (9,)]),
        ("SELECT COALESCE(g, 'none') AS g, x * 1.5 AS y FROM c.s.t WHERE k = 2", [("none", Decimal("10.5"))]),
    ],
)  # fmt: skip
def test_answers_worked_out_by_hand(statement: str, rows: list[tuple[Any, ...]]) -> None:
    answer = run(statement)
    given = list(answer.rows)
    assert given == rows if "ORDER BY" in statement else sorted(map(repr, given)) == sorted(map(repr, rows))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("SELECT ROW_NUMBER() OVER (ORDER BY k) AS n FROM c.s.t", "ROW_NUMBER"),
        ("SELECT g, SUM(x) FROM c.s.t GROUP BY ROLLUP (g)", "ROLLUP"),
        ("SELECT PERCENTILE(x, 0.5) AS p FROM c.s.t", "PERCENTILE"),
        ("SELECT k FROM c.s.t WHERE g = 5", "a number with a text"),
        ("SELECT CAST(x AS STRING) AS s FROM c.s.t", "CAST of a number AS STRING"),
        ("SELECT CURRENT_DATE() AS d FROM c.s.t", "CURRENTDATE"),
    ],
)
def test_what_it_does_not_know_is_refused_by_name(statement: str, named: str) -> None:
    with pytest.raises(NotCovered, match=named):
        run(statement)


@pytest.mark.parametrize(
    "statement", ["SELECT x / (k - 1) AS y FROM c.s.t", "SELECT k, x FROM c.s.t WHERE x = 5 ORDER BY x LIMIT 1"]
)
def test_an_answer_that_engines_may_differ_on_is_no_answer(statement: str) -> None:
    with pytest.raises(Fails):
        run(statement)


def test_it_says_what_was_exercised() -> None:
    seen = run(
        "SELECT t.g, COUNT(*) AS n FROM c.s.t AS t JOIN c.s.p AS p ON t.k = p.k WHERE t.x >= 5 GROUP BY t.g"
    ).seen
    assert {
        "`t`.`x` >= 5 exactly at its bound", "`t`.`x` >= 5 unknown (NULL)", "a row with several partners in p",
        "a row with no partner in p", "a group whose key is NULL", "several groups",
    } <= seen  # fmt: skip
