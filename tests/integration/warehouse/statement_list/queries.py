"""The parts of a query: joins, grouping, pivots, sets, order, subqueries, CTE, pipes, samples, hints."""

from __future__ import annotations

from decimal import Decimal as D

from tests.integration.warehouse.statement_list.checks import Case, Failure, Refusal, Scalar

T = "main.lab.sales"
A = "VALUES (1, 'x'), (2, 'y'), (NULL, 'z') AS a(k, v)"
B = "VALUES (1, 'p'), (1, 'q'), (3, 'r'), (NULL, 's') AS b(k, w)"
G = "VALUES ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 4) AS t(g, h, n)"
P = "(SELECT * FROM VALUES (2018, 1, 100), (2018, 2, 200), (2019, 1, 300) AS s(year, quarter, sales))"
U = (
    "(SELECT * FROM VALUES ('Toronto', 2020, 100.5, 80.5, 70), ('Vancouver', 2020, NULL, 90, 60) AS "
    "s(loc, y, q1, q2, q3))"
)

SCALARS: list[Scalar] = [
    ("(SELECT max(n) FROM VALUES (1), (2) AS t(n))", 2),
    ("(SELECT n FROM VALUES (1) AS t(n) WHERE n > 5)", None),
    ("1 WHERE EXISTS (SELECT 1)", 1),
    ("1 /*+ COALESCE(1) */ + 1", 2),
]

