"""The Dashboards page, drawn by the real platform without a browser: who sees what, and every number by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from components.formats import amount, duration, share, short
from core.telemetry.dashboards import Filters
from core.types import PLATFORM
from tests.acceptance.console.test_pages import console, home, sign_in, texts

__all__ = ["console", "home"]
PAGE = "../pages/dashboards.py"
BY_HAND = """
SELECT count(CASE WHEN parent_span_id IS NULL AND coalesce(outcome, '') <> 'pending_approval' THEN 1 END) AS requests,
       count(CASE WHEN parent_span_id IS NULL AND outcome = 'failed' THEN 1 END) AS failed,
       count(CASE WHEN agent = 'CodeAgent' AND kind = 'agent' THEN 1 END) AS code_calls,
       percentile(CASE WHEN parent_span_id IS NULL THEN duration_ms END, 0.95) / 1000 AS p95,
       sum(total_cost) AS cost, sum(total_unpriced) AS unpriced
FROM main.aiops.agent_spans_first WHERE start_time >= :begin AND start_time < :until
"""
ANSWERED = """
SELECT count(CASE WHEN knowledge_hit THEN 1 END) / count(*) AS hits
FROM main.aiops.query_log_first WHERE asked_at >= :begin AND asked_at < :until AND knowledge_hit IS NOT NULL
"""
RATED = """
SELECT count(CASE WHEN rating = 'up' THEN 1 END) / count(*) AS up
FROM main.aiops.feedback_latest WHERE given_at >= :begin AND given_at < :until
"""


def opened(console: AppTest, user_id: str, patch: pytest.MonkeyPatch, **parameters: str) -> AppTest:
    sign_in(user_id, patch)
    app = console.run().switch_page(PAGE)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def one_row(statement: str) -> Mapping[str, Any]:
    """Over the range that the page showed."""
    scope = session.platform().dashboards.look("ada", "admin").scope
    bound = {"begin": scope.begin, "until": scope.until} if ":begin" in statement else {}
    rows: list[dict[str, Any]] = session.platform().warehouse.query(statement, bound, principal=PLATFORM).to_pylist()
    return rows[0]


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


@pytest.fixture
def traffic(home: object) -> None:
    """The sample traffic is there."""
    figures = session.platform().dashboards
    if not figures.look("ada", "admin", max_age_s=0).patterns().samples:
        figures.load_samples("ada", "admin")


def test_sample_traffic_is_loaded_from_the_empty_page_by_who_may_and_removed_without_a_trace(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.platform().dashboards.remove_samples("ada", "admin")
    app = opened(console, "ana", monkeypatch)
    assert "No request in this range yet" in texts(app)
    assert "your own requests only" in texts(app)
    assert "samples-load" not in {button.key for button in app.button}
    app = opened(console, "ada", monkeypatch)
    app.button(key="samples-load").click().run()
    assert not app.exception
    assert "includes sample traffic" in texts(app)
    assert app.metric
    app.button(key="samples-remove").click().run()
    assert not app.exception
    assert "No request in this range yet" in texts(app)
    for table in ("agent_spans", "query_log", "feedback"):
        assert one_row(f"SELECT count(*) AS n FROM main.aiops.{table}")["n"] == 0


@pytest.mark.usefixtures("traffic")
def test_big_numbers_are_what_a_hand_written_statement_counts(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(console, "ada", monkeypatch)
    counted = one_row(BY_HAND)
    assert counted["requests"] > 500
    assert counted["failed"] > 0
    shown = tiles(app)
    assert shown["Requests"] == short(counted["requests"])
    assert shown["Success"] == share(1 - counted["failed"] / counted["requests"])
    assert shown["p95"] == duration(counted["p95"])
    assert shown["Cost"] == amount(counted["cost"], "USD")
    assert shown["Hit rate"] == share(one_row(ANSWERED)["hits"])
    assert shown["Thumbs up"] == share(one_row(RATED)["up"])
    told = texts(app)
    assert f"{counted['failed']} failed" in told
    assert f"{counted['unpriced']} unpriced" in told
    agents = app.dataframe[0].value
    assert agents.set_index("Agent").loc["Code", "Calls"] == counted["code_calls"]
    assert "response time, p95 \\> 5 s \\(alert\\) · \\> 3 s \\(warning\\) in an hour" in told


@pytest.mark.usefixtures("traffic")
def test_filters_come_from_the_address_and_what_fits_nothing_can_be_cleared(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(console, "ada", monkeypatch, agent="CodeAgent", range="30d")
    assert app.selectbox(key="agent").value == "CodeAgent"
    assert app.selectbox(key="range").value == "30d"
    assert tiles(app)["Calls"]
    app = opened(console, "ada", monkeypatch, agent="GoneAgent", range="sometime")
    assert "Nothing in this range fits the filters" in texts(app)
    assert "There is no range" in "\n".join(warning.value for warning in app.warning)
    app.button(key="dashboards-clear").click().run()
    assert "agent" not in app.query_params
    assert app.metric


@pytest.mark.usefixtures("traffic")
def test_statement_of_a_panel_is_shown_with_its_parameters(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(console, "ada", monkeypatch, role="data_analyst")
    app.button(key="sql-volume").click().run()
    assert not app.exception
    shown = app.code[0].value
    assert "-- :role = 'data_analyst'" in shown
    assert "agent_spans_first" in shown


def test_a_look_is_kept_per_person_role_and_range(home: object) -> None:
    figures = session.platform().dashboards
    look = figures.look("ada", "admin", preset="7d")
    assert figures.look("ada", "admin", preset="7d") is look
    others = [
        figures.look("dev", "data_engineer", preset="7d"), figures.look("ada", "admin", preset="24h"),
        figures.look("ada", "admin", preset="7d", filters=Filters(agent="CodeAgent")),
    ]  # fmt: skip
    assert len({id(one) for one in (look, *others)}) == 4
    assert figures.look("ada", "admin", preset="7d", max_age_s=0) is not look
