"""How questions about the platform are put into words of its models."""

from __future__ import annotations

import pytest

from agents.operations.wording import PREFIX, WEEK, plainly, shown, speaks_of_the_platform, worded


@pytest.mark.parametrize(
    ("question", "kind", "text", "unit"),
    [
        ("Which agent got slower this week?", "course", "latency by agent this week", "week"),
        ("which agents have become cheaper", "course", f"cost by agent {WEEK}", None),
        ("which agent got slower than last month?", "course", "latency by agent this month", "month"),
        ("Which role got more expensive yesterday", "course", "cost by role yesterday", "day"),
        (
            "Did CodeAgent get slower this week compared with last week?",
            "course",
            "latency of CodeAgent this week",
            "week",
        ),
        ("How many questions failed today and why?", "why", "How many questions failed today", None),
        ("why did questions fail yesterday?", "why", "how many questions failed yesterday?", None),
        (
            "Which questions were not answered from the documents this week?",
            "listing",
            "knowledge misses this week",
            None,
        ),
        ("which questions failed today and why?", "listing", "failed questions today", None),
        ("which agent is the slowest this week?", "figure", "which agent has the highest latency this week?", None),
        ("slowest agents today", "figure", "which agent has the highest latency today", None),
        ("who asked the most questions this month?", "figure", "which person has the most questions this month?", None),
        ("p95 per agent last 7 days", "figure", "p 95 per agent last 7 days", None),
        ("95th percentile of the response time by role", "figure", "p 95 response time by role", None),
        (f"{PREFIX}cost by role", "figure", "cost by role", None),
    ],
)
def test_other_words_for_the_same(question: str, kind: str, text: str, unit: str | None) -> None:
    wording = worded(question)
    assert (wording.kind, wording.text, wording.unit, wording.own) == (kind, text, unit, False)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("how many questions did I ask today?", "how many questions today?"),
        ("how many of my questions failed today?", "how many of questions failed today?"),
        ("cost of my questions this month", "cost of questions this month"),
    ],
)
def test_ones_own_questions_are_meant(question: str, text: str) -> None:
    assert (worded(question).text, worded(question).own) == (text, True)


@pytest.mark.parametrize(
    "question",
    [
        "What are the top 10 customers by sales?",
        "How many orders did we have last month?",
        "Total cost of goods by category",
        "How much did customers spend last month?",
        "What is our returns policy?",
        "List the employees of the northern stores",
    ],
)
def test_questions_about_tables_and_documents_cost_nothing_further(question: str) -> None:
    assert not speaks_of_the_platform(question, ("data_analyst", "data_engineer"))


def test_a_named_role_or_a_word_of_the_platform_is_looked_at() -> None:
    assert speaks_of_the_platform("What did data analysts cost yesterday?", ("data_analyst",))
    assert not speaks_of_the_platform("What did data analysts cost yesterday?")
    assert plainly("p95 per agent")
    assert not plainly("cost by region")
    assert shown("p 95 per agent") == "p95 per agent"
