"""What a statement must give on every warehouse: values from the Databricks SQL documentation, not from an engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pyarrow as pa
import pytest

from core.errors import StatementFailed, StatementInvalid, StatementRefused, TableNotFound
from core.types import PLATFORM
from core.warehouse.port import Value, Warehouse
from tests.cases import check_each

T = "main.lab.sales"


def value(warehouse: Warehouse, statement: str, parameters: dict[str, Value] | None = None) -> object:
    return rows(warehouse, statement, parameters)[0][0]


def rows(warehouse: Warehouse, statement: str, parameters: dict[str, Value] | None = None) -> list[tuple[object, ...]]:
    table = warehouse.query(statement, parameters, principal=PLATFORM)
    return [tuple(row.values()) for row in table.rename_columns([str(n) for n in range(table.num_columns)]).to_pylist()]


SCALARS: list[tuple[str, object]] = [
    ("percentile(x, 0.5) FROM VALUES (1), (2), (3), (4) AS t(x)", 2.5),
    ("percentile(x, 0.95) FROM VALUES (1), (2), (3), (4) AS t(x)", pytest.approx(3.85)),
    ("percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM VALUES (1), (2), (3), (4) AS t(x)", 2.5),
    ("median(x) FROM VALUES (1), (2) AS t(x)", 1.5),
    ("try_divide(1, 0)", None),
    ("try_divide(6, 4)", 1.5),
    ("3 / 2", 1.5),
    ("7 div 2", 3),
    ("-7 % 3", -1),
    ("pmod(-7, 3)", 2),
    ("ln(0)", None),
    ("CAST(1.9 AS INT)", 1),
    ("CAST(-1.9 AS INT)", -1),
    ("CAST(2.5D AS BIGINT)", 2),
    ("CAST('12' AS INT)", 12),
    ("CAST(' 12 ' AS INT)", 12),
    ("try_cast('1.5' AS INT)", None),
    ("try_cast('abc' AS DATE)", None),
    ("'3' * 2", 6),
    ("'1.5' * 2.0D", 3.0),
    ("CAST(TIMESTAMP '2026-01-02 03:04:05' AS STRING)", "2026-01-02 03:04:05"),
    ("CAST(TIMESTAMP '2026-01-02 03:04:05' AS DATE)", date(2026, 1, 2)),
    ("CAST(true AS STRING)", "true"),
    ("datediff(DATE '2026-03-01', DATE '2026-02-27')", 2),
    ("datediff(MONTH, DATE '2026-01-31', DATE '2026-02-28')", 0),
    ("timestampdiff(DAY, TIMESTAMP '2026-01-01 12:00:00', TIMESTAMP '2026-01-02 11:00:00')", 0),
    ("dayofweek(DATE '2026-11-23')", 2),
    ("weekday(DATE '2026-11-23')", 0),
    ("extract(DAYOFWEEK FROM DATE '2026-11-22')", 1),
    ("dayname(DATE '2026-11-23')", "Mon"),
    ("date_add(DATE '2026-01-31', 1)", date(2026, 2, 1)),
    ("date_sub(DATE '2026-03-01', 1)", date(2026, 2, 28)),
    ("add_months(DATE '2026-01-31', 1)", date(2026, 2, 28)),
    ("DATE '2026-01-31' + INTERVAL 1 MONTH", date(2026, 2, 28)),
    ("date_from_unix_date(1)", date(1970, 1, 2)),
    ("last_day(DATE '2026-02-03')", date(2026, 2, 28)),
    ("trunc(DATE '2026-08-19', 'MM')", date(2026, 8, 1)),
    ("date_trunc('QUARTER', TIMESTAMP '2026-08-19 10:00:00')", datetime(2026, 7, 1, tzinfo=UTC)),
    ("date_format(DATE '2026-08-09', 'yyyy-MM')", "2026-08"),
    ("unix_timestamp(TIMESTAMP '1970-01-02 00:00:00')", 86400),
    ("year(DATE '2026-08-09')", 2026),
    ("quarter(DATE '2026-08-09')", 3),
    ("to_date('2026-08-09')", date(2026, 8, 9)),
    ("make_date(2026, 2, 3)", date(2026, 2, 3)),
    ("sequence(3, 1)", [3, 2, 1]),
    ("sequence(1, 3)", [1, 2, 3]),
    (
        "sequence(DATE '2026-01-01', DATE '2026-03-01', INTERVAL 1 MONTH)",
        [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)],
    ),
    ("'a_b' LIKE 'a\\\\_b'", True),
    ("'axb' LIKE 'a\\\\_b'", False),
    ("'abc' LIKE 'a%'", True),
    ("'ABC' ILIKE 'a%'", True),
    ("'foobar' RLIKE 'o+b'", True),
    ("substring('abc', 0, 2)", "ab"),
    ("substring('abc', 2)", "bc"),
    ("left('abc', -1)", ""),
    ("right('abc', 2)", "bc"),
    ("length('héllo')", 5),
    ("concat('a', NULL)", None),
    ("concat_ws('-', 'a', NULL, 'b')", "a-b"),
    ("split('a,b', ',')", ["a", "b"]),
    ("regexp_replace('aXbX', 'X', '-')", "a-b-"),
    ("regexp_extract('a12', '([0-9]+)', 1)", "12"),
    ("format_string('%d-%s', 1, 'x')", "1-x"),
    ("transform(array(5, 6), (x, i) -> i)", [0, 1]),
    ("transform(array(5, 6), x -> x + 1)", [6, 7]),
    ("filter(array(1, 2, 3), x -> x > 1)", [2, 3]),
    ("exists(array(1, 2), x -> x > 1)", True),
    ("forall(array(1, 2), x -> x > 1)", False),
    ("aggregate(array(1, 2, 3), 0, (a, x) -> a + x)", 6),
    ("array_contains(array(1, NULL), 1)", True),
    ("array_contains(array(1, NULL), 2)", None),
    ("array_contains(array(1), 2)", False),
    ("array_position(array(1), 2)", 0),
    ("array(1, 2)[1]", 2),
    ("element_at(array(1, 2), 1)", 1),
    ("try_element_at(array(1, 2), 9)", None),
    ("size(array(1, 2))", 2),
    ("slice(array(1, 2, 3, 4), 2, 2)", [2, 3]),
    ("array_join(array('a', 'b'), '+')", "a+b"),
    ("map_keys(map('a', 1))", ["a"]),
    ("map('a', 1)['a']", 1),
    ("named_struct('a', 1).a", 1),
    ("any_value(x) FROM VALUES (CAST(NULL AS INT)) AS t(x)", None),
    ("first(x, true) FROM VALUES (CAST(NULL AS INT)), (2) AS t(x)", 2),
    ("collect_list(x) FROM VALUES (CAST(NULL AS INT)) AS t(x)", []),
    ("count(*) FROM VALUES (1), (NULL) AS t(x)", 2),
    ("count(x) FROM VALUES (1), (NULL) AS t(x)", 1),
    ("count_if(x > 1) FROM VALUES (1), (2) AS t(x)", 1),
    ("get_json_object('{\"a\": {\"b\": \"x\"}}', '$.a.b')", "x"),
    ("get_json_object('broken', '$.a')", None),
    ("to_json(named_struct('a', 1, 'b', CAST(NULL AS INT)))", '{"a":1}'),
    ("nvl(NULL, 2)", 2),
    ("if(1 > 2, 'a', 'b')", "b"),
    ("coalesce(NULL, 'x')", "x"),
    ("NULL <=> NULL", True),
    ("1 IN (2, NULL)", None),
    ("greatest(1, NULL, 3)", 3),
    ("round(2.5, 0)", D("3")),
    ("bround(2.5, 0)", D("2")),
    ("floor(-1.5D)", -2),
    ("log(2, 8)", 3.0),
    ("sum(x) / count(*) FROM VALUES (1.00), (2.00) AS t(x)", D("1.5")),
    ("CAST(1 AS DECIMAL(10,2)) / 3", D("0.333333")),
    ("CAST(0.01 AS DECIMAL(38,2)) / 1000000", D("0.000000")),
    ("CAST(1000000 AS DECIMAL(18,6)) * CAST(1000000 AS DECIMAL(18,6))", D("1000000000000")),
    ("sha2('a', 256)", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    ("CASE WHEN false THEN 1 ELSE 2 END", 2),
    ("interval_ok FROM (SELECT TIMESTAMP '2026-01-02 00:00:00' - INTERVAL 1 DAY AS interval_ok)",
     datetime(2026, 1, 1, tzinfo=UTC)),
]  # fmt: skip


def test_expressions_have_the_documented_value(values: Warehouse) -> None:
    check_values(values, SCALARS)


def check_values(warehouse: Warehouse, cases: Sequence[tuple[str, object]]) -> None:
    """Each expression has its value."""

    def check(case: tuple[str, object]) -> None:
        assert value(warehouse, f"SELECT {case[0]}") == case[1]

    check_each(cases, check, lambda case: case[0])


@pytest.mark.parametrize(
    ("expression", "error_class"),
    [
        ("1 / 0", "DIVIDE_BY_ZERO"),
        ("1 % 0", "DIVIDE_BY_ZERO"),
        ("1 div 0", "DIVIDE_BY_ZERO"),
        ("CAST(1.5 AS DECIMAL(10,2)) / 0", "DIVIDE_BY_ZERO"),
        ("amount / (quantity - quantity) FROM main.lab.sales", "DIVIDE_BY_ZERO"),
        ("CAST('1.5' AS INT)", "CAST_INVALID_INPUT"),
        ("'1.5' * 2", "CAST_INVALID_INPUT"),
        ("CAST('abc' AS INT)", "CAST_INVALID_INPUT"),
        ("CAST('abc' AS DATE)", "CAST_INVALID_INPUT"),
        ("CAST('abc' AS DOUBLE)", "CAST_INVALID_INPUT"),
        ("9223372036854775807 + 1", "ARITHMETIC_OVERFLOW"),
        ("array(1, 2)[9]", "INVALID_ARRAY_INDEX"),
        ("element_at(array(1), 5)", "INVALID_ARRAY_INDEX_IN_ELEMENT_AT"),
    ],
)
def test_ansi_mode_raises_instead_of_guessing(values: Warehouse, expression: str, error_class: str) -> None:
    with pytest.raises(StatementFailed) as raised:
        rows(values, f"SELECT {expression}")
    assert raised.value.error_class == error_class


@pytest.mark.parametrize(
    ("statement", "error", "error_class"),
    [
        ("SELECT nope FROM main.lab.sales", StatementInvalid, "UNRESOLVED_COLUMN"),
        ("SELECT quantity * 2 AS twice FROM main.lab.sales WHERE twice > 2", StatementInvalid, "UNRESOLVED_COLUMN"),
        ("SELECT 1 FROM main.lab.missing", TableNotFound, "TABLE_OR_VIEW_NOT_FOUND"),
        ("SELECT 1 FROM sales", TableNotFound, "TABLE_OR_VIEW_NOT_FOUND"),
        ("SELEC 1", StatementInvalid, "PARSE_SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", StatementInvalid, "PARSE_SYNTAX_ERROR"),
        ("SELECT :missing", StatementInvalid, "UNBOUND_SQL_PARAMETER"),
        ("SELECT region, count(*) FROM main.lab.sales", StatementInvalid, "MISSING_AGGREGATION"),
    ],
)
def test_statement_that_does_not_resolve_is_named(
    values: Warehouse, statement: str, error: type[Exception], error_class: str
) -> None:
    with pytest.raises(error) as raised:
        rows(values, statement)
    assert getattr(raised.value, "error_class", None) == error_class


@pytest.mark.parametrize(
    ("statement", "rows_wanted"),
    [
        (f"SELECT region, sum(amount) FROM {T} GROUP BY ALL ORDER BY region",
         [(None, D("40.00")), ("North", D("30.50")), ("South", D("30.00"))]),
        (f"SELECT region, count(*) AS n FROM {T} GROUP BY region HAVING n > 1 ORDER BY 1",
         [("North", 2), ("South", 2)]),
        (f"SELECT id FROM {T} QUALIFY row_number() OVER (PARTITION BY region ORDER BY id DESC) = 1 ORDER BY id",
         [(2,), (4,), (5,)]),
        (f"SELECT id, sum(quantity) OVER (ORDER BY id) FROM {T} WHERE quantity IS NOT NULL ORDER BY id",
         [(1, 1), (2, 3), (3, 6), (4, 10)]),
        (f"SELECT id, tag FROM {T} LATERAL VIEW explode(tags) e AS tag WHERE id < 3 ORDER BY id, tag",
         [(1, "a"), (1, "b"), (2, "b")]),
        (f"SELECT id, tag FROM {T} LATERAL VIEW OUTER explode(tags) e AS tag WHERE id IN (2, 3) ORDER BY id",
         [(2, "b"), (3, None)]),
        (f"SELECT id, p, tag FROM {T} LATERAL VIEW posexplode(tags) e AS p, tag WHERE id = 1 ORDER BY p",
         [(1, 0, "a"), (1, 1, "b")]),
        (f"SELECT id, explode(tags) AS tag FROM {T} WHERE id = 1 ORDER BY tag", [(1, "a"), (1, "b")]),
        (f"SELECT detail:k.v, detail:n::INT FROM {T} WHERE id <= 3 ORDER BY id", [("x", 7), (None, 8), (None, None)]),
        (f"WITH a AS (SELECT id FROM {T} WHERE id < 3) SELECT a.id, s.region FROM a JOIN {T} AS s USING "
         f"(id) ORDER BY 1",
         [(1, "North"), (2, "North")]),
        (f"SELECT id FROM {T} WHERE amount = (SELECT max(amount) FROM {T})", [(5,)]),
        (f"SELECT a.id FROM {T} a LEFT ANTI JOIN {T} b ON a.id = b.id + 1 ORDER BY 1", [(1,)]),
        (f"SELECT date_trunc('MONTH', sold_on), count(*) FROM {T} WHERE sold_on IS NOT NULL GROUP BY 1 "
         f"ORDER BY 1 LIMIT 1",
         [(datetime(2026, 1, 1, tzinfo=UTC), 1)]),
        (f"SELECT id FROM {T} ORDER BY amount, id", [(4,), (1,), (2,), (3,), (5,)]),
        (f"SELECT id FROM {T} ORDER BY amount DESC NULLS LAST, id LIMIT 2 OFFSET 1", [(3,), (2,)]),
        (f"SELECT * EXCEPT (region, amount, quantity, rate, sold_on, sold_at, tags, detail) FROM {T} "
         f"WHERE id = 1", [(1,)]),
        (f"SELECT quantity * 2 AS twice, twice + 1 FROM {T} WHERE id = 3", [(6, 7)]),
        (f"SELECT id FROM {T} WHERE id < 2 UNION ALL SELECT id FROM {T} WHERE id > 4 ORDER BY id", [(1,), (5,)]),
        ("SELECT `Order ID`, `unit price` FROM main.lab.`order details` ORDER BY 1",
         [(10, D("2.50")), (11, D("4.00"))]),
        ("SELECT count(*) FROM lab.sales", [(5,)]),
        (f"SELECT last(amount, true) OVER (ORDER BY id) FROM {T} WHERE id IN (3, 4) ORDER BY id",
         [(D("30.00"),), (D("30.00"),)]),
        (f"SELECT year(sold_on), month(sold_on) FROM {T} WHERE id = 1", [(2026, 1)]),
        (f"SELECT * FROM (SELECT region, quantity FROM {T}) PIVOT (sum(quantity) FOR region IN ('North' "
         f"AS n, 'South' AS s))",
         [(3, 7)]),
    ],
)  # fmt: skip
def test_query_gives_the_documented_rows(
    values: Warehouse, statement: str, rows_wanted: list[tuple[object, ...]]
) -> None:
    assert rows(values, statement) == rows_wanted


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("sum(quantity)", pa.int64()),
        ("sum(amount)", pa.decimal128(22, 2)),
        ("avg(amount)", pa.decimal128(16, 6)),
        ("avg(quantity)", pa.float64()),
        ("count(*)", pa.int64()),
        ("max(sold_at)", pa.timestamp("us", "UTC")),
        ("max(sold_on)", pa.date32()),
        ("max(quantity)", pa.int32()),
        ("max(amount / quantity)", pa.decimal128(23, 13)),
        ("max(year(sold_on))", pa.int32()),
        ("max(region)", pa.string()),
    ],
)
def test_result_has_the_databricks_type(values: Warehouse, expression: str, kind: pa.DataType) -> None:
    table = values.query(f"SELECT {expression} AS x FROM {T}", principal=PLATFORM)
    assert table.schema.field("x").type == kind


def test_output_columns_are_spelled_as_the_statement_and_the_table_spell_them(values: Warehouse) -> None:
    table = values.query(
        "SELECT *, `order id` + 1 AS NextId, count(*) OVER () FROM lab.`Order Details`", principal=PLATFORM
    )
    assert table.column_names[:3] == ["Order ID", "Unit Price", "NextId"]


def test_every_kind_of_parameter_arrives_as_itself(values: Warehouse) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    parameters: dict[str, Value] = {
        "i": 7, "big": 2**40, "f": 1.5, "s": "it's; -- é", "d": D("12.340"), "day": date(2026, 1, 2), "at": moment,
        "yes": True, "none": None,
    }  # fmt: skip
    statement = "SELECT :i, :big, :f, :s, :d, :day, :at, :yes, :none"
    assert rows(values, statement, parameters) == [
        (7, 2**40, 1.5, "it's; -- é", D("12.340"), date(2026, 1, 2), moment, True, None)
    ]
    assert rows(values, f"SELECT id FROM {T} WHERE id > :i ORDER BY id LIMIT :n", {"i": 2, "n": 1}) == [(3,)]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("SELECT hash(1)", "hash"),
        ("SELECT xxhash64(1)", "xxhash64"),
        ("SELECT ai_query('m', 'x')", "ai_query"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT * FROM read_parquet('/x')", "read_parquet"),
        ("SELECT DATE '2026-01-02' - DATE '2026-01-01'", "datediff"),
        ("SELECT current_user()", "current_user"),
    ],
)
def test_construct_without_a_faithful_counterpart_is_refused_by_name(
    values: Warehouse, statement: str, named: str
) -> None:
    with pytest.raises(StatementRefused, match=named):
        rows(values, statement)
