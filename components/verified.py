"""A verified answer: who confirmed its statement and when, and its values as fields that can be changed and run again.

Also the form that makes an answer one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

import streamlit as st

from components.escaping import plain
from core.types import Response, Verified, VerifiedField

RunAgain = Callable[[str, str, Mapping[str, str]], None]
"""(query id, what the new turn's question says, every value as text)"""
_WIDTH = 180
_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True)
class VerifiedActions:
    """What verified answers need of their page."""

    run_again: RunAgain
    can_keep: Callable[[Response], bool]
    """Whether this person may make the answer a verified query."""
    keep: Callable[[str], None]
    """Open the form that does, for a correlation id."""
    zone: tzinfo


def draw_badge(verified: Verified, zone: tzinfo) -> None:
    """Who confirmed it, and when."""
    when = verified.confirmed_at.astimezone(zone)
    st.markdown(
        f":green[:material/verified: **Verified query**] :gray[· confirmed by {plain(verified.confirmed_by)} on "
        f"{when.day} {when:%b %Y}]"
    )


def draw_fields(verified: Verified, correlation_id: str, run_again: RunAgain) -> None:
    """The values as fields in a row, with the button that runs it again."""

    def again() -> None:
        values = {field.name: _text(st.session_state[_key(correlation_id, field)]) for field in verified.fields}
        run_again(verified.query_id, said(verified.fields, values), values)

    with (
        st.form(f"again-{correlation_id}", border=True),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        for field in verified.fields:
            _draw_field(field, _key(correlation_id, field))
        st.form_submit_button("Run again", icon=":material/replay:", on_click=again, key=f"run-again-{correlation_id}")


def _draw_field(field: VerifiedField, key: str) -> None:
    label = plain(field.label[:1].upper() + field.label[1:])
    if field.type == "date":
        st.date_input(
            label, value=date.fromisoformat(field.value), key=key, format="YYYY-MM-DD", min_value=_FIRST_DAY,
            max_value=_LAST_DAY, width=_WIDTH,
        )  # fmt: skip
    elif field.options:
        chosen = field.options.index(field.value) if field.value in field.options else None
        st.selectbox(label, field.options, index=chosen, key=key, width=_WIDTH)
    else:
        st.text_input(label, value=field.value, key=key, max_chars=500, width=_WIDTH)


def _key(correlation_id: str, field: VerifiedField) -> str:
    return f"value-{correlation_id}-{field.name}"


def _text(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def said(fields: Sequence[VerifiedField], values: Mapping[str, str]) -> str:
    """'Again with since = 2026-03-01': what is new, as the question of the turn that runs it."""
    new = [f"{field.label} = {values[field.name]}" for field in fields if values[field.name] != field.value]
    return f"Again with {', '.join(new)}" if new else "Again, with the same values"


@dataclass(frozen=True)
class Choosable:
    """A value of an answer that could become a parameter."""

    name: str
    label: str
    value: str
    words: str


@dataclass(frozen=True)
class Kept:
    """What a person filled in."""

    question: str
    paraphrases: tuple[str, ...]
    parameters: tuple[str, ...]


def draw_keep_form(question: str, choosable: Callable[[str], Sequence[Choosable]], sql: str, key: str) -> Kept:
    """The question, other ways to ask it, and which of its values may change; `choosable` reads them off a question."""
    text = st.text_input("The question, complete in itself", value=question, key=f"{key}-question", max_chars=500)
    others = st.text_area(
        "Other ways to ask the same (one a line)", key=f"{key}-others", max_chars=4000, height=90,
        help="Each has to mean exactly the same. They are how the question is found again.",
    )  # fmt: skip
    found = choosable(text)
    st.markdown(
        "**Values that a question may change**" if found else ":gray[The question names no value that may change.]"
    )
    chosen = [
        value.name
        for value in found
        if st.checkbox(
            f"{plain(value.label)} = `{value.value.replace('`', ' ')}` :gray[said as “{plain(value.words)}”]",
            value=True, key=f"{key}-parameter-{value.name}",
        )
    ]  # fmt: skip
    with st.expander("Its SQL", type="compact", icon=":material/code:"):
        st.code(sql, language="sql", wrap_lines=True)
    lines = tuple(line.strip() for line in others.splitlines() if line.strip())
    return Kept(text, lines, tuple(chosen))
