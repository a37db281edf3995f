"""What a question expects and what it rules out, however alike the words are."""

from __future__ import annotations

import pytest

from core.knowledge.answer_type import AnswerType
from core.knowledge.kinship import DERIVED, SAME, SYNONYM, likeness
from core.knowledge.lexical import stem
from core.knowledge.question import Question
from core.knowledge.statements import Statement


def read(text: str) -> Question:
    return Question.read(text, 2_000)


def rules_out(question: str, sentence: str, place: str = "") -> bool:
    return read(question).rules_out(Statement(sentence), place)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I renew a certificate?", AnswerType.METHOD),
        ("What should I do when it fails?", AnswerType.METHOD),
        ("How often are backups made?", AnswerType.FREQUENCY),
        ("How long are backups kept?", AnswerType.DURATION),
        ("What does a ticket cost?", AnswerType.MONEY),
        ("How is margin calculated?", AnswerType.FORMULA),
        ("What is a lease?", AnswerType.DEFINITION),
        ("Who signs?", AnswerType.PERSON),
        ("Can I smoke here?", AnswerType.PERMISSION),
        ("tide tables", AnswerType.ANY),
    ],
)
def test_the_wording_tells_the_type_of_answer(text: str, expected: AnswerType) -> None:
    assert read(text).expects is expected


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How many customers have no segment?", "About 3 percent of customers have no segment."),
        ("How many boats are there?", "The second boat leaves at noon."),
        ("How much was refunded last month?", "A refund of up to 150 euros needs no approval."),
        ("average order value by channel", "Average order value is sales divided by orders."),
        ("Which store has the highest sales?", "December brings the highest sales of the year."),
        ("What was the margin in 2024?", "Margin is sales minus cost, 20 percent at least."),
        ("What does the ferry cost?", "The ferry takes 40 passengers."),
        ("How long are logs kept?", "Logs are kept in the archive."),
        ("Who is the harbour master?", "Storms are told to the harbour master."),
    ],
)
def test_what_cannot_be_an_answer_is_ruled_out(question: str, sentence: str) -> None:
    assert rules_out(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How many boats are there?", "The harbour has twelve boats."),
        ("How many lamps can one hub handle?", "A hub handles up to 64 lamps."),
        ("What was decided last year?", "Last year 3 rules were decided."),
        ("What does the ferry cost?", "A trip is £4."),
        ("Who is the harbour master?", "The harbour master is Ms Reed."),
    ],
)
def test_what_can_be_an_answer_is_not(question: str, sentence: str) -> None:
    assert not rules_out(question, sentence)


def test_steps_answer_only_how_to() -> None:
    steps = Statement("1. Stop it.\n2. Wait 40 minutes.", "steps")
    assert read("How long does it take?").rules_out(steps, "")
    assert not read("How do I stop it?").rules_out(steps, "")


def test_the_way_to_do_something_else_counts_little() -> None:
    steps = Statement("1. Restore the database.\n2. Start it.", "steps")
    assert read("How do I restore the database?").shown_by(steps, "") == 1.0
    assert read("How do I upgrade the database?").shown_by(steps, "") == pytest.approx(0.3)


def test_a_definition_begins_with_what_is_defined_and_denies_nothing() -> None:
    question = read("What is a change feed?")
    assert question.shown_by(Statement("A change feed is a record of every change."), "") == 1.0
    assert question.shown_by(Statement("A change feed is not on by default."), "") == 0.0
    assert question.shown_by(Statement("Only changes after the start are in the change feed."), "") == 0.0


def test_a_single_word_that_asks_nothing_is_a_fragment() -> None:
    assert read("only North").is_fragment
    assert not read("What is North?").is_fragment
    assert not read("mileage rate").is_fragment


def test_names_that_nobody_mentions_are_strange() -> None:
    question = read("Which carrier delivers in Spain?")
    assert question.strangeness("Parcels to Spain are sent by Sea Post.", "") == 0.0
    assert question.strangeness("Parcels are sent.", "Spain and Italy") == 0.5
    assert question.strangeness("Parcels are sent.", "Parcels") == 1.0
    assert read("May I work in another EU country?").strangeness("Any country of the European Union.", "") == 0.0


def test_words_are_alike_by_themselves_by_derivation_and_by_meaning() -> None:
    among = {stem(word) for word in ("expiry", "leave", "membership")}
    assert likeness(stem("expiry"), among) == SAME
    assert likeness(stem("member"), among) == DERIVED
    assert likeness(stem("holiday"), among) == SYNONYM
    assert likeness(stem("ferry"), among) == 0.0
    assert stem("dvds") == stem("dvd")
