"""The port by which governance writes the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Trail(Protocol):
    """Writes one entry of the audit log; it is durable when this returns."""

    def __call__(
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
    ) -> None: ...


def untracked(
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
    """Writes nothing: for tests of one part alone."""
