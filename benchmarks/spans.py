"""What spans cost: a chat request with them against one without, in turns, and its statements before the answer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from agents.platform import Platform, open_platform
from benchmarks.ask import settle
from benchmarks.measurement import Measurement, at_most, scratch_home, told
from core.ids import new_id
from core.telemetry import Span, Telemetry, within
from core.types import PLATFORM
from core.warehouse.port import StatementRecord

QUESTION, ROLE, PAIRS, TURNS = "What are the top 10 customers by sales?", "data_analyst", 60, 300


class Silent(Telemetry):
    """The same telemetry with no span in it: what a request costs without them."""

    @contextmanager
    def span(self, name: str, **attributes: Any) -> Iterator[Span]:
        yield Span(name, "", "", None, self._clock.now())

    def begin(self, correlation_id: str, name: str, **attributes: Any) -> None: ...

    def note(self, correlation_id: str, *, input: object = None, output: object = None, **attributes: Any) -> None: ...

    def end(self, correlation_id: str, **attributes: Any) -> None: ...

    def statement(self, record: StatementRecord) -> None: ...

    def point(self, span_id: str, name: str, linked: str, **attributes: Any) -> None: ...

    def wait(self, what: str) -> Any:
        return nullcontext()


def measure() -> Iterator[Measurement]:
    with scratch_home(demo=True) as home, open_platform(home=home, kind="test") as platform:
        platform.warm()
        platform.process_request(QUESTION, ROLE)
        yield from _paired(platform)


def _paired(platform: Platform) -> Iterator[Measurement]:
    """The gate stands on what recording takes: pairs differ by more than that on a machine that does other work too."""
    seconds: dict[type[Telemetry], list[float]] = {Telemetry: [], Silent: []}
    statements: dict[type[Telemetry], set[int]] = {Telemetry: set(), Silent: set()}
    for number in range(PAIRS):
        for kind in (Telemetry, Silent) if number % 2 else (Silent, Telemetry):
            settle(platform, 0.05)
            platform.telemetry.__class__ = kind
            started = time.perf_counter()
            response = platform.process_request(QUESTION, ROLE, "bench")
            seconds[kind].append(time.perf_counter() - started)
            statements[kind].add(platform.telemetry.statements.count(response.correlation_id).total)
    platform.telemetry.__class__ = Telemetry
    without, recording = statistics.median(seconds[Silent]), _recording()
    detail = (
        f"{recording * 1000:.2f} ms of a core for eight spans, their texts and sums; {without * 1000:.1f} ms a request"
    )
    yield at_most("recording a turn's spans, of a chat request's time", 100 * recording / without, "%", 2, detail)
    ratio = statistics.median(a / b for a, b in zip(seconds[Telemetry], seconds[Silent], strict=True))
    yield told("a chat request with spans against one without", ratio, "x", "<= 1.02 x", f"median of {PAIRS} pairs")
    more = max(statements[Telemetry]) - max(statements[Silent])
    yield at_most("statements that spans add before an answer", more, "", 0)


def _recording() -> float:
    """Seconds of a core that recording one turn takes, written nowhere."""
    telemetry = Telemetry(None)  # type: ignore[arg-type] # nothing is flushed
    record = StatementRecord("s", "query", ("main.demo.a", "main.demo.b"), PLATFORM, 0.1, 10, None, "SELECT 1")
    started = time.process_time()
    for _ in range(TURNS):
        _turn(telemetry, record, new_id())
    return (time.process_time() - started) / TURNS


def _turn(telemetry: Telemetry, record: StatementRecord, question: str) -> None:
    telemetry.begin(question, "turn", session_id="s", user_id="u", user_role=ROLE)
    body: dict[str, object] = {"question": QUESTION}
    with (
        within(question, "s", user_id="u", user_role=ROLE, agent="OrchestratorAgent"),
        telemetry.span("OrchestratorAgent user.request", kind="agent") as outer,
    ):
        outer.content(input=body, output=body)
        for agent in ("CodeAgent", "ExecutionAgent", "RAGAgent"):
            parent = telemetry.parent(question, "OrchestratorAgent")
            with (
                within(question, "s", user_id="u", user_role=ROLE, agent=agent, span_id=parent),
                telemetry.span(f"{agent} work", kind="agent") as inner,
            ):
                inner.content(input=body, output=body)
                telemetry.statement(record)
    telemetry.note(question, input=QUESTION, output="an answer", intent="data_question")
    telemetry.end(question, outcome="answered", rung="semantic_query")
