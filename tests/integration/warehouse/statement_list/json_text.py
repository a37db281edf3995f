"""JSON: from_json with a schema, to_json, and paths."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal as D

from tests.integration.warehouse.statement_list.checks import Case, Failure, Refusal, Scalar, at

SCALARS: list[Scalar] = [
    ("from_json('{\"a\": 1, \"b\": 0.8}', 'a INT, b DOUBLE')", {"a": 1, "b": 0.8}),
    ("from_json('{\"a\": 1}', 'STRUCT<a: INT, b: STRING>')", {"a": 1, "b": None}),
    ("from_json('[1, 2, null]', 'ARRAY<INT>')", [1, 2, None]),
    ("from_json('{\"x\": 1.5}', 'MAP<STRING, DOUBLE>')['x']", 1.5),
    ("from_json('[{\"a\": [{\"b\": 1}]}]', 'ARRAY<STRUCT<a: ARRAY<STRUCT<b: INT>>>>')", [{"a": [{"b": 1}]}]),
    ("from_json('{\"a\": 1}', 'ARRAY<STRUCT<a: INT>>')", [{"a": 1}]),
    ("from_json('[1, 2', 'ARRAY<INT>')", None),
    ("from_json('{\"a\": 1', 'a INT')", {"a": None}),
    ("from_json(NULL, 'a INT')", None),
    ("from_json('', 'a INT')", None),
    ("from_json('null', 'ARRAY<INT>')", None),
    ("from_json('{\"a\": \"x\", \"b\": 2}', 'a INT, b INT')", {"a": None, "b": 2}),
    ("from_json('{\"a\": \"1\"}', 'a INT').a", None),
    ("from_json('{\"a\": 3000000000}', 'a INT').a", None),
    ("from_json('{\"a\": 3000000000}', 'a BIGINT').a", 3000000000),
    ("from_json('{\"a\": 1.5}', 'a BIGINT').a", None),
    ("from_json('{\"a\": true}', 'a BOOLEAN').a", True),
    ("from_json('{\"a\": \"true\"}', 'a BOOLEAN').a", None),
    ("from_json('{\"a\": \"NaN\"}', 'a DOUBLE').a", math.nan),
    ("from_json('{\"a\": \"Infinity\"}', 'a DOUBLE').a", math.inf),
    ("from_json('{\"a\": \"-Infinity\"}', 'a DOUBLE').a", -math.inf),
    ("from_json('{\"a\": 1e2}', 'a DOUBLE').a", 100.0),
    ("from_json('{\"a\": 1234567890123456789012345678901234.1234}', 'a DECIMAL(38,4)').a",
     D("1234567890123456789012345678901234.1234")),
    ("from_json('{\"a\": \"0.12345\"}', 'a DECIMAL(38,4)').a", D("0.1235")),
    ("from_json('{\"a\": 1000}', 'a DECIMAL(3,0)').a", None),
    ("from_json('{\"a\": 12}', 'a DECIMAL').a", D("12")),
    ("from_json('{\"a\": \"2026-02-03\"}', 'a DATE').a", date(2026, 2, 3)),
    ("from_json('{\"a\": \"2026-02-30\"}', 'a DATE').a", None),
    ("from_json('{\"a\": \"2026-02-03T04:05:06.123456Z\"}', 'a TIMESTAMP').a", at(2026, 2, 3, 4, 5, 6, 123456)),
    ("from_json('{\"a\": \"2026-02-03 04:05:06+02:00\"}', 'a TIMESTAMP').a", at(2026, 2, 3, 2, 5, 6)),
    ("from_json('{\"a\": \"0001-01-01T00:00:00Z\"}', 'a TIMESTAMP').a", at(1, 1, 1)),
    ("from_json('{\"a\": \"9999-12-31T23:59:59.999999Z\"}', 'a TIMESTAMP').a", at(9999, 12, 31, 23, 59, 59, 999999)),
    ("from_json('{\"a\": \"2026-02-03T04:05:06\"}', 'a TIMESTAMP_NTZ').a", datetime(2026, 2, 3, 4, 5, 6)),
    ("from_json('{\"a\": \"soon\"}', 'a TIMESTAMP').a", None),
    ("from_json('{\"a\": {\"b\":1}}', 'a STRING').a", '{"b":1}'),
    ("from_json('{\"a\": 12}', 'a STRING').a", "12"),
    ("from_json('{\"a\": \"it\\'s \\\\\"é\\\\u00e9\\\\\"\"}', 'a STRING').a", 'it\'s "éé"'),
    ("from_json('{\"Ä b\": 1}', '`Ä b` INT').`Ä b`", 1),
    ("from_json(detail, 'n INT').n FROM main.lab.sales WHERE id = 2", 8),
]  # fmt: skip

CASES: list[Case] = [
    ("SELECT inline(from_json('[{\"a\": 1, \"b\": \"x\"}, {\"b\": \"y\"}]', 'ARRAY<STRUCT<a: INT, b: STRING>>'))",
     [(1, "x"), (None, "y")]),
    ("SELECT r.* FROM (SELECT explode(from_json('[{\"a\": 1, \"b\": \"x\"}]', 'ARRAY<STRUCT<a: INT, b: STRING>>')) "
     "AS r)",
     [(1, "x")]),
    ("SELECT b, a + 1 FROM (SELECT inline(from_json('[{\"a\": 1, \"b\": \"x\"}]', "
     "'ARRAY<STRUCT<a: INT, b: STRING>>')))",
     [("x", 2)]),
]  # fmt: skip

REFUSED: list[Refusal] = [
    ("SELECT from_json('{}', 'a INT', map('mode', 'FAILFAST'))", "from_json with options"),
    ("SELECT from_json('{}', schema_of_json('{}'))", "schema"),
    ("SELECT from_json('{}', 'a BINARY')", "from_json to BINARY"),
    ("SELECT from_json('{}', 'a VARIANT')", "from_json to VARIANT"),
]

FAILURES: list[Failure] = [
    ("SELECT from_json('{\"a\": \"12026-01-01\"}', 'a DATE')", "UNSUPPORTED_FEATURE"),
    ("SELECT from_json('{\\'a\\': 1}', 'a INT')", "UNSUPPORTED_FEATURE"),
    ("SELECT from_json('{}', 'a NONSENSE')", "PARSE_SYNTAX_ERROR"),
]
