"""Conversations while the warehouse starts: nobody waits for another's list, nobody sees what is not theirs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from agents.platform import Platform
from core.errors import NotFound
from core.ids import new_id
from core.types import Turn
from tests.integration.on_workspace.conftest import opened
from tests.workspace import Workspace


@pytest.fixture(scope="module")
def platform(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with opened(demo_workspace, tmp_path_factory.mktemp("ana") / "home") as running:
        yield running


@pytest.fixture
def stopped(demo_workspace: Workspace) -> Iterator[Workspace]:
    """Statements wait until the test is over, or lets the warehouse run."""
    demo_workspace.faults.start_slowly(3600)
    yield demo_workspace
    demo_workspace.faults.clear()


def asked(platform: Platform, user_id: str, question: str = "How many orders are there?") -> Turn:
    turn = Turn(
        correlation_id=new_id(),
        session_id=new_id(),
        user_id=user_id,
        user_role="data_analyst",
        question=question,
        asked_at=datetime.now(UTC),
    )
    platform.conversations.asked(turn)
    return turn


def test_question_that_is_not_committed_yet_is_its_owners_only(platform: Platform) -> None:
    turn = asked(platform, "ana")
    for _ in range(2):
        with pytest.raises(NotFound):
            platform.conversations.turns(turn.session_id, "dev")
    assert platform.conversations.turns(turn.session_id, "ana") == (turn,)


def test_list_that_waits_for_the_warehouse_holds_up_nobody_else(platform: Platform, stopped: Workspace) -> None:
    lists: list[int] = []
    reading = threading.Thread(target=lambda: lists.append(len(platform.conversations.list("dev"))), daemon=True)
    reading.start()
    turn = asked(platform, "ana")
    assert platform.conversations.turns(turn.session_id, "ana") == (turn,)
    assert reading.is_alive()
    stopped.faults.clear()
    reading.join(30)
    assert lists == [0]


def test_what_is_asked_or_renamed_while_the_list_is_read_is_kept(platform: Platform, stopped: Workspace) -> None:
    before = asked(platform, "kim", "Who may approve a data export?")
    reading = threading.Thread(target=platform.conversations.list, args=("kim",), daemon=True)
    reading.start()
    during = asked(platform, "kim", "What is a lease?")
    stopped.faults.clear()
    reading.join(30)
    titles = [conversation.title for conversation in platform.conversations.list("kim")]
    assert titles == [during.question, before.question]
    platform.conversations.rename(before.session_id, "Exports", "kim")
    assert "Exports" in [conversation.title for conversation in platform.conversations.list("kim")]
