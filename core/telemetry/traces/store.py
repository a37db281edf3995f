"""Traces as a viewer may see them. Every statement is limited to the viewer's own rows unless they see all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.clock import Clock
from core.errors import AccessDenied, NotFound
from core.telemetry.telemetry import Telemetry
from core.telemetry.traces.language import Query, condition
from core.telemetry.traces.listing import ORDERS, Listed, TraceLine, Wanted, line_of, lines_of
from core.telemetry.traces.recent import EVER, RecentTraces
from core.telemetry.traces.tree import SpanRow, TraceTree, build, row_of
from core.telemetry.viewer import Viewer
from core.types import PLATFORM
from core.warehouse.port import Parameters, Row, Value, Warehouse
from core.warehouse.statements import load, render

_SESSION_ROWS = 200
_KNOWN_DAYS = 7
_KNOWN_S = 300.0
_MISSING = "There is no such trace, or it is not yours to see."


@dataclass(frozen=True)
class Payload:
    """What went into a span and came out of it, shortened when it was written."""

    user_id: str
    input: str | None
    output: str | None


@dataclass(frozen=True)
class BusMessage:
    """One message that an agent sent for the request; what it said is in the span's input."""

    message_id: str
    from_agent: str
    to_agent: str
    message_type: str
    kind: str
    at: datetime


@dataclass(frozen=True)
class _Read:
    """What was opened last: another step of it is chosen without reading it again."""

    wanted: tuple[tuple[str, str], str | None, str]
    """Ids, the person that it is limited to, and the stamp of the table; '' when it may have changed since."""
    trees: tuple[TraceTree, ...]


