"""The audit log of this process, with its heads where the profile keeps them."""

from __future__ import annotations

import sys

from agents.engines import Engine
from agents.home import Home
from config.settings import Settings
from core.bus import ProcessKind
from core.clock import Clock
from core.governance.audit import AllHeads, AuditLog, FileHeads, Heads, LaterHeads, StreamHeads, VolumeHeads


def open_audit(settings: Settings, home: Home, engine: Engine, clock: Clock, kind: ProcessKind) -> AuditLog:
    """The audit log on the engine's tables; no statement is sent."""
    heads = _heads(settings, home, engine, kind)
    return AuditLog(engine.warehouse, engine.keys, settings.state, clock=clock, heads=heads)


def _heads(settings: Settings, home: Home, engine: Engine, kind: ProcessKind) -> Heads:
    """A file of the home; in a workspace what the process prints, and a volume when one is named."""
    if engine.api is None:
        return FileHeads(home.folder / "audit", engine.keys)
    # Standard output is the result of a command, and the log of a server.
    places: list[Heads] = [StreamHeads(sys.stdout if kind == "run" else sys.stderr)]
    if settings.audit.heads_volume is not None:
        places.append(VolumeHeads(engine.api, settings.audit.heads_volume))
    return LaterHeads(AllHeads(places))
