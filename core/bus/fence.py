"""Whether a request is still this process' to answer (G4), asked before every effect and before every commit.

Nothing is asked of the warehouse while that is certain: while the lease holds, or while everything of it that others
can have seen is younger than a lease (a taker leaves that alone, see recovery). Otherwise one conditional renewal
decides. What was taken over is ended here, and rows that are said on its behalf are dropped.

Between the check and the end of the commit that it allows lies at least the margin of a lease. A process that is
stopped exactly there, for longer than that, can still append a second row; readers take the first of an id.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from core.bus.lease import MARGIN
from core.bus.leases import Leases
from core.bus.message import Message
from core.bus.requests import OpenRequest, RequestTable
from core.bus.signing import Signer
from core.clock import Clock
from core.errors import Fenced, PlatformError
from core.warehouse.port import Row

_log = logging.getLogger(__name__)


def fenced_error() -> Fenced:
    """What is told of a request that another process took over."""
    return Fenced("Another process took this request over.")


class Fence:
    """Thread-safe. `ended` is told of each request that was taken over, once."""

    def __init__(
        self,
        leases: Leases,
        requests: RequestTable,
        signer: Signer,
        clock: Clock,
        *,
        lease_s: float,
        is_stored: Callable[[str], bool],
        ended: Callable[[OpenRequest], None],
    ) -> None:
        self._leases = leases
        self._requests = requests
        self._signer = signer
        self._clock = clock
        self._certain_s = lease_s * (1 - MARGIN)
        self._is_stored = is_stored
        self._ended = ended
        self._asking = threading.Lock()

    def check(self, request: OpenRequest) -> None:
        """Raise Fenced when another process has taken over the request or one that it was made for."""
        if not self._certain(request):
            self._renew_unless(lambda: self._certain(request))
        if any(one.fenced for one in _line(request)):
            raise fenced_error()

    def check_sender(self, message: Message) -> None:
        """Raise Fenced when the message comes from a handler whose own request was taken over."""
        if self._requests.made_by_fenced(message):
            raise fenced_error()

    def admit(self, rows: Sequence[Row]) -> list[Row]:
        """Those rows of a batch of messages that this process may still commit; its unanswered requests signed anew
        when it goes on under a new identity. From here on others may see them.
        """
        owed = [(row, self._requests.of_row(row)) for row in rows]
        if not all(request is None or self._may_write(request, row) for row, request in owed):
            self._renew_unless(lambda: all(r is None or self._may_write(r, row) for row, r in owed))
        kept: list[Row] = []
        for row, request in owed:
            if request is not None and any(one.fenced for one in _line(request)):
                continue
            if request is not None and row["message_type"] == "request":
                self._show(request, row)
            kept.append(row)
        if len(kept) < len(rows):
            _log.warning("%d rows of requests that another process took over are not written", len(rows) - len(kept))
        return kept

    def _show(self, request: OpenRequest, row: Row) -> None:
        """Say that others may see it, under the identity that this process now has."""
        present = self._leases.process.process_id
        if row["process_id"] != present and not request.fence:
            signed, anew = self._signer.sign(request.message.model_copy(update={"process_id": present}))
            request.message = request.reply.request = signed
            row.update(anew)
        request.visible = True

    def renew(self) -> None:
        """Extend what this process holds, and end what it has lost."""
        self._renew_unless(lambda: False)

    def _renew_unless(self, certain: Callable[[], bool]) -> None:
        """Of several threads that are in doubt at the same time one asks."""
        with self._asking:
            if certain():
                return
            lost = self._leases.renew()
            taken = self._take(lost) if lost else []
        for request in taken:
            self._ended(request)

    def _may_write(self, request: OpenRequest, row: Row) -> bool:
        """A request that nobody has seen is certainly ours, but may not appear under a lease that is not."""
        shows = row["message_type"] == "request" and not request.fence
        return self._certain(request) and (not shows or self._holds(request))

    def _certain(self, request: OpenRequest) -> bool:
        return all(one.fenced or one.closed or not one.visible or self._holds(one) for one in _line(request))

    def _holds(self, request: OpenRequest) -> bool:
        return self._leases.certain(request.lease) or (request.fence == 0 and self._is_young(request.lease))

    def _is_young(self, lease: str) -> bool:
        """Whether nothing that others may have seen of this lease is old enough to be taken over."""
        oldest, now = self._clock.monotonic() - self._certain_s, self._clock.now()
        return all(
            request.asked > oldest and (now - request.message.timestamp).total_seconds() < self._certain_s
            for request in self._requests.owed()
            if request.lease == lease and request.visible
        )

    def _take(self, leases: frozenset[str]) -> list[OpenRequest]:
        """What of the lost leases others could read is theirs now, and with it what it had asked for here."""
        owed = self._requests.owed()
        taken = [request for request in owed if request.lease in leases and self._was_read(request)]
        ids = {request.message.message_id for request in taken}
        family = [r for r in owed if any(one.message.message_id in ids for one in _line(r))]
        self._requests.fence(family)
        _log.error("another process took over %d requests of this one", len(taken))
        return family

    def _was_read(self, request: OpenRequest) -> bool:
        if request.durable or not request.visible:
            return request.visible
        try:
            return self._is_stored(request.message.message_id)  # its commit failed, or is not known to have ended
        except PlatformError:
            return True


def _line(request: OpenRequest) -> list[OpenRequest]:
    """The request, the one that it was made for, and so on."""
    line: list[OpenRequest] = []
    one: OpenRequest | None = request
    while one is not None:
        line.append(one)
        one = one.parent
    return line
