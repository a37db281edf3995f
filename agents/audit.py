"""The audit log of this process, with its heads where the profile keeps them."""

from __future__ import annotations

import logging
import sys

from agents.engines import Engine
from agents.home import Home
from config.settings import Settings
from core.bus import ProcessKind
from core.clock import Clock
from core.errors import PlatformError
from core.governance.audit import (
    AllHeads,
    AuditEntry,
    AuditLog,
    FileHeads,
    Heads,
    LaterHeads,
    StreamHeads,
    Verification,
    VolumeHeads,
)

__all__ = ["Verification", "open_audit", "verify_and_record"]
_log = logging.getLogger(__name__)


def open_audit(settings: Settings, home: Home, engine: Engine, clock: Clock, kind: ProcessKind) -> AuditLog:
    """The audit log on the engine's tables; no statement is sent."""
    heads = _heads(settings, home, engine, kind)
    return AuditLog(engine.warehouse, engine.keys, settings.state, clock=clock, heads=heads)


def verify_and_record(audit: AuditLog, actor: str, role: str = "") -> Verification:
    """Verify every chain and the rows it tells of, and record who had it verified and what was found.

    That it cannot be recorded is logged.
    """
    found = audit.verify_with_records()
    detail = {"ok": found.ok, "rows": found.rows, "chains": found.chains, "problems": len(found.problems) + found.more}
    try:
        audit.record(AuditEntry(action="audit.verified", actor=actor, actor_role=role, detail=detail))
    except PlatformError as error:
        _log.error("that the audit log was verified could not be recorded: %s", error.message)
    return found


def _heads(settings: Settings, home: Home, engine: Engine, kind: ProcessKind) -> Heads:
    """A file of the home; in a workspace what the process prints, and a volume when one is named."""
    if engine.files is None:
        return FileHeads(home.folder / "audit", engine.keys)
    # Standard output is the result of a command, and the log of a server.
    places: list[Heads] = [StreamHeads(sys.stdout if kind == "run" else sys.stderr)]
    if settings.audit_volume is not None:
        places.append(VolumeHeads(engine.files(settings.audit_volume), settings.audit_volume))
    return LaterHeads(AllHeads(places))
