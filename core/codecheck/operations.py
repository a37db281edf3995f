"""What kinds of statements there are, how much each can destroy, and which denial covers which kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

Risk = Literal["read", "write", "ddl", "destructive"]

RISKS: Mapping[str, Risk] = {
    "read": "read",
    "create_table": "write",
    "replace_table": "write",
    "insert": "write",
    "update": "write",
    "merge": "write",
    "create_view": "ddl",
    "replace_view": "ddl",
    "alter_view": "ddl",
    "alter": "ddl",
    "comment": "ddl",
    "drop_column": "destructive",
    "insert_overwrite": "destructive",
    "delete": "destructive",
    "truncate": "destructive",
    "merge_delete": "destructive",
    "drop": "destructive",
    "drop_view": "destructive",
}
"""The risk class of each operation that a review may name."""

_DENIED_WITH: Mapping[str, tuple[str, ...]] = {
    "replace_table": ("create_table",),
    "replace_view": ("create_view",),
    "alter_view": ("alter", "replace_view", "create_view"),
    "insert_overwrite": ("insert", "delete"),
    "merge_delete": ("merge", "delete"),
    "truncate": ("delete",),
    "drop_view": ("drop",),
    "drop_column": ("alter", "drop"),
}
"""A role that may not delete may not truncate either, and so on: no denial is got round by another word."""


def risk_of(operation: str) -> Risk:
    """The risk class of `operation`; one that is not known counts as destructive."""
    return RISKS.get(operation, "destructive")


def denying(operation: str, denied: Collection[str]) -> str | None:
    """The one of the denied operations by which `operation` is denied; None when it is not."""
    return next((name for name in (operation, *_DENIED_WITH.get(operation, ())) if name in denied), None)
