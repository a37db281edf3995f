"""Answers on the demo handbook: the calibrated threshold holds on every stored question."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from core.knowledge import Knowledge

QUESTIONS = yaml.safe_load((Path(__file__).parent / "handbook_questions.yaml").read_text(encoding="utf-8"))


def is_right(knowledge: Knowledge, asked: dict[str, str]) -> bool:
    found = knowledge.retrieve(asked["q"], asked.get("role", "data_analyst"))
    first = found.passages[0].document_id if found.passages else ""
    return (
        found.answer is not None
        and first == f"handbook/{asked['page']}.md"
        and asked["phrase"].lower() in found.answer.lower()
    )


def is_declined(knowledge: Knowledge, asked: dict[str, str]) -> bool:
    return knowledge.retrieve(asked["q"], asked.get("role", "data_analyst")).answer is None


def test_nine_of_ten_answerable_questions_give_the_right_page_first_and_the_expected_phrase(
    handbook: Knowledge,
) -> None:
    missed = [asked["q"] for asked in QUESTIONS["answerable"] if not is_right(handbook, asked)]
    assert len(missed) <= 0.1 * len(QUESTIONS["answerable"]), missed


def test_questions_kept_out_of_the_calibration_are_answered_as_well(handbook: Knowledge) -> None:
    kept_out = QUESTIONS["answerable"][::3]
    missed = [asked["q"] for asked in kept_out if not is_right(handbook, asked)]
    assert len(missed) <= 0.12 * len(kept_out), missed


def test_nineteen_of_twenty_unanswerable_questions_are_declined(handbook: Knowledge) -> None:
    answered = [asked["q"] for asked in QUESTIONS["unanswerable"] if not is_declined(handbook, asked)]
    assert len(answered) <= 0.05 * len(QUESTIONS["unanswerable"]), answered


def test_words_alone_still_answer_most_and_decline_nearly_all(handbook_by_words: Knowledge) -> None:
    right = sum(is_right(handbook_by_words, asked) for asked in QUESTIONS["answerable"])
    declined = sum(is_declined(handbook_by_words, asked) for asked in QUESTIONS["unanswerable"])
    assert right >= 0.8 * len(QUESTIONS["answerable"])
    assert declined >= 0.95 * len(QUESTIONS["unanswerable"])


def test_the_question_of_the_demo_is_answered_with_a_citation(handbook: Knowledge) -> None:
    found = handbook.retrieve("Who may approve a data export?", "data_analyst")
    assert found.answer is not None
    assert found.answer.startswith(
        "A data export may be approved only by the data protection officer together with the head of data. [1]"
    )
    assert found.passages[0].title == "Data export approval"
    assert found.passages[0].heading == "Who may approve a data export"
    assert found.uses_vectors


def test_every_quoted_sentence_stands_in_the_cited_passage(handbook: Knowledge) -> None:
    for asked in QUESTIONS["answerable"]:
        found = handbook.retrieve(asked["q"], asked.get("role", "data_analyst"))
        if found.answer is None:
            continue
        words = set(found.passages[0].passage.replace("|", " ").split())
        for sentence in found.answer.split(" [1]"):
            inside = [word.rstrip(".;:") in {w.rstrip(".;:") for w in words} for word in sentence.split()]
            assert not inside or sum(inside) / len(inside) >= 0.7, (asked["q"], sentence)


def test_a_citation_says_why_it_was_found(handbook: Knowledge) -> None:
    first = handbook.retrieve("How long are orders kept?", "data_analyst").passages[0]
    assert "words " in first.why
    assert "order" in first.why
    assert "meaning 0." in first.why
    assert "section: How long data is kept" in first.why
    assert first.why.endswith("open to every role")


@pytest.mark.parametrize("question", ["", "   ", "?!", "the of and", "\x00\x01", "🌲🌊", "‮مرحبا"])
def test_a_question_without_meaning_is_not_in_the_knowledge_base(handbook: Knowledge, question: str) -> None:
    assert handbook.retrieve(question, "admin").answer is None


def test_a_question_of_100_000_characters_is_read_up_to_its_limit(handbook: Knowledge) -> None:
    found = handbook.retrieve("Who may approve a data export? " + "filler " * 15_000, "data_analyst")
    assert len(found.passages) <= handbook.options.passages


def test_the_limit_bounds_the_passages(handbook: Knowledge) -> None:
    assert len(handbook.retrieve("Which discount can a store manager approve?", "admin", limit=2).passages) == 2


def test_a_collection_confines_the_search(handbook: Knowledge) -> None:
    assert handbook.retrieve("Who may approve a data export?", "admin", collection="elsewhere").passages == ()


def test_how_to_is_answered_with_the_instruction_and_its_code(knowledge: Knowledge, tmp_path: Path) -> None:
    page = tmp_path / "certificates.md"
    page.write_text(
        "# Certificates\n\nCertificates are renewed by the gate. They are not renewed by hand as a rule.\n\n"
        "## Renew by hand\n\nDelete the secret and the gate issues a new certificate:\n\n"
        "```\nkubectl delete secret api-tls\n```\n",
        encoding="utf-8",
    )
    knowledge.ingest(page, collection="ops")
    assert knowledge.retrieve("How do I renew a certificate by hand?", "admin").answer == (
        "Delete the secret and the gate issues a new certificate: [1]\n\n```\nkubectl delete secret api-tls\n```"
    )


def test_the_only_document_there_is_can_be_asked_about(knowledge: Knowledge, tmp_path: Path) -> None:
    page = tmp_path / "ferry.txt"
    page.write_text("The ferry leaves at seven every morning.", encoding="utf-8")
    knowledge.ingest(page, collection="club")
    assert knowledge.retrieve("When does the ferry leave?", "admin").answer == (
        "The ferry leaves at seven every morning. [1]"
    )
    assert knowledge.retrieve("Who paints the ferry?", "admin").answer is None
