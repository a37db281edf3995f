"""A result: the number, the chart with its switch to the table, the statement that made it, the file to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from components.charts import alternative_text, can_draw, figure
from components.formats import cell, decimals, is_identifier, is_number, words
from core.types import Column, Response, Scalar

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_STYLED_CELLS = 20_000


@st.fragment
def draw_result(response: Response) -> None:
    """The evidence below the sentence. A fragment: switching to the table redraws nothing else."""
    if not response.rows:
        if response.rows is not None:
            st.caption("No rows match.")
        return
    if response.chart is not None and response.chart.kind == "number" and len(response.rows) == 1:
        _draw_numbers(response)
    elif can_draw(response) and _chosen_view(response.correlation_id) == "Chart":
        _draw_chart(response)
    else:
        _draw_table(response)


def draw_statement(response: Response) -> None:
    """The statement exactly as sent, with copy."""
    if response.sql:
        with st.expander("SQL", type="compact", icon=":material/code:"):
            st.code(response.sql, language="sql", wrap_lines=True)
            if response.statement_id:
                st.caption(f"statement `{response.statement_id}`")


def draw_download(response: Response) -> None:
    """The rows as a CSV file, made when it is asked for."""
    if response.rows:
        st.download_button(
            "CSV",
            data=lambda: csv_bytes(response),
            file_name=f"answer-{response.correlation_id[:8]}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"csv-{response.correlation_id}",
            on_click="ignore",
            type="tertiary",
            help="Download the rows as CSV",
        )


def draw_code_file(response: Response) -> None:
    """Tests as a file to take away; beside the rows of their run, their text on demand."""
    code = response.code
    if code is None or response.rung != "tests":
        return
    form = "sql" if code.language == "sql" else "py"
    if response.rows is not None:
        name = "SQL" if form == "sql" else "pytest"
        with st.expander(f"The tests as {name}", type="compact", icon=":material/code:"):
            st.code(code.text, language="sql" if form == "sql" else "python", height=300)
    st.download_button(
        "Tests",
        data=code.text.encode(),
        file_name=f"test_{response.correlation_id[:8]}.{form}",
        mime="text/plain",
        icon=":material/download:",
        key=f"code-{response.correlation_id}",
        on_click="ignore",
        type="tertiary",
        help="Download the tests",
    )


def draw_result_files(response: Response, read: Callable[[str, str], bytes]) -> None:
    """The whole result of an approved run as files, read when they are asked for."""
    run_id = response.run_id or ""
    count = f"all {response.row_count:,} rows" if response.row_count is not None else "all rows"
    for form, label, kind in (("csv", "CSV", "text/csv"), ("parquet", "Parquet", "application/vnd.apache.parquet")):
        st.download_button(
            label,
            data=partial(read, run_id, form),
            file_name=f"result-{run_id[:8]}.{form}",
            mime=kind,
            icon=":material/download:",
            key=f"{form}-{run_id}",
            on_click="ignore",
            type="tertiary",
            help=f"Download {count} as {label}; kept for you for 30 days",
        )


def csv_bytes(response: Response) -> bytes:
    """The rows as UTF-8 CSV that a spreadsheet opens; text that it would run as a formula is quoted with `'`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(column.name) for column in response.columns])
    for row in response.rows or ():
        writer.writerow([_harmless(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: Scalar) -> Scalar:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and value not in ("-Infinity",):
        return f"'{value}"
    return value


def _chosen_view(key: str) -> str:
    chosen = st.segmented_control(
        "View",
        ["Chart", "Table"],
        default="Chart",
        required=True,
        key=f"view-{key}",
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen or "Chart"


def _draw_numbers(response: Response) -> None:
    assert response.rows
    with st.container(horizontal=True, gap="large"):
        for column, value in zip(response.columns, response.rows[0], strict=True):
            st.metric(words(column.name), cell(value, column), width="content")


def _draw_chart(response: Response) -> None:
    st.plotly_chart(
        figure(response),
        key=f"chart-{response.correlation_id}",
        config={"displayModeBar": False},
        alt=alternative_text(response),
    )


def _draw_table(response: Response) -> None:
    rows = response.rows or ()
    frame = table_frame(response)
    styled = len(rows) * len(response.columns) <= _STYLED_CELLS
    st.dataframe(
        frame.style.format(_formatters(response.columns)) if styled else frame,
        hide_index=True,
        key=f"table-{response.correlation_id}",
        height=min(36 * (len(rows) + 1) + 2, 430),
        alt=f"Table of {len(rows)} rows: {', '.join(column.name for column in response.columns)}",
    )
    if response.truncated:
        total = f" of {response.row_count:,}" if response.row_count and response.row_count > len(rows) else ""
        st.caption(f"The first {len(rows):,}{total} rows.")


def table_frame(response: Response) -> pd.DataFrame:
    """The rows as a data frame; a repeated column name gets its position, so that it can be shown at all."""
    names: list[str] = []
    for index, column in enumerate(response.columns, start=1):
        names.append(column.name if column.name not in names else f"{column.name} ({index})")
    frame = pd.DataFrame([list(row) for row in response.rows or ()], columns=names)
    for name, column in zip(names, response.columns, strict=True):
        if is_number(column):
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
    return frame


def _formatters(columns: tuple[Column, ...]) -> dict[str, Any]:
    formats: dict[str, Any] = {}
    for column in columns:
        if is_number(column):
            pattern = "{:.0f}" if is_identifier(column) else f"{{:,.{decimals(column)}f}}"
            formats[column.name] = lambda value, pattern=pattern: "–" if pd.isna(value) else pattern.format(value)
    return formats
