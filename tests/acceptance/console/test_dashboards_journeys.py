"""The Dashboards page in a real browser: from the empty home over filters in the address to files and statements."""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.console.conftest import NewVisitor
from tests.acceptance.console.server import Console
from tests.acceptance.console.visitor import low_contrast, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
WIDER_THAN_THE_PAGE = """() => [...document.querySelectorAll('[data-testid=stMain] *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('[data-testid=stDataFrame]')).length"""


def button(page: Page, key: str) -> Locator:
    """A button with a tooltip stands in the page twice; one is seen."""
    return page.locator(f".st-key-{key} button").locator("visible=true").first


def test_administrator_looks_at_sample_traffic(visitor: NewVisitor, console: Console) -> None:
    ada = visitor(console, color_scheme="dark")
    page = ada.page
    ada.sign_in("ada", "/dashboards")
    page.get_by_role("button", name="Load sample traffic").click()
    expect(page.get_by_text("includes sample traffic")).to_be_visible()
    charts = page.locator(".js-plotly-plot")
    expect(charts).to_have_count(6)
    settled(page)
    assert low_contrast(page) == []

    page.get_by_label("Agent").first.click()
    page.get_by_role("option", name="Knowledge", exact=True).click()
    expect(page.get_by_text("calls of Knowledge,", exact=False).first).to_be_visible()
    expect(page).to_have_url(re.compile(r"agent=RAGAgent"))
    settled(page)

    button(page, "sql-volume").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("-- :agent = 'RAGAgent'")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    with page.expect_download() as loading:
        button(page, "csv-volume").click()
    rows = list(csv.DictReader(io.StringIO(loading.value.path().read_text(encoding="utf-8-sig"))))
    note = page.locator(".st-key-panel-draw_volume").get_by_text(re.compile(r"^[\d,]+ calls of Knowledge")).inner_text()
    assert f"{sum(int(row['succeeded']) + int(row['failed']) for row in rows):,} calls" in note
    with page.expect_download() as loading:
        page.locator(".st-key-panel-draw_latency .modebar-btn").first.click()
    assert loading.value.path().read_bytes().startswith(b"\x89PNG")

    page.set_viewport_size({"width": 768, "height": 900})
    settled(page)
    assert page.evaluate(WIDER_THAN_THE_PAGE) == 0


def test_from_a_point_of_a_chart_to_a_step_of_a_trace_and_back(visitor: NewVisitor, console: Console) -> None:
    ada = visitor(console)
    page = ada.page
    ada.sign_in("ada", "/dashboards?range=7d")
    load = page.get_by_role("button", name="Load sample traffic")
    chart = page.locator(".st-key-panel-draw_volume .js-plotly-plot")
    expect(load.or_(chart).first).to_be_visible()
    if load.is_visible():
        load.click()
    expect(chart).to_be_visible()
    settled(page)
    chart.scroll_into_view_if_needed()
    bars = chart.locator(".barlayer .trace").first.locator(".point path")
    tall = max(range(bars.count()), key=lambda at: (bars.nth(at).bounding_box() or {"height": 0})["height"])
    box = bars.nth(tall).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"/traces\?.*from="))
    settled(page)
    expect(page.get_by_role("heading", name="Traces")).to_be_visible()

    table = page.get_by_test_id("stDataFrame")
    corner = table.bounding_box()
    assert corner is not None
    page.mouse.click(corner["x"] + 16, corner["y"] + 50)  # the box of the first row
    expect(page).to_have_url(re.compile(r"trace=[0-9a-f]{32}"))
    settled(page)
    steps = page.get_by_role("treeitem")
    expect(steps.nth(3)).to_be_visible()  # a request, who handled it, what they called
    steps.nth(2).get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"span=[0-9a-f]+"))
    expect(steps.nth(2)).to_have_attribute("aria-selected", "true")
    steps.nth(0).get_by_role("button").click()  # folds what is below
    expect(steps).to_have_count(1)
    assert low_contrast(page) == []

    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Traces")).to_be_visible()
    for _ in range(6):
        if "/dashboards" not in page.url:
            page.go_back()
            settled(page)
    expect(page).to_have_url(re.compile(r"/dashboards"))
    expect(chart).to_be_visible()
