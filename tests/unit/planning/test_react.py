"""An answer may hold only figures that were seen."""

from __future__ import annotations

import pytest

from agents.planning.react import invented, repeatable


@pytest.mark.parametrize(
    ("answer", "unseen"),
    [
        ("Sales were 2,471,207.81 in 2025.", []),
        ("Sales were 2471207.8.", []),
        ("Sales were 2471208.", []),
        ("Sales were 2.5 million.", ["2.5"]),
        ("They rose by 12 %.", ["12"]),
        ("They did not change.", []),
    ],
)
def test_figures_that_nothing_holds_are_noticed(answer: str, unseen: list[str]) -> None:
    assert invented(answer, ["what of 2025?", "Sales: 2,471,207.81 (2025)."]) == unseen


@pytest.mark.parametrize(
    ("question", "known"),
    [
        ("the top 10 of 2025", ["10", "2025"]),
        ("Were sales 500,000?", []),
        ("Did they rise by 12.5?", []),
        ("Are there 123456 of them?", []),
    ],
)
def test_a_figure_is_not_known_because_a_person_asks_about_it(question: str, known: list[str]) -> None:
    assert repeatable(question) == known
