"""What evaluators stored of a statement: read from the signed messages of its own question, never from a request."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agents.messages import AssessResponse
from core.governance import Evidence

if TYPE_CHECKING:
    from core.bus import Bus

ASSESSED = "sql.assess"


def evidence_of(bus: Bus, correlation_id: str, statement: str) -> Evidence | None:
    """The vote of the candidates that were assessed for a question; None when this statement was not among them."""
    votes: Counter[str] = Counter()
    own: AssessResponse | None = None
    source = ""
    for message in bus.messages.correlation(correlation_id):
        genuine = message.message_type == "response" and message.from_agent == "ExecutionAgent"
        if not genuine or message.content.kind != ASSESSED:
            continue
        assessed = AssessResponse.model_validate(message.content.body)
        passed = all(assessed.checks.values())
        votes[assessed.fingerprint if passed else f"failed {message.message_id}"] += 1
        if assessed.statement == statement:
            own, source = assessed, message.message_id
    if own is None:
        return None
    others = [number for print_, number in votes.items() if print_ != own.fingerprint]
    margin = (votes[own.fingerprint] - max(others, default=0)) / max(2, sum(votes.values()))
    return Evidence(vote_margin=max(0.0, round(margin, 6)), checks=dict(own.checks), source=source)
