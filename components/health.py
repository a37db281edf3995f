"""One line of health a part: icon, word and colour, then the detail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from components.escaping import plain

_LOOK = {
    "ok": ("check_circle", "green", "ok"),
    "warn": ("warning", "orange", "attention"),
    "bad": ("error", "red", "not working"),
}


@dataclass(frozen=True)
class HealthLine:
    """A part of the platform and how it is."""

    name: str
    status: Literal["ok", "warn", "bad"]
    detail: str


def draw_health(lines: Iterable[HealthLine]) -> None:
    """Every part on its own line."""
    st.markdown("  \n".join(health_line(line) for line in lines))


def health_line(line: HealthLine) -> str:
    """One part as Markdown."""
    icon, colour, word = _LOOK[line.status]
    return f":{colour}[:material/{icon}:] **{plain(line.name)}** :{colour}[{word}] :gray[· {plain(line.detail)}]"
