"""A question and what came of it, as the chat shows it: the sentence first, then the evidence, then what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

import streamlit as st

from components.citations import draw_citations
from components.escaping import plain, rich
from components.outcomes import (
    draw_cancelled,
    draw_clarification,
    draw_failed,
    draw_refused,
)
from components.result import draw_code_file, draw_download, draw_result, draw_result_files, draw_statement
from components.steps import draw_path
from components.thoughts import draw_thoughts
from components.verified import VerifiedActions, draw_badge, draw_fields
from core.types import Code, Response, Turn

_QUESTION_SHOWN = 1500
Rating = Literal["up", "down"]


@dataclass(frozen=True)
class TurnActions:
    """What a turn needs of its page: to ask, to rate, the card of a requested approval, the whole result of a run."""

    ask: Callable[[str], None]
    rate: Callable[[str, Rating, str | None], None]
    draw_approval: Callable[[Response], None]
    result: Callable[[str, str], bytes]
    """(run id, 'csv' or 'parquet') -> the file; only for the run's owner."""
    verified: VerifiedActions | None = None
    """Without them a verified answer has its badge only."""


def draw_question(question: str) -> None:
    """The person's own words, exactly; the end of a very long one on demand."""
    with st.chat_message("user", avatar=":material/person:"):
        st.text(question[:_QUESTION_SHOWN] + ("…" if len(question) > _QUESTION_SHOWN else ""))
        if len(question) > _QUESTION_SHOWN:
            with st.expander(f"All {len(question):,} characters", type="compact"):
                st.text(question)


def draw_turn(turn: Turn, actions: TurnActions, *, latest: bool) -> None:
    """A finished turn; only the latest offers options and follow-ups."""
    draw_question(turn.question)
    if turn.response is None:
        return
    with st.chat_message("assistant", avatar=":material/hub:"):
        draw_answer(turn, turn.response, actions, latest=latest)


def draw_answer(turn: Turn, response: Response, actions: TurnActions, *, latest: bool) -> None:
    """The answer's message, by its status."""
    draw_path(response)
    draw_thoughts(response.tree)
    match response.status:
        case "answered":
            _draw_answered(response, actions, latest=latest)
        case "pending_approval":
            actions.draw_approval(response)
        case "needs_clarification":
            draw_clarification(response, actions.ask, open_=latest)
        case "refused":
            draw_refused(response)
        case "failed":
            draw_failed(response, turn.question, actions.ask, open_=latest)
        case "cancelled":
            draw_cancelled(response, turn.question, actions.ask, open_=latest)
    _draw_actions(turn, response, actions)
    if latest:
        _draw_suggestions(response, actions.ask)


def _draw_answered(response: Response, actions: TurnActions, *, latest: bool) -> None:
    st.markdown(rich(response.answer))
    if response.verified is not None:
        draw_badge(response.verified, actions.verified.zone if actions.verified is not None else UTC)
    draw_result(response)
    if response.verified is not None and response.verified.fields and latest and actions.verified is not None:
        draw_fields(response.verified, response.correlation_id, actions.verified.run_again)
    draw_citations(response.citations, response.answer, response.correlation_id)
    if response.code is not None and response.rows is None:
        _draw_code(response.code, response.answer)
    else:
        draw_statement(response)
    draw_code_file(response)
    if understood := [item for item in _understood(response) if item not in response.answer]:
        st.caption("Understood: " + " · ".join(map(plain, understood)))


def _understood(response: Response) -> tuple[str, ...]:
    """As it was read; of a verified query the badge says the first of it."""
    return response.understood[1:] if response.verified is not None else response.understood


def _draw_code(code: Code, answer: str) -> None:
    st.code(code.text, language="sql" if code.language == "sql" else "python", wrap_lines=True)
    if code.explanation and code.explanation not in answer:
        st.markdown(rich(code.explanation))
    if code.checks:
        st.caption(" · ".join(f":material/check: {plain(check)}" for check in code.checks))


def _draw_actions(turn: Turn, response: Response, actions: TurnActions) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if response.run_id and response.rows is not None:
            draw_result_files(response, actions.result)
        else:
            draw_download(response)
        if actions.verified is not None and actions.verified.can_keep(response):
            st.button(
                "Keep as verified", key=f"keep-{response.correlation_id}", icon=":material/verified:", type="tertiary",
                on_click=actions.verified.keep, args=(response.correlation_id,),
                help="Make this question and its statement a verified query: others get the same answer for it.",
            )  # fmt: skip
        if turn.rating is None:
            _draw_rating(response.correlation_id, actions)
        else:
            icon = "thumb_up" if turn.rating == "up" else "thumb_down"
            st.markdown(f":gray[:material/{icon}: rated {'good' if turn.rating == 'up' else 'bad'}]", width="content")


def _draw_rating(correlation_id: str, actions: TurnActions) -> None:
    st.button(
        "Good",
        key=f"good-{correlation_id}",
        icon=":material/thumb_up:",
        type="tertiary",
        on_click=actions.rate,
        args=(correlation_id, "up", None),
    )
    with (
        st.popover("Bad", icon=":material/thumb_down:", type="tertiary", key=f"bad-{correlation_id}"),
        st.form(f"reason-form-{correlation_id}", border=False),
    ):
        reason = st.text_input("What was wrong? (optional)", max_chars=500, key=f"reason-{correlation_id}")
        if st.form_submit_button("Send", type="primary"):
            actions.rate(correlation_id, "down", reason.strip() or None)
            st.rerun()


def _draw_suggestions(response: Response, ask: Callable[[str], None]) -> None:
    if not response.suggestions:
        return
    with st.container(horizontal=True, gap="xsmall"):
        for index, suggestion in enumerate(response.suggestions):
            st.button(
                plain(suggestion),
                key=f"suggestion-{response.correlation_id}-{index}",
                icon=":material/subdirectory_arrow_right:",
                on_click=ask,
                args=(suggestion,),
            )
