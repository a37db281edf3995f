"""What people do in the browser where the console runs as a Databricks App, twice, on one workspace."""

from __future__ import annotations

import csv
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from core.types import PLATFORM
from tests.acceptance.console.visitor import Visitor, ended, low_contrast, settled
from tests.acceptance.on_workspace.conftest import Arrives, Cluster

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.xdist_group("on_workspace")]
COUNT = "How many orders are there?"
ORDERS = "SELECT COUNT(DISTINCT order_id) AS n FROM main.demo.orders WHERE status <> 'cancelled'"
TOP = "What are the top 10 customers by sales?"
NOT_YOURS = "Conversation not found, or not yours"


def said(visitor: Visitor, text: str) -> Locator:
    """A text on the page itself; the region for screen readers repeats some."""
    return visitor.page.get_by_test_id("stMain").get_by_text(text)


def path_of(visitor: Visitor) -> str:
    return visitor.page.url.removeprefix(visitor.url)


def test_page_says_that_the_warehouse_starts_and_goes_on_by_itself(cluster: Cluster, arrives: Arrives) -> None:
    ana = arrives(cluster.door("ana"))
    expect(ana.page.get_by_text("The SQL warehouse is starting", exact=True)).to_be_visible()
    expect(ana.page.get_by_text(re.compile(r"Waiting for \d+ s"))).to_be_visible()
    cluster.workspace.faults.clear()
    expect(ana.page.get_by_role("heading", name="Hello, Ana")).to_be_visible()
    expect(ana.page.get_by_text("Mode: databricks")).to_be_visible()
    ana.page.get_by_role("link", name="Chat").click()
    expect(ana.page.get_by_text("What would you like to know?")).to_be_visible()


def test_conversation_begun_on_one_server_goes_on_at_the_other(running: Cluster, arrives: Arrives) -> None:
    engine = running.workspace.engine
    (orders,) = engine.query(ORDERS, principal=PLATFORM).to_pylist()
    ana = arrives(running.door("ana"), "/chat")
    expect(ana.ask_and_wait(COUNT).get_by_test_id("stMetricValue")).to_have_text(f"{orders['n']:,}")
    answer = ana.ask_and_wait(TOP)
    answer.get_by_text("Table", exact=True).click()
    expect(answer.get_by_test_id("stDataFrame")).to_be_visible()
    answer.get_by_text("SQL", exact=True).click()
    statement = answer.get_by_test_id("stCode").inner_text()
    with ana.page.expect_download() as download:
        answer.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.reader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))[1:]
    expected = engine.query(statement, principal=PLATFORM).to_pylist()
    assert [[row[0], float(row[-1])] for row in rows] == [
        [first, float(last)] for first, *_, last in (row.values() for row in expected)
    ]
    ana.page.reload()
    settled(ana.page)
    expect(ana.page.get_by_label("Chat message from assistant")).to_have_count(2)

    there = arrives(running.door("ana", "B"), path_of(ana))
    expect(there.page.get_by_test_id("stMetricValue")).to_have_text(f"{orders['n']:,}")
    expect(there.answer(1)).to_contain_text(rows[0][0])
    there.ask_and_wait("How many customers are there?")
    expect(there.page.get_by_label("Chat message from assistant")).to_have_count(3)

    dev = arrives(running.door("dev", "B"), path_of(ana))
    expect(dev.page.get_by_role("heading", name=NOT_YOURS)).to_be_visible()
    expect(dev.page.locator("body")).not_to_contain_text(rows[0][0])


def test_who_somebody_is_does_not_come_from_the_browser(running: Cluster, arrives: Arrives) -> None:
    ada = running.workspace.token("ada")
    forged = {"X-Forwarded-Access-Token": ada, "X-Forwarded-Email": "ada", "X-Forwarded-User": "ada"}
    dev = arrives(running.door("dev"), extra_http_headers=forged)
    expect(dev.page.get_by_role("heading", name="Hello, Dev")).to_be_visible()
    expect(dev.page.locator("body")).not_to_contain_text("Ada")


@pytest.mark.long
def test_app_without_user_authorization_says_what_to_do(running: Cluster, arrives: Arrives) -> None:
    ana = arrives(running.new_door("ana", user_authorization=False).url)
    expect(said(ana, "switch on user authorization for it")).to_be_visible()
    expect(ana.page.locator("body")).not_to_contain_text("Hello")


@pytest.mark.long
def test_somebody_without_a_role_is_told_whom_to_ask(running: Cluster, arrives: Arrives) -> None:
    bob = arrives(running.door("bob"))
    expect(said(bob, "in no group of the workspace that has a role here")).to_be_visible()


