"""The demo company's questions with known answers, put to a whole platform.

The first author's are all right, or declined where there is no answer; of the second author's a sample holds a floor
(all of them: `python3 -m app eval --set demo`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agents.evaluating import DEMO_FILES, FAST_EVERY, demo_platform, demo_set, examine
from agents.platform import Platform
from core.evaluation import Outcome, sample, summarize
from core.semantic import SemanticCatalog
from tests.fixtures.planted import plant

FLOOR = {"precision": 0.85, "coverage": 0.5, "unanswerable_declined": 1.0, "ambiguous_clarified": 0.5}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with demo_platform(tmp_path_factory.mktemp("demo") / "home", demo_set().as_of) as running:
        yield running


@pytest.fixture(scope="module")
def outcomes(platform: Platform) -> tuple[Outcome, ...]:
    first, second = demo_set(DEMO_FILES[:1]), sample(demo_set(DEMO_FILES[1:]), FAST_EVERY)
    return examine(platform, (*first.questions, *second.questions))


@pytest.fixture(scope="module")
def catalog(platform: Platform) -> SemanticCatalog:
    return platform.semantic.catalogs()[0]


def test_every_question_with_an_answer_is_right_and_every_other_one_is_declined(outcomes: tuple[Outcome, ...]) -> None:
    own = [each for each in outcomes if each.question.set_name == "demo_questions"]
    assert [f"{each.question.text}: {each.fault}" for each in own if not each.is_good] == []
    assert sum(each.question.kind == "answerable" for each in own) >= 30
    assert sum(each.question.kind == "unanswerable" for each in own) >= 10


def test_questions_that_the_matcher_was_not_made_for_hold_the_floor(outcomes: tuple[Outcome, ...]) -> None:
    rates = summarize("sample", [each for each in outcomes if each.question.set_name != "demo_questions"]).rates
    assert rates["accuracy"].total >= 8
    reached = {name: rates[name].share or 0.0 for name in FLOOR}
    assert {name: share for name, share in reached.items() if share < FLOOR[name]} == {}


def test_statements_made_wrong_on_purpose_are_noticed_and_right_ones_are_not_faulted(catalog: SemanticCatalog) -> None:
    """The evaluator of candidates, without running anything."""
    toll = plant(catalog, [question.text for question in demo_set(DEMO_FILES[:1]).questions], demo_set().as_of)
    assert toll.faulted_though_right == []
    assert toll.planted >= 150
    assert {kind: caught for kind, (caught, made) in toll.by_kind.items() if caught < 0.9 * made} == {}
    assert toll.caught >= 0.9 * toll.planted
