"""Commands taken apart: what is asked, whether and where it is saved, and SQL that stands in the request itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planning.command import Command, parse_command, slug


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
    ],
)
def test_sql_in_the_request_is_taken_as_it_stands(text: str, statement: str) -> None:
    assert parse_command(text).statement == statement


@pytest.mark.parametrize(
    "text", ["Which customers have the highest sales with discounts?", "update on sales by region"]
)
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
