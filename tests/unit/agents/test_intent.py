"""Intents: chosen readings before rules, rules before examples, and an open end where neither is sure."""

from __future__ import annotations

import numpy as np
import pytest

from agents.planning.intent import DATA, GENERATE, KNOWLEDGE, ORIENTATION, RUN, IntentClassifier, Vector

EXAMPLES = {DATA: ("sales by region", "top customers"), KNOWLEDGE: ("returns policy", "who may approve")}


def embed(text: str) -> Vector:
    """A measured stand-in for meaning: share of letters from each half of the alphabet."""
    first = sum(letter in "abcdefghijklm" for letter in text.lower())
    second = sum(letter in "nopqrstuvwxyz" for letter in text.lower())
    vector = np.array([first, second], dtype=np.float32)
    return vector / (np.linalg.norm(vector) or 1.0)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("Execute SQL to find top 10 customers by sales and save to table", RUN),
        ("DELETE FROM main.demo.orders", RUN),
        ("Save sales by region to the sandbox", RUN),
        ("Generate SQL to find top 10 customers by sales", GENERATE),
        ("show me the SQL for revenue by month", GENERATE),
        ("write pandas code to clean the customers table", GENERATE),
        ("write pandas to clean the customers table", GENERATE),
        ("pandas: top 5 customers by sales", GENERATE),
        ("dedupe customers in pandas", GENERATE),
        ("how would I compute sales by region in pandas?", GENERATE),
        ("I need a pyspark script to clean customers", GENERATE),
        ("Write expectations for orders in PySpark", GENERATE),
        ("create a notebook that cleans customers", GENERATE),
        ("sql for sales by region", GENERATE),
        ("explain this query: SELECT region FROM main.demo.stores", GENERATE),
        ("do not run SELECT * FROM main.demo.stores", GENERATE),
        ("EXPLAIN SELECT region FROM main.demo.stores", RUN),
        ("Execute Python to clean the customers table", RUN),
        ("help", ORIENTATION),
        ("Hello!", ORIENTATION),
        ("what can you do?", ORIENTATION),
        ("hello kitty sales by region", DATA),
        ("What are the top 10 customers by sales?", DATA),
        ("Who may approve a data export?", KNOWLEDGE),
    ],
)
def test_rules_decide_by_the_words_that_carry_the_meaning(question: str, intent: str) -> None:
    found = IntentClassifier(EXAMPLES, None).classify(question)
    assert (found.name, found.decided_by) == (intent, "rule")


@pytest.mark.parametrize(
    "question",
    ["show me the Python courses", "show me the zip code of customers", "make a list of status codes",
     "SQL courses per city", "how many developers use pandas", "orders with select 2",
     "which products did customers select most from the catalog", "last update before the set date per customer"],
)  # fmt: skip
def test_the_name_of_a_language_or_a_word_of_sql_does_not_make_a_question_a_command(question: str) -> None:
    assert IntentClassifier(EXAMPLES, None).classify(question).name in (DATA, KNOWLEDGE)


@pytest.mark.parametrize(
    "question",
    ["Which store manager has the highest sales?", "which shop did we sell the most in", "how is the Oslo shop doing"],
)
def test_a_comparison_of_rows_is_never_looked_up_in_documents(question: str) -> None:
    found = IntentClassifier(EXAMPLES, None).classify(question)
    assert (found.name, found.sure) == (DATA, True)


def test_a_follow_up_of_nothing_is_not_looked_up_in_documents() -> None:
    for question in ("and by city?", "only 2025", "and per region"):
        assert IntentClassifier(EXAMPLES, None).classify(question).name == DATA
        assert IntentClassifier(EXAMPLES, None).classify(question).sure


def test_a_question_for_rows_of_a_table_is_sure_unless_it_speaks_of_rules() -> None:
    classifier = IntentClassifier(EXAMPLES, None)
    rows = classifier.of_rows(classifier.classify("which lamps are not lit any more"))
    assert (rows.name, rows.sure) == (DATA, True)
    rules = classifier.classify("which lamps are excluded from returns")
    assert classifier.of_rows(rules) == rules


def test_a_chosen_reading_wins_over_every_rule_and_loses_its_prefix() -> None:
    classifier = IntentClassifier(EXAMPLES, None)
    tables = classifier.classify("In the tables: who may approve a data export?")
    assert (tables.name, tables.sure, tables.question) == (DATA, True, "who may approve a data export?")
    documents = classifier.classify("In the documents: top customers")
    assert (documents.name, documents.sure) == (KNOWLEDGE, True)


def test_without_an_embedding_model_an_undecided_question_stays_open() -> None:
    assert IntentClassifier(EXAMPLES, None).classify("blue umbrellas").decided_by == "open"


def test_examples_decide_when_the_margin_is_wide_enough() -> None:
    far = IntentClassifier({DATA: ("abc",), KNOWLEDGE: ("xyz",)}, embed, margin=0.1)
    assert far.classify("bad cabbage").decided_by == "examples"
    assert far.classify("bad cabbage").name == DATA


def test_a_margin_that_is_not_reached_leaves_the_intent_open() -> None:
    near = IntentClassifier({DATA: ("abc xyz",), KNOWLEDGE: ("xyz abc",)}, embed, margin=0.1)
    assert near.classify("bad cabbage").decided_by == "open"


@pytest.mark.parametrize(
    "question",
    [
        "Which of our wine makers in Tuscany sold the most",
        "whose garden has the oldest trees",
        "what vineyard has the largest cellar",
        "value of the bottles in the cellar",
        "percentage of bottles that are corked",
        "bottles from Tuscany, how many?",
    ],
)
def test_figures_and_leaders_are_sure_to_be_of_the_tables(question: str) -> None:
    found = IntentClassifier(EXAMPLES, None).classify(question)
    assert (found.name, found.sure) == (DATA, True)


@pytest.mark.parametrize(
    "question",
    ["what is the most important rule", "what does value mean", "explain how many"],
)
def test_a_question_of_rules_is_not_made_one_of_figures(question: str) -> None:
    found = IntentClassifier(EXAMPLES, None).classify(question)
    assert (found.name, found.sure) != (DATA, True)


@pytest.mark.parametrize(
    "question", ["only the corked ones", "as a percentage", "top 5 instead", "by cellar", "same for 2025"]
)
def test_a_change_of_the_rows_before_is_sure_only_after_them(question: str) -> None:
    classifier = IntentClassifier(EXAMPLES, None)
    after = classifier.classify(question, follows_data=True)
    assert (after.name, after.sure) == (DATA, True)
    assert classifier.classify(question).decided_by != "choice"


@pytest.mark.parametrize("question", ["what about returns", "and who approves them", "for managers"])
def test_what_may_be_a_new_question_stays_open_after_rows(question: str) -> None:
    assert not IntentClassifier(EXAMPLES, None).classify(question, follows_data=True).sure
