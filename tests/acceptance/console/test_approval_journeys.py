"""Three people in three browsers on one request: asked for, seen at once, approved by keyboard, taken back, run."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.console.conftest import NewVisitor
from tests.acceptance.console.server import Console
from tests.acceptance.console.visitor import ended, layout_shift, low_contrast, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
READ = "Execute: SELECT status, count(*) AS orders FROM main.demo.orders GROUP BY status ORDER BY 2 DESC"
SAVE = "Execute SQL to find top 10 customers by sales and save to table main.sandbox.top_customers"


def press(page: Page, key: str) -> None:
    settled(page)
    page.keyboard.press(key)


def press_until_focused(page: Page, key: str, field: Locator) -> None:
    """A key in the very moment in which the page draws itself anew is lost; a person presses it again."""
    for _ in range(3):
        press(page, key)
        with suppress(AssertionError):
            expect(field).to_be_focused(timeout=5_000)
            return
    expect(field).to_be_focused()


def test_a_request_is_decided_by_two_admins_and_the_chat_goes_on(console: Console, visitor: NewVisitor) -> None:
    dev, ada, alan = visitor(console), visitor(console), visitor(console, color_scheme="dark")
    ada.sign_in("ada", "/approvals")
    alan.sign_in("alan", "/approvals")
    expect(ada.page.get_by_text("Nothing waits for a decision.")).to_be_visible()
    dev.sign_in("dev")
    card = dev.ask_and_wait(READ)
    expect(card.get_by_text("Waiting for approval")).to_be_visible()
    for admin in (ada, alan):  # nobody clicked: it is there
        expect(admin.page.get_by_text("Statement, exactly as it will be sent")).to_be_visible()
        expect(admin.page.get_by_test_id("stCode").first).to_contain_text("COUNT(*)")
        assert low_contrast(admin.page) == []
    assert layout_shift(ada.page) < 0.1
    press(ada.page, "a")
    expect(ada.page.get_by_text(re.compile(r"begins in \d+ s"))).to_be_visible()
    expect(alan.page.get_by_text(re.compile("decided by ada at"))).to_be_visible()
    expect(alan.page.get_by_role("button", name=re.compile("^.*Approve"))).to_have_count(0)
    expect(ada.page.locator("#announcer")).to_contain_text("Approved: SELECT status")
    press(ada.page, "u")
    expect(ada.page.get_by_text(re.compile("^Taken back"))).to_be_visible()
    ended(dev.page)  # the turn that went on waits again
    expect(card.get_by_text("Waiting for approval")).to_be_visible()
    expect(alan.page.get_by_role("button", name=re.compile("Approve"))).to_be_enabled()
    press(alan.page, "a")
    expect(dev.page.get_by_text(re.compile(r"Approved by alan · begins in \d+ s"))).to_be_visible()
    expect(dev.page.get_by_text("3 rows. Approved by alan.").first).to_be_visible(timeout=45_000)
    ended(dev.page)
    with dev.page.expect_download() as saved:
        card.get_by_role("button", name="Parquet", exact=True).click()
    table = parquet.read_table(io.BytesIO(Path(saved.value.path()).read_bytes()))
    assert table.column_names == ["status", "orders"]
    with dev.page.expect_download() as saved:
        card.get_by_role("button", name="CSV", exact=True).click()
    assert Path(saved.value.path()).read_text(encoding="utf-8").splitlines()[0] == "status,orders"
    expect(ada.page.get_by_text("Ran", exact=True).first).to_be_visible()


@pytest.mark.long
def test_a_rejection_from_the_keyboard_reaches_the_requester(console: Console, visitor: NewVisitor) -> None:
    dev, ada = visitor(console), visitor(console, viewport={"width": 390, "height": 844})
    dev.sign_in("dev")
    card = dev.ask_and_wait(SAVE)
    conversation = dev.page.url
    card.get_by_role("button", name="Open in the queue").click()
    expect(dev.page).to_have_url(re.compile(r"/approvals\?request=[0-9a-f-]{36}$"))
    expect(dev.page.get_by_text("This is your own request")).to_be_visible()
    address = dev.page.url.removeprefix(console.url)
    dev.page.goto(conversation)
    expect(dev.page.get_by_text("Waiting for approval").first).to_be_visible()
    ada.sign_in("ada", address)
    expect(ada.page.get_by_text("Statement, exactly as it will be sent")).to_be_visible()
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= 390
    reason = ada.page.get_by_role("dialog").get_by_label("Reason")
    press_until_focused(ada.page, "x", reason)
    ada.page.keyboard.press("Escape")
    expect(ada.page.get_by_role("dialog")).to_have_count(0)
    press_until_focused(ada.page, "x", reason)
    ada.page.keyboard.type("Ask finance first.")
    ada.page.keyboard.press("Control+Enter")
    expect(ada.page.get_by_text(re.compile("^Rejected: ")).first).to_be_visible()
    expect(dev.page.get_by_text("Ask finance first.").first).to_be_visible()
    expect(dev.page.get_by_text("Rejected").first).to_be_visible()
    dev.page.goto(console.url + "/approvals?request=no-such-request")
    expect(dev.page.get_by_text("Request not found, or not yours to see").first).to_be_visible()
