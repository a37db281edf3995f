"""Charts of the Dashboards page: one Plotly template, colours from the theme, the same agent in the same colour.

Points carry the time that they stand for, so that choosing one opens its traces. Placeholder colours are filled in by
the browser, light or dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from components.formats import agent_name, amount, duration

HEIGHT = 252
_DAY = 86_400
_LIMIT_ROOM = 78
"""Pixels beside a chart for the names of its limits."""
_IN_SIGHT = 2.0
"""A limit is drawn up to so many times the highest figure."""
_TEMPLATE, _QUIET = "streamlit", "#000037"
_SERIES = tuple(f"#{n:06d}" for n in range(1, 9))
"""Streamlit's placeholders for the theme's eight chart colours."""
_BLUE, _ORANGE, _GREEN, _RED_OF_SERIES = _SERIES[0], _SERIES[1], _SERIES[2], _SERIES[7]
_AGENTS = {
    "OrchestratorAgent": 0, "CodeAgent": 1, "ExecutionAgent": 2, "RAGAgent": 3, "GovernanceAgent": 4,
    "PowerBIAgent": 5, "TestCaseAgent": 6, "FeedbackAgent": 7, "OptimizerAgent": 4, "PromptOpsAgent": 5,
    "LLMOpsAgent": 7,
}  # fmt: skip
_HATCHED = {"shape": "/", "fillmode": "overlay", "size": 5, "solidity": 0.25}
"""What went wrong is told by more than its colour."""
_GREY = "rgba(134,142,156,0.75)"


@dataclass(frozen=True)
class Axis:
    """The points of a chart: when each begins and how many seconds it is long; drawn on the reader's own clock."""

    points: Sequence[datetime]
    step: int
    zone: tzinfo

    @property
    def middles(self) -> list[datetime]:
        """Where a step is drawn: in its middle, so that a bar covers just its time."""
        return [self._local(at) + timedelta(seconds=self.step / 2) for at in self.points]

    @property
    def ends(self) -> list[datetime]:
        """Where every chart of this time begins and ends."""
        first, last = self._local(self.points[0]), self._local(self.points[-1])
        return [first, last + timedelta(seconds=self.step)]

    def data(self, what: str) -> list[list[str]]:
        """What choosing a point says, and its time for people."""
        return [[at.isoformat(), what, self._words(at)] for at in self.points]

    def _local(self, at: datetime) -> datetime:
        """As Plotly draws it: without a zone, on the reader's clock; whole days stay days of UTC."""
        return (at if self.step >= _DAY else at.astimezone(self.zone)).replace(tzinfo=None)

    def _words(self, at: datetime) -> str:
        begin = self._local(at)
        end = begin + timedelta(seconds=self.step)
        if self.step == _DAY:
            return f"{begin:%a} {begin.day} {begin:%b}"
        if self.step > _DAY:
            return f"{begin.day} {begin:%b} – {(end - timedelta(days=1)).day} {end - timedelta(days=1):%b}"
        return f"{begin:%a} {begin.day} {begin:%b %H:%M}–{end:%H:%M}"


@dataclass(frozen=True)
class Line:
    """A limit that an alert rule watches."""

    value: float
    words: str
    level: str
    """`warn` or `alert`."""


def volume(axis: Axis, succeeded: Sequence[int], failed: Sequence[int], noun: str) -> go.Figure:
    """Calls as bars; what failed stands on top in its own colour."""
    figure = _figure(stacked=True)
    width = axis.step * 1000 * 0.82
    hover = f"%{{customdata[2]}}<br>%{{y:,}} {noun} %{{fullData.name}}<extra></extra>"
    figure.add_bar(
        x=axis.middles, y=list(succeeded), name="succeeded", marker_color=_BLUE, width=width, hovertemplate=hover,
        customdata=axis.data(""),
    )  # fmt: skip
    figure.add_bar(
        x=axis.middles, y=list(failed), name="failed", marker_color=_RED_OF_SERIES, width=width, hovertemplate=hover,
        customdata=axis.data("error"), marker_pattern=_HATCHED,
    )  # fmt: skip
    return _finished(figure, axis)


