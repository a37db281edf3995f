"""Cases of a statement, and tests as files."""

from __future__ import annotations

import pytest

from core.testing.check import Check
from core.testing.export import to_sql
from core.testing.units import Subject, unit_tests
from core.warehouse.port import ColumnInfo, TableInfo

PEOPLE = TableInfo("main", "s", "people", columns=(ColumnInfo("name", "STRING"), ColumnInfo("town", "STRING")))


def subject(statement: str, *tables: TableInfo) -> Subject:
    return Subject(statement, tables, "statement 1", "main.s")


@pytest.mark.parametrize("value", ["a", "b", "Bern"])
def test_a_filter_is_true_and_false_whatever_value_it_names(value: str) -> None:
    cases, gaps = unit_tests(subject(f"SELECT name FROM main.s.people WHERE town = '{value}'", PEOPLE))
    assert gaps == []
    assert any(f"'{value}' false" in case.sentence for case in cases)


def test_a_statement_of_no_table_has_no_cases() -> None:
    cases, gaps = unit_tests(subject("SELECT 1 AS one"))
    assert (cases, [gap.why for gap in gaps]) == ([], ["The statement reads no table."])


def test_the_file_of_sql_says_which_queries_give_violations_and_which_give_rows() -> None:
    cases, _ = unit_tests(subject("SELECT name FROM main.s.people WHERE town = 'a'", PEOPLE))
    rule = Check(
        kind="rule", rule="not_null", name="not_null: name", target="main.s.people", schema_name="main.s",
        sentence="name is never missing.", statement="SELECT 1", reads=("main.s.people",),
    )  # fmt: skip
    text = to_sql("main.s", [rule, *cases])
    assert "has to give exactly those, in any order" in text.splitlines()[1]
    assert "-- expected rows:\n--   none\n" in text
    assert "expected rows" not in to_sql("main.s", [rule])
