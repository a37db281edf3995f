"""Conditions and NULL: choices, comparisons, three-valued logic, casts to BOOLEAN."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

from tests.integration.warehouse.statement_list.checks import Case, Failure, Refusal, Scalar

SCALARS: list[Scalar] = [
    ("coalesce(NULL, NULL, 5, 1 / 0)", 5.0),
    ("nvl(NULL, 2)", 2),
    ("ifnull(NULL, 'x')", "x"),
    ("nvl2(NULL, 2, 1)", 1),
    ("nvl2(3, NULL, 1)", None),
    ("nullif(2, 2)", None),
    ("nullif(2, 3)", 2),
    ("zeroifnull(NULL)", 0),
    ("zeroifnull(5)", 5),
    ("nullifzero(0)", None),
    ("nullifzero(5)", 5),
    ("if(1 < 2, 'a', 'b')", "a"),
    ("iff(NULL, 'a', 'b')", "b"),
    ("decode(5, 6, 'Spark', 5, 'SQL', 4, 'rocks')", "SQL"),
    ("decode(9, 6, 'Spark', 'none')", "none"),
    ("decode(NULL, 6, 'Spark', NULL, 'SQL')", "SQL"),
    ("decode(9, 6, 'Spark')", None),
    ("CASE 1 WHEN 1 THEN 'a' ELSE 'b' END", "a"),
    ("CASE NULL WHEN NULL THEN 'a' ELSE 'b' END", "b"),
    ("CASE WHEN NULL THEN 1 END", None),
    ("CASE WHEN 1 = 1 THEN 1 WHEN 1 / 0 = 1 THEN 2 END", 1),
    ("greatest(10, 9, 2, 4, NULL)", 10),
    ("least('b', 'a')", "a"),
    ("greatest(DATE '2026-01-01', DATE '2026-01-02')", date(2026, 1, 2)),
    ("isnull(NULL)", True),
    ("isnotnull(NULL)", False),
    ("NULL IS NULL", True),
    ("1 IS NOT NULL", True),
    ("true IS TRUE", True),
    ("NULL IS NOT TRUE", True),
    ("NULL IS FALSE", False),
    ("NULL IS UNKNOWN", True),
    ("NULL <=> NULL", True),
    ("1 <=> NULL", False),
    ("equal_null(NULL, NULL)", True),
    ("1 IS DISTINCT FROM NULL", True),
    ("1 IS NOT DISTINCT FROM 1", True),
    ("NOT NULL", None),
    ("NULL OR false", None),
    ("true AND NOT false", True),
    ("true = NULL", None),
    ("1 == 1", True),
    ("1 != 2", True),
    ("1 <> 2", True),
    ("2 BETWEEN 1 AND 3", True),
    ("2 NOT BETWEEN 1 AND NULL", None),
    ("2 IN (1, 2)", True),
    ("3 NOT IN (1, NULL)", None),
    ("NULL IN (1)", None),
    ("true > false", True),
    ("CAST('yes' AS BOOLEAN)", True),
    ("CAST('n' AS BOOLEAN)", False),
    ("CAST(' True ' AS BOOLEAN)", True),
    ("CAST(0 AS BOOLEAN)", False),
    ("CAST(2.5 AS BOOLEAN)", True),
    ("boolean('true')", True),
    ("int('5')", 5),
    ("bigint('5')", 5),
    ("double('5')", 5.0),
    ("string(5)", "5"),
    ("decimal('5')", D("5")),
    ("try_cast('maybe' AS BOOLEAN)", None),
    ("try_cast('5x' AS INT)", None),
    ("try_cast('5' AS INT)", 5),
    ("try_cast('300' AS TINYINT)", None),
    ("try_cast(300 AS TINYINT)", None),
    ("try_cast('abc' AS DECIMAL(5,2))", None),
    ("'5'::INT + 1", 6),
    ("assert_true(1 < 2)", None),
    ("length(uuid())", 36),
]  # fmt: skip

CASES: list[Case] = [
    ("SELECT id FROM main.lab.sales WHERE region = 'North' OR amount > 35 ORDER BY id", [(1,), (2,), (5,)]),
    ("SELECT id FROM main.lab.sales WHERE NOT (region = 'North') ORDER BY id", [(3,), (4,)]),
    ("SELECT id FROM main.lab.sales WHERE region <=> NULL", [(5,)]),
    ("SELECT id, CASE WHEN amount >= 30 THEN 'big' WHEN amount IS NULL THEN 'none' ELSE 'small' END FROM "
     "main.lab.sales "
     "ORDER BY id",
     [(1, "small"), (2, "small"), (3, "big"), (4, "none"), (5, "big")]),
]  # fmt: skip

REFUSED: list[Refusal] = []

FAILURES: list[Failure] = [
    ("SELECT CAST('maybe' AS BOOLEAN)", "CAST_INVALID_INPUT"),
    ("SELECT assert_true(1 > 2)", "USER_RAISED_EXCEPTION"),
]
