"""One request for approval: where it stands, what exactly would be sent, what it would do, who decides and who did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import streamlit as st

from components.effect import draw_effect, draw_samples, effect_of, has_samples
from components.escaping import plain
from components.formats import agent_name, moment, stamp, until, words
from core.governance import ApprovalDecision, ApprovalRequest

RISKS: Mapping[str, tuple[str, str]] = {
    "read": ("visibility", "blue"),
    "write": ("edit", "orange"),
    "ddl": ("construction", "orange"),
    "destructive": ("warning", "red"),
    "python": ("code", "violet"),
    "pyspark": ("code", "violet"),
    "any": ("description", "gray"),
}
"""Icon and colour of a risk; its word stands beside them."""
STATES: Mapping[str, tuple[str, str, str]] = {
    "pending": ("hourglass_top", "orange", "Waiting for approval"),
    "approved": ("check_circle", "green", "Approved"),
    "rejected": ("block", "red", "Rejected"),
    "expired": ("timer_off", "gray", "Expired"),
    "superseded": ("swap_horiz", "gray", "Replaced by an edit"),
    "withdrawn": ("undo", "gray", "Withdrawn"),
    "running": ("progress_activity", "blue", "Running"),
    "done": ("check_circle", "green", "Ran"),
    "refused": ("block", "red", "Not run: it was refused"),
    "failed": ("error", "red", "Ran and failed"),
    "cancelled": ("stop_circle", "gray", "Stopped while it ran"),
    "unknown": ("help", "orange", "Ran; what became of it is not known"),
}
_VERDICTS = {
    "approve": (":green[:material/check:]", "approved"),
    "reject": (":red[:material/close:]", "rejected"),
    "withdraw": (":gray[:material/undo:]", "withdrew it"),
    "supersede": (":gray[:material/swap_horiz:]", "edited it"),
}
_TALL_STATEMENT, _STATEMENT_HEIGHT = 26, 480


@dataclass(frozen=True)
class Reader:
    """When and where a page is read: ages and times are written for that."""

    now: datetime
    zone: tzinfo


def state_of(request: ApprovalRequest) -> str:
    """The request's state as a word of STATES: once it was used, how its run went."""
    if request.status == "consumed":
        return request.run_status or "running"
    return request.status


def risk_word(request: ApprovalRequest) -> str:
    """The risk, or for what has none, the kind."""
    return words(request.kind if request.risk == "any" else request.risk)


def state_line(request: ApprovalRequest, reader: Reader) -> str:
    """How it stands in one line of Markdown: icon, word, and since when, by whom or for how long."""
    icon, colour, title = STATES[state_of(request)]
    return f":{colour}[:material/{icon}: **{title}**] :gray[· {plain(_standing(request, reader))}]"


def draw_heading(request: ApprovalRequest, reader: Reader) -> None:
    """The title, and below it in one line what it is and who asked."""
    icon, colour = RISKS.get(request.risk, RISKS["any"])
    st.markdown(f"#### {plain(request.title)}", anchors=False)
    asked = f"asked by {request.requester} · {words(request.requester_role)} · {moment(request.created_at, reader.now)}"
    kind = f":{colour}-badge[:material/{icon}: {risk_word(request)}] :gray[{plain(asked)}]"
    st.markdown(f"{kind}  \n{state_line(request, reader)}")


def draw_evidence(request: ApprovalRequest, reader: Reader) -> None:
    """The statement and its effect, side by side where there is room; the rows below."""
    with st.grid("auto", min_column_width=300, gap="medium"):
        with st.container(gap="xsmall"):
            st.markdown("**Statement, exactly as it will be sent**" if request.language == "sql" else "**Code**")
            _draw_statement(request)
            _draw_parameters(request.parameters)
        with st.container(gap="xsmall"):
            st.markdown(f"**Effect** :gray[· dry run {moment(request.created_at, reader.now)}]")
            draw_effect(request.effect)
    effect = effect_of(request.effect)
    if effect is not None and has_samples(effect):
        draw_samples(request.effect)