CASES: list[Case] = [
    # Joins.
    (f"SELECT a.k, w FROM {A} JOIN {B} ON a.k = b.k ORDER BY w", [(1, "p"), (1, "q")]),
    (f"SELECT a.k, w FROM {A} LEFT JOIN {B} ON a.k = b.k ORDER BY v, w", [(1, "p"), (1, "q"), (2, None), (None, None)]),
    (f"SELECT v, w FROM {A} RIGHT OUTER JOIN {B} ON a.k = b.k ORDER BY w",
     [("x", "p"), ("x", "q"), (None, "r"), (None, "s")]),
    (f"SELECT count(*) FROM {A} FULL OUTER JOIN {B} ON a.k = b.k", [(6,)]),
    (f"SELECT count(*) FROM {A} CROSS JOIN {B}", [(12,)]),
    (f"SELECT count(*) FROM {A}, {B}", [(12,)]),
    (f"SELECT v FROM {A} LEFT SEMI JOIN {B} ON a.k = b.k", [("x",)]),
    (f"SELECT v FROM {A} LEFT ANTI JOIN {B} ON a.k = b.k ORDER BY v", [("y",), ("z",)]),
    (f"SELECT v FROM {A} SEMI JOIN {B} USING (k)", [("x",)]),
    (f"SELECT v FROM {A} ANTI JOIN {B} USING (k) ORDER BY v", [("y",), ("z",)]),
    (f"SELECT * FROM {A} JOIN {B} USING (k) ORDER BY w", [(1, "x", "p"), (1, "x", "q")]),
    (f"SELECT k, v, w FROM {A} NATURAL JOIN {B} ORDER BY w", [(1, "x", "p"), (1, "x", "q")]),
    (f"SELECT k, v, w FROM {A} FULL JOIN {B} USING (k) ORDER BY k, v, w",
     [(None, None, "s"), (None, "z", None), (1, "x", "p"), (1, "x", "q"), (2, "y", None), (3, None, "r")]),
    (f"SELECT v, w FROM {A} JOIN {B} ON a.k <=> b.k AND a.k IS NULL", [("z", "s")]),
    (f"SELECT a.v, m.top FROM {A}, LATERAL (SELECT max(w) AS top FROM {B} WHERE b.k = a.k) AS m ORDER BY v",
     [("x", "q"), ("y", None), ("z", None)]),
    (f"SELECT v, w FROM {A} LEFT JOIN LATERAL (SELECT w FROM {B} WHERE b.k = a.k) AS l ON true ORDER BY v, w",
     [("x", "p"), ("x", "q"), ("y", None), ("z", None)]),
    # Grouping.
    (f"SELECT g, h, sum(n) FROM {G} GROUP BY CUBE (g, h) ORDER BY g, h",
     [(None, None, 7), (None, "x", 5), (None, "y", 2), ("a", None, 3), ("a", "x", 1), ("a", "y", 2), ("b", None, 4),
      ("b", "x", 4)]),
    (f"SELECT g, h, sum(n) FROM {G} GROUP BY ROLLUP (g, h) ORDER BY g, h",
     [(None, None, 7), ("a", None, 3), ("a", "x", 1), ("a", "y", 2), ("b", None, 4), ("b", "x", 4)]),
    (f"SELECT g, sum(n) FROM {G} GROUP BY g WITH ROLLUP ORDER BY g", [(None, 7), ("a", 3), ("b", 4)]),
    (f"SELECT g, h, sum(n) FROM {G} GROUP BY g, h WITH CUBE ORDER BY g, h LIMIT 2", [(None, None, 7), (None, "x", 5)]),
    (f"SELECT g, h, sum(n) FROM {G} GROUP BY GROUPING SETS ((g), (h), ()) ORDER BY g, h",
     [(None, None, 7), (None, "x", 5), (None, "y", 2), ("a", None, 3), ("b", None, 4)]),
    (f"SELECT g, grouping(g), grouping_id(g, h), sum(n) FROM {G} GROUP BY ROLLUP (g, h) ORDER BY g, h LIMIT 2",
     [(None, 1, 3, 7), ("a", 0, 1, 3)]),
    (f"SELECT g, sum(n) AS total FROM {G} GROUP BY ALL ORDER BY ALL", [("a", 3), ("b", 4)]),
    (f"SELECT upper(g) AS up, count(*) FROM {G} GROUP BY up ORDER BY up", [("A", 2), ("B", 1)]),
    (f"SELECT g, count(*) FROM {G} GROUP BY 1 HAVING count(*) > 1", [("a", 2)]),
    (f"SELECT count(*) FROM {G} HAVING count(*) > 100", []),
    # Pivots.
    (f"SELECT year, q1, q2 FROM {P} PIVOT (sum(sales) FOR quarter IN (1 AS q1, 2 AS q2)) ORDER BY year",
     [(2018, 100, 200), (2019, 300, None)]),
    (f"SELECT * FROM {P} PIVOT (sum(sales) AS total, avg(sales) AS mean FOR quarter IN (1 AS q1, 2 AS q2)) "
     "ORDER BY year",
     [(2018, 100, 100.0, 200, 200.0), (2019, 300, 300.0, None, None)]),
    (f"SELECT * FROM {P} PIVOT (sum(sales) FOR quarter IN (1, 2)) ORDER BY year",
     [(2018, 100, 200), (2019, 300, None)]),
    (f"SELECT loc, q, n FROM {U} UNPIVOT (n FOR q IN (q1, q2, q3)) ORDER BY loc, q",
     [("Toronto", "q1", D("100.5")), ("Toronto", "q2", D("80.5")), ("Toronto", "q3", D("70.0")),
      ("Vancouver", "q2", D("90.0")), ("Vancouver", "q3", D("60.0"))]),
    (f"SELECT loc, q, n FROM {U} UNPIVOT INCLUDE NULLS (n FOR q IN (q1 AS `Jan-Mar`, q2 AS `Apr-Jun`)) "
     "WHERE loc = 'Vancouver' ORDER BY q",
     [("Vancouver", "Apr-Jun", D("90.0")), ("Vancouver", "Jan-Mar", None)]),
    # Sets.
    ("SELECT 1 UNION SELECT 1", [(1,)]),
    ("SELECT 1 UNION ALL SELECT 1", [(1,), (1,)]),
    ("SELECT k FROM VALUES (1), (1), (2) AS t(k) INTERSECT SELECT 1", [(1,)]),
    ("SELECT k FROM VALUES (1), (1), (2) AS t(k) INTERSECT ALL SELECT k FROM VALUES (1), (1) AS u(k)", [(1,), (1,)]),
    ("SELECT k FROM VALUES (1), (1), (2) AS t(k) EXCEPT SELECT 1", [(2,)]),
    ("SELECT k FROM VALUES (1), (1), (2) AS t(k) EXCEPT ALL SELECT 1 ORDER BY k", [(1,), (2,)]),
    ("SELECT k FROM VALUES (1), (1), (2) AS t(k) MINUS SELECT 1", [(2,)]),
    ("(SELECT 1 AS k) UNION ALL (SELECT 3 LIMIT 1) ORDER BY k DESC", [(3,), (1,)]),
    ("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2 ORDER BY 1", [(1,), (2,)]),
    # Order and limits.
    ("SELECT n FROM VALUES (2), (NULL), (1) AS t(n) ORDER BY n", [(None,), (1,), (2,)]),
    ("SELECT n FROM VALUES (2), (NULL), (1) AS t(n) ORDER BY n DESC", [(2,), (1,), (None,)]),
    ("SELECT n FROM VALUES (2), (NULL), (1) AS t(n) ORDER BY n ASC NULLS LAST", [(1,), (2,), (None,)]),
    ("SELECT n FROM VALUES (2), (NULL), (1) AS t(n) ORDER BY n DESC NULLS FIRST", [(None,), (2,), (1,)]),
    ("SELECT n, m FROM VALUES (2, 'b'), (1, 'z'), (1, 'a') AS t(n, m) ORDER BY ALL DESC",
     [(2, "b"), (1, "z"), (1, "a")]),
    ("SELECT n FROM VALUES (3), (1), (2) AS t(n) ORDER BY n LIMIT 1 OFFSET 1", [(2,)]),
    ("SELECT n FROM VALUES (3), (1) AS t(n) ORDER BY n LIMIT ALL", [(1,), (3,)]),
    ("SELECT n FROM VALUES (3), (1), (2) AS t(n) ORDER BY n LIMIT 1 + 1", [(1,), (2,)]),
    ("SELECT n AS m FROM VALUES (3), (1) AS t(n) ORDER BY n + m", [(1,), (3,)]),
    ("SELECT 'B' AS x UNION ALL SELECT 'a' ORDER BY x", [("B",), ("a",)]),
    # Selecting.
    (f"SELECT * EXCEPT (tags, detail, sold_on, sold_at, rate) FROM {T} WHERE id = 1", [(1, "North", D("10.00"), 1)]),
    ("SELECT t.* FROM VALUES (1, 2) AS t(a, b)", [(1, 2)]),
    ("SELECT a + 1 AS b, b * 2 AS c FROM VALUES (1) AS t(a)", [(2, 4)]),
    ("SELECT a AS b, b FROM VALUES (1, 9) AS t(a, b)", [(1, 9)]),
    ("SELECT * FROM VALUES (1, 'a'), (2, 'b')", [(1, "a"), (2, "b")]),
    ("SELECT col1 FROM VALUES (1), (2) ORDER BY col1 DESC", [(2,), (1,)]),
    ("VALUES (1, 'a'), (2, 'b')", [(1, "a"), (2, "b")]),
    ("SELECT k FROM (VALUES (1), (2)) AS t(k) WHERE k IN (2, 3)", [(2,)]),
    ("SELECT ALL k FROM VALUES (1), (1) AS t(k)", [(1,), (1,)]),
    ("SELECT k FROM VALUES (1) AS t(k) WHERE (k, 2) IN ((1, 2), (3, 4))", [(1,)]),
    # Subqueries and CTE.
    (f"WITH s AS (SELECT region, sum(amount) AS total FROM {T} GROUP BY region), top AS (SELECT max(total) "
     f"AS m FROM s) "
     "SELECT region FROM s JOIN top ON s.total = top.m",
     [(None,)]),
    ("WITH t(a, b) AS (SELECT 1, 2) SELECT b FROM t", [(2,)]),
    ("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r", [(15,)]),
    ("WITH RECURSIVE tree AS (SELECT id, parent, 0 AS depth FROM VALUES (1, NULL), (2, 1), (3, 2) AS p(id, parent) "
     "WHERE parent IS NULL UNION ALL SELECT c.id, c.parent, depth + 1 FROM VALUES (1, NULL), (2, 1), (3, 2) "
     "AS c(id, parent) JOIN tree ON c.parent = tree.id) SELECT id, depth FROM tree ORDER BY id",
     [(1, 0), (2, 1), (3, 2)]),
    ("SELECT * FROM (WITH x AS (SELECT 1 AS a) SELECT a FROM x)", [(1,)]),
    ("SELECT k FROM VALUES (1), (2), (3) AS t(k) WHERE k > (SELECT 2)", [(3,)]),
    (f"SELECT id FROM {T} AS s WHERE amount = (SELECT max(amount) FROM {T} WHERE region = s.region) ORDER BY id",
     [(2,), (3,)]),
    ("SELECT k FROM VALUES (1), (2) AS t(k) WHERE k NOT IN (SELECT j FROM VALUES (1), (NULL) AS u(j))", []),
    # Pipes.
    ("FROM VALUES (1, 'a'), (2, 'b'), (3, 'b') AS t(n, g) |> WHERE n > 1 |> AGGREGATE sum(n) AS s GROUP BY g",
     [("b", 5)]),
    (f"FROM {T} |> WHERE id < 3 |> SELECT id, region |> ORDER BY id DESC |> LIMIT 1", [(2, "North")]),
    ("FROM VALUES (1) AS t(n) |> EXTEND n * 2 AS m |> SELECT m", [(2,)]),
    # Samples and hints.
    (f"SELECT count(*) FROM {T} TABLESAMPLE (100 PERCENT)", [(5,)]),
    (f"SELECT count(*) FROM {T} TABLESAMPLE (0 PERCENT)", [(0,)]),
    (f"SELECT count(*) FROM {T} TABLESAMPLE (3 ROWS)", [(3,)]),
    (f"SELECT /*+ BROADCAST(s) */ count(*) FROM {T} AS s", [(5,)]),
    (f"SELECT /*+ REPARTITION(3) */ count(*) FROM {T} AS s", [(5,)]),
]  # fmt: skip

