"""Commands taken apart: what is asked, whether and where it is saved, and SQL that stands in the request itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planning.code_words import other_language
from agents.planning.command import Command, parse_command, shown_code, slug


@pytest.mark.parametrize(
    ("text", "question", "save_as"),
    [
        ("Execute SQL to find top 10 customers by sales and save to table", "top 10 customers by sales", ""),
        ("Execute SQL to find customers and save to table main.sandbox.top", "customers", "main.sandbox.top"),
        ("Run top 5 products by units and save it as main.sandbox.x", "top 5 products by units", "main.sandbox.x"),
        ("Save sales by region into a table", "sales by region", ""),
        ("Save sales by region to table regions", "sales by region", "regions"),
        ("Generate SQL to find top 10 customers by sales", "top 10 customers by sales", None),
        ("please write a query that lists late orders per store", "late orders per store", None),
        ("show me the SQL for revenue by month", "revenue by month", None),
        ("Run it and save to table", "", ""),
    ],
)  # fmt: skip
def test_a_described_command_gives_question_and_target(text: str, question: str, save_as: str | None) -> None:
    assert parse_command(text) == Command(question=question, save_as=save_as)


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("Run: SELECT * FROM main.demo.customers", "SELECT * FROM main.demo.customers"),
        ("DROP TABLE main.demo.orders", "DROP TABLE main.demo.orders"),
        ("execute ```sql\nDELETE FROM main.demo.orders\n```", "DELETE FROM main.demo.orders"),
        ("Execute SQL to delete from customers", "delete from customers"),
        ("with x as (select 1 as a) select a from x", "with x as (select 1 as a) select a from x"),
        ("SELECT current_user()", "SELECT current_user()"),
        ("EXPLAIN SELECT a FROM t", "EXPLAIN SELECT a FROM t"),
        ("DESCRIBE main.demo.orders", "DESCRIBE main.demo.orders"),
        ("'; DROP TABLE orders; --", "DROP TABLE orders; --"),
        ("GRANT SELECT ON TABLE t TO bob", "GRANT SELECT ON TABLE t TO bob"),
    ],
)
def test_sql_in_the_request_is_taken_as_it_stands(text: str, statement: str) -> None:
    assert parse_command(text).statement == statement


@pytest.mark.parametrize(
    "text",
    ["Which customers have the highest sales with discounts?", "update on sales by region", "orders with select 2",
     "which products did customers select most from the catalog", "select all customers from Bern",
     "customers whose last update was before the set date", "vacuum cleaners per store", "explain the returns policy"],
)  # fmt: skip
def test_words_that_look_like_sql_are_not_a_statement(text: str) -> None:
    assert parse_command(text).statement is None


def test_language_is_read_from_the_command() -> None:
    assert parse_command("Generate PySpark code for revenue by month").language == "pyspark"


@given(st.text(max_size=200))
def test_a_slug_is_always_a_usable_name(text: str) -> None:
    name = slug(text)
    assert name.isascii()
    assert name[0].isalpha()
    assert name.replace("_", "a").isalnum()
    assert len(name) <= 62


@given(st.text(max_size=300))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    assert isinstance(parse_command(text), Command)


@pytest.mark.parametrize(
    ("text", "code", "language"),
    [
        ("Run this:\n```python\nprint(1)\n```", "print(1)", "python"),
        ("```py\nx = 1\n```", "x = 1", "python"),
        ("Execute\n```pyspark\ndf = 1\n```", "df = 1", "pyspark"),
        (
            '```python\nspark.table("main.demo.orders").count()\n```',
            'spark.table("main.demo.orders").count()',
            "pyspark",
        ),
        ("Run this Python: print(sum(range(10)))", "print(sum(range(10)))", "python"),
        ("```\nimport math\nprint(math.pi)\n```", "import math\nprint(math.pi)", "python"),
        ("```sql\nSELECT 1 FROM t\n```", "SELECT 1 FROM t", "sql"),
        ("```\nSELECT 1 FROM t\n```", "SELECT 1 FROM t", "sql"),
    ],
)
def test_code_that_stands_in_the_request_is_taken_as_it_is(text: str, code: str, language: str) -> None:
    command = parse_command(text)
    assert (command.statement, command.language) == (code, language)


@pytest.mark.parametrize(
    ("text", "question", "language"),
    [
        ("write pandas code to clean the customers table", "clean the customers table", "python"),
        ("write a pyspark job that deduplicates orders by id", "deduplicates orders by id", "pyspark"),
        ("clean customers using pyspark", "clean customers", "pyspark"),
        ("I need SQL to get sales per store", "sales per store", "sql"),
        ("write a script to deduplicate orders", "deduplicate orders", "pyspark"),
        ("write a delta merge for main.s.a into main.s.b on id", "merge main.s.a into main.s.b on id", "pyspark"),
        ("Write PySpark to filter orders with status open", "list orders with status open", "pyspark"),
    ],
)
def test_a_wish_for_code_is_taken_apart_in_the_words_that_people_have(text: str, question: str, language: str) -> None:
    command = parse_command(text)
    assert (command.question, command.language, command.statement) == (question, language, None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("what does SELECT a FROM t do?", ("SELECT a FROM t", "sql")),
        ("is SELECT a FROM t valid?", ("SELECT a FROM t", "sql")),
        ("convert SELECT a FROM t to pandas", ("SELECT a FROM t", "python")),
        ("write pyspark for: SELECT a FROM t", ("SELECT a FROM t", "pyspark")),
        ("explain this:\n```python\nprint(1)\n```", ("print(1)", "python")),
        ("SELECT a FROM t", None),
        ("EXPLAIN SELECT a FROM t", None),
        ("Execute SQL: DROP TABLE t", None),
    ],
)
def test_code_that_is_asked_about_is_told_from_code_to_be_run(text: str, shown: tuple[str, str] | None) -> None:
    assert shown_code(text) == shown


def test_a_language_that_is_not_written_here_is_named() -> None:
    assert other_language("Write Scala code to read orders") == ("Scala", "read orders")
    assert other_language("write a stored procedure for sales") == ("stored procedures", "sales")
    assert other_language("show me R rated films") is None
