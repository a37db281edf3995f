"""What somebody wants done, and the digest that an approval of it binds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from core.governance.digest import sha256, typed_parameters
from core.types import EXECUTOR, Frozen

Kind = Literal["execution", "document", "retraining", "promotion", "prompt_promotion", "role_change"]
Risk = Literal["read", "write", "ddl", "destructive", "python", "pyspark", "any"]
KIND_ACTIONS: Mapping[str, str] = {
    "execution": "execution.request",
    "document": "documents.manage",
    "retraining": "retraining.request",
    "promotion": "models.promote",
    "prompt_promotion": "prompts.edit",
    "role_change": "admin.roles",
}
"""What the requester's role must be permitted, by the kind of the request."""


class Evidence(Frozen):
    """What evaluators stored of a candidate; the confidence is computed from it, never taken from a message."""

    vote_margin: float = Field(ge=0, le=1)
    """(votes of the winning result - votes of the next one) / candidates."""
    checks: Mapping[str, bool] = Field(default_factory=dict)
    """Named checks and whether they passed; one that failed makes the confidence 0."""
    source: str
    """The stored event that this was read from."""

    @property
    def confidence(self) -> float:
        """The vote margin when every check passed (at least one there is), else 0."""
        return self.vote_margin if self.checks and all(self.checks.values()) else 0.0


class Proposal(Frozen):
    """What somebody wants done, exactly as it would be: `statement` is the guard's rendering, byte for byte."""

    kind: Kind = "execution"
    risk: Risk = "write"
    statement: str
    language: Literal["sql", "python", "pyspark", "policy", "document", "prompt"] = "sql"
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    target: str | None = None
    title: str
    requester: str
    requester_role: str
    run_as: str = EXECUTOR
    rule_ids: tuple[str, ...] = ()
    """The policy rules that let it be asked for, as the guard's review names them."""
    correlation_id: str
    session_id: str
    runner: str | None = None
    """The agent that carries it out once it is approved; None leaves that to whoever consumes the grant."""
    effect: Mapping[str, Any] = Field(default_factory=dict)
    """What the dry run found: shown to the decider and compared before the run; not part of the digest."""
    supersedes: str | None = None
    """The request that this one is an edit of."""


def request_digest(proposal: Proposal, hashes: Mapping[str, str]) -> str:
    """What an approval binds: change one byte of code, a parameter, the target, a person or a rule, and it differs."""
    return binding(proposal.model_dump(), typed_parameters(proposal.parameters), hashes)


def binding(fields: Mapping[str, Any], parameters: Mapping[str, Any], hashes: Mapping[str, str]) -> str:
    """The digest over named fields; `parameters` as `typed_parameters` gives them."""
    return sha256(
        {
            "kind": fields["kind"],
            "statement": fields["statement"],
            "language": fields["language"],
            "parameters": dict(parameters),
            "target": fields["target"],
            "requester": [fields["requester"], fields["requester_role"]],
            "run_as": fields["run_as"],
            "rules": dict(hashes),
            "correlation_id": fields["correlation_id"],
        }
    )
