"""Big numbers and tables of figures, and the frame that every panel of the Dashboards page stands in."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from components.escaping import plain
from components.formats import agent_name, amount, duration, share, short

NOTHING_BEFORE = "no earlier data"
ROW = 34
_MARKS = {
    "light": {"warn": "#9A5B00", "alert": "#C2272D"},
    "dark": {"warn": "#E5A23C", "alert": "#FF7B7F"},
}
TILE = 146
"""Height of a big number, in pixels."""
_ONE_LINE = 18
"""Characters of a note that fit into one line of it."""
Value = None | bool | int | float | str | date | datetime


@dataclass(frozen=True)
class Change:
    """How a number moved against the equal period before; None where there is nothing to compare with."""

    text: str | None
    rises: bool = True
    good: Literal["up", "down", "none"] = "none"
    """Which direction is good news."""


@dataclass(frozen=True)
class Tile:
    """One big number."""

    label: str
    value: str
    change: Change | None
    """None: this number is not compared."""
    note: str = ""
    """A quiet line below."""
    warning: str = ""
    """A line in red below."""
    help: str = ""


@dataclass(frozen=True)
class Panel:
    """What stands around a chart or table: its title, what it counts, and the ways to take its numbers away."""

    key: str
    title: str
    note: str
    rows: Callable[[], pd.DataFrame]
    """Its numbers as a table, for the file."""
    sql: Callable[[str], None]
    """Shows its statement."""
    traces: Callable[[], None] | None = None
    """Opens the traces behind all of it; None where there is no such page."""


@dataclass(frozen=True)
class AgentLine:
    """One agent, as the table shows it; durations in seconds."""

    agent: str
    calls: int
    errors: int
    error_share: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    p95_change: float | None
    tokens: int
    costs: Mapping[str, float]
    per_call: Mapping[str, float]
    unpriced: int
    trend: tuple[int, ...]
    crossed: Mapping[str, Literal["", "warn", "alert"]]
    """Column -> how far its figure is beyond what alert rules watch."""


def draw_tiles(tiles: Sequence[Tile]) -> None:
    """The row of big numbers; on a narrow page they wrap."""
    height = TILE + (
        22 if any(len(tile.note) > _ONE_LINE for tile in tiles) else 0
    )  # known before it is drawn: no jump
    with st.grid(columns=max(1, len(tiles)), min_column_width=140, gap="small", key="tiles"):
        for tile in tiles:
            with st.container(border=True, key=f"tile-{tile.label}", height=height, gap="xxsmall"):
                _draw_tile(tile)


def _draw_tile(tile: Tile) -> None:
    st.metric(tile.label, tile.value, help=tile.help or None)
    st.markdown(_changed(tile.change))
    if tile.warning:
        st.markdown(f":small[:red[:material/error: {plain(tile.warning)}]]")
    elif tile.note:
        st.caption(plain(tile.note))


def _changed(change: Change | None) -> str:
    if change is None:
        return ":small[:gray[ ]]"
    if change.text is None:
        return f":small[:gray[{NOTHING_BEFORE}]]"
    arrow = "arrow_upward" if change.rises else "arrow_downward"
    colour = "gray" if change.good == "none" else "green" if (change.good == "up") == change.rises else "red"
    if change.text == "0 %" or change.text.startswith("0.0 "):
        return ":small[:gray[unchanged]]"
    return f":small[:{colour}[:material/{arrow}: {plain(change.text)}]]"


def draw_panel_head(panel: Panel, make_file: Callable[[Callable[[], bytes]], Callable[[], bytes]]) -> None:
    """Title, what it counts, and its actions. `make_file` binds a file to the present sign-in."""
    with st.container(horizontal=True, vertical_alignment="top", gap="xsmall", key=f"head-{panel.key}"):
        with st.container(width="stretch", gap=None):
            st.markdown(f"**{plain(panel.title)}**")
            st.caption(plain(panel.note))
        if panel.traces is not None:
            st.button(
                "Traces", key=f"traces-{panel.key}", type="tertiary", icon=":material/account_tree:",
                help="Open the traces behind this panel", on_click=panel.traces,
            )  # fmt: skip
        st.button(
            "SQL", key=f"sql-{panel.key}", type="tertiary", icon=":material/code:",
            help="Show the statement that gives these numbers", on_click=panel.sql, args=(panel.key,),
        )  # fmt: skip
        st.download_button(
            "CSV", data=make_file(lambda: to_csv(panel.rows())), file_name=f"{panel.key}.csv", mime="text/csv",
            key=f"csv-{panel.key}", type="tertiary", icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def to_csv(frame: pd.DataFrame) -> bytes:
    """A file that spreadsheets read; a text that they would take for a formula is quoted by an apostrophe."""
    safe = frame.map(lambda value: f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value)
    buffer = io.StringIO()
    safe.to_csv(buffer, index=False)
    return buffer.getvalue().encode("utf-8-sig")


def draw_sql(statement: str, parameters: Mapping[str, Value]) -> None:
    """A statement with its parameters, ready to be copied."""
    st.caption("As it runs against the tables; the parameters are bound, never put into the text.")
    given = "\n".join(f"-- :{name} = {_written(value)}" for name, value in sorted(parameters.items()))
    st.code(f"{given}\n{statement}", language="sql", wrap_lines=True, height=420)


def _written(value: Value) -> str:
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}Z'"
    return "'" + value.replace("\n", " ") + "'" if isinstance(value, str) else str(value)


def draw_agents(lines: Sequence[AgentLine], choose: Callable[[str], None] | None) -> None:
    """The table of agents, sorted by any column; choosing a row opens its traces."""
    frame, styled = agents_frame(lines)

    def chosen() -> None:
        picked = st.session_state["agents-table"].selection.rows
        if choose is not None and picked and picked[0] < len(lines):
            choose(lines[picked[0]].agent)

    st.dataframe(
        styled,
        hide_index=True,
        key="agents-table",
        on_select=chosen if choose is not None else "ignore",
        selection_mode="single-row",
        row_height=ROW,
        height=ROW * (len(frame) + 1) + 3,
        placeholder="–",
        column_config={
            "Agent": st.column_config.TextColumn(pinned=True, width=112),
            "Trend": st.column_config.AreaChartColumn("Trend", y_min=0, width=90, help="Calls over the range"),
            "p95 change": st.column_config.NumberColumn(help="Against the equal period before"),
        },
        alt=f"{len(frame)} agents with their calls, errors, response times, tokens and cost",
    )


def agents_frame(lines: Sequence[AgentLine]) -> tuple[pd.DataFrame, Styler]:
    """The numbers, which sort as numbers, and how they are written."""
    currencies = list(dict.fromkeys(currency for line in lines for currency in line.costs))
    frame = pd.DataFrame(
        {
            "Agent": [agent_name(line.agent) for line in lines],
            "Calls": [line.calls for line in lines],
            "Errors": [line.errors for line in lines],
            "Error share": [line.error_share for line in lines],
            "p50": [line.p50 for line in lines],
            "p95": [line.p95 for line in lines],
            "p99": [line.p99 for line in lines],
            "p95 change": [line.p95_change for line in lines],
            "Tokens": [line.tokens for line in lines],
        }
    )
    several = len(currencies) > 1
    for currency in currencies:
        suffix = f" {currency}" if several else ""
        frame[f"Cost{suffix}"] = [line.costs.get(currency) for line in lines]
    frame["Trend"] = [list(line.trend) for line in lines]
    for currency in currencies:
        frame[f"Per call{f' {currency}' if several else ''}"] = [line.per_call.get(currency) for line in lines]
    if any(line.unpriced for line in lines):
        frame["Unpriced"] = [line.unpriced for line in lines]
    written: dict[str, Callable[[float], str]] = {
        "Calls": lambda n: f"{n:,.0f}", "Errors": lambda n: f"{n:,.0f}", "Error share": share, "Tokens": short,
        "p50": duration, "p95": duration, "p99": duration, "p95 change": _signed, "Unpriced": lambda n: f"{n:,.0f}",
    }  # fmt: skip
    for currency in currencies:
        suffix = f" {currency}" if several else ""
        written[f"Cost{suffix}"] = written[f"Per call{suffix}"] = _in(currency)
    styled = frame.style.format({name: form for name, form in written.items() if name in frame}, na_rep="–")
    for row, line in enumerate(lines):
        for column, level in line.crossed.items():
            if level:
                _mark(styled, row, column, written[column], level)
    return frame, styled


def _mark(styled: Styler, row: int, column: str, form: Callable[[float], str], level: str) -> None:
    """A figure beyond a limit: a sign, and the theme's colour."""
    cell, colours = pd.IndexSlice[row, [column]], _MARKS["dark" if st.context.theme.type == "dark" else "light"]
    styled.format(lambda value: f"▲ {form(value)}", subset=cell)
    styled.map(lambda _: f"color: {colours[level]}", subset=cell)


def _in(currency: str) -> Callable[[float], str]:
    return lambda value: amount(value, currency)


def _signed(change: float) -> str:
    percent = round(change * 100)
    return f"{percent:+d} %".replace("-", "−") if percent else "0 %"
