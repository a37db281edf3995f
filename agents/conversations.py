"""Conversations as people see them: a list of titles, and the turns of one, opened by their owner only.

The turns are the signed messages of the bus; this part adds titles, deletions and their undoing. What was read
once is kept for a few seconds, so that redrawing a page costs no statement.
"""

from __future__ import annotations

import builtins
import json
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from agents.transcript import to_turns
from core.bus import Bus
from core.clock import Clock
from core.errors import NotFound
from core.ids import new_id
from core.telemetry.buffer import RowBuffer
from core.types import PLATFORM, Response, Turn
from core.warehouse.port import Value, Warehouse
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

FRESH_SECONDS = 10.0
_SETTLED_SECONDS = 10.0
"""So long after an answer, what its process keeps of it may not be stored yet."""
LONGEST_TITLE = 80
_MISSING = "There is no such conversation, or it is not yours."


@dataclass(frozen=True)
class Conversation:
    """One line of the list."""

    session_id: str
    title: str
    started_at: datetime
    last_at: datetime
    questions: int
    deleted: bool = False


@dataclass
class _Kept:
    """What this process knows of one person's conversations."""

    loaded: float = float("-inf")
    conversations: dict[str, Conversation] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """What was asked in or changed here since the list was last sent for: newer than what comes back."""
    reading: threading.Lock = field(default_factory=threading.Lock)


