"""Window functions: frames, named windows, IGNORE NULLS, QUALIFY, order of NULL."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from tests.integration.warehouse.statement_list.checks import Case, Failure, Refusal, Scalar

SCALARS: list[Scalar] = []
V = "VALUES (1, 'a', 10), (2, 'a', NULL), (3, 'b', 30), (4, 'b', 40), (5, 'b', NULL) AS t(i, g, x)"

CASES: list[Case] = [
    (f"SELECT i, row_number() OVER (PARTITION BY g ORDER BY i DESC) FROM {V} ORDER BY i",
     [(1, 2), (2, 1), (3, 3), (4, 2), (5, 1)]),
    (f"SELECT i, rank() OVER (ORDER BY g), dense_rank() OVER (ORDER BY g) FROM {V} ORDER BY i",
     [(1, 1, 1), (2, 1, 1), (3, 3, 2), (4, 3, 2), (5, 3, 2)]),
    (f"SELECT i, percent_rank() OVER (ORDER BY i), cume_dist() OVER (ORDER BY i), ntile(2) OVER (ORDER BY i) FROM {V} "
     "ORDER BY i LIMIT 2",
     [(1, 0.0, 0.2, 1), (2, 0.25, 0.4, 1)]),
    (f"SELECT i, lag(x) OVER (ORDER BY i), lead(x, 2, -1) OVER (ORDER BY i) FROM {V} ORDER BY i",
     [(1, None, 30), (2, 10, 40), (3, None, None), (4, 30, -1), (5, 40, -1)]),
    (f"SELECT i, lag(x) IGNORE NULLS OVER (ORDER BY i) FROM {V} ORDER BY i",
     [(1, None), (2, 10), (3, 10), (4, 30), (5, 40)]),
    (f"SELECT i, lead(x, 1) IGNORE NULLS OVER (ORDER BY i) FROM {V} ORDER BY i",
     [(1, 30), (2, 30), (3, 40), (4, None), (5, None)]),
    (f"SELECT i, first_value(x) OVER (PARTITION BY g ORDER BY i), last_value(x) OVER (PARTITION BY g ORDER "
     f"BY i) FROM {V} "
     "ORDER BY i",
     [(1, 10, 10), (2, 10, None), (3, 30, 30), (4, 30, 40), (5, 30, None)]),
    (f"SELECT i, last_value(x) IGNORE NULLS OVER (ORDER BY i) FROM {V} ORDER BY i",
     [(1, 10), (2, 10), (3, 30), (4, 40), (5, 40)]),
    (f"SELECT i, last_value(x, true) OVER (PARTITION BY g ORDER BY i) FROM {V} ORDER BY i",
     [(1, 10), (2, 10), (3, 30), (4, 40), (5, 40)]),
    (f"SELECT i, first(x, true) OVER (ORDER BY i ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) FROM {V} ORDER BY i",
     [(1, 30), (2, 30), (3, 40), (4, None), (5, None)]),
    (f"SELECT i, nth_value(i, 2) OVER (PARTITION BY g ORDER BY i) FROM {V} ORDER BY i",
     [(1, None), (2, 2), (3, None), (4, 4), (5, 4)]),
    (f"SELECT i, any_value(x) OVER (PARTITION BY g ORDER BY i) FROM {V} WHERE i < 3 ORDER BY i", [(1, 10), (2, 10)]),
    (f"SELECT i, sum(x) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM {V} ORDER BY i",
     [(1, 10), (2, 10), (3, 30), (4, 70), (5, 40)]),
    (f"SELECT i, count(*) OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) FROM {V} ORDER BY i",
     [(1, 2), (2, 3), (3, 4), (4, 5), (5, 5)]),
    (f"SELECT i, sum(i) OVER (ORDER BY i RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM {V} ORDER BY i",
     [(1, 3), (2, 6), (3, 9), (4, 12), (5, 9)]),
    (f"SELECT i, sum(i) OVER (PARTITION BY g) FROM {V} ORDER BY i", [(1, 3), (2, 3), (3, 12), (4, 12), (5, 12)]),
    (f"SELECT g, sum(sum(i)) OVER (ORDER BY g) FROM {V} GROUP BY g ORDER BY g", [("a", 3), ("b", 15)]),
    (f"SELECT g, rank() OVER (ORDER BY sum(i) DESC) FROM {V} GROUP BY g ORDER BY g", [("a", 2), ("b", 1)]),
    (f"SELECT i, sum(i) FILTER (WHERE x IS NOT NULL) OVER (PARTITION BY g) FROM {V} ORDER BY i",
     [(1, 1), (2, 1), (3, 7), (4, 7), (5, 7)]),
    (f"SELECT i, avg(x) OVER (PARTITION BY g) FROM {V} ORDER BY i",
     [(1, 10.0), (2, 10.0), (3, 35.0), (4, 35.0), (5, 35.0)]),
    (f"SELECT i, collect_list(i) OVER (PARTITION BY g ORDER BY i) FROM {V} ORDER BY i",
     [(1, [1]), (2, [1, 2]), (3, [3]), (4, [3, 4]), (5, [3, 4, 5])]),
    (f"SELECT i, max(x) OVER w, min(x) OVER w FROM {V} WINDOW w AS (PARTITION BY g) ORDER BY i",
     [(1, 10, 10), (2, 10, 10), (3, 40, 30), (4, 40, 30), (5, 40, 30)]),
    (f"SELECT i, sum(i) OVER (w ORDER BY i DESC) FROM {V} WINDOW w AS (PARTITION BY g) ORDER BY i",
     [(1, 3), (2, 2), (3, 12), (4, 9), (5, 5)]),
    (f"SELECT i FROM {V} QUALIFY row_number() OVER (PARTITION BY g ORDER BY i) = 1 ORDER BY i", [(1,), (3,)]),
    (f"SELECT i, row_number() OVER (PARTITION BY g ORDER BY i) AS n FROM {V} QUALIFY n = 2 ORDER BY i",
     [(2, 2), (4, 2)]),
    (f"SELECT g, count(*) AS n FROM {V} GROUP BY g QUALIFY rank() OVER (ORDER BY n DESC) = 1", [("b", 3)]),
    (f"SELECT i, rank() OVER (ORDER BY x) FROM {V} ORDER BY i", [(1, 3), (2, 1), (3, 4), (4, 5), (5, 1)]),
    (f"SELECT i, rank() OVER (ORDER BY x DESC) FROM {V} ORDER BY i", [(1, 3), (2, 4), (3, 2), (4, 1), (5, 4)]),
    (f"SELECT i, rank() OVER (ORDER BY x NULLS LAST) FROM {V} ORDER BY i", [(1, 1), (2, 4), (3, 2), (4, 3), (5, 4)]),
    ("SELECT d, sum(x) OVER (ORDER BY d RANGE BETWEEN INTERVAL 2 DAYS PRECEDING AND CURRENT ROW) FROM VALUES "
     "(DATE '2026-01-01', 1), (DATE '2026-01-03', 2), (DATE '2026-01-06', 4) AS t(d, x) ORDER BY d",
     [(date(2026, 1, 1), 1), (date(2026, 1, 3), 3), (date(2026, 1, 6), 4)]),
    ("SELECT x, sum(x) OVER (ORDER BY m RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND INTERVAL '1' HOUR "
     "FOLLOWING) FROM "
     "VALUES (TIMESTAMP '2026-01-01 00:00:00', 1), (TIMESTAMP '2026-01-01 01:00:00', 2), "
     "(TIMESTAMP '2026-01-01 03:00:00', 4) AS t(m, x) ORDER BY x",
     [(1, 3), (2, 3), (4, 4)]),
    (f"SELECT i, x - lag(x, 1, x) OVER (ORDER BY i) FROM {V} WHERE x IS NOT NULL ORDER BY i",
     [(1, 0), (3, 20), (4, 10)]),
    (f"SELECT i, 100.0 * i / sum(i) OVER () FROM {V} WHERE i < 3 ORDER BY i",
     [(1, D("33.3333333333333333333333")), (2, D("66.6666666666666666666667"))]),
    (f"SELECT DISTINCT g, max(i) OVER (PARTITION BY g) FROM {V} ORDER BY g", [("a", 2), ("b", 5)]),
    (f"SELECT i, median(i) OVER (PARTITION BY g) FROM {V} ORDER BY i LIMIT 3", [(1, 1.5), (2, 1.5), (3, 4.0)]),
    (f"SELECT i, stddev(i) OVER () FROM {V} ORDER BY i LIMIT 1", [(1, pytest.approx(1.5811388300841898))]),
]  # fmt: skip

REFUSED: list[Refusal] = []

FAILURES: list[Failure] = [
    (f"SELECT i FROM {V} WHERE row_number() OVER (ORDER BY i) = 1", "INVALID_WHERE_CONDITION"),
]
