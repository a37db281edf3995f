"""What a guard says of a piece of code."""

from __future__ import annotations

from typing import Literal

from core.codecheck.operations import Risk, risk_of
from core.types import Frozen

Verdict = Literal["allow", "needs_approval", "deny"]


class Review(Frozen):
    """A guard's verdict; `statement` is the only text that may be shown as checked, and the only one to send."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    """Sentences for a person; never empty for a deny or a needs_approval."""
    statement: str | None = None
    """The guard's own rendering of the checked tree; None when denied."""
    tables: tuple[str, ...] = ()
    """Tables read, three parts, back-quoted where needed, sorted; for a deny as far as they were found."""
    target: str | None = None
    """The table or view that a write goes to; of a renaming, the one that is renamed."""
    operation: str = "read"
    """'read', or the kind of write: create_table, replace_table, insert, delete, ... (`operations.py`)"""
    rule_ids: tuple[str, ...] = ()
    """The policy rules that decided, sorted."""

    @property
    def allowed(self) -> bool:
        """Whether it may run as it is, with no approval."""
        return self.verdict == "allow"

    @property
    def risk(self) -> Risk:
        """How much it can destroy: read, write, ddl or destructive; follows from the operation."""
        return risk_of(self.operation)
