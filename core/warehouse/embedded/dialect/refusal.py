"""The error of a construct that has no exact counterpart here."""

from __future__ import annotations

from core.errors import StatementRefused


def refused(construct: str) -> StatementRefused:
    return StatementRefused(
        f"{construct} is not supported by the embedded warehouse.", error_class="UNSUPPORTED_FEATURE"
    )
