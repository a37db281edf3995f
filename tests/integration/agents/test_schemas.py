"""Several schemas in one home: a question that two of them answer is asked back, and a choice settles it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.loading import load_path
from agents.platform import Platform, open_platform

LINES = ["day,customer,region,sales"]
LINES += [f"2025-0{month}-0{day},{name},{area},{month * day}.50" for month in range(1, 7) for day, name, area in (
    (1, "Ann", "North"), (2, "Bob", "South"), (3, "Cid", "North"))]  # fmt: skip
TOTAL = sum(month * day + 0.5 for month in range(1, 7) for day in (1, 2, 3))


@pytest.fixture(scope="module")
def two(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The demo company and a schema `kiosk` that also has sales."""
    import shutil

    folder = tmp_path_factory.mktemp("two")
    home = Path(shutil.copytree(demo_template, folder / "home"))
    file = folder / "kiosk.csv"
    file.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    with open_platform(home=home, kind="run") as platform:
        load_path(platform, file, schema=None, role=None, progress=lambda text: None)
        yield platform


def test_a_question_that_two_schemas_answer_is_asked_back(two: Platform) -> None:
    response = two.process_request("total sales", "data_analyst")
    assert response.status == "needs_clarification"
    assert {option.question for option in response.options} == {"In demo: total sales", "In kiosk: total sales"}


def test_the_chosen_option_is_answered(two: Platform) -> None:
    (option,) = [o for o in two.process_request("total sales", "data_analyst").options if "kiosk" in o.question]
    response = two.process_request(option.question, "data_analyst")
    assert (response.status, response.rows) == ("answered", ((TOTAL,),))


def test_a_limit_to_one_schema_leaves_nothing_to_ask(two: Platform) -> None:
    response = two.process_request("total sales", "data_analyst", schema="kiosk")
    assert response.rows == ((TOTAL,),)


def test_a_follow_up_stays_with_the_schema_of_the_conversation(two: Platform) -> None:
    first = two.process_request("In kiosk: total sales", "data_analyst", "ana")
    second = two.process_request("sales by region", "data_analyst", "ana", first.session_id)
    assert second.status == "answered"
    assert second.rows is not None
    assert sorted(row[0] for row in second.rows) == ["North", "South"]  # type: ignore[type-var]


def test_a_saved_result_is_named_after_the_question_and_not_its_schema(two: Platform) -> None:
    question = "Execute SQL to find In kiosk: total sales and save to table"
    response = two.process_request(question, "data_engineer")
    assert response.status == "pending_approval"
    assert "main.sandbox.total_sales" in (response.sql or "")


def test_a_schema_that_does_not_exist_is_refused_with_those_that_do(two: Platform) -> None:
    response = two.process_request("total sales", "data_analyst", schema="nowhere")
    assert response.status == "refused"
    assert "kiosk" in (response.reason or "")
