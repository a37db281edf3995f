"""What a turn knows: a question whose rows are told by its words is one of tables, a bare number may be defined."""

from __future__ import annotations

from datetime import date

import pytest

from agents.messages import GenerateResponse
from agents.planning.command import Command
from agents.planning.playbook import Slots
from core.semantic import SemanticQuery
from core.semantic.query import Exists, Filter, Group, Term, TermFilter, TimeRange

BARE = SemanticQuery(catalog="main.cellar", model="bottles", terms=(Term(measure="bottles"),))


def slots(query: SemanticQuery | None, outcome: str = "code") -> Slots:
    stored = query.model_dump_json() if query is not None else None
    generated = GenerateResponse.model_validate({"outcome": outcome, "semantic_query": stored})
    return Slots(question="bottles", command=Command(question="bottles"), generated=generated)


@pytest.mark.parametrize(
    "said",
    [
        {"groups": (Group(dimension="vineyard"),)},
        {"filters": (Filter(dimension="corked", op="eq", values=(True,)),)},
        {"exists": (Exists(model="tastings", entity="bottle", negated=True),)},
        {"time": TimeRange(dimension="bottled on", start=date(2025, 1, 1), label="2025")},
        {"having": (TermFilter(term=Term(measure="bottles"), op="gt", values=(3,)),)},
    ],
)
def test_words_that_say_which_rows_ask_for_rows(said: dict[str, object]) -> None:
    assert slots(BARE.model_copy(update=said)).says_which_rows


def test_a_bare_number_and_what_was_not_understood_say_no_rows() -> None:
    grouped = BARE.model_copy(update={"groups": (Group(dimension="vineyard"),)})
    assert not slots(BARE).says_which_rows
    assert not slots(None).says_which_rows
    assert not slots(grouped, "not_understood").says_which_rows
    assert not Slots(question="bottles", command=Command(question="bottles")).says_which_rows
