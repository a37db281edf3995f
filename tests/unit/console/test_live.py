"""The message of a running answer: its place in line while it waits, then its steps."""

import pytest
from streamlit.testing.v1 import AppTest

from components.steps import running_label

SCRIPT = """
from components.live import draw_live
from core.types import PlanStep

live = draw_live()
place = {place}
live.show((), "", 1.25, place)
if place is None:
    live.show((PlanStep(step=1, agent="CodeAgent", kind="code.generate", status="running"),), "", 2.0)
"""


@pytest.mark.parametrize(
    ("place", "label"),
    [
        (12, "12 questions are in front of yours · 1.2 s"),
        (1, "1 question is in front of yours · 1.2 s"),
        (0, "Yours is the next question · 1.2 s"),
        (None, "Working · 2.0 s"),
    ],
)
def test_who_waits_sees_how_many_are_in_front(place: int | None, label: str) -> None:
    app = AppTest.from_string(SCRIPT.format(place=place), default_timeout=15).run()
    assert not app.exception
    assert app.markdown[0].value == f":blue[:material/progress_activity:] {label}"


@pytest.mark.parametrize(
    ("place", "label"),
    [
        (None, "The SQL warehouse is starting · 1.2 s"),
        (2, "The SQL warehouse is starting · 2 questions are in front of yours · 1.2 s"),
    ],
)
def test_who_waits_for_the_warehouse_is_told_so(place: int | None, label: str) -> None:
    assert running_label((), 1.2, place, warehouse_starts=True) == label