def latency(axis: Axis, p50: Sequence[float | None], p95: Sequence[float | None], p99: Sequence[float | None],
            lines: Sequence[Line] = ()) -> go.Figure:  # fmt: skip
    """Three strengths of one hue, p99 the strongest; straight lines, and a gap where nothing was measured."""
    figure = _figure()
    for name, values, strength, width in (("p50", p50, 0.55, 1.5), ("p95", p95, 0.75, 2.0), ("p99", p99, 1.0, 2.5)):
        figure.add_scatter(
            x=axis.middles, y=list(values), name=name, mode="lines+markers", opacity=strength, customdata=axis.data(""),
            line={"color": _BLUE, "width": width, "shape": "linear"}, marker={"size": 5}, connectgaps=False,
            text=[duration(value) for value in values],
            hovertemplate=f"%{{customdata[2]}}<br>{name} %{{text}}<extra></extra>",
        )  # fmt: skip
    _limit(figure, lines, [value for values in (p50, p95, p99) for value in values if value is not None])
    figure.update_yaxes(ticksuffix=" s")
    return _finished(figure, axis)


def cost(
    axis: Axis, groups: Mapping[str, Sequence[float]], currency: str, *, agents: bool, lines: Sequence[Line] = ()
) -> go.Figure:
    """Cost by bar, stacked by agent or model; the dearest lies at the bottom."""
    figure = _figure(stacked=True)
    for index, (name, values) in enumerate(groups.items()):
        figure.add_bar(
            x=axis.middles, y=list(values), name=_short(_named(name, agents=agents), 44 if len(groups) < 3 else 26),
            marker_color=_colour(name, index, agents=agents), width=axis.step * 1000 * 0.82,
            text=[f"{_named(name, agents=agents)} {amount(value, currency)}" for value in values],
            textposition="none", customdata=axis.data(name if agents else ""),
            hovertemplate="%{customdata[2]}<br>%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(
        tickprefix="$" if currency in ("USD", "") else "", ticksuffix="" if currency in ("USD", "") else f" {currency}"
    )
    _limit(figure, lines, [sum(values) for values in zip(*groups.values(), strict=True)])
    return _finished(figure, axis)


def stacked(axis: Axis, groups: Mapping[str, Sequence[float]], noun: str) -> go.Figure:
    """Counts by step, stacked: tokens in and out, thumbs up and down, decided in time and late."""
    figure = _figure(stacked=True)
    colours = {
        "failed": _RED_OF_SERIES,
        "late": _RED_OF_SERIES,
        "down": _RED_OF_SERIES,
        "up": _GREEN,
        "in time": _GREEN,
    }
    for index, (name, values) in enumerate(groups.items()):
        figure.add_bar(
            x=axis.middles, y=list(values), name=name, marker_color=colours.get(name, _SERIES[index]),
            width=axis.step * 1000 * 0.82, customdata=axis.data(""),
            marker_pattern=_HATCHED if colours.get(name) == _RED_OF_SERIES else {},
            hovertemplate=f"%{{customdata[2]}}<br>%{{y:,}} {noun} %{{fullData.name}}<extra></extra>",
        )  # fmt: skip
    return _finished(figure, axis)


def shares(
    axis: Axis, values: Sequence[float | None], counts: Sequence[int], name: str, lines: Sequence[Line] = ()
) -> go.Figure:
    """A share of one over time; the point is the larger the more it is of, and the tooltip says of how many."""
    figure = _figure()
    figure.add_scatter(
        x=axis.middles, y=list(values), name=name, mode="lines+markers", line={"color": _GREEN, "width": 2},
        marker={"size": _sizes(counts)}, connectgaps=False, text=[f"of {count:,}" for count in counts],
        customdata=axis.data(""),
        hovertemplate="%{customdata[2]}<br>%{y:.0%} %{text}<extra></extra>",
    )  # fmt: skip
    _limit(figure, lines, [1.0])
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%")
    return _finished(figure, axis)


