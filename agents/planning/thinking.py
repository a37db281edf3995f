"""Comparing candidates: of the readings that the parser could not choose between, or of what a language model writes.

Statements of our own compiler are answered with; what a model wrote is shown and waits for an approval.
"""

from __future__ import annotations

from typing import TypeVar

from agents.base import Context, Ports
from agents.planning.budget import Budget
from agents.planning.playbook import Slots
from agents.planning.tree_of_thoughts.candidates import CandidateTree
from agents.planning.tree_of_thoughts.readings import Ask, ReadingTree
from agents.planning.tree_of_thoughts.search import Outcome, Search
from agents.planning.tree_of_thoughts.telling import (
    CONFIDENT,
    EVENT,
    declined,
    differing_candidates,
    event_payload,
    respond,
    thoughts,
)
from core.bus.events import Event
from core.ids import derived_id
from core.types import Frozen, Response

Reply = TypeVar("Reply", bound=Frozen)


class Thinking:
    """The searches of one turn, within its budget."""

    def __init__(self, ports: Ports, context: Context, budget: Budget, ask: Ask) -> None:
        self._ports, self._context, self._budget, self._ask = ports, context, budget, ask

    def between_readings(self, slots: Slots) -> Response | None:
        """The readings of an ambiguous question, compared by what they give; None where there is nothing to compare."""
        generated = slots.generated
        if generated is None or generated.outcome != "ambiguous" or not generated.readings:
            return None
        readings = ReadingTree(generated.readings, self._ask, self._budget, slots.schema_name)
        outcome = Search(readings, readings.evaluate, self._budget).run(slots.question)
        self._store(outcome)
        return respond(outcome, readings, self._ports.tell).model_copy(update={"tree": thoughts(outcome)})

    @property
    def differ(self) -> bool:
        """Whether the last search found results that differ."""
        return len(self.last.vote.groups) > 1

    def of_a_model(self, slots: Slots) -> tuple[str | None, Response | None, float]:
        """(the winner's statement, else what is told instead, the vote's margin)."""
        tree = CandidateTree(slots.question, self._ask, self._budget, slots.schema_name)
        outcome = Search(tree, tree.evaluate, self._budget).run(slots.question)
        self._store(outcome)
        groups, margin = outcome.vote.groups, outcome.vote.margin
        if groups and not outcome.vote.tie and margin >= CONFIDENT:
            return groups[0][0].thought.statement, None, margin
        if len(groups) > 1:
            told = differing_candidates(outcome, tree)
        else:
            told = declined(outcome, tree.missing)
        return None, told.model_copy(update={"tree": thoughts(outcome), "rung": "generated_sql"}), margin

    def _store(self, outcome: Outcome) -> None:
        """Into agent_events under an id that a repeated turn names again."""
        self.last = outcome
        event_id = derived_id(self._context.message.message_id, EVENT)
        self._ports.bus.emit(
            Event(
                event_id=event_id,
                event_type=EVENT,
                source_agent="OrchestratorAgent",
                payload=event_payload(outcome),
                correlation_id=self._context.message.correlation_id,
                timestamp=self._ports.clock.now(),
            )
        )