REFUSED: list[Refusal] = [
    ("SELECT current_user()", "current_user"),
    ("SELECT session_user()", "session_user"),
    ("SELECT current_catalog()", "current_catalog"),
    ("SELECT current_schema()", "current_schema"),
    ("SELECT version()", "version"),
    ("SELECT current_version()", "current_version"),
    ("SELECT input_file_name()", "input_file_name"),
    (f"SELECT DISTINCT ON (region) id FROM {T}", "DISTINCT ON"),
    ("SELECT ai_query('m', 'x')", "ai_query"),
    ("SELECT http_request('x')", "http_request"),
    (f"SELECT * FROM {T} TABLESAMPLE (50 PERCENT) REPEATABLE (7)", "REPEATABLE"),
    ("SELECT TRANSFORM(1) USING 'cat' AS (x)", "TRANSFORM"),
    ("SELECT k INTO x FROM VALUES (1) AS t(k)", "INTO"),
    (f"SELECT id FROM {T} CLUSTER BY id", "CLUSTER BY"),
    (f"SELECT id FROM {T} DISTRIBUTE BY id", "DISTRIBUTE BY"),
    (f"SELECT id FROM {T} SORT BY id", "SORT BY"),
    ("SELECT 1 AS a UNION BY NAME SELECT 2 AS a", "BY NAME"),
    ("SELECT k FROM VALUES (1) AS t(k) WHERE k > ALL (SELECT 2)", "ALL"),
    ("SELECT @x", "variable"),
    ("SELECT s.x FROM (SELECT 1 AS x) AS s ASOF JOIN (SELECT 1 AS x) AS u ON s.x >= u.x", "ASOF"),
    ("SELECT COLUMNS('a.*') FROM VALUES (1) AS t(a)", "columns"),
]

FAILURES: list[Failure] = [
    ("SELECT (SELECT n FROM VALUES (1), (2) AS t(n))", "SCALAR_SUBQUERY_TOO_MANY_ROWS"),
    ("SELECT 1 UNION ALL SELECT 1, 2", "NUM_COLUMNS_MISMATCH"),
    (f"SELECT id FROM {T} AS a JOIN {T} AS b ON a.id = b.id", "AMBIGUOUS_REFERENCE"),
    ("SELECT raise_error('boom')", "USER_RAISED_EXCEPTION"),
]
