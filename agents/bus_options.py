"""How the bus of a process is tuned: from the settings, for the engine of the profile and the kind of process."""

from __future__ import annotations

from typing import Any

from config.settings import Settings
from core.bus import BusOptions, ProcessKind


def bus_options(settings: Settings, kind: ProcessKind) -> BusOptions:
    """On a SQL warehouse holds are longer and every turn has a thread: one commit carries the answers of all."""
    tuned = settings.bus
    common: dict[str, Any] = {
        "workers": tuned.workers,
        "queue_limit": tuned.maximum_turns,
        "group_commit_rows": tuned.commit_rows,
        "max_hops": tuned.maximum_hops,
        "max_correlation_s": tuned.maximum_seconds,
        "lease_s": tuned.lease_seconds,
        "register_at_start": kind in ("run", "worker"),
        "memory_fresh_s": 3600,  # conversations tell the memory when another process went on with one
    }
    if settings.profile == "embedded":
        hold = tuned.commit_milliseconds / 1000
        return BusOptions(
            turn_threads=min(32, tuned.maximum_turns),
            group_commit_s=hold,
            question_hold_s=3.0 if kind == "ask" else hold,
            **common,
        )
    hold = max(BusOptions.remote().group_commit_s, tuned.commit_milliseconds / 1000)
    return BusOptions.remote(turn_threads=tuned.maximum_turns, group_commit_s=hold, **common)
