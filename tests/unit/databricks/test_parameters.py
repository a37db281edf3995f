"""What a Python value is called on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.warehouse.databricks.kinds import is_definition, is_query, is_write, tables_in
from core.warehouse.databricks.parameters import bound


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "BIGINT"),
        (True, "BOOLEAN"),
        ("x", "STRING"),
        (1.5, "DOUBLE"),
        (None, "VOID"),
        (Decimal("0"), "DECIMAL(1,0)"),
        (Decimal("-1.5"), "DECIMAL(2,1)"),
        (Decimal("0.05"), "DECIMAL(2,2)"),
        (Decimal("1E+3"), "DECIMAL(4,0)"),
        (Decimal("1E-7"), "DECIMAL(7,7)"),
        (Decimal("-0." + "9" * 38), "DECIMAL(38,38)"),
        (Decimal("-" + "9" * 38), "DECIMAL(38,0)"),
    ],
    ids=repr,
)
def test_type_of_a_parameter(value: Any, kind: str) -> None:
    (parameter,) = bound({"x": value})
    assert parameter.as_tspark_param(named=True).type == kind


@pytest.mark.parametrize(
    ("text", "query", "write", "definition"),
    [
        ("SELECT 1", True, False, False),
        ("  -- why\n/* what */ (( select 1))", True, False, False),
        ("-- only a comment", False, False, False),
        ("", False, False, False),
        ("VALUES (1)", True, False, False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True, False, False),
        ("WITH a AS (SELECT 1) INSERT INTO m.t SELECT * FROM a", False, True, False),
        ("WITH broken", False, False, False),
        ("FROM m.t |> WHERE x = 1", True, False, False),
        ("EXPLAIN DELETE FROM m.t", True, False, False),
        ("DESCRIBE HISTORY m.t", True, False, False),
        ("insert into m.t values (1)", False, True, False),
        ("MERGE INTO m.t USING m.s ON true WHEN MATCHED THEN DELETE", False, True, False),
        ("OPTIMIZE m.t", False, False, False),
        ("CREATE TABLE m.t (x INT)", False, True, True),
        ("/* x */ GRANT SELECT ON TABLE m.t TO ana", False, True, True),
        ("CALL m.p()", False, False, False),
    ],
)
def test_kind_of_a_statement(text: str, query: bool, write: bool, definition: bool) -> None:
    assert (is_query(text), is_write(text), is_definition(text)) == (query, write, definition)


def test_tables_of_a_statement() -> None:
    text = "WITH x AS (SELECT * FROM shop.a) SELECT * FROM x JOIN other.shop.`b c` USING (id) JOIN shop.a AS again"
    assert set(tables_in(text, "main")) == {"main.shop.a", "other.shop.b c"}
    assert tables_in("not sql at all ((", "main") == ()