def draw_facts(request: ApprovalRequest, reader: Reader) -> None:
    """Target, rule, deciders, quorum, times, digest: one line each."""
    roles = " or ".join(words(role) for role in request.deciding_roles(reader.now))
    have = len({d.user_id for d in request.counting if d.verdict == "approve"})
    asks = "one approval" if request.quorum == 1 else f"{request.quorum} approvals by different people"
    facts = {
        "Target": plain(request.target) if request.target else "nothing is written",
        "Rule that asks": f"{_rule(request)}: {plain(request.kind)} of risk {plain(request.risk)} needs {asks}",
        "May decide": f"{plain(roles)}, and not {plain(request.requester)}",
        "Approvals": f"{have} of {request.quorum}",
        "Asked": stamp(request.created_at, reader.zone),
        "Decide by": stamp(request.due_at, reader.zone),
        "Valid until": f"{stamp(request.expires_at, reader.zone)} ({until(request.expires_at, reader.now)})",
        "Runs as": plain(request.run_as) + (f" through {agent_name(request.runner)}" if request.runner else ""),
    }
    st.markdown("  \n".join(f":gray[{name}] {value}" for name, value in facts.items()))
    with st.popover(f"Digest {request.digest[:8]}", icon=":material/fingerprint:", type="tertiary"):
        st.caption("SHA-256 of everything that an approval binds. One byte of difference, and it will not run.")
        st.code(request.digest, language=None, wrap_lines=True)
        st.caption("Request id")
        st.code(request.request_id, language=None, wrap_lines=True)


def draw_history(request: ApprovalRequest, reader: Reader) -> None:
    """Who did what when, oldest first."""
    asked = f":gray[:material/add:] {plain(request.requester)} asked :gray[· {moment(request.created_at, reader.now)}]"
    lines = [asked, *(_decision_line(decision, reader) for decision in request.decisions)]
    if request.consumed_at is not None:
        icon, colour, title = STATES[state_of(request)]
        lines.append(f":{colour}[:material/{icon}: {title}] :gray[· begun {moment(request.consumed_at, reader.now)}]")
    st.markdown("  \n".join(lines))


def _standing(request: ApprovalRequest, reader: Reader) -> str:
    decision = request.closed_by
    if request.consumed_at is not None:
        return f"begun {stamp(request.consumed_at, reader.zone)}"
    if request.status == "pending":
        left = f"expires {until(request.expires_at, reader.now)}"
        return f"overdue · {left}" if request.is_overdue(reader.now) else left
    if request.status == "expired" or decision is None:
        return f"at {stamp(request.expires_at, reader.zone)}; nothing has run"
    if request.status == "superseded":
        return f"by {decision.user_id} at {stamp(decision.decided_at, reader.zone)}"
    reason = f": {decision.reason}" if decision.reason else ""
    return f"decided by {decision.user_id} at {stamp(decision.decided_at, reader.zone)}{reason}"


def _rule(request: ApprovalRequest) -> str:
    """The rule of approvals among the rules that decided; it is named after the kind."""
    named = [rule for rule in request.rule_ids if rule.split(".")[0] in (request.kind, "approvals")]
    return plain(", ".join(named or request.rule_ids))


def _draw_statement(request: ApprovalRequest) -> None:
    language = {"sql": "sql", "python": "python", "pyspark": "python"}.get(request.language)
    tall = request.statement.count("\n") > _TALL_STATEMENT
    st.code(request.statement, language=language, wrap_lines=True, height=_STATEMENT_HEIGHT if tall else "content")


def _draw_parameters(parameters: Mapping[str, Any]) -> None:
    if not parameters:
        return
    lines = ["| parameter | type | value |", "|:--|:--|:--|"]
    for name, value in parameters.items():
        kind, shown = (value.get("type", ""), value.get("value")) if isinstance(value, Mapping) else ("", value)
        lines.append(f"| {plain(name)} | {plain(str(kind))} | {plain(json.dumps(shown, default=str))} |")
    st.markdown("\n".join(lines))


def _decision_line(decision: ApprovalDecision, reader: Reader) -> str:
    icon, did = _VERDICTS[decision.verdict]
    who = "A written rule" if decision.by_rule else decision.user_id
    role = "" if decision.by_rule else f" ({words(decision.user_role)})"
    reason = f" · {decision.reason}" if decision.reason else ""
    undone = " · taken back" if decision.undone else ""
    when = moment(decision.decided_at, reader.now)
    return f"{icon} {plain(who + role)} {did} :gray[{plain(f'· {when}{reason}{undone}')}]"
