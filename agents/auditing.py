"""Reading the audit log: only who may, on every path; looking, verifying and taking away are recorded themselves.

`platform.auditing` is this part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agents.directory import AssignedRoles
from agents.looks import Looks
from core.clock import Clock
from core.errors import AccessDenied
from core.governance import Policy, Trail
from core.governance.audit import AuditFilter, AuditLog, AuditRow
from core.governance.audit import Verification as Verification
from core.governance.audit.vocabulary import ACTIONS

ACTION = "audit.read"


class Auditing:
    """Thread-safe. Every method raises AccessDenied for who may not read the audit log, and what reading it raises."""

    def __init__(
        self,
        log: AuditLog,
        directory: AssignedRoles,
        policy: Callable[[], Policy],
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._log = log
        self._directory = directory
        self._policy = policy
        self._trail = trail
        self._looks = Looks(clock)

    meanings: Mapping[str, str] = {str(name): words for name, words in ACTIONS.items()}
    """Every action that is recorded, in words."""
    object_kinds = (
        *("action", "agent", "alert", "approval", "audit_log", "document", "page", "price", "role", "row", "run"),
        *("schema", "trace", "user"),
    )
    """What entries speak of."""

    def page(self, user_id: str, role: str, **chosen: Any) -> tuple[AuditRow, ...]:
        """Rows that fit (see AuditFilter), newest first, at most `limit`. One statement."""
        wanted = AuditFilter.model_validate(chosen)
        self._require(user_id, role, "page")
        found = self._log.list(wanted)
        self._note_look(user_id, role, wanted, len(found))
        return found

    def export(self, user_id: str, role: str, **chosen: Any) -> bytes:
        """Every row that fits, oldest first, as JSON lines with the hashes; raises AuditTooLarge."""
        wanted = AuditFilter.model_validate(chosen)
        self._require(user_id, role, "export")
        content = self._log.export(wanted)
        self._note("audit.exported", user_id, role, {**_facts(wanted), "rows": content.count(b"\n")})
        return content

    def verify(self, user_id: str, role: str) -> Verification:
        """Walk through every chain and compare it with the heads outside and with the rows it tells of."""
        self._require(user_id, role, "verify")
        found = self._log.verify_with_records()
        count = len(found.problems) + found.more
        self._note(
            "audit.verified",
            user_id,
            role,
            {"ok": found.ok, "rows": found.rows, "chains": found.chains, "problems": count},
        )
        return found

    def _require(self, user_id: str, role: str, what: str) -> None:
        try:
            self._directory.check(user_id, role)
            ruling = self._policy().decide(role, ACTION)
            if not ruling.permitted:
                raise AccessDenied(ruling.sentence)
        except AccessDenied as denied:
            self._note("access.refused", user_id, role, {"what": f"audit {what}", "why": denied.message})
            raise

    def _note_look(self, user_id: str, role: str, wanted: AuditFilter, rows: int) -> None:
        facts = _facts(wanted)
        self._looks.once(
            user_id, str(facts), lambda: self._note("content.viewed", user_id, role, {**facts, "rows": rows})
        )

    def _note(self, action: str, user_id: str, role: str, detail: dict[str, Any]) -> None:
        self._trail(action, actor=user_id, actor_role=role, object_kind="audit_log", object_id="", detail=detail)


def _facts(wanted: AuditFilter) -> dict[str, Any]:
    """What was asked for, without the paging."""
    fields = wanted.model_dump(mode="json", exclude={"limit", "before"})
    return {name: value for name, value in fields.items() if value}
