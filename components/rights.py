"""Rights as people read them: who may do what and by which rule, and the answer to "why may X do Y"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import streamlit as st

from components.escaping import plain, rich
from components.formats import words

_SHORT = 16
"""A rule's name that stays on the line of its word."""


class Ruling(Protocol):
    """What the policy says of one action."""

    @property
    def permitted(self) -> bool: ...
    @property
    def rule_ids(self) -> tuple[str, ...]: ...
    @property
    def sentence(self) -> str: ...


class Rule(Protocol):
    """Who approves one kind of request."""

    @property
    def kind(self) -> str: ...
    @property
    def risk(self) -> str: ...
    @property
    def approver_roles(self) -> tuple[str, ...]: ...
    @property
    def escalate_to(self) -> tuple[str, ...]: ...
    @property
    def quorum(self) -> int: ...
    @property
    def sla_hours(self) -> float: ...
    @property
    def ttl_hours(self) -> float: ...
    @property
    def auto_approve(self) -> float | None: ...


def draw_matrix(title: str, roles: Sequence[str], rows: Iterable[tuple[str, str, Sequence[Ruling]]]) -> None:
    """One row a thing (name, words, what the policy says for each role)."""
    lines = [("", *(words(role) for role in roles))]
    for name, meaning, rulings in rows:
        label = f"`{name}`" + (f" :gray[{plain(meaning)}]" if meaning else "")
        lines.append((label, *(_cell(role, ruling) for role, ruling in zip(roles, rulings, strict=True))))
    st.markdown(f"**{title}**")
    st.markdown(_table(lines))


def _cell(role: str, ruling: Ruling) -> str:
    """The word and the deciding rule; the column says the role already."""
    rule = ruling.rule_ids[-1].removeprefix(f"{role}.")
    look = ":green[**yes**]" if ruling.permitted else ":gray[**no**]"
    space = "&nbsp;" if len(rule) < _SHORT else " "
    return f"{look}{space}:gray[:small[{plain(rule)}]]"


def draw_ruling(role: str, ruling: Ruling) -> None:
    """The answer for one role: the sentence and the rules that decided."""
    with st.container(border=True):
        look = ":green[:material/check_circle: may]" if ruling.permitted else ":red[:material/block: may not]"
        st.markdown(f"{look} &nbsp; as **{plain(words(role))}**")
        st.markdown(rich(ruling.sentence))
        st.caption("Decided by " + ", ".join(f"`{rule}`" for rule in ruling.rule_ids))


def draw_rules(rules: Iterable[Rule]) -> None:
    """Who approves what, how many of them, by when; one row a kind and risk."""
    lines = [("kind", "risk", "approved by", "people", "overdue after", "then also", "stands for", "by itself")]
    for rule in rules:
        itself = "never" if rule.auto_approve is None else f"from confidence {rule.auto_approve:g}"
        lines.append(
            (
                words(rule.kind),
                "any" if rule.risk == "any" else words(rule.risk),
                " or ".join(words(role) for role in rule.approver_roles),
                str(rule.quorum),
                hours(rule.sla_hours),
                " or ".join(words(role) for role in rule.escalate_to) or "–",
                hours(rule.ttl_hours),
                itself,
            )
        )
    st.markdown(_table(lines, right=(3, 4, 6)))


def hours(count: float) -> str:
    """`8 h`, `3 d`."""
    return f"{count / 24:g} d" if count >= 48 and count % 24 == 0 else f"{count:g} h"


def _table(lines: Sequence[Sequence[str]], right: tuple[int, ...] = ()) -> str:
    rule = ["---:" if column in right else "---" for column in range(len(lines[0]))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (lines[0], rule, *lines[1:]))
