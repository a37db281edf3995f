"""The queue as one person sees it: which requests, and how many there are of each."""

from __future__ import annotations

from dataclasses import dataclass

from core.governance.approval.model import ApprovalRequest
from core.types import Frozen


@dataclass(frozen=True)
class Viewer:
    """Whose queue it is: it holds what they asked for and what their role decides."""

    user_id: str
    deciding_role: str = ""
    """The role that they decide with; '' for somebody who decides nothing."""
    sees_all: bool = False


@dataclass(frozen=True)
class Filter:
    """Which requests to list; empty words stand for all."""

    openness: str = ""
    """'open' (nobody has settled it), 'closed', or ''."""
    requester: str = ""
    kind: str = ""
    risk: str = ""
    older_hours: float = 0.0
    """Asked for at least so long ago; 0 for any age."""
    before: str = ""
    """Older than the request of this id: the next page."""
    limit: int = 200


class Queue(Frozen):
    """A page of what a person may see, newest first, and how much there is beside it, whatever the filter."""

    requests: tuple[ApprovalRequest, ...] = ()
    open: int = 0
    mine: int = 0
    """Of the open ones: those that they asked for."""
    to_decide: int = 0
    """Of the open ones: those that wait for a decision which they may make."""


EVERYTHING = Viewer("", sees_all=True)
"""The platform's own view, for the command line of whoever owns the folder and for jobs."""