def draw(figure: go.Figure, key: str, alt: str, choose: Any = None, *, height: int = HEIGHT) -> None:
    """Draw a figure; its one button makes a PNG. `choose` is called after somebody has chosen a point."""
    st.plotly_chart(
        figure,
        key=key,
        height=height,
        on_select=choose or "ignore",
        selection_mode="points",
        alt=alt,
        config={
            "displaylogo": False,
            "displayModeBar": True,
            "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"format": "png", "filename": key, "scale": 2, "width": 1000, "height": 420},
        },
    )


def chosen_point(key: str) -> tuple[datetime, str] | None:
    """(when the chosen point begins, what it is of) after a selection; None when nothing is chosen any more."""
    points = st.session_state[key].selection.points
    data = points[0].get("customdata") if points else None
    return (datetime.fromisoformat(str(data[0])), str(data[1])) if data else None


def _figure(*, stacked: bool = False) -> go.Figure:
    return go.Figure(layout={"template": _TEMPLATE, "barmode": "stack" if stacked else "group"})


def _finished(figure: go.Figure, axis: Axis) -> go.Figure:
    several = len(figure.data) > 1
    figure.update_layout(
        margin={"l": 8, "r": _LIMIT_ROOM if figure.layout.shapes else 8, "t": 34 if several else 26, "b": 8},
        showlegend=several,
        legend={
            "orientation": "h",
            "y": 1.0,
            "yanchor": "bottom",
            "x": 0,
            "font": {"color": _QUIET},
            "traceorder": "normal",
        },
        hovermode="closest",
        clickmode="event+select",
        dragmode=False,
        bargap=0.15,
    )
    figure.update_xaxes(
        tickfont_color=_QUIET, automargin=True, fixedrange=True, nticks=7, showgrid=False, range=axis.ends
    )
    figure.update_xaxes(tickformat="%-d %b" if axis.step > 3600 else "%H:%M\n%-d %b")
    if axis.step >= _DAY:  # a day's name stands below its bar
        every = -(-len(axis.points) // 7) * axis.step
        figure.update_xaxes(tick0=axis.middles[0], dtick=every * 1000)
    figure.update_yaxes(
        tickfont_color=_QUIET, automargin=True, fixedrange=True, nticks=5, separatethousands=True, rangemode="tozero"
    )
    return figure


def _sizes(counts: Sequence[int]) -> list[float]:
    """Of points, in pixels: a share of few is drawn small."""
    most = max(counts, default=0) or 1
    return [4 + 7 * math.sqrt(count / most) for count in counts]


def _limit(figure: go.Figure, lines: Sequence[Line], values: Sequence[float]) -> None:
    """Limits as dashed lines, but only within sight of the figures: one far above would flatten them."""
    highest = max(values, default=0.0)
    for limit in lines:
        if limit.value <= _IN_SIGHT * highest:
            colour = _RED_OF_SERIES if limit.level == "alert" else _ORANGE
            figure.add_hline(y=limit.value, line={"color": colour, "dash": "dash", "width": 1.5})
            figure.add_annotation(
                text=f"{'alert' if limit.level == 'alert' else 'warning'} {limit.words}",
                x=1, xref="paper", xanchor="left", y=limit.value, yanchor="middle", showarrow=False,
                font={"color": _QUIET, "size": 11},
            )  # fmt: skip


def _colour(name: str, index: int, *, agents: bool) -> str:
    if name in ("none", "others"):
        return _GREY
    return _SERIES[_AGENTS.get(name, index) if agents else index % len(_SERIES)]


def _named(name: str, *, agents: bool) -> str:
    return agent_name(name) if agents else name


def _short(name: str, most: int) -> str:
    """Cut in its middle: names of models differ at their ends. The tooltip has all of it."""
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-(most // 2) :]}"
