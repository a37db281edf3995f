"""A person at a browser: signs in, asks, waits; and what the browser noticed meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

ANSWER_MS = 45_000
BOX = "[data-testid=stChatInputTextArea]"
EXPECTED_404 = re.compile(r"/[\w-]+/_stcore/(health|host-config)$")
"""Streamlit's own probes below a deep link."""

LAYOUT_SHIFT = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""

LOW_CONTRAST = """() => {
  const numbers = colour => (colour.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const parse = colour => { const [r, g, b, a] = numbers(colour); return [r, g, b, a ?? 1]; };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const behind = element => {
    const layers = [];
    for (let node = element; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const bad = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || !element || element.closest("script, style, [hidden], [aria-disabled=true], :disabled")) continue;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || style.visibility === "hidden") continue;
    let opacity = 1;
    for (let node = element; node; node = node.parentElement) opacity *= parseFloat(getComputedStyle(node).opacity);
    if (opacity === 0) continue;
    const colour = parse(element instanceof SVGElement ? style.fill : style.color);
    colour[3] *= opacity;
    const under = behind(element);
    const [high, low] = [light(over(colour, under)), light(under)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) bad.add(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return [...bad];
}"""


@dataclass
class Visitor:
    """One person in one browser context, with everything that went wrong there."""

    context: BrowserContext
    url: str
    page: Page = field(init=False)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(LAYOUT_SHIFT)
        self.page = self.tab()

    def tab(self) -> Page:
        """A further tab of the same person."""
        page = self.context.new_page()
        page.set_default_timeout(ANSWER_MS)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note_request(request.url))
        return page

    def _note_console(self, message: ConsoleMessage) -> None:
        address = str(message.location.get("url", ""))
        if message.type == "error" and not EXPECTED_404.search(address):
            self.errors.append(f"{message.text} ({address})")

    def _note_request(self, address: str) -> None:
        if not address.startswith((self.url, self.url.replace("http", "ws"), "data:", "blob:")):
            self.foreign.append(address)

    def sign_in(self, user_id: str, path: str = "/chat") -> None:
        """Open `path` as somebody unknown, and choose who to be."""
        self.page.goto(self.url + path)
        self.page.locator(f"button[value={user_id}]").click()
        settled(self.page)

    def ask(self, question: str) -> Locator:
        """Type a question and send it; gives the place of its answer without waiting for it."""
        asked = self.page.get_by_label("Chat message from user").count()
        self.page.locator(BOX).fill(question)
        self.page.locator(BOX).press("Enter")
        expect(self.page.get_by_label("Chat message from user")).to_have_count(asked + 1)
        return self.answer(asked)

    def answer(self, index: int) -> Locator:
        """The place of the answer with that position."""
        return self.page.get_by_label("Chat message from assistant").nth(index)

    def ask_and_wait(self, question: str) -> Locator:
        """Ask, and wait until the answer has ended."""
        answer = self.ask(question)
        ended(self.page)
        return answer


def settled(page: Page) -> None:
    """Until the script has run and the page is connected."""
    page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def ended(page: Page) -> None:
    """Until no answer is under way: the ask box is open again."""
    expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=ANSWER_MS)
    expect(page.locator(BOX)).to_be_enabled(timeout=ANSWER_MS)
    settled(page)


def layout_shift(page: Page) -> float:
    """The page's cumulative layout shift so far, without what a person's own input caused."""
    return float(page.evaluate("window.shift"))


def low_contrast(page: Page) -> list[str]:
    """Visible texts whose contrast is below 4.5 (3 for large ones), with the ratio."""
    found: list[str] = page.evaluate(LOW_CONTRAST)
    return found


def is_dark(page: Page) -> bool:
    """Whether the page is drawn on a dark ground."""
    ground = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", ground)[:3])
    return (red + green + blue) / 3 < 128
