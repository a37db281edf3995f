"""Values of what analysts and the semantic compiler write, each as the Databricks SQL documentation has it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from sqlglot import exp

from core.errors import StatementRefused
from core.warehouse.embedded.dialect.calls import plain
from core.warehouse.embedded.dialect.functions import AS_THEY_ARE, BY_NAME
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.port import Warehouse
from tests.cases import check_each
from tests.integration.warehouse.statement_list.test_statement_list import statements
from tests.integration.warehouse.test_conformance import SCALARS, check_values, rows, value


def at(*parts: int) -> datetime:
    year, month, day, *rest = parts
    hour, minute, second = [*rest, 0, 0, 0][:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


EXPRESSIONS: list[tuple[str, object]] = [
    ("date_trunc('MONTH', DATE '2026-08-19')", at(2026, 8, 1, 0, 0)),
    ("date_trunc('WEEK', DATE '2026-11-22')", at(2026, 11, 16, 0, 0)),
    ("date_trunc('YEAR', TIMESTAMP '2026-08-19 10:11:12')", at(2026, 1, 1, 0, 0)),
    ("date_trunc('HOUR', TIMESTAMP '2026-08-19 10:11:12')", at(2026, 8, 19, 10, 0)),
    ("trunc(DATE '2026-08-19', 'WEEK')", date(2026, 8, 17)),
    ("trunc(DATE '2026-08-19', 'QUARTER')", date(2026, 7, 1)),
    ("CAST(date_trunc('MONTH', DATE '2026-08-19') AS DATE)", date(2026, 8, 1)),
    ("DATE '2026-03-31' - INTERVAL 1 MONTH", date(2026, 2, 28)),
    ("DATE '2024-02-29' + INTERVAL 1 YEAR", date(2025, 2, 28)),
    ("DATE '2026-01-01' + 31", date(2026, 2, 1)),
    ("DATE '2026-01-01' - 1", date(2025, 12, 31)),
    ("TIMESTAMP '2026-01-01 00:00:00' + INTERVAL 90 MINUTES", at(2026, 1, 1, 1, 30)),
    ("months_between(DATE '2026-03-31', DATE '2026-02-28')", 1.0),
    ("months_between(DATE '2026-03-15', DATE '2026-02-28')", pytest.approx(0.58064516)),
    ("date_diff(MONTH, DATE '2026-01-15', DATE '2026-03-14')", 1),
    ("date_diff(YEAR, DATE '2024-06-01', DATE '2026-05-31')", 1),
    ("timestampdiff(MONTH, DATE '2026-01-31', DATE '2026-03-01')", 1),
    ("dateadd(MONTH, 1, DATE '2026-01-31')", at(2026, 2, 28, 0, 0)),
    ("weekofyear(DATE '2027-01-01')", 53),
    ("dayofyear(DATE '2026-02-01')", 32),
    ("next_day(DATE '2026-11-23', 'MON')", date(2026, 11, 30)),
    ("unix_date(DATE '1970-01-02')", 1),
    ("to_date('19/08/2026', 'dd/MM/yyyy')", date(2026, 8, 19)),
    ("to_timestamp('2026-08-19 10:11', 'yyyy-MM-dd HH:mm')", at(2026, 8, 19, 10, 11)),
    ("date_format(TIMESTAMP '2026-08-09 15:04:05', 'dd.MM.yyyy HH:mm:ss')", "09.08.2026 15:04:05"),
    ("date_format(DATE '2026-08-09', 'MMM d, yyyy')", "Aug 9, 2026"),
    ("date_format(DATE '2026-08-09', 'EEEE')", "Sunday"),
    ("CAST('2026-8-9' AS DATE)", date(2026, 8, 9)),
    ("CAST('2026-08' AS DATE)", date(2026, 8, 1)),
    ("CAST('2026-08-09 10:00:00' AS DATE)", date(2026, 8, 9)),
    ("try_cast('2026-02-30' AS DATE)", None),
    ("try_cast('09/08/2026' AS DATE)", None),
    ("CAST('2026-08-09T10:11:12Z' AS TIMESTAMP)", at(2026, 8, 9, 10, 11, 12)),
    ("CAST('2026-08-09 10:11:12+02:00' AS TIMESTAMP)", at(2026, 8, 9, 8, 11, 12)),
    ("CAST('yes' AS BOOLEAN)", True),
    ("CAST('f' AS BOOLEAN)", False),
    ("CAST(1 AS BOOLEAN)", True),
    ("CAST(true AS INT)", 1),
    ("CAST(123.456 AS DECIMAL(5,1))", D("123.5")),
    ("CAST('1e3' AS DOUBLE)", 1000.0),
    ("CAST(12.50 AS STRING)", "12.50"),
    ("CAST(0.5D AS STRING)", "0.5"),
    ("CAST(1D AS STRING)", "1.0"),
    ("round(2.345, 2)", D("2.35")),
    ("round(-2.5)", D("-3")),
    ("round(2.5D)", 3.0),
    ("round(3.5D)", 4.0),
    ("round(-2.5D)", -3.0),
    ("round(1234.5, -2)", D("1200")),
    ("round(0.285D, 2)", pytest.approx(0.29)),
    ("round(1.005D, 2)", pytest.approx(1.01)),
    ("round(15, -1)", 20),
    ("ceil(1.2)", D("2")),
    ("floor(-1.2)", D("-2")),
    ("ceil(-0.5D)", 0),
    ("sign(-3)", -1.0),
    ("abs(-2.50)", D("2.50")),
    ("mod(-7, 3)", -1),
    ("-7 div 2", -3),
    ("7 / 2", pytest.approx(3.5)),
    ("power(2, 10)", 1024.0),
    ("sqrt(16)", 4.0),
    ("exp(0)", 1.0),
    ("sum(x) FROM VALUES (1.10), (2.25) AS t(x)", D("3.35")),
    ("avg(x) FROM VALUES (1), (2) AS t(x)", pytest.approx(1.5)),
    ("sum(x) FROM VALUES (CAST(NULL AS INT)) AS t(x)", None),
    ("count(DISTINCT x) FROM VALUES (1), (1), (NULL) AS t(x)", 1),
    ("count(DISTINCT x, y) FROM VALUES (1, 'a'), (1, 'b'), (1, NULL) AS t(x, y)", 2),
    ("count(x, y) FROM VALUES (1, 'a'), (1, NULL) AS t(x, y)", 1),
    ("median(x) FROM VALUES (1), (2), (10) AS t(x)", 2.0),
    ("percentile_disc(0.5) WITHIN GROUP (ORDER BY x) FROM VALUES (1), (2), (3), (4) AS t(x)", 2),
    ("percentile_approx(x, 0.5) FROM VALUES (1), (2), (3), (4) AS t(x)", 2),
    ("mode(x) FROM VALUES (1), (2), (2) AS t(x)", 2),
    ("stddev(x) FROM VALUES (1), (3) AS t(x)", pytest.approx(1.4142135623730951)),
    ("stddev(x) FROM VALUES (1) AS t(x)", None),
    ("var_pop(x) FROM VALUES (1), (3) AS t(x)", 1.0),
    ("bool_and(x) FROM VALUES (true), (NULL) AS t(x)", True),
    ("bool_or(x) FROM VALUES (false), (NULL) AS t(x)", False),
    ("every(x) FROM VALUES (true), (false) AS t(x)", False),
    ("some(x) FROM VALUES (true), (false) AS t(x)", True),
    ("max(x) FROM VALUES ('a'), ('B') AS t(x)", "a"),
    ("max_by(x, y) FROM VALUES ('a', 1), ('b', 3), ('c', NULL) AS t(x, y)", "b"),
    ("min_by(x, y) FROM VALUES ('a', 1), ('b', 3) AS t(x, y)", "a"),
    ("sum(x) FILTER (WHERE y) FROM VALUES (1, true), (2, false), (4, NULL) AS t(x, y)", 1),
    ("sum(CASE WHEN x > 1 THEN x END) FROM VALUES (1), (2), (3) AS t(x)", 5),
    ("try_divide(sum(x), 0) FROM VALUES (1) AS t(x)", None),
    ("nullif(0, 0)", None),
    ("sum(x) / nullif(0, 0) FROM VALUES (1) AS t(x)", None),
    ("'50%' LIKE '50\\\\%'", True),
    ("'500' LIKE '50\\\\%'", False),
    ("'50%' LIKE '50!%' ESCAPE '!'", True),
    ("'Straße' ILIKE 'STR%'", True),
    ("'a\nb' LIKE 'a%b'", True),
    ("'abc' NOT LIKE '%z%'", True),
    ("NULL LIKE 'a'", None),
    ("'b' BETWEEN 'a' AND 'c'", True),
    ("1 NOT IN (2, NULL)", None),
    ("1 NOT IN (1, NULL)", False),
    ("1 IN (SELECT x FROM VALUES (2), (NULL) AS t(x))", None),
    ("EXISTS (SELECT 1 FROM VALUES (1) AS t(x) WHERE x > 1)", False),
    ("NULL = NULL", None),
    ("NULL AND false", False),
    ("NULL OR true", True),
    ("true AND NULL", None),
    ("upper('straat')", "STRAAT"),
    ("initcap('hello wORLD')", "Hello World"),
    ("trim('  a ')", "a"),
    ("ltrim('  a ')", "a "),
    ("rtrim('  a ')", "  a"),
    ("trim(BOTH 'x' FROM 'xxaxx')", "a"),
    ("lpad('7', 3, '0')", "007"),
    ("rpad('abc', 2, 'x')", "ab"),
    ("lpad('abc', 5)", "  abc"),
    ("instr('banana', 'an')", 2),
    ("locate('an', 'banana', 3)", 4),
    ("position('z' IN 'banana')", 0),
    ("substr('banana', -3)", "ana"),
    ("substring('banana' FROM 2 FOR 3)", "ana"),
    ("split_part('a-b-c', '-', 2)", "b"),
    ("split_part('a-b-c', '-', -1)", "c"),
    ("replace('aXbX', 'X')", "ab"),
    ("translate('abc', 'ab', 'xy')", "xyc"),
    ("reverse('abc')", "cba"),
    ("repeat('ab', 2)", "abab"),
    ("'a' || 'b'", "ab"),
    ("'a' || NULL", None),
    ("char_length('héé')", 3),
    ("ascii('A')", 65),
    ("chr(65)", "A"),
    ("startswith('abc', 'ab')", True),
    ("endswith('abc', 'bc')", True),
    ("contains('abc', 'b')", True),
    ("regexp_like('abc', '^a.c$')", True),
    ("regexp_extract('a12', 'z', 0)", ""),
    ("regexp_replace('abc', '(a)(b)', '$2$1')", "bac"),
    ("levenshtein('kitten', 'sitting')", 3),
    ("greatest('a', 'b')", "b"),
    ("least(1, NULL, 3)", 1),
    ("coalesce(NULL, NULL)", None),
    ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b"),
    ("CASE WHEN NULL THEN 1 ELSE 0 END", 0),
    ("decode(2, 1, 'a', 2, 'b', 'z')", "b"),
    ("0.1 + 0.2", D("0.3")),
    ("0.1D + 0.2D", pytest.approx(0.30000000000000004)),
    ("1.5 * 2.25", D("3.375")),
    ("5 % 2.5", D("0.0")),
    ("CAST(10 AS BIGINT) / CAST(4 AS BIGINT)", pytest.approx(2.5)),
    ("sum(x) FROM VALUES (9999999999.99), (0.01) AS t(x)", D("10000000000.00")),
    ("any_value(x) FROM VALUES (5) AS t(x)", 5),
    ("isnull(NULL)", True),
    ("2 <=> NULL", False),
    ("approx_count_distinct(x) FROM VALUES (1), (1), (2) AS t(x)", 2),
    ("corr(x, y) FROM VALUES (1, 2), (2, 4), (3, 6) AS t(x, y)", 1.0),
    ("collect_set(x) FROM VALUES (1), (1) AS t(x)", [1]),
    ("array_join(sort_array(collect_list(x)), ',') FROM VALUES ('b'), ('a') AS t(x)", "a,b"),
    ("listagg(x, ',') WITHIN GROUP (ORDER BY x) FROM VALUES ('b'), ('a') AS t(x)", "a,b"),
    ("'10' > 9", True),
    ("'a' = 'A'", False),
    ("DATE '2026-01-02' > '2026-01-01'", True),
    ("year('2026-08-09')", 2026),
    ("1 + '2'", 3),
    ("avg(CAST(x AS DECIMAL(5,2))) FROM VALUES (1.10), (2.25) AS t(x)", D("1.675")),
    ("acos(1)", 0.0),
    ("asin(0)", 0.0),
    ("atan(0)", 0.0),
    ("atan2(0, 1)", 0.0),
    ("cos(0)", 1.0),
    ("sin(0)", 0.0),
    ("tan(0)", 0.0),
    ("degrees(0)", 0.0),
    ("radians(0)", 0.0),
    ("pi()", pytest.approx(3.141592653589793)),
    ("cbrt(27)", pytest.approx(3.0)),
    ("array_append(array(1), 2)", [1, 2]),
    ("array_compact(array(1, NULL))", [1]),
    ("concat(array(1), array(2))", [1, 2]),
    ("array_distinct(array(1, 1))", [1]),
    ("array_except(array(1, 2), array(2))", [1]),
    ("array_intersect(array(1, 2), array(2))", [2]),
    ("array_max(array(1, 3, NULL))", 3),
    ("array_min(array(1, 3, NULL))", 1),
    ("array_remove(array(1, 2, 1), 1)", [2]),
    ("array_union(array(1), array(1))", [1]),
    ("arrays_overlap(array(1), array(1, 2))", True),
    ("flatten(array(array(1), array(2)))", [1, 2]),
    ("sort_array(array(2, NULL, 1))", [None, 1, 2]),
    ("cardinality(array(1))", 1),
    ("get(array(5), 0)", 5),
    ("get(array(5), 3)", None),
    ("map_contains_key(map('a', 1), 'a')", True),
    ("map_values(map('a', 1))", [1]),
    ("map_from_entries(array(struct('a', 1)))['a']", 1),
    ("bit_and(x) FROM VALUES (6), (3) AS t(x)", 2),
    ("bit_or(x) FROM VALUES (6), (3) AS t(x)", 7),
    ("bit_xor(x) FROM VALUES (6), (3) AS t(x)", 5),
    ("covar_pop(x, y) FROM VALUES (1, 2), (3, 6) AS t(x, y)", 2.0),
    ("covar_samp(x, y) FROM VALUES (1, 2), (3, 6) AS t(x, y)", 4.0),
    ("kurtosis(x) FROM VALUES (1), (3) AS t(x)", -2.0),
    ("stddev_pop(x) FROM VALUES (1), (3) AS t(x)", 1.0),
    ("stddev_samp(x) FROM VALUES (1), (3) AS t(x)", pytest.approx(1.4142135623730951)),
    ("variance(x) FROM VALUES (1), (3) AS t(x)", 2.0),
    ("var_samp(x) FROM VALUES (1), (3) AS t(x)", 2.0),
    ("current_date() >= DATE '2020-01-01'", True),
    ("current_timestamp() > TIMESTAMP '2020-01-01 00:00:00'", True),
    ("date('2026-01-02')", date(2026, 1, 2)),
    ("day(DATE '2026-01-02')", 2),
    ("dayofmonth(DATE '2026-01-02')", 2),
    ("month(DATE '2026-03-02')", 3),
    ("hour(TIMESTAMP '1970-01-01 08:09:10')", 8),
    ("minute(TIMESTAMP '1970-01-01 08:09:10')", 9),
    ("second(TIMESTAMP '1970-01-01 08:09:10')", 10),
    ("date_part('MONTH', DATE '2026-03-02')", 3),
    ("make_timestamp(2026, 1, 2, 3, 4, 5)", at(2026, 1, 2, 3, 4, 5)),
    ("to_timestamp('2026-01-02 03:04:05')", at(2026, 1, 2, 3, 4, 5)),
    ("unix_micros(TIMESTAMP '1970-01-01 00:00:01')", 1000000),
    ("unix_millis(TIMESTAMP '1970-01-01 00:00:01')", 1000),
    ("unix_seconds(TIMESTAMP '1970-01-01 00:00:01')", 1),
    ("from_unixtime(0)", "1970-01-01 00:00:00"),
    ("timestamp_seconds(1)", at(1970, 1, 1, 0, 0, 1)),
    ("timestampadd(HOUR, 1, TIMESTAMP '2026-01-01 00:00:00')", at(2026, 1, 1, 1, 0)),
    ("equal_null(1, NULL)", False),
    ("nvl2(NULL, 1, 2)", 2),
    ("isnan(CAST('NaN' AS DOUBLE))", True),
    ("isnotnull(1)", True),
    ("try_add(1, 2)", 3),
    ("try_add(9223372036854775807, 1)", None),
    ("try_subtract(3, 2)", 1),
    ("try_multiply(3, 2)", 6),
    ("base64('abc')", "YWJj"),
    ("CAST(unbase64('YWJj') AS STRING)", "abc"),
    ("lower('ÄB')", "äb"),
    ("space(2)", "  "),
    ("octet_length('é')", 2),
    ("btrim('  a ')", "a"),
    ("printf('%d', 1)", "1"),
    ("regexp_extract_all('a1b2', '([0-9])', 1)", ['1', '2']),
    ("sha('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ("json_array_length('[1, 2]')", 2),
    ("length(uuid())", 36),
    ("rand() >= 0 AND rand() < 1", True),
    ("xor(true, false)", True),
    ("grouping_id(x) FROM VALUES (1) AS t(x) GROUP BY ROLLUP(x) HAVING grouping_id(x) = 1", 1),
    ("nth_value(x, 2) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM "
     "VALUES (1), (3) AS t(x)",
     3),
    ("regexp_replace('a.b', '[.]', '\\\\$')", "a$b"),
    ("try_divide(sum(x), count(x) - 2) FROM VALUES (1), (3) AS t(x)", None),
    ("try_divide(sum(x), 2) FROM VALUES (1), (3) AS t(x)", 2.0),
    ("CAST('2026' AS DATE)", date(2026, 1, 1)),
    ("try_cast('2026/08/09' AS DATE)", None),
    ("date_sub(DATE '2026-01-01', 1)", date(2025, 12, 31)),
    ("round(-0.285D, 2)", pytest.approx(-0.29)),
    ("round(CAST(NULL AS DOUBLE), 2)", None),
    ("round(1e20D, 2)", 1e+20),
    ("grouping(x) FROM VALUES (1) AS t(x) GROUP BY ROLLUP(x) HAVING grouping(x) = 1", 1),
]  # fmt: skip

QUERIES: list[tuple[str, list[tuple[object, ...]]]] = [
    ("SELECT x FROM VALUES (2), (NULL), (1) AS t(x) ORDER BY x", [(None,), (1,), (2,)]),
    ("SELECT x FROM VALUES (2), (NULL), (1) AS t(x) ORDER BY x DESC", [(2,), (1,), (None,)]),
    ("SELECT x FROM VALUES (2), (NULL), (1) AS t(x) ORDER BY x NULLS LAST", [(1,), (2,), (None,)]),
    ("SELECT x, rank() OVER (ORDER BY x DESC) FROM VALUES (2), (NULL), (2) AS t(x) ORDER BY 2, 1",
     [(2, 1), (2, 1), (None, 3)]),
    ("SELECT x, dense_rank() OVER (ORDER BY x) FROM VALUES (1), (1), (5) AS t(x) ORDER BY 2",
     [(1, 1), (1, 1), (5, 2)]),
    ("SELECT x, sum(x) OVER (ORDER BY x) FROM VALUES (1), (1), (2) AS t(x) ORDER BY x",
     [(1, 2), (1, 2), (2, 4)]),
    ("SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM VALUES (1), (2), "
     "(4) AS t(x) ORDER BY x",
     [(1, 1), (2, 3), (4, 6)]),
    ("SELECT x, avg(x) OVER () FROM VALUES (1), (2) AS t(x) ORDER BY x", [(1, 1.5), (2, 1.5)]),
    ("SELECT x, lag(x) OVER (ORDER BY x), lead(x, 1, 0) OVER (ORDER BY x) FROM VALUES (1), (2) AS t(x) "
     "ORDER BY x",
     [(1, None, 2), (2, 1, 0)]),
    ("SELECT x, first_value(x) OVER (ORDER BY x), last_value(x) OVER (ORDER BY x) FROM VALUES (1), (2) "
     "AS t(x) ORDER BY x",
     [(1, 1, 1), (2, 1, 2)]),
    ("SELECT x, ntile(2) OVER (ORDER BY x) FROM VALUES (1), (2), (3) AS t(x) ORDER BY x",
     [(1, 1), (2, 1), (3, 2)]),
    ("SELECT x, percent_rank() OVER (ORDER BY x), cume_dist() OVER (ORDER BY x) FROM VALUES (1), (2) AS "
     "t(x) ORDER BY x",
     [(1, 0.0, 0.5), (2, 1.0, 1.0)]),
    ("SELECT d, sum(x) OVER (ORDER BY d RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW) FROM "
     "VALUES (DATE '2026-01-01', 1), (DATE '2026-01-02', 2), (DATE '2026-01-04', 4) AS t(d, x) ORDER BY d",
     [(date(2026, 1, 1), 1), (date(2026, 1, 2), 3), (date(2026, 1, 4), 4)]),
    ("SELECT g, sum(x) FROM VALUES ('a', 1), ('b', 2), ('a', 3) AS t(g, x) GROUP BY ALL ORDER BY g",
     [('a', 4), ('b', 2)]),
    ("SELECT g, sum(x) FROM VALUES ('a', 1), (NULL, 2), (NULL, 3) AS t(g, x) GROUP BY g ORDER BY g",
     [(None, 5), ('a', 1)]),
    ("SELECT g, sum(x) AS s FROM VALUES ('a', 1), ('b', 2) AS t(g, x) GROUP BY g HAVING sum(x) > 1",
     [('b', 2)]),
    ("SELECT g, x FROM VALUES ('a', 1), ('a', 3), ('b', 2) AS t(g, x) QUALIFY rank() OVER (PARTITION BY "
     "g ORDER BY x DESC) = 1 ORDER BY g",
     [('a', 3), ('b', 2)]),
    ("SELECT coalesce(g, 'all'), sum(x) FROM VALUES ('a', 1), ('b', 2) AS t(g, x) GROUP BY ROLLUP(g) "
     "ORDER BY 2",
     [('a', 1), ('b', 2), ('all', 3)]),
    ("SELECT x FROM VALUES (1), (2), (3) AS a(x) WHERE x > (SELECT avg(y) FROM VALUES (1), (2) AS b(y) "
     "WHERE y <= x) ORDER BY x",
     [(2,), (3,)]),
    ("SELECT x FROM VALUES (1), (2) AS a(x) WHERE EXISTS (SELECT 1 FROM VALUES (2) AS b(y) WHERE y = x)",
     [(2,)]),
    ("SELECT x FROM VALUES (1), (2) AS a(x) WHERE x NOT IN (SELECT y FROM VALUES (2), (NULL) AS b(y))", []),
    ("SELECT x FROM VALUES (1), (2) AS a(x) WHERE NOT EXISTS (SELECT 1 FROM VALUES (2), (NULL) AS b(y) "
     "WHERE y = x)",
     [(1,)]),
    ("SELECT x FROM VALUES (1), (1), (NULL) AS a(x) UNION SELECT 1 UNION SELECT NULL ORDER BY 1",
     [(None,), (1,)]),
    ("SELECT x FROM VALUES (1), (1), (2) AS a(x) INTERSECT ALL SELECT y FROM VALUES (1), (1), (1) AS b(y)",
     [(1,), (1,)]),
    ("SELECT x FROM VALUES (1), (1), (NULL) AS a(x) EXCEPT SELECT y FROM VALUES (1) AS b(y)", [(None,)]),
    ("SELECT x FROM VALUES (1), (1), (2) AS a(x) EXCEPT ALL SELECT y FROM VALUES (1) AS b(y) ORDER BY 1",
     [(1,), (2,)]),
    ("SELECT a.x, b.y FROM VALUES (1), (NULL) AS a(x) LEFT JOIN VALUES (1), (NULL) AS b(y) ON a.x = b.y "
     "ORDER BY 1",
     [(None, None), (1, 1)]),
    ("SELECT count(*) FROM VALUES (NULL) AS a(x) JOIN VALUES (NULL) AS b(y) ON a.x <=> b.y", [(1,)]),
    ("SELECT date_trunc('MONTH', d) AS m, sum(x) FROM VALUES (DATE '2026-01-05', 1), (DATE "
     "'2026-01-09', 2) AS t(d, x) GROUP BY date_trunc('MONTH', d)",
     [(at(2026, 1, 1, 0, 0), 3)]),
    ("SELECT max(CASE WHEN g = 'a' THEN x END) - min(x) FROM VALUES ('a', 4), ('b', 1) AS t(g, x)", [(3,)]),
]  # fmt: skip


def test_expressions_have_the_documented_value(values: Warehouse) -> None:
    check_values(values, EXPRESSIONS)


def test_queries_have_the_documented_rows(values: Warehouse) -> None:
    def check(case: tuple[str, list[tuple[object, ...]]]) -> None:
        assert rows(values, case[0]) == case[1]

    check_each(QUERIES, check, lambda case: case[0])


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("regexp_replace('a', 'a', x) FROM VALUES ('b') AS t(x)", "regexp_replace"),
        ("bround(CAST(2.5 AS DOUBLE), 1)", "bround"),
    ],
)
def test_what_would_differ_is_refused(values: Warehouse, expression: str, named: str) -> None:
    with pytest.raises(StatementRefused, match=named):
        value(values, f"SELECT {expression}")


def test_every_allowed_function_has_a_checked_value() -> None:
    texts = (
        [f"SELECT {text}" for text, _ in [*SCALARS, *EXPRESSIONS]]
        + [text for text, _ in QUERIES]
        + ELSEWHERE
        + statements()
    )
    found = {
        str(node.this).lower() if isinstance(node, exp.Anonymous) else type(node).__name__
        for text in texts
        for node in plain(parse(text)).find_all(exp.Func)
    }
    assert (AS_THEY_ARE | BY_NAME) - found == set()


ELSEWHERE = [
    "SELECT explode(tags) FROM t",
    "SELECT id FROM t LATERAL VIEW posexplode(tags) e AS p, tag",
    "SELECT row_number() OVER (ORDER BY id), last(amount, true) OVER (ORDER BY id) FROM t",
    "SELECT detail:k.v FROM t",
]
"""Functions whose values the queries of test_conformance check."""
