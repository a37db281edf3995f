"""A plan: the quiet line over an answer, its steps below on demand, and the same steps while they run."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from components.escaping import plain
from components.formats import agent_name, duration, money, words
from core.types import PlanStep, Response, StepStatus, Usage

AGENT_COLOURS = {
    "OrchestratorAgent": "blue",
    "RAGAgent": "violet",
    "CodeAgent": "orange",
    "ExecutionAgent": "green",
    "GovernanceAgent": "gray",
    "TestCaseAgent": "yellow",
}
"""An agent keeps its colour on every page."""

_STATUS: dict[StepStatus, tuple[str, str]] = {
    "waiting": ("schedule", "gray"),
    "running": ("progress_activity", "blue"),
    "done": ("check_circle", "green"),
    "failed": ("error", "red"),
    "skipped": ("skip_next", "gray"),
    "cancelled": ("stop_circle", "gray"),
}
_ORCHESTRATOR = "Orchestrator"
_WAREHOUSE_STARTS = "The SQL warehouse is starting"
_RUNGS = {
    "knowledge": "cited passages",
    "bi": "BI check",
    "generated_sql": "model-written SQL",
    "investigation": "a model's investigation",
}


def draw_path(response: Response) -> None:
    """One quiet line: the agents, the rung, steps, time and cost; it opens to the steps."""
    with st.expander(path_line(response), type="compact"):
        if response.plan:
            st.markdown(step_lines(response.plan))
        st.caption(
            f"{response.usage.statements} statements · {tokens_line(response.usage)}"
            f" · correlation id `{plain(response.correlation_id).replace(chr(92), '')}`"
        )


def tokens_line(usage: Usage) -> str:
    """`1,204 tokens in · 88 out`; what was not counted but estimated is said, and calls without a price."""
    tokens = usage.tokens
    about = "about " if usage.estimated else ""
    calls = "1 call" if usage.unpriced == 1 else f"{usage.unpriced:,} calls"
    line = f"{about}{tokens.in_:,} tokens in · {about}{tokens.out:,} out"
    return f"{line} · {calls} without a price" if usage.unpriced else line


def path_line(response: Response) -> str:
    """`Orchestrator › Code › Execution · semantic query · 3 steps · 212 ms · $0.0000`."""
    count = len(response.plan)
    parts = [
        agent_path(response.plan),
        _RUNGS.get(response.rung or "", words(response.rung or response.status)),
        *([f"{count} step{'' if count == 1 else 's'}"] if count else []),
        duration(response.usage.seconds),
        money(response.usage.cost, response.usage.currency).replace("$", "\\$"),
    ]
    return " · ".join(parts)


def agent_path(steps: Iterable[PlanStep]) -> str:
    """The agents in the order in which they worked, each once in a row; skipped steps left out."""
    names = [_ORCHESTRATOR]
    for step in steps:
        name = agent_name(step.agent)
        if name != names[-1] and step.status != "skipped":
            names.append(name)
    return " › ".join(names)


def step_lines(steps: Iterable[PlanStep]) -> str:
    """The steps as Markdown lines: status in icon, colour and word; agent; kind of work; time."""
    return "  \n".join(_step_line(step) for step in steps)


def running_label(
    steps: Iterable[PlanStep], elapsed: float, place: int | None = None, *, warehouse_starts: bool = False
) -> str:
    """What is waited for (the warehouse, the questions in front), else that it is worked on; the seconds so far."""
    doing = [_WAREHOUSE_STARTS] if warehouse_starts else []
    if place is not None:
        doing.append(place_in_line(place))
    if not doing:
        doing.append("Working" if any(step.status != "waiting" for step in steps) else "Starting")
    return " · ".join([*doing, f"{elapsed:.1f} s"])


def place_in_line(place: int) -> str:
    """`3 questions are in front of yours`."""
    if place == 0:
        return "Yours is the next question"
    return f"{place:,} question{' is' if place == 1 else 's are'} in front of yours"


def _step_line(step: PlanStep) -> str:
    icon, colour = _STATUS[step.status]
    agent = f":{AGENT_COLOURS.get(step.agent, 'gray')}-badge[{plain(agent_name(step.agent))}]"
    time = f" · {duration(step.seconds)}" if step.seconds is not None else ""
    return f":{colour}[:material/{icon}:] {agent} {plain(words(step.kind))} :gray[· {step.status}{time}]"
