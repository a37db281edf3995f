"""Runs of Python code in a sandbox; nothing generated runs in the platform's own process."""

from __future__ import annotations

from dataclasses import dataclass

from core.codecheck import Review
from core.errors import StatementRefused
from core.execution import Effect, RunLimits, RunOutcome
from core.governance import ApprovalRequest
from core.types import Cancellation


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what code printed."""

    outcome: RunOutcome
    output: str = ""


class CodeRuns:
    """What Python would do, and doing it."""

    def examine(self, language: str, review: Review) -> Effect:
        """What the guard found; raises StatementRefused where it cannot be run here."""
        raise StatementRefused(f"There is nothing here that could run {language}.")

    def run(self, request: ApprovalRequest, run_id: str, limits: RunLimits, cancellation: Cancellation) -> Ran:
        """Run it; raises StatementRefused where it cannot be run here."""
        raise StatementRefused(f"There is nothing here that could run {request.language}.")
