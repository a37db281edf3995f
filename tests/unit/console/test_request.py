"""One request as the queue draws it: its state in words, the effect, the rows, who decided; text is never markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from components.formats import counted, size, stamp, until
from components.request import Reader, state_line, state_of
from components.samples import cut, sample_table
from core.execution import Sample
from core.governance import ApprovalRequest
from core.types import Column
from tests.unit.console.requests import AT, COLUMNS, EFFECT, decision, request

READER = Reader(AT + timedelta(hours=1), UTC)
SCRIPT = """
from datetime import UTC, timedelta
from components.request import Reader, draw_evidence, draw_facts, draw_heading, draw_history
from tests.unit.console.requests import AT, decision, request
reader = Reader(AT + timedelta(hours=1), UTC)
shown = request({changes})
draw_heading(shown, reader)
draw_evidence(shown, reader)
draw_facts(shown, reader)
draw_history(shown, reader)
"""


def draw(changes: str = "") -> tuple[AppTest, str]:
    app = AppTest.from_string(SCRIPT.format(changes=changes), default_timeout=15).run()
    assert not app.exception
    return app, "\n".join(element.value for element in (*app.markdown, *app.caption))


def test_everything_that_a_decider_needs_is_there() -> None:
    app, words = draw()
    assert app.code[0].value == "UPDATE main.sandbox.prices SET price = 20.5 WHERE product LIKE 'Chai%'"
    assert "asked by dev · data engineer · 1 h ago" in words
    assert "Changes 2 rows of main\\.sandbox\\.prices\\." in words
    assert "price differs in 1 row" in words
    assert "2 updated · 75 kept" in words
    assert "Alters] main\\.sandbox\\.prices" in words
    assert "Read by] main\\.sandbox\\.price\\_view" in words
    assert "2 rows · 2 columns · reads tables of 4.2 kB" in words
    assert "Constraints were not looked at\\." in words
    assert "execution\\.write: execution of risk write needs one approval" in words
    assert ":gray[May decide] admin, and not dev" in words
    assert ":gray[Approvals] 0 of 1" in words
    assert "26 Nov 09:00 UTC (in 3 d)" in words
    assert "abcdef0123456789" in [code.value for code in app.code]


def test_what_people_wrote_is_never_markup() -> None:
    _, words = draw(
        "decisions=(decision('reject', 'ada', '[no](http://evil.example) <img src=x>'),), status='rejected'"
    )
    assert "\\<b\\>price" in words
    assert "[Chai](" not in words
    assert "[no](" not in words
    assert "\\<img src" in words


def test_typed_parameters_are_shown_with_their_types() -> None:
    _, words = draw("parameters={'n': {'type': 'int', 'value': 10}, 'a|b': {'type': 'str', 'value': 'x|y'}}")
    assert "| n | int | 10 |" in words
    assert '| a\\|b | str | \\"x\\|y\\" |' in words


def test_a_request_without_a_dry_run_says_so() -> None:
    assert "There was no dry run of this." in draw("effect={}")[1]
    assert "There was no dry run of this." in draw("effect={'source': 'policies/export.md'}")[1]


def test_history_tells_who_decided_why_and_what_was_taken_back() -> None:
    decisions = "decisions=(decision('approve', 'ada', undone=True), decision('reject', 'alan', 'Ask finance first.'),)"
    _, words = draw(f"{decisions}, status='rejected'")
    assert "ada \\(admin\\) approved :gray[· 50 m ago · taken back]" in words
    assert "alan \\(admin\\) rejected :gray[· 50 m ago · Ask finance first\\.]" in words
    assert "decided by alan at 23 Nov 09\\:10 UTC\\: Ask finance first\\." in words


def test_a_quorum_shows_how_far_it_is() -> None:
    _, words = draw("quorum=2, risk='destructive', decisions=(decision('approve', 'ada'),)")
    assert ":gray[Approvals] 1 of 2" in words
    assert "2 approvals by different people" in words


@pytest.mark.parametrize(
    ("changes", "word", "sentence"),
    [
        ({}, "pending", "Waiting for approval"),
        ({"due_at": AT}, "pending", "overdue"),
        ({"status": "approved", "decisions": (decision("approve", "ada"),)}, "approved", "decided by ada"),
        ({"status": "expired"}, "expired", "nothing has run"),
        ({"status": "superseded", "decisions": (decision("supersede", "ada"),)}, "superseded", "Replaced by an edit"),
        ({"status": "withdrawn", "decisions": (decision("withdraw", "dev"),)}, "withdrawn", "Withdrawn"),
        ({"status": "consumed", "consumed_by": "x", "consumed_at": AT}, "running", "Running"),
        ({"status": "consumed", "consumed_by": "x", "consumed_at": AT, "run_status": "done"}, "done", "Ran"),
        ({"status": "consumed", "consumed_by": "x", "consumed_at": AT, "run_status": "failed"}, "failed", "and failed"),
        ({"status": "consumed", "consumed_by": "x", "consumed_at": AT, "run_status": "refused"}, "refused", "Not run"),
        ({"status": "unknown", "consumed_by": "x", "consumed_at": AT}, "unknown", "is not known"),
    ],
)
def test_every_state_has_a_word(changes: dict[str, object], word: str, sentence: str) -> None:
    shown: ApprovalRequest = request(**changes)
    assert state_of(shown) == word
    assert sentence in state_line(shown, READER)


def test_changed_cells_are_marked_and_numbers_stand_right() -> None:
    assert EFFECT.before is not None
    assert EFFECT.after is not None
    before, after = sample_table(EFFECT.before, EFFECT.after), sample_table(EFFECT.after, EFFECT.before)
    assert before.splitlines()[:2] == ["| product | price |", "| :-- | --: |"]
    assert before.splitlines()[2] == "| Chai \\| \\*tea\\* | **• 18\\.00** |"
    assert after.splitlines()[2] == "| Chai \\| \\*tea\\* | **• 20\\.50** |"
    assert after.splitlines()[3] == "| Chang | 19\\.00 |"


def test_rows_of_a_merge_say_what_becomes_of_them() -> None:
    sample = Sample(columns=COLUMNS, rows=(("Chai", 1.0), ("Chang", None)), marks=("inserted", "deleted"))
    lines = sample_table(sample).splitlines()
    assert lines[2] == "| :green[:material/add: inserted] | Chai | 1\\.00 |"
    assert lines[3] == "| :red[:material/remove: deleted] | Chang | – |"


def test_wide_and_long_samples_are_cut_and_say_so() -> None:
    columns = tuple(Column(name=f"c{n}", type="STRING") for n in range(15))
    sample = Sample(columns=columns, rows=(("x" * 100, *("y\nz",) * 14),))
    line = sample_table(sample).splitlines()[2]
    assert line.count("|") == 13
    assert f"{'x' * 59}…" in line
    assert "y z" in line
    assert cut(sample) == "3 more columns are not shown here."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "over"), (0, "over"), (0.2, "in 1 s"), (40, "in 40 s"), (90, "in 2 m"), (720, "in 12 m"), (5400, "in 2 h"),
     (23 * 3600, "in 23 h"), (72 * 3600, "in 3 d")],
)  # fmt: skip
def test_how_long_it_is_to_go(seconds: float, text: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert until(now + timedelta(seconds=seconds), now) == text


def test_amounts_and_moments() -> None:
    assert [size(840), size(4_200), size(1_300_000_000), size(5 * 10**15)] == [
        "840 B",
        "4.2 kB",
        "1.3 GB",
        "5,000.0 TB",
    ]
    assert [counted(1, "row"), counted(2480, "row")] == ["1 row", "2,480 rows"]
    assert stamp(AT, UTC) == "23 Nov 09:00 UTC"
