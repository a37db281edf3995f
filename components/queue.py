"""What stands around a request in the queue: tabs, filters, the list, the keys, what was done last, the live line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from components.escaping import plain, rich
from components.formats import moment, until, words
from components.request import RISKS, STATES, Reader, risk_word, state_of
from core.governance import ApprovalRequest
from core.governance.actions import KINDS
from core.governance.actions import RISKS as RISK_NAMES
from core.governance.approval.queue import Queue

TABS = ("open", "mine", "decided")
OLDER: Mapping[str, float] = {"1h": 1, "8h": 8, "1d": 24, "3d": 72}
KEYS: Mapping[str, str] = {
    "A": "approve",
    "X": "reject",
    "J": "next",
    "K": "previous",
    "E": "edit",
    "U": "undo",
    "?": "this list",
}


def draw_tabs(current: str, queue: Queue, choose: Callable[[str], None]) -> None:
    """Open, mine and decided, with how many there are."""
    labels = {"open": f"Open {queue.open:,}", "mine": f"Mine {queue.mine:,}", "decided": "Decided"}
    key = f"queue-tab-{current}-{queue.open}-{queue.mine}"  # the counts are part of what it is
    st.segmented_control(
        "Which requests",
        TABS,
        default=current,
        required=True,
        format_func=lambda tab: labels[tab],
        key=key,
        on_change=lambda: choose(str(st.session_state[key])),
        label_visibility="collapsed",
        width="content",
    )


def draw_filters() -> tuple[str, str, float, str]:
    """Kind, risk, least age in hours and requester, as they stand in the URL; '' and 0 where any will do."""
    kind = _choice("kind", "Kind", KINDS, words)
    risk = _choice("risk", "Risk", [risk for risk in RISK_NAMES if risk != "any"], words)
    older = _choice("older", "Older than", list(OLDER), lambda name: f"Older than {name[:-1]} {name[-1]}")
    requester = st.text_input(
        "Requester", key="requester", bind="query-params", label_visibility="collapsed", placeholder="Requester",
        width=150, max_chars=120,
    )  # fmt: skip
    return kind, risk, OLDER.get(older, 0.0), (requester or "").strip()


def _choice(key: str, label: str, options: Sequence[str], shown: Callable[[str], str]) -> str:
    chosen = st.selectbox(
        label,
        options,
        index=None,
        key=key,
        bind="query-params",
        format_func=shown,
        placeholder=label,
        label_visibility="collapsed",
        width=150,
    )
    return chosen or ""


def draw_legend() -> None:
    """Which keys do what; the key `?` opens it."""
    with st.popover("Keys · ?", icon=":material/keyboard:", type="tertiary", key="queue-legend"):
        st.markdown("  \n".join(f"`{key}` {what}" for key, what in KEYS.items()))
        st.caption("They work while no text is being typed.")


def draw_list(
    requests: Sequence[ApprovalRequest], selected: str, reader: Reader, choose: Callable[[str], None]
) -> None:
    """One entry a request: risk and title, below them who, how old, how long it stands."""
    ids = [request.request_id for request in requests]
    entries = {request.request_id: _entry(request, reader) for request in requests}
    # A widget sends what its entries said: with other entries it is another one, and nothing of the old is chosen.
    key = f"queue-list-{hash((selected, *entries.items()))}"

    def chosen() -> None:
        if (request_id := st.session_state[key]) in entries:
            choose(request_id)

    st.radio(
        "Requests",
        ids,
        index=ids.index(selected) if selected in ids else None,
        format_func=entries.__getitem__,
        key=key,
        on_change=chosen,
        label_visibility="collapsed",
    )


def draw_nothing(tab: str, *, filtered: bool) -> None:
    """Why the list is empty, in one sentence."""
    sentences = {
        "open": "Nothing waits for a decision.",
        "mine": "You have not asked for anything that needs an approval.",
        "decided": "Nothing has been decided yet.",
    }
    sentence = "No request fits the filters." if filtered else sentences[tab]
    icon = "filter_alt_off" if filtered else "task_alt"
    with st.container(key="queue-empty"):
        st.markdown(f":gray[:material/{icon}: {sentence}]")


def draw_told(sentence: str, colour: str, icon: str) -> None:
    """What the last action came to, in one line."""
    st.markdown(f":{colour}[:material/{icon}:] {rich(sentence)}", width="stretch")


def _entry(request: ApprovalRequest, reader: Reader) -> str:
    icon, colour = RISKS.get(request.risk, RISKS["any"])
    first = f":{colour}[:material/{icon}: {risk_word(request)}] {plain(_short(request.title))}"
    return f"{first}  \n:gray[{_under(request, reader)}]"


def _under(request: ApprovalRequest, reader: Reader) -> str:
    parts = [plain(request.requester), moment(request.created_at, reader.now)]
    if request.is_overdue(reader.now):
        parts.append("]:red[:material/alarm: overdue]:gray[")
    if request.status == "pending":
        parts.append(f"expires {until(request.expires_at, reader.now)}")
    else:
        icon, colour, title = STATES[state_of(request)]
        parts.append(f"]:{colour}[:material/{icon}: {title.lower()}]:gray[")
    return " · ".join(parts)


def _short(title: str) -> str:
    return title if len(title) <= 72 else f"{title[:71].rstrip()}…"
