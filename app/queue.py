"""What one tab knows of requests for approval: read again when something may have changed, and only while it is used.

In a home the newest commits of the tables tell of changes; in a workspace nothing does, so that one statement in
fifteen seconds has to.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

from agents.platform import Platform
from core.governance import ApprovalRequest
from core.governance.approval.queue import Filter, Queue

LOOK_SECONDS = 2.0
"""How often an open page looks whether there is news; no statement."""
REMOTE_SECONDS = 15
IDLE_SECONDS = 300.0
"""After so long without a click or a key a page looks no more, until somebody is there again."""
_KEPT = 200


@dataclass(frozen=True)
class Done:
    """What this person did last; it stands above the queue, with the way back while there is one."""

    what: Literal["approved", "rejected", "withdrawn", "edited", "told"]
    title: str
    request_id: str = ""
    sentence: str = ""
    correlation_id: str = ""
    session_id: str = ""


@dataclass
class TabQueue:
    """One tab's view of the queue."""

    used_at: float = field(default_factory=time.monotonic)
    by_timer: bool = False
    """Whether the next run comes from the page itself and not from a person."""
    selected: str = ""
    dialog: tuple[str, str] | None = None
    """(which, request id) of the dialog that is open."""
    reopens: tuple[str, str] | None = None
    """One that the browser closed and did not tell of: it has to be taken away before it can be opened again."""
    opened: int = 0
    """How many dialogs have been opened: one that is left late does not close the next."""
    done: Done | None = None
    opens: str = ""
    """The request that was chosen elsewhere, to be opened in the next run."""
    shown: int = 0
    """How many further pages of the list were asked for."""
    pages: dict[tuple[str, Filter], tuple[str, Queue]] = field(default_factory=dict)
    requests: dict[tuple[str, str], tuple[str, ApprovalRequest]] = field(default_factory=dict)

    def use(self) -> None:
        """A run of the page: somebody is there, unless the page ran by itself."""
        if not self.by_timer:
            self.used_at = time.monotonic()
        self.by_timer = False

    @property
    def is_used(self) -> bool:
        """Whether somebody was there in the last minutes."""
        return time.monotonic() - self.used_at < IDLE_SECONDS


class QueueReader:
    """Reads for one person in one role, and remembers it in their tab."""

    def __init__(self, platform: Platform, tab: TabQueue, user_id: str, role: str) -> None:
        self._governance = platform.governance
        self._remote = platform.mode == "databricks"
        self._tab = tab
        self._user_id, self._role = user_id, role

    def news(self, *, running: bool = False) -> str:
        """Changes when a look may be worth a statement; `running`: also when a run has ended. No statement.

        Taken before a statement, never after it: what is written in between is news.
        """
        told = self._governance.news(running=running)
        return f"{told} {int(time.monotonic() // REMOTE_SECONDS)}" if self._remote else told

    def page(self, chosen: Filter) -> Queue:
        """A page of the queue as it stands by the clock; a statement only when there is news or for another page."""
        key, news = (f"{self._user_id} {self._role}", chosen), self._both()
        known = self._tab.pages.get(key)
        if known is None or known[0] != news[False]:
            self._tab.pages = {k: v for k, v in self._tab.pages.items() if v[0] == news[False]}
            known = (news[False], self._governance.queue(chosen, self._user_id, self._role))
            self._tab.pages[key] = known
            for request in known[1].requests:
                self._keep(request, news)
        now = tuple(self._governance.as_of_now(request) for request in known[1].requests)
        return known[1].model_copy(update={"requests": now})

    def request(self, request_id: str) -> ApprovalRequest:
        """One request as it stands; raises NotFound for what this person may not see."""
        news = self._both()
        known = self._tab.requests.get((self._user_id, request_id))
        if known is None or known[0] != news[runs_now(known[1])]:
            request = self._governance.open(request_id, self._user_id, self._role)
            self._keep(request, news)
            return request
        return self._governance.as_of_now(known[1])

    def _both(self) -> tuple[str, str]:
        """The news without and with those of runs."""
        return self.news(), self.news(running=True)

    def _keep(self, request: ApprovalRequest, news: tuple[str, str]) -> None:
        if len(self._tab.requests) > _KEPT:
            self._tab.requests.clear()
        self._tab.requests[(self._user_id, request.request_id)] = (news[runs_now(request)], request)


def runs_now(request: ApprovalRequest) -> bool:
    """Whether its run has begun and has not ended."""
    return request.consumed_at is not None and request.run_status is None
