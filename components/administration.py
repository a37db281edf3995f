"""Administration's lists: agents with their switches, people with their roles, schemas with their readers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import streamlit as st

from components.escaping import plain
from components.formats import agent_name, moment, words
from components.steps import AGENT_COLOURS


@dataclass(frozen=True)
class Origin:
    """Where a right comes from: `text` for people, and the approval that it was made by."""

    text: str
    approval_id: str | None = None


def draw_agent(name: str, description: str, off: str | None, switch: Callable[[str, bool], None]) -> None:
    """One agent: what it does, whether it is on, and the switch."""
    with (
        st.container(border=True, key=f"agent-{name}"),
        st.container(horizontal=True, vertical_alignment="center", gap="small"),
    ):
        with st.container(width="stretch", gap="xxsmall"):
            badge = f":{AGENT_COLOURS.get(name, 'gray')}-badge[{plain(agent_name(name))}]"
            state = ":red[:material/power_settings_new: off]" if off else ":green[:material/check_circle: on]"
            st.markdown(f"{badge} {state}")
            st.caption(plain(description) if not off else f"{plain(off[:1].upper() + off[1:])}")
        st.button(
            "Switch on" if off else "Switch off …",
            key=f"switch-{name}",
            icon=":material/power_settings_new:",
            on_click=switch,
            args=(name, bool(off)),
            width="content",
        )


def draw_right(
    subject: str, roles: Sequence[str], origin: Origin, change: tuple[str, Callable[[str], None]], *, nobody: str
) -> None:
    """One person or schema: the roles, why, and the button that asks for a change. `change` is (kind, action)."""
    kind, ask = change
    with (
        st.container(border=True, key=f"{kind}-{subject}"),
        st.container(horizontal=True, vertical_alignment="center", gap="small"),
    ):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{plain(subject)}** &nbsp; {role_badges(roles, nobody)}")
            draw_origin(origin)
        st.button(
            "Change …", key=f"change-{kind}-{subject}", icon=":material/edit:", on_click=ask, args=(subject,),
            width="content",
        )  # fmt: skip


def draw_origin(origin: Origin) -> None:
    """Where a right comes from, with the way to its approval."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption(plain(origin.text), width="content")
        if origin.approval_id:
            draw_approval_link(origin.approval_id)


def draw_approval_link(request_id: str, label: str = "Its approval") -> None:
    """The way to a request in the queue. A plain link: the address is the same in every tab and can be copied."""
    st.html(
        f'<a class="aiops-link" href="/approvals?show=decided&request={escape(request_id, quote=True)}" '
        f'target="_self">{escape(label)}</a>',
        width="content",
    )


def role_badges(roles: Sequence[str], nobody: str) -> str:
    """Roles as badges, the one that counts first; `nobody` when there is none."""
    if not roles:
        return f":gray-badge[{plain(nobody)}]"
    return " ".join(f":blue-badge[{plain(words(role))}]" for role in roles)


@dataclass(frozen=True)
class PendingChange:
    """A change of rights that is asked for."""

    request_id: str
    title: str
    requester: str
    status: str
    created_at: datetime


def draw_pending_changes(changes: Sequence[PendingChange], now: datetime) -> None:
    """What waits for another administrator; nothing is drawn when nothing does."""
    if not changes:
        return
    st.markdown("**Under way**")
    for change in changes:
        icon, colour, word = (
            ("hourglass_top", "orange", "waits for approval")
            if change.status == "pending"
            else ("progress_activity", "blue", "is being applied")
        )
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f":{colour}[:material/{icon}:] {plain(change.title)}  \n"
                f":gray[{word} · asked by {plain(change.requester)} · {moment(change.created_at, now)}]",
                width="stretch",
            )
            st.html(
                f'<a class="aiops-link" href="/approvals?request={escape(change.request_id, quote=True)}" '
                'target="_self">Open</a>',
                width="content",
            )
