"""Traces as people look at them: their own, everybody's, or what was said in them; `platform.tracing` is this part.

Who sees what follows from the policy. That somebody looked at another person's words is in the audit log first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.directory import AssignedRoles
from agents.looks import Looks
from agents.viewing import viewer_of
from core.clock import Clock
from core.errors import AccessDenied
from core.governance import Policy, Trail
from core.telemetry import Viewer
from core.telemetry.traces import (
    FIELDS,
    BusMessage,
    Comparison,
    Listed,
    Node,
    Order,
    Payload,
    TraceLine,
    Traces,
    TraceTree,
    Wanted,
    compare,
    completions,
    csv_of,
    json_of,
    parse,
)

EXAMPLES = ("duration>2s", "duration>10s", "cost>0.01", "tokens>10k", "unpriced>0", "statements>3", "rows>1000")
"""Comparisons to begin with; others are typed."""


@dataclass(frozen=True)
class Look:
    """What a page of the list is asked for, as it stands in the address."""

    line: str = ""
    """The filter line; see core/telemetry/traces/language.py."""
    order: Order = "newest"
    since: datetime | None = None
    until: datetime | None = None
    rows: int = 50
    skip: int = 0


class Tracing:
    """Thread-safe. Every method raises AccessDenied for who may not look, and NotFound for what is not theirs."""

    def __init__(
        self,
        traces: Traces,
        directory: AssignedRoles,
        policy: Callable[[], Policy],
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._traces = traces
        self._directory = directory
        self._policy = policy
        self._trail = trail
        self._looks = Looks(clock)

    def viewer(self, user_id: str, role: str) -> Viewer:
        """What the person may see; raises AccessDenied, recorded, when that is nothing."""
        self._check(user_id, role)
        try:
            return viewer_of(self._policy, user_id, role)
        except AccessDenied as denied:
            self._note("access.refused", user_id, role, "", {"what": "traces", "why": denied.message})
            raise

    def list(self, user_id: str, role: str, look: Look) -> Listed:
        """A page of traces; raises FilterInvalid. Other people's words are shown to who may read them, and recorded."""
        viewer = self.viewer(user_id, role)
        wanted = Wanted(parse(look.line), look.order, look.since, look.until, look.rows, look.skip)
        if wanted.query.texts and viewer.sees_content:  # what is found tells what others asked
            self._note_look(viewer, "", {"searched": look.line})
        listed = self._traces.list(viewer, wanted)
        if listed.others_words:
            others = sorted({line.user_id for line in listed.lines if line.words and line.user_id != user_id})
            self._note_look(viewer, "", {"list": look.line or look.order, "questions of": ", ".join(others)})
        return listed

    def completions(self, user_id: str, role: str) -> tuple[str, ...]:
        """Terms of a filter line to choose from. Values of the installation are for who sees everything."""
        known = self._traces.known() if self.viewer(user_id, role).sees_all else {}
        fields = [name for name, field in FIELDS.items() if not field.number]
        values = [term for name in fields for term in completions(f"{name}:", known, limit=60)]
        return (*values, *EXAMPLES)

    def tree(self, user_id: str, role: str, trace_id: str) -> TraceTree:
        """One trace. One statement."""
        return self._traces.tree(self.viewer(user_id, role), trace_id)

    def compare(self, user_id: str, role: str, ids: tuple[str, str]) -> tuple[tuple[TraceTree, ...], Comparison]:
        """Two traces and what differs. One statement."""
        trees = self._traces.trees(self.viewer(user_id, role), ids)
        return trees, compare(*trees)

    def may_read(self, user_id: str, role: str, node: Node) -> bool:
        """Whether the text of a step would be shown."""
        viewer = self.viewer(user_id, role)
        return viewer.sees_content or node.row.text("user_id") == user_id

    def payload(self, user_id: str, role: str, node: Node) -> Payload | None:
        """What went into a step and came out; another's is recorded before it is read. One statement."""
        viewer = self.viewer(user_id, role)
        owner = node.row.text("user_id")
        viewer.check_content(owner)
        if owner != user_id:
            self._note_look(viewer, node.row.trace_id, {"of": owner}, node.row.text("correlation_id"))
        return self._traces.payload(viewer, node.row)

    def messages(self, user_id: str, role: str, tree: TraceTree) -> tuple[BusMessage, ...]:
        """What agents told one another for this trace. One statement."""
        self.viewer(user_id, role)
        return self._traces.messages(tree.first.text("correlation_id"))

    def session(self, user_id: str, role: str, session_id: str) -> tuple[TraceLine, ...]:
        """The requests of a conversation, oldest first. At most two statements."""
        viewer = self.viewer(user_id, role)
        lines = self._traces.session(viewer, session_id)
        others = {line.user_id for line in lines if line.words and line.user_id != user_id}
        if others:
            self._note_look(viewer, "", {"conversation": session_id, "questions of": ", ".join(sorted(others))})
        return lines

    def file(self, user_id: str, role: str, trace_id: str, form: str) -> bytes:
        """A trace to take away as 'csv' or 'json'; figures only, no text."""
        tree = self.tree(user_id, role, trace_id)
        return csv_of(tree) if form == "csv" else json_of(tree)

    def _check(self, user_id: str, role: str) -> None:
        try:
            self._directory.check(user_id, role)
        except AccessDenied as denied:
            self._note("access.refused", user_id, role, "", {"what": "traces", "why": denied.message})
            raise

    def _note_look(self, viewer: Viewer, trace_id: str, facts: Mapping[str, Any], correlation_id: str = "") -> None:
        self._looks.once(
            viewer.user_id,
            f"{trace_id} {facts}",
            lambda: self._note("content.viewed", viewer.user_id, viewer.role, trace_id, facts, correlation_id),
        )

    def _note(
        self, action: str, user_id: str, role: str, trace_id: str, detail: Mapping[str, Any], correlation_id: str = ""
    ) -> None:
        self._trail(
            action, actor=user_id, actor_role=role, object_kind="trace", object_id=trace_id,
            correlation_id=correlation_id, detail=detail,
        )  # fmt: skip
