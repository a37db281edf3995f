"""Questions that change the one before."""

from __future__ import annotations

import pytest

from core.semantic import Interpretation, SemanticCatalog, interpret
from core.semantic.query import Filter, SemanticQuery
from tests.unit.semantic.test_interpret import TODAY, demo

__all__ = ["demo"]


def follow(question: str, before: str, catalog: SemanticCatalog) -> Interpretation:
    previous = interpret(before, [catalog], today=TODAY, suggest=False).query
    assert previous is not None
    return interpret(question, [catalog], today=TODAY, previous=previous, suggest=False)


def query_of(question: str, before: str, catalog: SemanticCatalog) -> SemanticQuery:
    found = follow(question, before, catalog)
    assert found.outcome == "code", (found.missing, [reading.label for reading in found.readings])
    assert found.query is not None
    return found.query


@pytest.mark.parametrize(
    "fragment", ["and by region?", "by region", "what about region?", "and per region", "by region instead"]
)
def test_another_group_replaces_the_old_one(fragment: str, demo: SemanticCatalog) -> None:
    query = query_of(fragment, "sales by category", demo)
    assert [group.dimension for group in query.groups] == ["region"]
    assert query.terms[0].label == ""
    assert query.model == "sales"


def test_a_year_narrows_the_question(demo: SemanticCatalog) -> None:
    query = query_of("only 2025", "sales by region", demo)
    assert query.time is not None
    assert (str(query.time.start), str(query.time.end)) == ("2025-01-01", "2026-01-01")
    assert [group.dimension for group in query.groups] == ["region"]


def test_a_value_narrows_and_a_second_value_replaces_it(demo: SemanticCatalog) -> None:
    first = query_of("only Garden", "sales by region", demo)
    assert first.filters == (Filter(dimension="category", op="eq", values=("Garden",)),)
    second = interpret("and for Lighting?", [demo], today=TODAY, previous=first, suggest=False).query
    assert second is not None
    assert second.filters == (Filter(dimension="category", op="eq", values=("Lighting",)),)


def test_another_limit(demo: SemanticCatalog) -> None:
    query = query_of("top 5 instead", "What are the top 10 customers by sales?", demo)
    assert query.limit == 5
    assert query.order[0].descending


def test_another_chart_keeps_the_statement(demo: SemanticCatalog) -> None:
    before = interpret("sales by category", [demo], today=TODAY)
    found = follow("as a pie chart", "sales by category", demo)
    assert found.query is not None
    assert found.query.chart == "pie"
    assert found.sql == before.sql


def test_a_whole_question_does_not_look_back(demo: SemanticCatalog) -> None:
    assert query_of("How many stores are there?", "sales by category", demo).model == "stores"


@pytest.mark.parametrize(
    "question",
    [
        "customers who signed up in March and bought in April",
        "biggest suppliers",
        "which region had no sales in May 2026",
        "top 5 by unit cost",
    ],
)
def test_a_whole_question_that_is_not_understood_is_no_change_of_the_one_before(
    question: str, demo: SemanticCatalog
) -> None:
    assert follow(question, "sales by region", demo).outcome == "not_understood"


def test_a_fragment_alone_is_not_understood(demo: SemanticCatalog) -> None:
    assert interpret("and by region?", [demo], today=TODAY, suggest=False).outcome == "not_understood"
    assert follow("and by zodiac sign?", "sales by category", demo).outcome == "not_understood"
