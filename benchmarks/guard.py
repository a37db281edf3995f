"""The SQL guard: how long a review of a 50-line statement takes that it has not seen, and how many parses that is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlglot

from benchmarks.measurement import Measurement, at_most, percentile, told
from core.codecheck import SqlGuard
from core.governance import Policy

POLICY = Path(__file__).resolve().parents[1] / "config" / "rbac_roles.yaml"
STATEMENTS = 200
MOST_PARSES = 4.0
TEMPLATE = """WITH recent AS (
  SELECT
    o.order_id,
    o.customer_id,
    o.store_id,
    date_trunc('MONTH', o.order_date) AS month,
    o.net_amount
  FROM main.demo.orders AS o
  WHERE
    o.order_date >= add_months(current_date(), -{number})
    AND o.status <> 'cancelled'
),
lines AS (
  SELECT
    l.order_id,
    sum(l.quantity) AS pieces,
    count(DISTINCT l.product_id) AS products
  FROM main.demo.order_lines AS l
  GROUP BY
    l.order_id
),
monthly AS (
  SELECT
    r.month,
    s.region,
    count(*) AS orders,
    sum(r.net_amount) AS sales,
    avg(l.pieces) AS pieces,
    percentile_approx(r.net_amount, 0.9) AS large,
    count_if(l.products > 3) AS mixed
  FROM recent AS r
  JOIN lines AS l
    USING (order_id)
  JOIN main.demo.stores AS s
    ON s.store_id = r.store_id
  GROUP BY
    r.month,
    s.region
)
SELECT
  m.month,
  m.region,
  m.orders,
  round(m.sales, 2) AS sales,
  m.mixed / nullif(m.orders, 0) AS mixed_share,
  sum(m.sales) OVER (PARTITION BY m.region ORDER BY m.month) AS running,
  lag(m.sales, 12) OVER (PARTITION BY m.region ORDER BY m.month) AS year_ago
FROM monthly AS m
WHERE
  m.sales > {number}
ORDER BY m.month, m.region
"""


def measure() -> Iterator[Measurement]:
    guard = SqlGuard(Policy.from_file(POLICY))
    texts = [TEMPLATE.format(number=number) for number in range(STATEMENTS)]
    lines = len(texts[0].splitlines())
    reviews, parses = _milliseconds(texts, lambda text: guard.review(text, "admin")), _milliseconds(texts, _parse)
    detail = f"{STATEMENTS} statements of {lines} lines, none seen before; CPU time"
    yield told("guard: review, p95", percentile(reviews, 0.95), "ms", "< 10 ms", detail)
    yield told("guard: review, median", percentile(reviews, 0.5), "ms")
    ratio = percentile(reviews, 0.5) / percentile(parses, 0.5)
    yield at_most("guard: review as parses of the same text", ratio, "parses", MOST_PARSES)
    again = _milliseconds(texts[-50:], lambda text: guard.review(text, "admin"))
    yield told("guard: review of a statement seen before, p95", percentile(again, 0.95), "ms")


def _parse(text: str) -> object:
    return sqlglot.parse(text, dialect="databricks")


def _milliseconds(texts: list[str], work: Callable[[str], object]) -> list[float]:
    """The CPU time of each text (others may use the machine), after one that is not counted (what is loaded once)."""
    work(texts[0] + " -- once")
    taken = []
    for text in texts:
        started = time.process_time()
        work(text)
        taken.append((time.process_time() - started) * 1000)
    return taken
