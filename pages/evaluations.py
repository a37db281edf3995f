"""Admin → Evaluation: what every kept run of `eval` reached, and of the chosen one each failure.

A section of pages/admin.py, which imports it. The run and the filters stand in the address.
"""

from __future__ import annotations

import streamlit as st

from app import session
from components.evaluation import (
    FailureLine,
    RateText,
    RunLine,
    draw_empty,
    draw_failures,
    draw_figures,
    draw_runs,
    failures_csv,
    runs_csv,
)
from core.types import Principal

_RUN = "run"
_SHOWN = ("precision", "coverage", "wrong", "clarified", "unanswerable_declined", "ambiguous_clarified")
_VERDICTS = {"wrong": "wrong answer", "clarified": "asked back", "declined": "declined", "failed": "failed"}
_KINDS = ("answerable", "unanswerable", "ambiguous")
_FRESH_S = 30


def draw_evaluations(person: session.User) -> None:
    """Runs newest first; the chosen one, else the newest, below with its failures."""
    me = Principal(user_id=person.user_id, role=person.role)
    lines = [line(run) for run in look(me.user_id, me.role)]
    if not lines:
        draw_empty()
        return
    chosen = next((each for each in lines if each.run_id == st.query_params.get(_RUN)), lines[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Questions with known answers, put to the platform by `python3 -m app eval`.", width="stretch")
        draw_file(person, "Runs", "evaluations.csv", runs_csv(lines))
    draw_runs(lines, chosen.run_id, session.zone(), open_run)
    draw_figures(chosen, session.zone())
    failures = [failure_line(each) for each in look_into(me.user_id, me.role, chosen.run_id)]
    if not failures and chosen.failed:
        st.caption("This run is from before failures were kept; only its figures are.")
        return
    if not failures:
        draw_failures([], some=False)
        return
    heading = st.container(horizontal=True, vertical_alignment="center")
    kept = filtered(failures)
    with heading:
        told = f"{len(kept):,} of {len(failures):,}" if len(kept) != len(failures) else f"{len(kept):,}"
        st.markdown(f"**Failures** :gray[{told}]", width="stretch")
        draw_file(person, "Failures", f"failures-{chosen.run_id[-8:]}.csv", failures_csv(kept))
    draw_failures(kept, some=True)


def filtered(failures: list[FailureLine]) -> list[FailureLine]:
    """Those that fit the filters, which stand in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input("Words", key="words", bind="query-params", width=240, placeholder="question, SQL, answer")
        verdict = st.selectbox(
            "Ended", list(_VERDICTS), index=None, key="ended", bind="query-params", width=160, placeholder="any way",
            format_func=lambda name: _VERDICTS[name],
        )  # fmt: skip
        kind = st.selectbox(
            "Kind", _KINDS, index=None, key="kind", bind="query-params", width=170, placeholder="any kind"
        )
    wanted = (words or "").strip().casefold()
    return [
        each
        for each in failures
        if wanted in each.text.casefold() and verdict in (None, each.verdict) and kind in (None, each.kind)
    ]


def open_run(run_id: str) -> None:
    """Put the run into the address."""
    st.query_params[_RUN] = run_id


def draw_file(person: session.User, what: str, name: str, content: bytes) -> None:
    st.download_button(
        f"{what} as CSV", data=session.for_person(person, lambda: content), file_name=name, mime="text/csv",
        icon=":material/download:", key=f"eval-csv-{what}", on_click="ignore", type="tertiary",
    )  # fmt: skip


@st.cache_data(ttl=_FRESH_S, show_spinner=False, max_entries=20)
def look(user_id: str, role: str) -> tuple[session.ShownRun, ...]:
    """One statement, at most twice a minute for a person."""
    return session.platform().evaluations.runs(Principal(user_id=user_id, role=role))


@st.cache_data(ttl=_FRESH_S, show_spinner=False, max_entries=20)
def look_into(user_id: str, role: str, run_id: str) -> tuple[session.Failure, ...]:
    """One statement: filters look at what it gave."""
    return session.platform().evaluations.failures(Principal(user_id=user_id, role=role), run_id)


def line(run: session.ShownRun) -> RunLine:
    summary = run.kept.summary
    seconds = summary.rung_seconds_p95
    return RunLine(
        run_id=run.kept.run_id,
        name=summary.name,
        ended_at=run.kept.ended_at,
        questions=summary.questions,
        right=summary.right,
        wrong=summary.wrong,
        rates={
            name: RateText(rate.share, rate.low, rate.high, rate.count, rate.total)
            for name, rate in summary.rates.items()
            if name in _SHOWN
        },
        rungs={name: (rate.count, rate.total, seconds.get(name)) for name, rate in summary.rungs.items()},
        seconds_p95=summary.seconds_p95,
        regressed=run.standing.regressed,
        standing=run.standing.sentence,
        failed=summary.questions - good(run),
    )


def good(run: session.ShownRun) -> int:
    """How many questions ended as they should."""
    counts = run.kept.summary.verdicts
    return (
        counts["answerable"]["right"]
        + sum(counts["unanswerable"][verdict] for verdict in ("right", "clarified", "declined"))
        + sum(counts["ambiguous"][verdict] for verdict in ("right", "clarified"))
    )


def failure_line(failure: session.Failure) -> FailureLine:
    expected = {"ambiguous": "to be asked back", "unanswerable": "to be declined"}.get(failure.kind, "")
    return FailureLine(
        question=failure.question,
        asked_as=(failure.kind, failure.half, failure.role, failure.set_name),
        verdict=failure.verdict,
        fault=failure.fault,
        rung=failure.rung,
        seconds=failure.seconds,
        understood=failure.understood,
        statement=failure.statement or "",
        expected_words=f"{expected}: {failure.why}" if expected and failure.why else expected,
        expected=failure.expected,
        found=failure.found,
        row_count=failure.row_count,
        said=failure.said,
    )
