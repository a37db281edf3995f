"""Rows that arrive as one bound JSON text, as a group commit sends them."""

from __future__ import annotations

import json
import math
from datetime import date
from decimal import Decimal as D

from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.checks import at, rows, same

SCHEMA = "ARRAY<STRUCT<a: STRING, b: TIMESTAMP, c: DOUBLE, d: BOOLEAN, e: DECIMAL(38,4), f: DATE>>"


def test_a_bound_text_of_a_mebibyte_is_inserted_as_rows(values: Warehouse) -> None:
    values.execute("CREATE TABLE main.lab.events (a STRING, b TIMESTAMP, c DOUBLE) USING DELTA", principal=PLATFORM)
    records = [{"a": f"{n}" + "é" * 2100, "b": "2026-01-02T03:04:05.123456Z", "c": "NaN"} for n in range(500)]
    statement = f"INSERT INTO main.lab.events (a, b) SELECT a, b FROM (SELECT inline(from_json(:rows, '{SCHEMA}')))"
    text = json.dumps(records, ensure_ascii=False)
    assert len(text) > 2**20
    assert values.execute(statement, {"rows": text}, principal=PLATFORM) == 500
    found = rows(values, "SELECT count(*), count(c), min(b), max(length(a)), count(DISTINCT a) FROM main.lab.events")
    assert found == [(500, 0, at(2026, 1, 2, 3, 4, 5, 123456), 2103, 500)]


def test_every_column_type_arrives_through_one_bound_text(values: Warehouse) -> None:
    record = {
        "a": "ö'\"\n",
        "b": "2026-01-02T03:04:05Z",
        "c": "Infinity",
        "d": False,
        "e": "-0.0001",
        "f": "0001-01-01",
    }
    statement = f"SELECT r.* FROM (SELECT explode(from_json(:rows, '{SCHEMA}')) AS r)"
    found = rows(values, statement, {"rows": json.dumps([record, {}, None])})
    first = ("ö'\"\n", at(2026, 1, 2, 3, 4, 5), math.inf, False, D("-0.0001"), date(1, 1, 1))
    assert same(found, [first, (None,) * 6, (None,) * 6])
