"""A question with two readings: the question back shows what each gives, as far as the person may see it."""

from __future__ import annotations

from agents.platform import Platform
from core.types import Response


def ask(platform: Platform, question: str, role: str = "data_analyst", user: str = "ana") -> Response:
    return platform.process_request(question, role, user)


def test_readings_that_differ_are_buttons_with_their_figures(demo_platform: Platform) -> None:
    response = ask(demo_platform, "sales in Cork")
    assert response.status == "needs_clarification"
    assert response.rows is None
    assert len(response.options) == 2
    for option in response.options:
        label, figure = option.label.split(" · ")
        assert label.startswith("sales; ")
        chosen = ask(demo_platform, option.question)
        assert chosen.status == "answered", chosen.answer
        assert chosen.answer.rstrip(".").endswith(figure)
        assert f"{label}: {chosen.answer}" in response.answer


def test_more_than_two_readings_are_asked_for_without_running_them(demo_platform: Platform) -> None:
    ask(demo_platform, "top stores")  # what a process reads once is read
    response = ask(demo_platform, "top stores")
    assert len(response.options) > 2
    assert response.answer == "Which did you mean?"
    assert response.usage.statements == 0


def test_the_playbook_alone_compares_nothing(demo_platform: Platform) -> None:
    ask(demo_platform, "sales in Cork")  # what a process reads once is read
    turn = demo_platform.submit("sales in Cork", "data_analyst", user_id="ana", strategy="playbook")
    response = demo_platform.result(turn.correlation_id, 30)
    assert response is not None
    assert (response.answer, response.usage.statements) == ("Which did you mean?", 0)
    assert not any("·" in option.label for option in response.options)
