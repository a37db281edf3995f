"""Verified queries and models over the real connector: bound values, few statements, masks asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.platform import Platform
from agents.protection import Protection
from agents.verifying import Wanted
from core.types import Principal, Response
from tests.integration.on_workspace.conftest import opened
from tests.integration.on_workspace.test_platform import STATE, settled
from tests.workspace import Workspace

ADA = Principal(user_id="ada", role="admin")
QUESTION = "Sales in North since March 2025"


@pytest.fixture(scope="module")
def platform(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with opened(demo_workspace, tmp_path_factory.mktemp("ada") / "home", "ada") as running:
        yield running


@pytest.fixture(scope="module")
def kept(platform: Platform) -> Response:
    """The first answer of the question, which has become a verified query."""
    first = platform.process_request(QUESTION, "admin", "ada")
    assert first.rung == "semantic_query"
    platform.verifying.keep(first.correlation_id, Wanted(QUESTION, (), ("since", "region")), ADA)
    return first


def test_an_answer_is_kept_and_answers_with_bound_values_and_two_statements_of_state(
    platform: Platform, demo_workspace: Workspace, kept: Response
) -> None:
    first = kept
    again = platform.process_request(QUESTION, "admin", "ada")
    assert (again.rung, again.rows, again.answer) == ("verified_query", first.rows, first.answer)
    platform.bus.flush()  # what is written behind an answer may come late on a busy machine
    platform.flush()
    mark = settled(demo_workspace)
    other = platform.process_request("revenue in South since May 2025", "admin", "ada")
    sent = demo_workspace.wire.since(mark)
    assert other.rung == "verified_query"
    (read,) = [one for one in sent if "order_lines" in one.statement]
    assert ":region" in read.statement
    assert "South" not in read.statement
    assert len([one for one in sent if STATE in one.statement]) <= 2


@pytest.mark.usefixtures("kept")
def test_another_process_reads_it_with_the_models(demo_workspace: Workspace, tmp_path: Path) -> None:
    mark = settled(demo_workspace)
    with opened(demo_workspace, tmp_path / "home") as other:
        reads = [one for one in demo_workspace.wire.since(mark) if "verified_queries" in one.statement]
        response = other.process_request("Sales in West since March 2025", "data_analyst", "ana")
    assert len(reads) == 1, "models and verified queries are one statement"
    assert (response.rung, response.verified and response.verified.confirmed_by) == ("verified_query", "ada")


def test_masks_and_filters_are_asked_for_before_a_column_is_indexed(
    platform: Platform, demo_workspace: Workspace
) -> None:
    saved = platform.modelling.saved("main.demo", ADA).catalog
    wanted = tuple(d.name for d in saved.model_by_name["stores"].dimensions if d.indexed)
    platform.modelling.index("main.demo", "stores", (), ADA)
    mark = settled(demo_workspace)
    platform.modelling.index("main.demo", "stores", wanted, ADA)
    asked = [one for one in demo_workspace.wire.since(mark) if "column_masks" in one.statement]
    assert len(asked) == len(wanted)
    assert {one.principal for one in asked} == {"ada"}
    assert platform.modelling.saved("main.demo", ADA).catalog.values == saved.values


def test_what_cannot_be_told_counts_as_masked(platform: Platform) -> None:
    protection = Protection(platform.warehouse, governed=True)
    assert not protection.covers("main.demo.stores", "region", ADA)
    assert protection.covers("nowhere.demo.stores", "region", ADA)
    assert protection.covers("stores", "region", ADA)
