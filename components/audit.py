"""The audit log as people read it: a table, one entry in full, and what a verification found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from html import escape
from typing import Any, Protocol

import pandas as pd
import streamlit as st

from components.administration import draw_approval_link
from components.escaping import plain
from components.formats import moment, words
from components.frame import announce

_SHOWN = 20
"""Problems of a verification that are listed."""


class Entry(Protocol):
    """One row of the audit log."""

    @property
    def audit_id(self) -> str: ...
    @property
    def chain_id(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def hash(self) -> str: ...
    @property
    def at(self) -> datetime | None: ...
    @property
    def actor(self) -> str: ...
    @property
    def actor_role(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def object_kind(self) -> str: ...
    @property
    def object_id(self) -> str: ...
    @property
    def correlation_id(self) -> str: ...
    @property
    def session_id(self) -> str: ...
    @property
    def details(self) -> Mapping[str, Any]: ...
    @property
    def intact(self) -> bool: ...


class Problem(Protocol):
    """One thing that is not as it was written."""

    @property
    def kind(self) -> str: ...
    @property
    def sentence(self) -> str: ...


class Verification(Protocol):
    """What walking through the log found."""

    @property
    def ok(self) -> bool: ...
    @property
    def sentence(self) -> str: ...
    @property
    def problems(self) -> Sequence[Problem]: ...
    @property
    def more(self) -> int: ...
    @property
    def verified_at(self) -> datetime: ...


def draw_entries(
    rows: Sequence[Entry], meanings: Mapping[str, str], zone: tzinfo, open_: Callable[[str], None], *, narrow: bool
) -> None:
    """The table, newest first; choosing a row opens it. `narrow`: beside an open entry, when, who and what only."""
    frame = pd.DataFrame(
        {
            "When": [_when(row.at, zone) for row in rows],
            "Who": [row.actor for row in rows],
            "As": [words(row.actor_role) for row in rows],
            "What": [meanings.get(row.action, row.action) for row in rows],
            "Object": [f"{words(row.object_kind)} {row.object_id}".strip() for row in rows],
            "Signed": ["yes" if row.intact else "NO: changed" for row in rows],
        }
    )

    def chosen() -> None:
        picked = st.session_state["audit-rows"].selection.rows
        if picked and picked[0] < len(rows):
            open_(rows[picked[0]].audit_id)

    st.dataframe(
        frame,
        hide_index=True,
        column_order=["When", "Who", "What"] if narrow else None,
        key="audit-rows",
        on_select=chosen,
        selection_mode="single-row",
        row_height=34,
        height=min(34 * (len(rows) + 1) + 2, 580),
        column_config={
            "When": st.column_config.TextColumn(width=150),
            "Who": st.column_config.TextColumn(width=110),
            "As": st.column_config.TextColumn(width=110),
            "What": st.column_config.TextColumn(width=200),
            "Object": st.column_config.TextColumn(width=260),
            "Signed": st.column_config.TextColumn(width=90),
        },
        alt=f"{len(rows)} entries of the audit log, newest first",
    )


def draw_entry(row: Entry, meanings: Mapping[str, str], zone: tzinfo, same: Callable[[str], None]) -> None:
    """One entry in full, with the ways to what it speaks of. `same` shows all of its correlation."""
    with st.container(border=True, key="audit-entry"):
        st.markdown(f"**{plain(row.actor)}** {plain(meanings.get(row.action, row.action))}")
        if not row.intact:
            st.markdown(":red[:material/gpp_bad: This row is not what was signed: do not believe it.]")
        facts = {
            "when": _when(row.at, zone),
            "role": words(row.actor_role),
            "object": f"{words(row.object_kind)} {row.object_id}".strip(),
            "place": f"row {row.seq:,} of its chain",
        }
        st.markdown("  \n".join(f":gray[{name}] {plain(value)}" for name, value in facts.items() if value))
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            request = row.object_id if row.object_kind == "approval" else str(row.details.get("request", ""))
            if request:
                draw_approval_link(request, "Its approval")
            if row.session_id:
                address = f"/chat?conversation={escape(row.session_id, quote=True)}"
                st.html(f'<a class="aiops-link" href="{address}" target="_self">Its conversation</a>', width="content")
            if row.correlation_id:
                st.button(
                    "All of this request", key="audit-same", type="tertiary", icon=":material/filter_alt:",
                    on_click=same, args=(row.correlation_id,),
                )  # fmt: skip
        told = (f":gray[{plain(words(name))}] {plain(_shown(value))}" for name, value in row.details.items())
        st.markdown("  \n".join(told))
        if row.correlation_id:
            st.caption("Correlation id")
            st.code(row.correlation_id, language=None, wrap_lines=True)
        st.caption("Hash")
        st.code(row.hash, language=None, wrap_lines=True)


def draw_verification(found: Verification, now: datetime) -> None:
    """The result in words, and each problem."""
    good, bad = ":green[:material/verified_user:] **Verified**", ":red[:material/gpp_bad:] **Not as it was written**"
    look = good if found.ok else bad
    with st.container(border=True, key="audit-verified"):
        st.markdown(f"{look} {plain(found.sentence)} :gray[· {moment(found.verified_at, now)}]")
        for problem in found.problems[:_SHOWN]:
            st.markdown(f":red[{plain(words(problem.kind))}] {plain(problem.sentence)}")
        rest = len(found.problems) + found.more - _SHOWN
        if rest > 0:
            st.caption(f"and {rest:,} more; `python3 -m app doctor --audit --json` prints them.")
    announce(found.sentence)


def _when(at: datetime | None, zone: tzinfo) -> str:
    return "unknown" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
