"""English for names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.semantic.match.tokens import tokenize
from core.semantic.names import fold, identifier_words, lemma, plural, stem, within_one_edit


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("OrderDate", ("order", "date")),
        ("order_date", ("order", "date")),
        ("Order Details", ("order", "details")),
        ("custID", ("customer", "id")),
        ("qty", ("quantity",)),
        ("HTTPStatus", ("http", "status")),
        ("Größe", ("grosse",)),
        ("GrößeMax", ("grosse", "maximum")),
        ("køb_total", ("køb", "total")),
        ("сумма заказа", ("сумма", "заказа")),
        ("💰 revenue", ("revenue",)),
        ("😀", ("😀",)),
    ],
)
def test_identifiers_become_words(name: str, words: tuple[str, ...]) -> None:
    assert identifier_words(name) == words


@pytest.mark.parametrize(
    ("word", "singular"),
    [
        ("categories", "category"),
        ("boxes", "box"),
        ("people", "person"),
        ("classes", "class"),
        ("status", "status"),
        ("addresses", "address"),
    ],
)
def test_plurals_become_singular(word: str, singular: str) -> None:
    assert lemma(word) == singular


@pytest.mark.parametrize(
    ("left", "right"),
    [("ordered", "orders"), ("hired", "hire"), ("shipped", "ship"), ("written", "write"), ("sold", "sell")],
)
def test_inflections_share_a_stem(left: str, right: str) -> None:
    assert stem(left) == stem(right)


@given(st.sampled_from(["customer", "order", "city", "box", "person", "day", "branch", "employee", "category"]))
def test_a_plural_is_read_back(noun: str) -> None:
    assert lemma(plural(noun)) == noun


@given(st.text("abcdefgh", min_size=5, max_size=12), st.integers(0, 11), st.sampled_from("xyz"))
def test_one_typo_is_one_edit(word: str, at: int, letter: str) -> None:
    at %= len(word)
    assert within_one_edit(word, word[:at] + letter + word[at + 1 :])
    assert within_one_edit(word, word[:at] + word[at + 1 :])
    assert within_one_edit(word, word[:at] + letter + word[at:])
    assert not within_one_edit(word, word + "xyz")


def test_folding_drops_accents_and_case() -> None:
    assert fold("Guaraná FANTÁSTICA") == "guarana fantastica"


def test_numbers_and_quotes_are_tokens_of_their_own() -> None:
    tokens = tokenize("more than 1,500 units of \u201cMark\u2019s Bistro\u201d at $2.5k or a hundred thousand")
    assert [token.number for token in tokens if token.number is not None] == [1500, 2500, 100_000]
    assert next(token.text for token in tokens if token.quoted).startswith("Mark")


@given(st.text(max_size=300))
def test_any_text_can_be_tokenized(text: str) -> None:
    assert all(token.text for token in tokenize(text))
