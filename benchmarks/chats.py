"""Thirty open chats with a question every twenty seconds each, against one person asking alone."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

from agents.platform import Platform, open_platform
from benchmarks.measurement import Measurement, at_most, percentile, scratch_home

CHATS, EVERY_S, ROUNDS, ALONE = 30, 20.0, 3, 40
QUESTIONS = (
    "What are the top 10 customers by sales?",
    "Sales by region",
    "How many orders were there last month?",
    "Who may approve a data export?",
    "What is the average order value by channel?",
    "Units sold by category",
)


def measure() -> Iterator[Measurement]:
    with scratch_home(demo=True) as home, open_platform(home=home, kind="test") as platform:
        platform.warm()
        for question in QUESTIONS:
            platform.process_request(question, "data_analyst")
        alone = [_ask(platform, QUESTIONS[n % len(QUESTIONS)], None)[0] for n in range(ALONE)]
        together, lost = _together(platform)
    ratio = percentile(together, 0.95) / percentile(alone, 0.95)
    detail = (
        f"p95 {percentile(together, 0.95) * 1000:.0f} ms against {percentile(alone, 0.95) * 1000:.0f} ms alone, "
        f"{len(together)} questions"
    )
    yield at_most("30 open chats: p95 against one person alone", ratio, "x", 3, detail)
    yield at_most("30 open chats: turns lost", lost, "", 0)


def _ask(platform: Platform, question: str, session: str | None) -> tuple[float, bool, str]:
    started = time.perf_counter()
    response = platform.process_request(question, "data_analyst", "bench", session)
    return time.perf_counter() - started, response.status == "answered", response.session_id


def _together(platform: Platform) -> tuple[list[float], int]:
    seconds: list[float] = []
    lost: list[str] = []

    def chat(seed: int) -> None:
        chooser = random.Random(seed)
        session: str | None = None
        time.sleep(chooser.uniform(0, EVERY_S))
        for _ in range(ROUNDS):
            took, answered, session = _ask(platform, chooser.choice(QUESTIONS), session)
            seconds.append(took)
            if not answered:
                lost.append(session)
            time.sleep(max(0.0, EVERY_S - took))

    threads = [threading.Thread(target=chat, args=(seed,)) for seed in range(CHATS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seconds, len(lost)
