"""The parts of governance, put together: policy and rights, people's roles, switches, approvals, the audit log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from agents.announcing import Announcer
from agents.directory import AssignedRoles
from agents.engines import Engine
from agents.notices import open_webhook
from agents.rights import Rights, RightsHolder
from agents.switchboard import Stop, Switchboard
from config.settings import ROOT, Settings
from core.clock import Clock
from core.codecheck import PythonGuard, SqlGuard
from core.errors import PlatformError
from core.execution import GuardedReader, RunLog
from core.governance import AgentSwitches, Approvals, DataScopes, Policy, RoleAssignments, RowSigner
from core.governance.audit import AuditEntry, AuditLog, ForgedRows
from core.governance.notices import Notice, Outcome, Webhook

if TYPE_CHECKING:
    from core.governance.audit.forged_rows import Alert

_log = logging.getLogger(__name__)


class GovernanceParts:
    """One set a process. Nothing is read before it is needed."""

    def __init__(self, settings: Settings, engine: Engine, audit: AuditLog, clock: Clock, runs: RunLog) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._runs = runs
        self._signer = RowSigner(engine.keys)
        warehouse, state = engine.warehouse, settings.state
        self.scopes = DataScopes(warehouse, self._signer, state, clock, self._report)
        self.assignments = RoleAssignments(warehouse, self._signer, state, clock, self._report)
        self._written = Policy.from_file(ROOT / "config" / "rbac_roles.yaml", state_schema=state)
        self.directory = AssignedRoles(engine.people, self.assignments.latest, tuple(self._written.roles))
        self.audit = audit
        self.rights = RightsHolder(self._build_rights)
        self.switchboard: Switchboard
        self.announcer: Announcer
        self._forged: ForgedRows
        self._webhook: Webhook | None

    def connect(self, stop: Stop, alert: Alert) -> None:
        """Give it what only a running bus can do: stop an agent's work, and announce forged rows."""
        switches = AgentSwitches(self._engine.warehouse, self._signer, self._settings.state, self._clock)
        self.switchboard = Switchboard(switches, stop)
        self._forged = ForgedRows(self.audit, alert)
        self._webhook = open_webhook(self._settings, self._clock, self._undelivered)
        send = self._webhook.send if self._webhook is not None else lambda notice: None
        self.announcer = Announcer(send, lambda key: self.rights().approvals.get(key), self.trail, self._clock)

    def close(self) -> None:
        """Send what waits, then end the audit log's own chain."""
        self.announcer.close()
        if self._webhook is not None:
            self._webhook.close()
        self.audit.close()

    def send(self, notice: Notice) -> bool:
        """Have a notice posted, without waiting for it; False when no webhook is named or too many wait."""
        return self._webhook is not None and self._webhook.send(notice)

    def attempt(self, notice: Notice) -> Outcome | None:
        """Post a notice once and say how it ended; None when no webhook is named."""
        return None if self._webhook is None else self._webhook.attempt(notice)

    @property
    def signer(self) -> RowSigner:
        """Signs rows with this installation's key, for the parts that keep rows of their own."""
        return self._signer

    def report_forged(self, table: str, row_id: str) -> None:
        """Tell of a row that was not signed by the platform."""
        self._report(table, row_id)

    def _undelivered(self, notice: Notice, why: str) -> None:
        detail = {"notice": notice.kind, "why": why}
        who = {"actor": "platform", "actor_role": "platform"}
        self.trail("notice.failed", **who, object_kind="notice", object_id=notice.notice_id, detail=detail)

    def trail(
        self,
        action: str,
        *,
        actor: str,
        actor_role: str,
        object_kind: str,
        object_id: str,
        correlation_id: str = "",
        session_id: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """One entry of the audit log. What the warehouse does not take now is kept and goes before the next entry."""
        entry = AuditEntry.model_validate(
            {
                "action": action,
                "actor": actor,
                "actor_role": actor_role,
                "object_kind": object_kind,
                "object_id": object_id,
                "correlation_id": correlation_id,
                "session_id": session_id,
                "detail": dict(detail or {}),
            }
        )
        try:
            self.audit.record(entry)
        except PlatformError as error:
            _log.error("an entry of the audit log waits: %s", error.message)

    def renew(self) -> None:
        """Read scopes, roles and switches again at the next use: another process changed them."""
        self.directory.renew()
        self.rights.renew()

    def _build_rights(self) -> Rights:
        policy = self._written.with_scopes(self.scopes.current())
        guard = SqlGuard(policy)
        approvals = Approvals(
            self._engine.warehouse,
            policy,
            keys=self._engine.keys,
            directory=self.directory,
            state=self._settings.state,
            clock=self._clock,
            trail=self.trail,
            report_forged=self._report,
            undo_seconds=self._settings.undo_seconds,
            listener=lambda request: self.announcer(request),
        )
        reader = GuardedReader(self._engine.warehouse, guard, self._runs, clock=self._clock)
        return Rights(policy, guard, PythonGuard(policy), reader, approvals)

    def _report(self, table: str, row_id: str) -> None:
        self._forged.report(table, [row_id], reason="its signature does not fit its content")


def stopper(requests: Callable[[], Any], cancel: Callable[..., bool]) -> Stop:
    """Stops every open request to an agent in this process."""

    def stop(agent: str, reason: str) -> int:
        working = [opened for opened in requests() if opened.message.to_agent == agent]
        return sum(cancel(opened.message.message_id, reason=reason) for opened in working)

    return stop