class Conversations:
    """List, open, rename, delete, restore and export; each call checks the owner."""

    def __init__(self, bus: Bus, warehouse: Warehouse, state: str, clock: Clock) -> None:
        self._bus = bus
        self._warehouse = warehouse
        self._clock = clock
        self._sql = {name: render(text, state) for name, text in load("agents", "conversations.sql").items()}
        self._events = RowBuffer(warehouse, f"{state}.conversations")
        self._people: dict[str, _Kept] = {}
        self._turns: dict[str, tuple[float, str, list[Turn]]] = {}
        self._owners: dict[str, str] = {}
        self._running: set[str] = set()
        """Turns of this process that have no response yet; those of other processes are read again."""
        self._lock = threading.RLock()

    # ── the list ──────────────────────────────────────────────────────────────────────────────────────────────

    def list(self, user_id: str, search: str | None = None) -> tuple[Conversation, ...]:
        """The person's conversations, latest first; `search` looks at titles and questions."""
        kept = self._kept(user_id).conversations
        with self._lock:
            known = [conversation for conversation in kept.values() if not conversation.deleted]
        if search and search.strip():
            words = search.strip().lower()
            inside = self._containing(user_id, words)
            known = [c for c in known if words in c.title.lower() or c.session_id in inside]
        return tuple(sorted(known, key=lambda conversation: conversation.last_at, reverse=True))

    def create(self, user_id: str, role: str, title: str | None = None, session_id: str | None = None) -> str:
        """Begin a conversation; gives its id. It is listed from its first question on."""
        session_id = session_id or new_id(self._clock)
        with self._lock:
            self._owners[session_id] = user_id
            self._turns.setdefault(session_id, (self._clock.monotonic(), user_id, []))
        if title is not None:
            self._record(session_id, "created", user_id, role, _short(title))
        return session_id

    def rename(self, session_id: str, title: str, user_id: str) -> None:
        """Give it another title; an empty one is refused by keeping the old."""
        conversation = self._mine(session_id, user_id)
        title = _short(title)
        if title:
            self._record(session_id, "renamed", user_id, "", title)
            self._keep(user_id, replace(conversation, title=title))

    def delete(self, session_id: str, user_id: str) -> None:
        """Take it off the list; `restore` undoes it. The messages stay: they are the record."""
        conversation = self._mine(session_id, user_id)
        self._record(session_id, "deleted", user_id, "", None)
        self._keep(user_id, replace(conversation, deleted=True))

    def restore(self, session_id: str, user_id: str) -> None:
        """Undo a deletion."""
        conversation = self._mine(session_id, user_id, deleted=True)
        self._record(session_id, "restored", user_id, "", None)
        self._keep(user_id, replace(conversation, deleted=False))

    def _mine(self, session_id: str, user_id: str, *, deleted: bool = False) -> Conversation:
        conversation = self._kept(user_id).conversations.get(session_id)
        if conversation is None or conversation.deleted != deleted:
            raise NotFound(_MISSING)
        return conversation

    def _keep(self, user_id: str, conversation: Conversation) -> None:
        with self._lock:
            kept = self._people.setdefault(user_id, _Kept())
            kept.conversations[conversation.session_id] = conversation
            kept.touched.add(conversation.session_id)

    def _record(
        self,
        session_id: str,
        event: Literal["created", "renamed", "deleted", "restored"],
        user_id: str,
        role: str,
        title: str | None,
    ) -> None:
        row: dict[str, Value] = {"event_id": new_id(self._clock), "session_id": session_id, "event": event}
        row |= {"title": title, "user_id": user_id, "user_role": role, "timestamp": self._clock.now()}
        self._events.add(row)

    def _kept(self, user_id: str) -> _Kept:
        """The person's list, read again after a while; nobody else waits for these statements."""
        with self._lock:
            kept = self._people.setdefault(user_id, _Kept())
        with kept.reading:
            started = self._clock.monotonic()
            if started - kept.loaded > FRESH_SECONDS:
                with self._lock:
                    kept.touched.clear()
                self.flush()
                found = self._load(user_id)
                with self._lock:
                    kept.conversations |= {key: one for key, one in found.items() if key not in kept.touched}
                kept.loaded = started
        return kept

    def _load(self, user_id: str) -> dict[str, Conversation]:
        found: dict[str, Conversation] = {}
        for row in self._rows("of_user", user_id=user_id):
            found[row["session_id"]] = Conversation(
                session_id=row["session_id"],
                title=_short(_question(row["first_content"])),
                started_at=row["started_at"],
                last_at=row["last_at"],
                questions=row["questions"],
            )
        for row in self._rows("events_of_user", user_id=user_id):
            known = found.get(row["session_id"])
            if known is None:
                continue  # asked, but not committed yet
            if row["event"] in ("deleted", "restored"):
                known = replace(known, deleted=row["event"] == "deleted")
            found[row["session_id"]] = replace(known, title=row["title"] or known.title)
        return found

    def _containing(self, user_id: str, words: str) -> set[str]:
        escaped = words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        return {row["session_id"] for row in self._rows("containing", user_id=user_id, pattern=f"%{escaped}%")}

    # ── one conversation ──────────────────────────────────────────────────────────────────────────────────────

    def check_owner(self, session_id: str, user_id: str) -> None:
        """Raise NotFound when the conversation is someone else's; a new id is anybody's to begin."""
        with self._lock:
            owner = self._owners.get(session_id)
        if owner is None:
            rows = self._rows("owner", session_id=session_id)
            owner = rows[0]["user_id"] if rows else user_id
            with self._lock:
                self._owners[session_id] = owner
        if owner != user_id:
            raise NotFound(_MISSING)

    def is_new(self, session_id: str) -> bool:
        """Whether this process began the conversation and nothing was asked in it yet."""
        with self._lock:
            known = self._turns.get(session_id)
            return known is not None and not known[2]

    def turns(self, session_id: str, user_id: str) -> tuple[Turn, ...]:
        """The conversation's turns, oldest first; raises NotFound for another person's, deleted or unknown one."""
        with self._lock:
            loaded, owner, turns = self._turns.get(session_id, (0.0, "", []))
            running = any(turn.correlation_id in self._running for turn in turns)
            fresh = owner == user_id and (running or self._clock.monotonic() - loaded <= FRESH_SECONDS)
        if not fresh:
            turns = self._read_turns(session_id, user_id)
        # While an answer is under way its page must not wait for the list: the warehouse may be starting.
        kept = _Kept() if running else self._kept(user_id)
        with self._lock:
            known = kept.conversations.get(session_id)
            if (known is not None and known.deleted) or (not turns and self._owners.get(session_id) != user_id):
                raise NotFound(_MISSING)
            return tuple(turns)

    def asked(self, turn: Turn) -> None:
        """A question was submitted in this process."""
        with self._lock:
            _, _, turns = self._turns.setdefault(turn.session_id, (self._clock.monotonic(), turn.user_id, []))
            turns.append(turn)
            self._running.add(turn.correlation_id)
            self._owners[turn.session_id] = turn.user_id
            kept = self._people.setdefault(turn.user_id, _Kept())
            kept.touched.add(turn.session_id)
            known = kept.conversations.get(turn.session_id) or Conversation(
                turn.session_id, _short(turn.question), turn.asked_at, turn.asked_at, 0
            )
            kept.conversations[turn.session_id] = replace(known, last_at=turn.asked_at, questions=known.questions + 1)

    def goes_on(self, session_id: str, correlation_id: str) -> None:
        """A turn of this process that had ended is under way again: its request was approved."""
        with self._lock:
            self._running.add(correlation_id)
            _, _, turns = self._turns.get(session_id, (0.0, "", []))
            for index, turn in enumerate(turns):
                if turn.correlation_id == correlation_id:
                    turns[index] = turn.model_copy(update={"response": None})

    def answered(self, session_id: str, response: Response) -> None:
        """A turn of this process ended."""
        with self._lock:
            self._running.discard(response.correlation_id)
            _, _, turns = self._turns.get(session_id, (0.0, "", []))
            for index, turn in enumerate(turns):
                if turn.correlation_id == response.correlation_id:
                    turns[index] = turn.model_copy(update={"response": response})

    def rated(self, session_id: str, correlation_id: str, rating: Literal["up", "down"]) -> None:
        """Show a rating at once, before its row is read again."""
        with self._lock:
            _, _, turns = self._turns.get(session_id, (0.0, "", []))
            for index, turn in enumerate(turns):
                if turn.correlation_id == correlation_id:
                    turns[index] = turn.model_copy(update={"rating": rating})

    def _read_turns(self, session_id: str, user_id: str) -> builtins.list[Turn]:
        messages = self._bus.history(session_id, participant="user")
        with self._lock:
            begun_here = self._owners.get(session_id)  # a question that is not committed yet has an owner too
        owner = next((m.user_id for m in messages if m.message_type == "request"), begun_here)
        if owner is not None and owner != user_id:
            raise NotFound(_MISSING)
        ratings = {row["correlation_id"]: row["rating"] for row in self._rows(
            "ratings", session_id=session_id, user_id=user_id)} if messages else {}  # fmt: skip
        turns = [turn.model_copy(update={"rating": ratings.get(turn.correlation_id)}) for turn in to_turns(messages)]
        with self._lock:
            turns = [t.model_copy(update={"response": None}) if t.correlation_id in self._running else t for t in turns]
            known = {turn.correlation_id for turn in turns}
            _, _, local = self._turns.get(session_id, (0.0, "", []))
            turns += [turn for turn in local if turn.correlation_id not in known]
            if owner is not None:
                self._owners[session_id] = owner
            self._turns[session_id] = (self._clock.monotonic(), user_id, turns)
        if known - {turn.correlation_id for turn in local}:
            self._bus.memory.read_again(session_id)  # another process went on with it
            if (self._clock.now() - messages[-1].timestamp).total_seconds() > _SETTLED_SECONDS:
                self._bus.memory.entries(session_id)  # read with the page, so that the next question need not
        return turns

    def find(self, correlation_id: str, user_id: str) -> Turn | None:
        """One of the person's own turns: from memory, else by one statement."""
        with self._lock:
            for _, owner, turns in self._turns.values():
                for turn in turns if owner == user_id else ():
                    if turn.correlation_id == correlation_id:
                        return turn
        message = self._bus.messages.by_id(correlation_id)
        return next((t for t in to_turns([message]) if t.user_id == user_id), None) if message else None

    def export_markdown(self, session_id: str, user_id: str) -> str:
        """The conversation as Markdown: questions, answers, statements, sources."""
        from agents.export import conversation_markdown

        turns = self.turns(session_id, user_id)
        known = self._kept(user_id).conversations.get(session_id)
        return conversation_markdown(known.title if known else "Conversation", turns)

    def flush(self) -> None:
        """Make titles and deletions durable."""
        self._events.flush()

    def _rows(self, name: str, **parameters: str) -> builtins.list[dict[str, Any]]:
        table = self._warehouse.query(self._sql[name], parameters, principal=PLATFORM)
        rows: builtins.list[dict[str, Any]] = python_rows(table)
        return rows


def _question(content: str) -> str:
    try:
        return str(json.loads(content)["body"]["question"])
    except (ValueError, KeyError, TypeError):
        return "Untitled"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"