class Traces:
    """Thread-safe. Every method raises the WarehouseError family; what is not the viewer's is NotFound."""

    def __init__(
        self,
        warehouse: Warehouse,
        telemetry: Telemetry,
        state: str,
        clock: Clock,
        written: Callable[[], str] = lambda: "",
    ) -> None:
        """`written()` gives another text whenever rows were appended, or '' where only a statement would tell."""
        self._warehouse = warehouse
        self._telemetry = telemetry
        self._clock = clock
        self._sql = {
            name: render(text, state) for name, text in load("core.telemetry.traces", "statements.sql").items()
        }
        self._recent = RecentTraces(
            lambda only, rows, since: self._rows(self._sql["newest"], {"only": only, "rows": rows, "since": since}),
            lambda only, ids: self._rows(self._sql["begun_before"], {"only": only, "ids": json.dumps(sorted(ids))}),
            telemetry.in_memory,
            written,
            clock,
        )
        self._known: tuple[float, Mapping[str, tuple[str, ...]]] | None = None
        self._words: dict[str, str | None] = {}
        self._written = written
        self._last: _Read | None = None

    # ── the list ──────────────────────────────────────────────────────────────────────────────────────────────

    def list(self, viewer: Viewer, wanted: Wanted) -> Listed:
        """A page. The newest come from memory when it reaches so far; a statement otherwise, one more for the words."""
        if wanted.is_plain:
            newest = self._recent.newest(viewer.only, wanted.skip + wanted.rows + 1)
            if newest is not None:
                within = [line for line in newest if wanted.since is None or line.start >= wanted.since]
                chosen = within[wanted.skip :]
                return self._worded(viewer, chosen, wanted, from_memory=True)
        statement, parameters = self._page(viewer, wanted)
        lines = [line_of(row) for row in self._rows(statement, parameters)]
        return self._worded(viewer, lines, wanted, from_memory=False)

    def known(self) -> Mapping[str, tuple[str, ...]]:
        """Values of the last days to complete a filter with, by field; one statement in five minutes of use."""
        now = self._clock.monotonic()
        if self._known is None or now - self._known[0] > _KNOWN_S:
            since = self._clock.now() - timedelta(days=_KNOWN_DAYS)
            found: dict[str, list[str]] = {}
            for row in self._rows(self._sql["models"], {"since": since}):
                found.setdefault(str(row["field"]), []).append(str(row["value"]))
            self._known = now, {field: tuple(values) for field, values in found.items()}
        return self._known[1]

    def _page(self, viewer: Viewer, wanted: Wanted) -> tuple[str, Parameters]:
        query = wanted.query
        fits, bound = condition(query.of_request, "request", "r")
        if wanted.order == "failed":
            fits += "\n    AND status = 'error'"
        elif wanted.order == "expensive":
            fits += "\n    AND (cost > 0 OR unpriced > 0)"
        narrowed, more = self._narrowed(viewer, query)
        statement = self._sql["page"].replace("{fits}", fits).replace("{narrowed}", narrowed)
        parameters: dict[str, Value] = {
            **bound,
            **more,
            "since": wanted.since or EVER,
            "until": wanted.until or self._clock.now() + timedelta(days=1),
            "only": viewer.only,
            "rows": wanted.rows + 1,
            "skip": wanted.skip,
        }
        return statement.replace("{order}", ORDERS[wanted.order]), parameters

    def _narrowed(self, viewer: Viewer, query: Query) -> tuple[str, dict[str, Value]]:
        pieces: list[str] = []
        bound: dict[str, Value] = {}
        if query.of_spans:
            fits, of_spans = condition(query.of_spans, "span", "s")
            pieces.append(self._sql["of_spans"].replace("{fits}", fits))
            bound |= of_spans
        for number, text in enumerate(query.texts):
            pieces.append(self._sql["of_text"].replace("{word}", f":w{number}"))
            bound[f"w{number}"] = text.lower()
        if query.texts:
            bound["reader"] = _reader(viewer)
        return "\n".join(pieces), bound

    def _worded(self, viewer: Viewer, lines: Sequence[TraceLine], wanted: Wanted, *, from_memory: bool) -> Listed:
        shown = self._with_words(viewer, lines[: wanted.rows])
        others = sum(line.words is not None and line.user_id != viewer.user_id for line in shown)
        return Listed(tuple(shown), len(lines) > wanted.rows, from_memory, others)

    def _with_words(self, viewer: Viewer, lines: Sequence[TraceLine]) -> Sequence[TraceLine]:
        """What was asked, for the lines whose text the viewer may read; what was read once is kept."""
        mine = [line for line in lines if viewer.sees_content or line.user_id == viewer.user_id]
        memory = self._telemetry.in_memory().payloads
        missing = [line for line in mine if line.root_id not in self._words and line.root_id not in memory]
        if missing:
            parameters: dict[str, Value] = {
                "since": min(line.start for line in missing) - timedelta(minutes=1),
                "until": max(line.start for line in missing) + timedelta(minutes=1),
                "reader": _reader(viewer),
                "ids": json.dumps([line.root_id for line in missing]),
            }
            found = {
                str(r["trace_id"]): str(r["words"]) for r in self._rows(self._sql["words"], parameters) if r["words"]
            }
            if len(self._words) > 20_000:
                self._words.clear()
            settled = self._clock.now() - timedelta(minutes=1)  # its text may still be on its way
            self._words |= {
                line.root_id: found.get(line.trace_id)
                for line in missing
                if line.trace_id in found or line.start < settled
            }
        else:
            found = {}

        def words(line: TraceLine) -> str | None:
            if line.root_id in memory:
                return _start_of(memory[line.root_id].get("input"))
            return self._words.get(line.root_id) or found.get(line.trace_id)

        readable = {line.trace_id for line in mine}
        return [replace(line, words=words(line)) if line.trace_id in readable else line for line in lines]

    # ── one trace ─────────────────────────────────────────────────────────────────────────────────────────────

    def tree(self, viewer: Viewer, trace_id: str) -> TraceTree:
        """All spans of a trace, those of this process that are not written yet among them. One statement."""
        return self.trees(viewer, (trace_id, trace_id))[0]

    def trees(self, viewer: Viewer, ids: tuple[str, str]) -> tuple[TraceTree, ...]:
        """Two traces; one statement, two when the time in an id was no help, none when they were opened last and nobody
        has written since. Raises NotFound when one is missing.
        """
        memory = self._telemetry.in_memory()
        held = [row for row in memory.rows if viewer.only in (None, row.get("user_id"))]
        wanted = (ids, viewer.only, "" if any(row["trace_id"] in ids for row in held) else self._written())
        last = self._last
        if last is not None and last.wanted == wanted and wanted[2]:
            return last.trees
        parameters = {"trace": ids[0], "other": ids[1], "only": viewer.only}
        since = min(begun_at(one) for one in ids)
        rows = self._rows(self._sql["spans"], {**parameters, "since": since})
        found = self._trees(ids, rows, held, memory.running)
        if any(tree is None for tree in found) and since > EVER:
            rows = self._rows(self._sql["spans"], {**parameters, "since": EVER})
            found = self._trees(ids, rows, held, memory.running)
        whole = tuple(tree for tree in found if tree is not None)
        if len(whole) < len(found):
            raise NotFound(_MISSING)
        self._last = _Read(wanted, whole)
        return whole

    def payload(self, viewer: Viewer, row: SpanRow) -> Payload | None:
        """What went in and came out; None when nothing was kept. Raises AccessDenied for another's text."""
        owner = row.text("user_id")
        viewer.check_content(owner)
        kept: Mapping[str, object] | None = self._telemetry.in_memory().payloads.get(row.span_id)
        if kept is None:
            parameters = {"trace": row.trace_id, "span": row.span_id, "reader": _reader(viewer)}
            kept = next(iter(self._rows(self._sql["payload"], parameters)), None)
        if kept is None:
            return None
        if str(kept.get("user_id") or "") not in (viewer.user_id, owner):
            raise AccessDenied("The text of this step belongs to somebody else.")
        return Payload(owner, _text(kept.get("input")), _text(kept.get("output")))

    def messages(self, correlation_id: str) -> tuple[BusMessage, ...]:
        """What agents told one another for a request that the viewer may see; one statement."""
        rows = self._rows(self._sql["messages"], {"correlation": correlation_id}) if correlation_id else ()
        return tuple(_message(row) for row in rows)

    def session(self, viewer: Viewer, session_id: str) -> tuple[TraceLine, ...]:
        """The requests of a conversation, oldest first: at most the newest 200. One statement."""
        parameters = {"session": session_id, "only": viewer.only, "rows": _SESSION_ROWS}
        memory = self._telemetry.in_memory()
        mine = [
            row for row in memory.rows
            if row.get("session_id") == session_id and viewer.only in (None, row.get("user_id"))
        ]  # fmt: skip
        rows = self._rows(self._sql["session"], parameters)
        return tuple(reversed(self._with_words(viewer, lines_of([*mine, *rows], memory.running))))

    def _trees(
        self,
        ids: Sequence[str],
        rows: Sequence[Mapping[str, Value]],
        held: Sequence[Mapping[str, Value]],
        running: frozenset[str],
    ) -> tuple[TraceTree | None, ...]:
        both = [*rows, *held]
        return tuple(
            build(row_of(row, running=row["span_id"] in running) for row in both if row["trace_id"] == one)
            for one in ids
        )

    def _rows(self, statement: str, parameters: Parameters) -> Sequence[Row]:
        found: Sequence[Row] = self._warehouse.query(statement, parameters, principal=PLATFORM).to_pylist()
        return found


def begun_at(trace_id: str) -> datetime:
    """No span of the trace is older than this: a day before the moment in its id, where it has one."""
    try:
        moment = datetime.fromtimestamp(int(trace_id[:12], 16) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return EVER
    known = len(trace_id) == 32 and trace_id[12] == "7" and moment.year >= 2024
    return moment - timedelta(days=1) if known else EVER


def _reader(viewer: Viewer) -> str | None:
    return None if viewer.sees_content else viewer.user_id


def _start_of(content: object) -> str | None:
    return content[:200] if isinstance(content, str) else None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, default=str, ensure_ascii=False)


def _message(row: Row) -> BusMessage:
    at = row["timestamp"]
    assert isinstance(at, datetime)
    told = {name: str(row[name] or "") for name in ("message_id", "from_agent", "to_agent", "message_type", "kind")}
    return BusMessage(**told, at=at)
