"""Administration in real browsers: a role that changes under a person, and an agent that is switched off mid-answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from agents.platform import open_platform
from tests.acceptance.console.conftest import NewVisitor
from tests.acceptance.console.server import Console
from tests.acceptance.console.visitor import ended, low_contrast, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
EXPORT = "Who may approve a data export?"


def test_role_that_another_admin_approved_shows_on_the_next_page_of_the_person(
    console: Console, visitor: NewVisitor
) -> None:
    ana, ada = visitor(console), visitor(console, color_scheme="dark")
    ana.sign_in("ana", "/")
    expect(ana.page.get_by_text("Ana · data analyst")).to_be_visible()
    expect(ana.page.get_by_role("link", name="Admin")).to_have_count(0)
    ada.sign_in("ada", "/admin?section=People")
    ada.page.locator(".st-key-roles-ana").get_by_role("button", name=re.compile("Change")).click()
    dialog = ada.page.get_by_role("dialog")
    dialog.get_by_text("Data engineer", exact=True).click()
    settled(ada.page)
    assert low_contrast(ada.page) == []
    dialog.get_by_role("button", name="Ask for approval").click()
    expect(ada.page.get_by_text("waits for approval")).to_be_visible()
    with open_platform(home=console.home, kind="test") as elsewhere:
        (request,) = elsewhere.administration.open_changes("alan", "admin")
        elsewhere.governance.decide(request.request_id, "approve", "", request.digest, "alan")
        applied = elsewhere.administration.wait(request.request_id, 30)
    assert applied is not None
    assert applied.outcome == "done"
    ana.page.get_by_role("link", name="Chat").click()
    expect(ana.page.get_by_text("Ana · data engineer")).to_be_visible()


@pytest.mark.long
def test_agent_that_is_switched_off_ends_the_answer_that_needs_it(slow_console: Console, visitor: NewVisitor) -> None:
    ana, ada = visitor(slow_console), visitor(slow_console)
    ana.sign_in("ana")
    ada.sign_in("ada", "/admin")
    ada.page.locator(".st-key-agent-RAGAgent").get_by_role("button").click()
    ada.page.get_by_label("Why?").fill("quotes the wrong page")
    ada.page.get_by_label("Why?").press("Control+Enter")
    settled(ada.page)
    answer = ana.ask(EXPORT)
    expect(ana.page.get_by_text(re.compile(r"Working · \d"))).to_be_visible()
    ada.page.get_by_role("button", name="Switch off", exact=True).click()
    ended(ana.page)
    expect(answer).to_contain_text("quotes the wrong page")
    expect(ada.page.get_by_text("Switched off by ada: quotes the wrong page")).to_be_visible()
    ada.page.locator(".st-key-agent-RAGAgent").get_by_role("button").click()
    expect(ada.page.get_by_text("Switched off by ada")).to_have_count(0)


@pytest.mark.long
def test_audit_entry_opens_from_its_row_and_the_filter_is_in_the_address(console: Console, visitor: NewVisitor) -> None:
    ada = visitor(console)
    ada.sign_in("ada", "/audit")
    ada.page.get_by_label("Who").fill("ada")
    ada.page.get_by_label("Who").press("Enter")
    expect(ada.page).to_have_url(re.compile(r"actor=ada"))
    settled(ada.page)
    ada.page.locator(".dvn-scroller").first.click(position={"x": 14, "y": 34 + 17})
    expect(ada.page).to_have_url(re.compile(r"entry=[0-9a-f-]{36}"))
    expect(ada.page.locator(".st-key-audit-entry")).to_contain_text("Hash")
    with ada.page.expect_download() as download:
        ada.page.get_by_role("button", name="Export JSON lines").click()
    assert download.value.suggested_filename.endswith(".jsonl")
