"""From a response's chart description and rows to a Plotly figure; colours come from the theme, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from components.formats import cell, decimals, is_number, words
from core.types import Chart, Column, Response, Scalar

HEIGHT = 340
QUIET = "#000037"
"""Streamlit's placeholder for text whose contrast is above 4.5 in both themes; its default for axes is not."""
TEMPLATE = "streamlit"
"""Streamlit's own Plotly template: placeholders that the browser fills from the theme, light or dark."""
_OUTSIDE = {"textposition": "outside", "cliponaxis": False, "textfont": {"color": QUIET}}
"""Values stand beside their bars: inside, they would need another colour for each theme."""
_LABEL_CHARACTERS = 28
_BARS_LYING_FROM = 5
_VALUES_WRITTEN_UP_TO, _STANDING_WRITTEN_UP_TO = 14, 8


def can_draw(response: Response) -> bool:
    """Whether there is a chart to draw: a kind, rows, and columns that exist."""
    chart = response.chart
    if chart is None or chart.kind in ("none", "number") or not response.rows:
        return False
    names = {column.name for column in response.columns}
    return chart.x in names and bool(chart.y) and names.issuperset(chart.y)


def figure(response: Response) -> go.Figure:
    """The figure of a response for which `can_draw` holds."""
    chart = response.chart
    assert chart is not None
    drawing = go.Figure(layout={"template": TEMPLATE})
    traces = _traces(response, chart)
    for name, xs, ys in traces:
        written = _written(ys, _column(response, chart.y[0])) if len(traces) == 1 else None
        drawing.add_trace(_trace(chart, name, xs, ys, written))
    lying = _lies(response, chart)
    drawing.update_layout(
        height=_height(response, lying),
        margin={"l": 8, "r": 72 if lying else 24, "t": 32 if chart.series or len(chart.y) > 1 else 8, "b": 8},
        showlegend=len(drawing.data) > 1 or chart.kind == "pie",
        legend={"orientation": "h", "y": 1.08},
        barmode="stack" if chart.series else "group",
        uniformtext={"minsize": 10, "mode": "show"},
    )
    drawing.update_xaxes(tickfont_color=QUIET, title_font_color=QUIET)
    drawing.update_yaxes(tickfont_color=QUIET, title_font_color=QUIET)
    if lying:
        drawing.update_yaxes(autorange="reversed", automargin=True)
        scale = len(response.rows or ()) > _VALUES_WRITTEN_UP_TO
        drawing.update_xaxes(showticklabels=scale, showgrid=scale, separatethousands=True)
    elif chart.kind != "pie":
        named = words(chart.x or "") if chart.kind == "scatter" else None
        drawing.update_xaxes(automargin=True, title_text=named)
        drawing.update_yaxes(
            title_text=words(chart.y[0]) if len(chart.y) == 1 else None, rangemode="tozero", separatethousands=True
        )
    return drawing


def alternative_text(response: Response) -> str:
    """The chart in a sentence, for those who do not see it."""
    chart = response.chart
    assert chart is not None
    rows = response.rows or ()
    what = f"{chart.kind} chart of {', '.join(map(words, chart.y))} by {words(chart.x or '')}, {len(rows)} rows"
    if not rows or chart.x is None:
        return f"{what}."
    label, value = _values(response, chart.x)[0], _values(response, chart.y[0])[0]
    return f"{what}. First: {label}, {cell(value, _column(response, chart.y[0]))}."


def _traces(response: Response, chart: Chart) -> list[tuple[str, Sequence[Scalar], Sequence[Scalar]]]:
    xs = _values(response, chart.x or "")
    if not chart.series or chart.series not in {column.name for column in response.columns}:
        return [(words(y), xs, _values(response, y)) for y in chart.y]
    ys, groups = _values(response, chart.y[0]), _values(response, chart.series)
    traces: dict[str, tuple[list[Scalar], list[Scalar]]] = {}
    for x, y, group in zip(xs, ys, groups, strict=True):
        at, values = traces.setdefault(str(group) if group is not None else "–", ([], []))
        at.append(x)
        values.append(y)
    return [(name, at, values) for name, (at, values) in traces.items()]


def _written(ys: Sequence[Scalar], column: Column) -> list[str] | None:
    """The values as text, when they are few enough to be read one by one."""
    if len(ys) > _VALUES_WRITTEN_UP_TO:
        return None
    digits = min(2, decimals(column))
    return [f"{y:,.{digits}f}" if isinstance(y, float) and abs(y) >= 1 else cell(y, column) for y in ys]


def _trace(chart: Chart, name: str, xs: Sequence[Scalar], ys: Sequence[Scalar], written: list[str] | None) -> Any:
    labels = ["–" if x is None else x for x in xs]
    match chart.kind:
        case "line" | "area":
            fill = "tozeroy" if chart.kind == "area" else None
            mode = "lines+markers" if len(xs) <= 60 else "lines"
            return go.Scatter(x=labels, y=ys, name=name, mode=mode, fill=fill)
        case "scatter":
            return go.Scatter(x=labels, y=ys, name=name, mode="markers")
        case "pie":
            return go.Pie(labels=[_short(x) for x in labels], values=ys, name=name, hole=0.45, sort=False)
    if _lies_down(labels, chart):
        return go.Bar(y=[_short(x) for x in labels], x=ys, name=name, orientation="h", text=written, **_OUTSIDE)
    return go.Bar(x=labels, y=ys, name=name, text=written if len(ys) <= _STANDING_WRITTEN_UP_TO else None, **_OUTSIDE)


def _height(response: Response, lying: bool) -> int:
    return max(180, 30 * len(response.rows or ()) + 40) if lying else HEIGHT


def _lies(response: Response, chart: Chart) -> bool:
    return _lies_down(_values(response, chart.x or ""), chart)


def _lies_down(labels: Sequence[Scalar], chart: Chart) -> bool:
    """Bars lie down when they name things and are many or long; time always runs from left to right."""
    if chart.kind != "bar" or chart.series or len(chart.y) > 1 or _looks_like_time(labels):
        return False
    return len(labels) >= _BARS_LYING_FROM or any(len(str(label)) > 14 for label in labels)


def _looks_like_time(labels: Sequence[Scalar]) -> bool:
    return all(isinstance(label, int) or str(label)[:4].isdigit() for label in labels if label is not None)


def _short(label: Scalar) -> str:
    text = str(label)
    return text if len(text) <= _LABEL_CHARACTERS else text[: _LABEL_CHARACTERS - 1] + "…"


def _column(response: Response, name: str) -> Column:
    return next(column for column in response.columns if column.name == name)


def _values(response: Response, name: str) -> list[Scalar]:
    at = next(index for index, column in enumerate(response.columns) if column.name == name)
    number = is_number(response.columns[at])
    return [None if number and isinstance(row[at], str) else row[at] for row in _in_order(response)]


def _in_order(response: Response) -> Sequence[tuple[Scalar, ...]]:
    """The rows; along x for lines and areas, whatever order the statement gave them in."""
    rows, chart = response.rows or (), response.chart
    if chart is None or chart.kind not in ("line", "area"):
        return rows
    at = next(index for index, column in enumerate(response.columns) if column.name == chart.x)
    return sorted(rows, key=lambda row: _along(row[at]))


def _along(x: Scalar) -> tuple[bool, float, str]:
    return x is None, x if isinstance(x, int | float) else 0, str(x)