@pytest.mark.long
def test_expired_sign_in_is_told_and_nothing_is_read_in_another_name(running: Cluster, arrives: Arrives) -> None:
    eve = arrives(running.door("eve"), "/chat")
    running.workspace.principals.expire("eve")
    mark = running.workspace.wire.mark
    answer = eve.ask_and_wait(TOP)
    expect(answer.get_by_text("token has expired")).to_be_visible()
    expect(answer.get_by_text("Reload the page to sign in again")).to_be_visible()
    read = running.workspace.wire.since(mark, containing="main.demo")
    assert [sent for sent in read if sent.outcome == "ok" or sent.principal != "eve"] == []
    door = running.new_door("eve", "B")
    elsewhere = arrives(door.url)
    expect(said(elsewhere, "its token is wrong or has expired")).to_be_visible()
    expect(elsewhere.page.locator("body")).not_to_contain_text("Hello")
    assert low_contrast(elsewhere.page) == []
    door.token = running.workspace.principals.renew("eve")
    elsewhere.page.get_by_role("link", name="Reload the page").click()
    expect(elsewhere.page.get_by_role("heading", name="Hello, Eve")).to_be_visible()


@pytest.mark.long
def test_idle_tabs_of_both_servers_cost_no_statement(running: Cluster, arrives: Arrives) -> None:
    open_tabs(running, arrives)
    fall_silent(running, 17, within=60)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_idle_tabs_cost_no_statement_for_five_minutes(running: Cluster, arrives: Arrives) -> None:
    open_tabs(running, arrives)
    fall_silent(running, 300, within=400)


@pytest.mark.long
@pytest.mark.timeout(240)
def test_question_to_a_warehouse_that_has_stopped_shows_that_it_starts(running: Cluster, arrives: Arrives) -> None:
    ana = arrives(running.door("ana"), "/chat")
    ana.ask_and_wait(COUNT)
    fall_silent(running, 65, within=120)  # until then a warehouse that answered is taken for one that runs
    running.workspace.faults.stop(3600)
    answer = ana.ask(TOP)
    expect(answer.get_by_text(re.compile(r"The SQL warehouse is starting · \d"))).to_be_visible()
    dev = arrives(running.door("dev"))
    expect(dev.page.get_by_text("The SQL warehouse is starting", exact=True)).to_be_visible()
    running.workspace.faults.clear()
    ended(ana.page)
    expect(answer.get_by_text("Table", exact=True)).to_be_visible()
    expect(dev.page.get_by_role("heading", name="Hello, Dev")).to_be_visible()


def open_tabs(running: Cluster, arrives: Arrives) -> None:
    for server in running.servers:
        home = arrives(running.door("ana", server))
        expect(home.page.get_by_text("Mode: databricks")).to_be_visible()
        chat = arrives(running.door("dev", server), "/chat")
        expect(chat.page.get_by_text("What would you like to know?")).to_be_visible()


def fall_silent(running: Cluster, seconds: float, within: float) -> None:
    """Assert that no statement comes for longer than the servers' beat, after what earlier questions still cost."""
    wire = running.workspace.wire
    deadline, since, mark = time.monotonic() + within, time.monotonic(), wire.mark
    while time.monotonic() - since < seconds:
        assert time.monotonic() < deadline, [sent.statement for sent in wire.since(mark)]
        time.sleep(0.2)
        if wire.mark != mark:
            since, mark = time.monotonic(), wire.mark


@pytest.mark.long
def test_answer_of_a_killed_server_arrives_at_the_other_one_once(running: Cluster, arrives: Arrives) -> None:
    arrives(running.door("ana", "A"))  # whichever server takes the answer over may then read in her name
    there = arrives(running.door("ana", "B"))
    victim = running.further_server("C", AIOPS_FAULT="after_handler:1=sleep3").process
    ana = arrives(running.door("ana", "C"), "/chat")
    fall_silent(running, 2.5, within=60)  # so that the next message that is written is the question
    mark = running.workspace.wire.mark
    ana.ask(TOP)
    while not running.workspace.wire.since(mark, containing="INSERT INTO `main`.`aiops`.`agent_messages`"):
        ana.page.wait_for_timeout(20)
    victim.kill()
    victim.wait(10)
    address = path_of(ana)
    ana.context.close()
    ana.errors.clear()  # of a browser whose server is gone

    there.page.goto(there.url + address)
    expect(there.page.get_by_text(re.compile(r"Starting · \d"))).to_be_visible()
    ended(there.page)
    for _ in range(2):
        expect(there.answer(0).get_by_text("Table", exact=True)).to_be_visible()
        expect(there.page.get_by_label("Chat message from user")).to_have_count(1)
        expect(there.page.get_by_label("Chat message from assistant")).to_have_count(1)
        there.page.reload()
        settled(there.page)
    read = running.workspace.wire.since(mark, containing="main.demo.order_lines")
    assert {sent.principal for sent in read} == {"ana"}
