"""Alert rules as lines: icon, word and colour of the state, the value, recent points, and how long it has been so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape

import plotly.graph_objects as go
import streamlit as st

from components.charts import QUIET, TEMPLATE
from components.escaping import plain
from components.formats import stamp

STATES = {
    "alert": ("error", "red", "alert"),
    "warn": ("warning", "orange", "warning"),
    "no_data": ("help", "gray", "no data"),
    "ok": ("check_circle", "green", "ok"),
    "off": ("do_not_disturb_on", "gray", "disabled"),
    "new": ("hourglass_empty", "gray", "not evaluated yet"),
}
_SHOWN, _BAR_HEIGHT, _DRAWN = 24, 28, 5
_BOX = "display:flex;align-items:flex-end;gap:2px;height:28px;overflow:hidden"
_BAR = "flex:0 1 4px;background:currentColor;"
_WIDTHS = (1.2, 3.4, 1.3, 1.6)
_HEIGHT = 260


@dataclass(frozen=True)
class SeriesLine:
    """One series: how it stands since when, its value in words, and its recent points."""

    series: str
    state: str
    since: datetime
    value: str
    points: Sequence[tuple[datetime, float | None]]


@dataclass(frozen=True)
class RuleLine:
    """One rule with its series, the worst first; `silent` says until when and why nobody is told."""

    rule_id: str
    name: str
    condition: str
    state: str
    series: Sequence[SeriesLine]
    silent: str = ""
    origin: str = ""


@dataclass(frozen=True)
class HistoryLine:
    """One change or reminder, and whether people were told."""

    at: datetime
    series: str
    state: str
    sentence: str
    told: str


def state_text(state: str) -> str:
    """Icon, word and colour as Markdown."""
    icon, colour, word = STATES[state]
    return f":{colour}[:material/{icon}: {word}]"


def lasting(span: timedelta) -> str:
    """`for 40 s`, `for 12 m`, `for 5 h`, `for 3 d`."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((172_800, "d"), (5400, "h"), (90, "m")):
        if seconds >= size:
            return f"for {round(seconds / {'d': 86_400, 'h': 3600, 'm': 60}[unit])} {unit}"
    return f"for {seconds} s"


def sparkline(values: Sequence[float | None], words: str) -> str:
    """The last values as bars from zero, a speck where there is no value; `words` are for those who do not see it.

    Numbers alone become HTML, beside `words`, which are escaped.
    """
    shown = list(values)[-_SHOWN:]
    top = max((value for value in shown if value is not None), default=0.0) or 1.0
    bars = []
    for value in shown:
        height = 1.0 if value is None else max(2.0, value / top * _BAR_HEIGHT)
        faint = "0.35" if value is None else "0.75"
        bars.append(f'<span style="{_BAR}height:{height:.1f}px;opacity:{faint}"></span>')
    return f'<div role="img" aria-label="{escape(words, quote=True)}" style="{_BOX}">{"".join(bars)}</div>'


def _draw_sparkline(line: SeriesLine) -> None:
    st.html(sparkline([value for _, value in line.points], f"Recent values; now {line.value}"))


def draw_rules(lines: Sequence[RuleLine], now: datetime, open_: Callable[[str], None]) -> None:
    """Every rule on a line of its own; its name opens it."""
    for line in lines:
        with st.container(border=True, key=f"alert-{line.rule_id}"):
            columns = st.columns(_WIDTHS, vertical_alignment="center", gap="small")
            columns[0].markdown(state_text(line.state))
            with columns[1].container(gap=None):
                st.button(
                    plain(line.name), key=f"open-{line.rule_id}", type="tertiary", on_click=open_, args=(line.rule_id,)
                )
                st.caption(
                    plain(line.condition)
                    + (f" · :material/notifications_off: {plain(line.silent)}" if line.silent else "")
                )
            if line.series:
                first = line.series[0]
                more = f" · {len(line.series)} series" if len(line.series) > 1 else ""
                named = f"{plain(first.series)} " if first.series else ""
                columns[2].markdown(f"{named}**{plain(first.value)}**  \n:gray[{lasting(now - first.since)}{more}]")
                with columns[3]:
                    _draw_sparkline(first)


def draw_series(lines: Sequence[SeriesLine], now: datetime, zone: tzinfo, traces: Callable[[str], None] | None) -> None:
    """The series of one rule, each with its state; `traces` opens what is behind one."""
    for line in lines:
        columns = st.columns(_WIDTHS, vertical_alignment="center", gap="small")
        columns[0].markdown(state_text(line.state))
        named = f"**{plain(line.series)}** · " if line.series else ""
        since = f"{lasting(now - line.since)}, since {stamp(line.since, zone)}"
        columns[1].markdown(f"{named}{plain(line.value)} :gray[· {plain(since)}]")
        with columns[2]:
            _draw_sparkline(line)
        if traces is not None:
            columns[3].button(
                "Open the traces", icon=":material/account_tree:", key=f"traces-{line.series}", type="tertiary",
                on_click=traces, args=(line.series,),
            )  # fmt: skip


def draw_history(lines: Sequence[HistoryLine], zone: tzinfo) -> None:
    """What happened, newest first."""
    if not lines:
        st.caption("Nothing has changed in the last seven days.")
    for line in lines:
        named = f"**{plain(line.series)}** · " if line.series else ""
        st.markdown(
            f"{state_text(line.state)} &nbsp; {named}{plain(line.sentence)} "
            f":gray[· {plain(stamp(line.at, zone))}{f' · {plain(line.told)}' if line.told else ''}]"
        )


def draw_points(
    lines: Sequence[SeriesLine], limits: Sequence[tuple[str, float]], unit: str, zone: tzinfo, *, alt: str
) -> None:
    """Recent points of the first series, and the thresholds as lines."""
    drawing = go.Figure(layout={"template": TEMPLATE})
    for line in lines[:_DRAWN]:
        xs = [at.astimezone(zone) for at, _ in line.points]
        ys = [value for _, value in line.points]
        drawing.add_trace(go.Scatter(x=xs, y=ys, name=line.series or "value", mode="lines+markers"))
    for word, limit in limits:
        drawing.add_hline(
            y=limit, line_dash="dash", line_color=QUIET, annotation_text=word, annotation_font_color=QUIET
        )
    drawing.update_layout(
        height=_HEIGHT, margin={"l": 8, "r": 24, "t": 40 if len(lines) > 1 else 16, "b": 8}, showlegend=len(lines) > 1,
        legend={"orientation": "h", "y": 1.22},
    )  # fmt: skip
    drawing.update_xaxes(tickfont_color=QUIET)
    drawing.update_yaxes(tickfont_color=QUIET, title_text=unit, title_font_color=QUIET, rangemode="tozero")
    if len(lines) > _DRAWN:
        st.caption(f"Drawn are {_DRAWN} of {len(lines)} series, the worst first.")
    st.plotly_chart(drawing, key="alert-points", config={"displayModeBar": False}, alt=alt)
