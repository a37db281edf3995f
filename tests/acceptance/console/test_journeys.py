"""What people do in the browser, against the real console: ask, read, take away, press F5, stop, come back."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import expect

from agents.platform import open_platform
from tests.acceptance.console.conftest import NewVisitor
from tests.acceptance.console.server import ROOT, Console, start_console
from tests.acceptance.console.visitor import BOX, ended, is_dark, layout_shift, low_contrast, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
TOP = "What are the top 10 customers by sales?"
EXPORT = "Who may approve a data export?"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCREENSHOTS = os.environ.get("AIOPS_SCREENSHOTS")


def test_top_customers_come_with_sentence_chart_table_statement_and_path(console: Console, visitor: NewVisitor) -> None:
    ana = visitor(console)
    ana.sign_in("ana")
    expect(ana.page.get_by_text("What would you like to know?")).to_be_visible()
    answer = ana.ask_and_wait(TOP)
    expect(ana.page).to_have_url(re.compile(r"/chat\?conversation=[0-9a-f-]{36}$"))
    expect(answer.get_by_text(re.compile(r"Orchestrator › Code › Execution · .+ · \d+ steps? · "))).to_be_visible()
    expect(answer.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    if SCREENSHOTS:
        ana.page.wait_for_timeout(800)
        ana.page.screenshot(path=ROOT / "docs" / "images" / "chat.png")
    answer.get_by_text("Table", exact=True).click()
    expect(answer.get_by_test_id("stDataFrame")).to_be_visible()
    answer.get_by_text("SQL", exact=True).click()
    expect(answer.get_by_test_id("stCode")).to_contain_text("LIMIT 10")
    with ana.page.expect_download() as download:
        answer.get_by_role("button", name="CSV", exact=True).click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 11
    assert layout_shift(ana.page) < 0.1


def test_handbook_answer_opens_the_passage_it_cites(console: Console, visitor: NewVisitor) -> None:
    ana = visitor(console)
    ana.sign_in("ana")
    answer = ana.ask_and_wait(EXPORT)
    expect(answer).to_contain_text("data protection officer")
    answer.get_by_role("button", name=re.compile(r"1 · ")).click()
    dialog = ana.page.get_by_role("dialog")
    expect(dialog).to_contain_text("head of data")
    expect(dialog).to_contain_text("Why this passage")
    ana.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(ana.page.locator("#announcer")).to_contain_text("data protection officer")


def test_f5_in_the_middle_loses_nothing_and_a_second_tab_sees_the_same(
    slow_console: Console, visitor: NewVisitor
) -> None:
    ana = visitor(slow_console)
    ana.sign_in("ana")
    ana.ask(EXPORT)
    expect(ana.page.get_by_text(re.compile(r"Working · \d"))).to_be_visible()
    ana.page.reload()
    expect(ana.page.get_by_text(re.compile(r"(Working|Starting) · \d"))).to_be_visible()
    other = ana.tab()
    other.goto(ana.page.url)
    for page in (ana.page, other):
        ended(page)
        expect(page.get_by_label("Chat message from user")).to_have_count(1)
        expect(page.get_by_label("Chat message from assistant")).to_contain_text("data protection officer")


def test_stop_ends_an_answer_and_it_can_be_asked_again(slow_console: Console, visitor: NewVisitor) -> None:
    ana = visitor(slow_console)
    ana.sign_in("ana")
    answer = ana.ask(EXPORT)
    expect(ana.page.get_by_text(re.compile(r"Working · \d"))).to_be_visible()
    ana.page.get_by_role("button", name="Stop").click()
    expect(answer.get_by_text("Stopped")).to_be_visible(timeout=5_000)
    ended(ana.page)
    answer.get_by_role("button", name="Ask again").click()
    expect(ana.page.get_by_label("Chat message from user")).to_have_count(2)
    ended(ana.page)
    expect(ana.answer(1)).to_contain_text("data protection officer")


def test_conversation_opens_for_its_owner_only(console: Console, visitor: NewVisitor) -> None:
    ana, dev = visitor(console), visitor(console)
    ana.sign_in("ana")
    ana.ask_and_wait(EXPORT)
    address = ana.page.url.removeprefix(console.url)
    dev.sign_in("dev", address)
    expect(dev.page.get_by_role("heading", name="Conversation not found, or not yours")).to_be_visible()
    expect(dev.page.locator("body")).not_to_contain_text("data protection officer")
    dev.page.goto(console.url + "/chat?conversation=no-such-conversation")
    expect(dev.page.get_by_role("heading", name="Conversation not found, or not yours")).to_be_visible()


def test_conversation_is_renamed_found_exported_deleted_and_brought_back(console: Console, visitor: NewVisitor) -> None:
    kim = visitor(console)
    kim.sign_in("kim")
    kim.ask_and_wait(EXPORT)
    page = kim.page
    more = page.get_by_role("button", name=re.compile("more_horiz"))
    more.click()
    page.get_by_label("Title").fill("Exports *and* [who](http://evil.example)")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("Exports *and* [who]").first).to_be_visible()
    settled(page)
    if not page.get_by_role("button", name="Export to Markdown").is_visible():
        more.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export to Markdown").click()
    exported = Path(download.value.path()).read_text(encoding="utf-8")
    assert EXPORT in exported
    assert "data protection officer" in exported
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted “Exports")).to_be_visible()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Chat message from assistant")).to_contain_text("data protection officer")
    page.get_by_role("button", name="Conversations").click()
    page.get_by_label("Search").fill("nothing like this")
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_text("No conversation matches")).to_be_visible()
    page.get_by_label("Search").fill("exports")
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_role("button", name=re.compile("Exports"))).to_be_visible()


@pytest.mark.long
def test_thumbs_are_kept_with_their_reason(console: Console, visitor: NewVisitor) -> None:
    ana = visitor(console)
    ana.sign_in("ana")
    answer = ana.ask_and_wait(EXPORT)
    answer.get_by_role("button", name="Bad").click()
    ana.page.get_by_label("What was wrong? (optional)").fill("wrong page")
    ana.page.get_by_role("button", name="Send", exact=True).click()
    expect(answer.get_by_text("rated bad")).to_be_visible()
    ana.page.reload()
    settled(ana.page)
    expect(ana.answer(0).get_by_text("rated bad")).to_be_visible()
    second = ana.ask_and_wait(EXPORT)
    second.get_by_role("button", name="Good").click()
    expect(second.get_by_text("rated good")).to_be_visible()


@pytest.mark.long
def test_draft_is_kept_over_a_page_switch_and_f5(console: Console, visitor: NewVisitor) -> None:
    ana = visitor(console)
    ana.sign_in("ana")
    ana.page.locator(BOX).fill("half a question")
    ana.page.get_by_role("link", name="Home").click()
    expect(ana.page.get_by_text("Hello, Ana")).to_be_visible()
    ana.page.get_by_role("link", name="Chat").click()
    expect(ana.page.locator(BOX)).to_have_value("half a question")
    ana.page.reload()
    expect(ana.page.locator(BOX)).to_have_value("half a question")


@pytest.mark.long
def test_home_shows_health_and_an_example_leads_to_its_answer(console: Console, visitor: NewVisitor) -> None:
    ana = visitor(console)
    ana.sign_in("ana", "/")
    expect(ana.page.get_by_text("Warehouse")).to_be_visible()
    expect(ana.page.get_by_text("Mode: embedded")).to_be_visible()
    assert layout_shift(ana.page) < 0.1
    ana.page.get_by_role("button", name=EXPORT, exact=True).click()
    expect(ana.page).to_have_url(re.compile(r"/chat\?conversation="))
    ended(ana.page)
    expect(ana.answer(0)).to_contain_text("data protection officer")
    ana.page.get_by_role("link", name="Home").click()
    expect(ana.page.get_by_role("button", name=re.compile(re.escape(EXPORT) + ".*just now")).first).to_be_visible()


def test_signing_out_closes_the_door(console: Console, visitor: NewVisitor) -> None:
    ana = visitor(console)
    ana.sign_in("ana")
    ana.page.goto(console.url + "/sign-out")
    expect(ana.page.get_by_text("You are signed out.")).to_be_visible()
    ana.page.goto(console.url + "/chat")
    expect(ana.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_every_text_is_readable_in_light_and_in_dark(console: Console, visitor: NewVisitor) -> None:
    ana = visitor(console)
    found: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        ana.page.emulate_media(color_scheme=scheme)
        ana.page.goto(console.url)
        found[f"{scheme} sign-in"] = low_contrast(ana.page)
    ana.sign_in("ana", "/")
    for scheme in SCHEMES:
        ana.page.emulate_media(color_scheme=scheme)
        ana.page.goto(console.url)
        expect(ana.page.get_by_text("Mode: embedded")).to_be_visible()
        assert is_dark(ana.page) == (scheme == "dark")
        found[f"{scheme} home"] = low_contrast(ana.page)
    ana.page.goto(console.url + "/chat")
    ana.ask_and_wait(EXPORT)
    ana.ask_and_wait(TOP)
    for scheme in reversed(SCHEMES):  # it is dark now
        ana.page.emulate_media(color_scheme=scheme)
        ana.page.reload()
        answer = ana.answer(1)
        expect(answer.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        answer.get_by_text("SQL", exact=True).click()
        expect(answer.get_by_test_id("stCode")).to_be_visible()
        settled(ana.page)
        assert is_dark(ana.page) == (scheme == "dark")
        found[f"{scheme} chat"] = low_contrast(ana.page)
    assert {place: texts for place, texts in found.items() if texts} == {}


def test_narrow_window_needs_no_sideways_scrolling(console: Console, visitor: NewVisitor) -> None:
    ana = visitor(console, viewport={"width": 768, "height": 1024})
    ana.sign_in("ana")
    ana.ask_and_wait("What are the top 10 customers by sales, and which of all of them is the very first in the list?")
    answer = ana.ask_and_wait(TOP)
    expect(answer.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    assert ana.page.evaluate("document.documentElement.scrollWidth") <= 768
    boxes = [ana.page.get_by_role("button", name=name).first.bounding_box() for name in ("Conversations", "New")]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 768 for box in boxes)
    assert len({round(box["y"]) for box in boxes if box}) == 1, "the toolbar is one line"


def test_the_real_server_keeps_its_front_door(console: Console) -> None:
    with httpx.Client(base_url=console.url) as anybody:
        assert anybody.get("/chat").status_code == 303
        assert anybody.get("/", headers={"host": "evil.example"}).status_code == 421
        assert anybody.get("/_stcore/metrics").status_code == 404
        assert anybody.get("/_stcore/agent/openapi.json").status_code == 404
        refused = anybody.post("/auth/sign-in", data={"user_id": "ada"}, headers={"sec-fetch-site": "cross-site"})
        assert refused.status_code == 403
        assert anybody.post("/auth/sign-in", data={"user_id": "ada"}).status_code == 303
        page = anybody.get("/chat")
        assert page.status_code == 200
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_answers_survive_the_end_of_the_server(demo_template: Path, tmp_path: Path, visitor: NewVisitor) -> None:
    console = start_console(Path(shutil.copytree(demo_template, tmp_path / "home")))
    try:
        ana = visitor(console)
        ana.sign_in("ana")
        ana.ask_and_wait(EXPORT)
        ana.page.goto("about:blank")
    finally:
        console.stop()
    with open_platform(home=console.home, kind="test") as platform:
        (conversation,) = platform.conversations.list("ana")
        (turn,) = platform.conversations.turns(conversation.session_id, "ana")
    assert turn.question == EXPORT
    assert turn.response is not None
    assert "data protection officer" in turn.response.answer
