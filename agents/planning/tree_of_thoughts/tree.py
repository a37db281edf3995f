"""The tree as data: what was thought, how it was judged, and why a branch ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from core.types import Frozen

State = Literal["open", "set_aside", "pruned", "alive", "won"]
DEPTHS = ("question", "interpretation", "join path", "statement")


class Thought(Frozen):
    """One node; `id` is its way from the root ('1.2.1'), so a turn that is taken over names it the same."""

    id: str
    parent: str | None
    depth: int = Field(ge=0, le=3)
    text: str
    """For people: plain text, never markup."""
    statement: str | None = None
    """Only at depth 3."""
    prior: float = Field(default=1.0, ge=0, le=1)
    """How likely its proposer holds it; it orders siblings and is no evidence."""
    state: State = "open"
    score: float | None = None
    checks: Mapping[str, bool] = Field(default_factory=dict)
    reason: str = ""
    """Why it was pruned or set aside."""


class Tree:
    """All thoughts of one search, in the order in which they came."""

    def __init__(self, question: str) -> None:
        self.root = Thought(id="0", parent=None, depth=0, text=question, state="alive")
        self._thoughts: dict[str, Thought] = {self.root.id: self.root}
        self.backtracks = 0

    @property
    def thoughts(self) -> tuple[Thought, ...]:
        """Every thought as it now stands, parents before children."""
        return tuple(self._thoughts.values())

    def get(self, thought_id: str) -> Thought:
        return self._thoughts[thought_id]

    def add(self, parent: Thought, text: str, *, statement: str | None = None, prior: float = 1.0) -> Thought:
        """A new child of `parent`."""
        number = 1 + sum(1 for thought in self._thoughts.values() if thought.parent == parent.id)
        own = f"{parent.id}.{number}" if parent.depth else str(number)
        made = Thought(id=own, parent=parent.id, depth=parent.depth + 1, text=text, statement=statement, prior=prior)
        self._thoughts[own] = made
        return made

    def mark(self, thought: Thought, state: State, reason: str = "", **judged: Any) -> Thought:
        """Note how `thought` stands now."""
        changed = self._thoughts[thought.id].model_copy(update={"state": state, "reason": reason, **judged})
        self._thoughts[thought.id] = changed
        return changed

    def dump(self) -> list[dict[str, Any]]:
        """Plain JSON, for the bus."""
        return [thought.model_dump(mode="json") for thought in self.thoughts]
