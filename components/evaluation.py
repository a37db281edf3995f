"""Evaluation as administration shows it: runs as a table, one run's figures, its failures, and both as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import pandas as pd
import streamlit as st

from components.escaping import plain
from components.formats import counted, duration, stamp, words

SHOWN_FAILURES = 100
_ROWS = 12
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_STANDINGS = {True: "fell behind", False: "holds", None: "–"}
_MARKS = {
    "wrong": ":red[:material/close: wrong]",
    "clarified": ":gray[:material/help: asked back]",
    "declined": ":gray[:material/block: declined]",
    "failed": ":red[:material/error: failed]",
}
_TITLES = {
    "precision": "right of the answers given",
    "coverage": "answered of the answerable",
    "wrong": "wrong of all questions",
    "clarified": "asked back of the answerable",
    "unanswerable_declined": "declined of those without an answer",
    "ambiguous_clarified": "asked back of the ambiguous",
}


@dataclass(frozen=True)
class RateText:
    """A share with its Wilson 95 % interval; None where nothing was counted."""

    share: float | None
    low: float
    high: float
    count: int
    total: int

    @property
    def short(self) -> str:
        """`98.1 % (95.3–99.2)`."""
        if self.share is None:
            return "–"
        return f"{self.share * 100:.1f} % ({self.low * 100:.1f}–{self.high * 100:.1f})"


@dataclass(frozen=True)
class RunLine:
    """One run of one set."""

    run_id: str
    name: str
    ended_at: datetime
    questions: int
    right: int
    wrong: int
    rates: Mapping[str, RateText]
    rungs: Mapping[str, tuple[int, int, float | None]]
    """Rung -> right, answered, and the 95th percentile of its seconds (None: not measured)."""
    seconds_p95: float
    regressed: bool | None
    """None: there is no baseline of these questions."""
    standing: str
    failed: int
    """Questions that did not end as they should."""


@dataclass(frozen=True)
class FailureLine:
    """One question that did not end as it should."""

    question: str
    asked_as: tuple[str, str, str, str]
    """Kind, half, role, set."""
    verdict: str
    fault: str
    rung: str
    seconds: float
    understood: tuple[str, ...]
    statement: str
    expected_words: str
    expected: Sequence[Sequence[Any]]
    found: Sequence[Sequence[Any]]
    row_count: int | None
    said: str

    @property
    def kind(self) -> str:
        """answerable, unanswerable or ambiguous."""
        return self.asked_as[0]

    @property
    def text(self) -> str:
        """What words are looked for in."""
        return "\n".join((self.question, self.fault, self.statement, self.said))


def draw_empty() -> None:
    """What to do so that something stands here."""
    with st.container(border=True, key="eval-empty"):
        st.markdown("**No evaluation has been kept yet**")
        st.markdown(
            "An evaluation puts questions with known answers to a platform of its own and counts what came of each. "
            "Run one and keep it here:"
        )
        st.code("python3 -m app eval --set demo --home HOME", language="bash")
        st.caption("HOME is the folder that this console was started with; on Databricks say `--profile databricks`.")


def draw_runs(lines: Sequence[RunLine], chosen: str, zone: tzinfo, open_: Callable[[str], None]) -> None:
    """Newest first; choosing a row opens it."""
    frame = pd.DataFrame(
        {
            "Open": ["▸" if line.run_id == chosen else "" for line in lines],
            "Set": [line.name for line in lines],
            "When": [stamp(line.ended_at, zone) for line in lines],
            "Precision": [line.rates["precision"].short for line in lines],
            "Coverage": [line.rates["coverage"].short for line in lines],
            "Wrong": [line.wrong for line in lines],
            "Asked back": [line.rates["clarified"].count for line in lines],
            "Declined": [line.rates["unanswerable_declined"].short for line in lines],
            "p95": [duration(line.seconds_p95) for line in lines],
            "Baseline": [_STANDINGS[line.regressed] for line in lines],
        }
    )

    def picked() -> None:
        rows = st.session_state["eval-runs"].selection.rows
        if rows and rows[0] < len(lines):
            open_(lines[rows[0]].run_id)

    st.dataframe(
        frame,
        hide_index=True,
        key="eval-runs",
        on_select=picked,
        selection_mode="single-row",
        row_height=34,
        height=min(34 * (len(lines) + 1) + 2, 274),
        column_config={
            "Open": st.column_config.TextColumn("", width=30),
            "Wrong": st.column_config.NumberColumn(width=70),
            "Asked back": st.column_config.NumberColumn(width=95, help="of the answerable questions"),
            "Declined": st.column_config.TextColumn(help="of the questions that have no answer"),
            "p95": st.column_config.TextColumn(width=80, help="95 % of the questions took at most this"),
        },
        alt=f"{len(lines)} runs of evaluations, newest first",
    )


def draw_figures(line: RunLine, zone: tzinfo) -> None:
    """What one run reached, with its intervals, by rung, and against the baseline."""
    signs = {True: ":red[:material/trending_down:]", False: ":green[:material/check_circle:]", None: ":gray[–]"}
    st.markdown(
        f"**{plain(line.name)}** :gray[{plain(stamp(line.ended_at, zone))} · {counted(line.questions, 'question')}] "
        f"&nbsp; {signs[line.regressed]} {plain(line.standing.removeprefix(f'{line.name}: '))}"
    )
    figures = [
        f"| {plain(_TITLES[name])} | {plain(rate.short)} | {rate.count:,} of {rate.total:,} |"
        for name, rate in line.rates.items()
    ]
    rungs = [
        f"| {plain(words(name))} | {right:,} of {answered:,} | {duration(seconds)} |"
        for name, (right, answered, seconds) in line.rungs.items()
    ]
    with st.container(horizontal=True, gap="medium"):
        head = ["| Figure | Share (95 % interval) | Count |", "|---|--:|--:|"]
        st.markdown("\n".join([*head, *figures]), width="content")
        st.markdown("\n".join(["| Rung | Right | p95 |", "|---|--:|--:|", *rungs]) if rungs else "", width="content")


def draw_failures(lines: Sequence[FailureLine], *, some: bool) -> None:
    """Each folded: the question, what was expected and given, the SQL."""
    if not lines:
        st.caption("No failure fits the filters." if some else "Every question ended as it should.")
    for number, line in enumerate(lines[:SHOWN_FAILURES]):
        label = f"{_MARKS.get(line.verdict, plain(line.verdict))} &nbsp; {plain(line.question)}"
        with st.expander(label, type="compact", key=f"eval-failure-{number}"):
            _draw_failure(line)
    if len(lines) > SHOWN_FAILURES:
        st.caption(f"The first {SHOWN_FAILURES} are shown; filter for the others, or take all as CSV.")


def _draw_failure(line: FailureLine) -> None:
    kind, half, role, name = line.asked_as
    asked = f"{kind} · {words(half)} half · asked as {words(role)} · {name} · {duration(line.seconds)}"
    st.caption(plain(asked + (f" · {words(line.rung)}" if line.rung else "")))
    facts = {"fault": line.fault, "understood": "; ".join(line.understood), "expected": line.expected_words,
             "said": line.said}  # fmt: skip
    st.markdown("  \n".join(f":gray[{name}] {plain(value)}" for name, value in facts.items() if value))
    with st.container(horizontal=True, gap="large"):
        _draw_rows("Expected", line.expected, None)
        _draw_rows("Given", line.found, line.row_count)
    if line.statement:
        st.code(line.statement, language="sql", wrap_lines=True)


def _draw_rows(title: str, rows: Sequence[Sequence[Any]], count: int | None) -> None:
    if not rows:
        return
    total = count if count is not None else len(rows)
    shown = rows[:_ROWS]
    width = max(len(row) for row in shown)
    more = f", the first {len(shown)} of {counted(total, 'row')}" if total > len(shown) else ""
    head = [f"| {title}{more} |" + " |" * (width - 1), "|" + "---|" * width]
    body = ("| " + " | ".join(_cell(value) for value in row) + " |" for row in shown)
    st.markdown("\n".join((*head, *body)), width="content")


def _cell(value: Any) -> str:
    return ":gray[null]" if value is None else plain(str(value)).replace("\n", " ")


def runs_csv(lines: Sequence[RunLine]) -> bytes:
    """Every run with its shares and intervals."""
    names = list(_TITLES)
    head = ["run", "set", "ended at", "questions", "right", "wrong", "seconds p95", "baseline"]
    head += [f"{name} {part}" for name in names for part in ("share", "low", "high")]
    rows = [
        [line.run_id, line.name, line.ended_at.isoformat(), line.questions, line.right, line.wrong, line.seconds_p95,
         line.standing, *(value for name in names for value in _interval(line.rates[name]))]
        for line in lines
    ]  # fmt: skip
    return _csv(head, rows)


def failures_csv(lines: Sequence[FailureLine]) -> bytes:
    """Every failure that is shown."""
    head = ["question", "kind", "half", "role", "set", "verdict", "fault", "expected", "given", "rows", "SQL", "said"]
    rows = [
        [line.question, *line.asked_as, line.verdict, line.fault, line.expected_words or _text(line.expected),
         _text(line.found), line.row_count, line.statement, line.said]
        for line in lines
    ]  # fmt: skip
    return _csv(head, rows)


def _interval(rate: RateText) -> tuple[float | None, float, float]:
    return rate.share, rate.low, rate.high


def _text(rows: Sequence[Sequence[Any]]) -> str:
    return "; ".join(", ".join("null" if value is None else str(value) for value in row) for row in rows)


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 with a mark; a text that a spreadsheet would compute gets a quote before it."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([[_safe(value) for value in row] for row in rows])
    return ("\ufeff" + file.getvalue()).encode()


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
