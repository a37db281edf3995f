"""Generators: explode, posexplode, inline, stack and range as SELECT item, table function and LATERAL VIEW."""

from __future__ import annotations

from decimal import Decimal as D

from tests.integration.warehouse.statement_list.checks import Case, Failure, Refusal, Scalar

T = "main.lab.sales"

SCALARS: list[Scalar] = []

CASES: list[Case] = [
    ("SELECT explode(array(10, 20))", [(10,), (20,)]),
    ("SELECT explode(array(10, 20)) AS elem", [(10,), (20,)]),
    ("SELECT explode(map(1, 'a', 2, 'b'))", [(1, "a"), (2, "b")]),
    ("SELECT explode(map(1, 'a')) AS (k, v)", [(1, "a")]),
    ("SELECT key, value FROM (SELECT explode(map('x', 1.5)))", [("x", D("1.5"))]),
    ("SELECT posexplode(array('a', NULL))", [(0, "a"), (1, None)]),
    ("SELECT posexplode(array('a')) AS (p, c)", [(0, "a")]),
    ("SELECT posexplode(map('k', 7))", [(0, "k", 7)]),
    ("SELECT explode(array())", []),
    ("SELECT explode(CAST(NULL AS ARRAY<INT>))", []),
    ("SELECT explode_outer(CAST(NULL AS ARRAY<INT>))", [(None,)]),
    ("SELECT explode_outer(array(1, 2))", [(1,), (2,)]),
    ("SELECT explode_outer(CAST(NULL AS MAP<STRING, INT>))", [(None, None)]),
    ("SELECT posexplode_outer(CAST(NULL AS ARRAY<INT>))", [(None, None)]),
    ("SELECT posexplode_outer(array(5))", [(0, 5)]),
    ("SELECT inline(array(struct(1, 'a'), struct(2, 'b')))", [(1, "a"), (2, "b")]),
    ("SELECT inline(array(named_struct('x', 1, 'y', 'a'), NULL)) AS (x, y)", [(1, "a"), (None, None)]),
    ("SELECT inline_outer(CAST(NULL AS ARRAY<STRUCT<x: INT, y: STRING>>))", [(None, None)]),
    ("SELECT stack(2, 1, 2, 3)", [(1, 2), (3, None)]),
    ("SELECT stack(2, 'a', 1, 'b', 2) AS (name, n)", [("a", 1), ("b", 2)]),
    (f"SELECT id, explode(tags) AS tag FROM {T} WHERE id < 3 ORDER BY id, tag DESC", [(1, "b"), (1, "a"), (2, "b")]),
    (f"SELECT id, tag FROM {T} LATERAL VIEW explode(tags) AS tag WHERE id = 2", [(2, "b")]),
    (f"SELECT id, n, stack(1, id, n) FROM (SELECT id, quantity AS n FROM {T}) WHERE id = 3", [(3, 3, 3, 3)]),
    (f"SELECT id, posexplode(tags) FROM {T} WHERE id = 1 ORDER BY pos", [(1, 0, "a"), (1, 1, "b")]),
    (f"SELECT id, inline(array(struct(quantity AS q, amount AS a))) FROM {T} WHERE id = 1", [(1, 1, D("10.00"))]),
    (f"SELECT id, e.tag FROM {T} LATERAL VIEW OUTER explode(tags) e AS tag WHERE id IN (3, 4) ORDER BY id",
     [(3, None), (4, None)]),
    (f"SELECT id, p, tag FROM {T} LATERAL VIEW OUTER posexplode(tags) e AS p, tag WHERE id IN (1, 3) ORDER BY id, p",
     [(1, 0, "a"), (1, 1, "b"), (3, None, None)]),
    (f"SELECT id, k, v FROM {T} LATERAL VIEW explode(map('n', quantity)) e AS k, v WHERE id = 2", [(2, "n", 2)]),
    (f"SELECT id, q, a * 2 FROM {T} LATERAL VIEW inline(array(struct(quantity, amount))) e AS q, a WHERE id = 2",
     [(2, 2, D("41.00"))]),
    ("SELECT a.x, b.y FROM (SELECT 1) LATERAL VIEW explode(array(1, 2)) a AS x "
     "LATERAL VIEW explode(array(x, x * 10)) b AS y ORDER BY x, y",
     [(1, 1), (1, 10), (2, 2), (2, 20)]),
    ("SELECT x + 1 FROM explode(array(1, 2)) AS t(x) ORDER BY x", [(2,), (3,)]),
    ("SELECT * FROM posexplode(array('a', 'b')) AS t(p, c) ORDER BY p", [(0, "a"), (1, "b")]),
    ("SELECT * FROM inline(array(struct(1 AS a, 'x' AS b))) AS t", [(1, "x")]),
    ("SELECT * FROM stack(2, 1, 2) AS t(n) ORDER BY n", [(1,), (2,)]),
    (f"SELECT s.id, e.tag FROM {T} AS s, LATERAL explode(s.tags) AS e(tag) WHERE s.id < 3 ORDER BY 1, 2",
     [(1, "a"), (1, "b"), (2, "b")]),
    (f"SELECT s.id, e.tag FROM {T} AS s JOIN LATERAL explode(s.tags) AS e(tag) WHERE s.id = 2", [(2, "b")]),
    ("SELECT * FROM range(3)", [(0,), (1,), (2,)]),
    ("SELECT id FROM range(2, 8, 3)", [(2,), (5,)]),
    ("SELECT sum(r.id) FROM range(1, 101) AS r", [(5050,)]),
    (f"SELECT explode(collect_set(region)) AS region FROM {T} ORDER BY 1", [("North",), ("South",)]),
    ("SELECT s.* FROM (SELECT named_struct('a', 1, 'B c', 'x') AS s)", [(1, "x")]),
    ("SELECT r.n.* FROM (SELECT named_struct('n', named_struct('a', 1, 'b', 2)) AS r)", [(1, 2)]),
    ("WITH raw AS (SELECT array(struct(1 AS a), struct(2 AS a)) AS items) "
     "SELECT item.a * 2 FROM raw LATERAL VIEW explode(items) e AS item ORDER BY 1",
     [(2,), (4,)]),
    ("SELECT size(xs), x / 4 FROM (SELECT array(1.5, 2.5) AS xs) LATERAL VIEW explode(xs) AS x ORDER BY 2",
     [(2, D("0.375000")), (2, D("0.625000"))]),
]  # fmt: skip

REFUSED: list[Refusal] = [
    ("SELECT json_tuple('{}', 'a')", "json_tuple"),
    (f"SELECT * FROM {T} LATERAL VIEW json_tuple(detail, 'n') j AS n", "json_tuple"),
    (f"SELECT *, inline(array(struct(1))) FROM {T}", "inline"),
    (f"SELECT inline(collect_list(struct(id))) FROM {T}", "inline"),
    (f"SELECT row_number() OVER (ORDER BY id), explode(tags) FROM {T}", "window"),
    ("SELECT explode(array(1)) + 1", "explode"),
    ("SELECT * FROM sql_keywords()", "sql_keywords"),
    ("SELECT * FROM read_files('/x')", "read_files"),
]

FAILURES: list[Failure] = [
    ("SELECT explode(array(1)), explode(array(2))", "UNSUPPORTED_GENERATOR"),
    ("SELECT explode(map(1, 2)) AS k", "UDTF_ALIAS_NUMBER_MISMATCH"),
    ("SELECT * FROM posexplode(array(1)) AS t(a, b, c)", "UDTF_ALIAS_NUMBER_MISMATCH"),
]
