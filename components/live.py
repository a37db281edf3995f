"""A turn while it runs: its steps with moving seconds, and the text as it arrives, redrawn in place; and whether a page
looks for news by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.escaping import rich
from components.steps import running_label, step_lines
from core.types import PlanStep


@dataclass
class LiveAnswer:
    """The places of a running answer's message, redrawn only where something changed."""

    label: DeltaGenerator
    steps: DeltaGenerator
    text: DeltaGenerator
    _steps: tuple[PlanStep, ...] = ()
    _text: str = ""

    def show(
        self,
        steps: tuple[PlanStep, ...],
        text: str,
        elapsed: float,
        place: int | None = None,
        *,
        warehouse_starts: bool = False,
        begins: str | None = None,
    ) -> None:
        """Bring the message up to date; `place` is how many questions are in front of it while it waits.

        `begins` is what approved work says until it begins.
        """
        label = running_label(steps, elapsed, place, warehouse_starts=warehouse_starts)
        if begins is not None:
            label = begins
        self.label.markdown(f":blue[:material/progress_activity:] {label}")
        if steps != self._steps:
            self.steps.markdown(step_lines(steps))
            self._steps = steps
        if text != self._text:
            self.text.markdown(rich(text))
            self._text = text


def draw_watching(used: bool) -> None:
    """Whether the page looks for news; paused, how to go on (any key or click does, see console.js)."""
    with st.container(key="page-watching", horizontal=True, vertical_alignment="center", gap="small"):
        if used:
            st.markdown(":gray[:material/sensors: Live]", width="content")
            return
        st.markdown(":gray[:material/pause_circle: Paused: nobody was here for a while]", width="content")
        if st.button("Go on", key="page-resume", type="tertiary", icon=":material/refresh:"):
            st.rerun()


def draw_live(steps: Sequence[PlanStep] = ()) -> LiveAnswer:
    """An assistant's message with room for what comes."""
    with st.chat_message("assistant", avatar=":material/hub:"):
        live = LiveAnswer(label=st.empty(), steps=st.empty(), text=st.empty())
    live.show(tuple(steps), "", 0.0)
    return live
