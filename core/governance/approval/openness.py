"""Whether a request can still be decided, and a decision still be taken back; what stands against it, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.errors import ApprovalClosed, ApprovalOutdated
from core.governance.approval.model import ApprovalDecision, ApprovalRequest


def require_seen(request: ApprovalRequest, digest_seen: str) -> None:
    """Raise ApprovalOutdated when what was shown is not what the request binds."""
    if digest_seen != request.digest:
        raise ApprovalOutdated("What you were shown is not what would be run.")


def require_open(request: ApprovalRequest, user_id: str) -> None:
    """Raise ApprovalClosed, with who and when, for this person when it does not wait for a decision of theirs."""
    if any(d.user_id == user_id and d.verdict == "approve" for d in request.counting):
        raise ApprovalClosed("You have approved it already.")
    if request.status == "pending":
        return
    if request.status == "expired":
        raise ApprovalClosed(f"It expired at {moment(request.expires_at)}; it has to be asked for again.")
    by = request.closed_by
    who = f"{by.user_id} at {moment(by.decided_at)}" if by else "somebody else"
    raise ApprovalClosed(f"It is {request.status} already: decided by {who}.")


def require_time_to_undo(request: ApprovalRequest, mine: ApprovalDecision, now: datetime) -> None:
    """Raise ApprovalClosed when the time for second thoughts is over.

    A run begins a moment after the time for second thoughts, so that what is taken back in time is not run.
    """
    end = mine.decided_at + timedelta(seconds=request.undo_seconds)
    if request.status in ("approved", "rejected") and now > end:
        what = "the rejection stands" if mine.verdict == "reject" else "the run is about to begin"
        raise ApprovalClosed(f"It is too late: {what}.")


def moment(at: datetime | None) -> str:
    """A time for a sentence."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else "an unknown time"
