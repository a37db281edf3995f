"""Statements about the session itself: SET and USE. What would need more than this workspace has is refused by name."""

from __future__ import annotations

import re

from core.errors import StatementRefused

_SET = re.compile(r"\s*SET\s+(?:TIME\s+ZONE|([\w.]+)\s*=)\s*['\"]?([^'\";]*)['\"]?\s*;?\s*$", re.IGNORECASE)
_USE = re.compile(r"\s*USE\s+(?:(CATALOG|SCHEMA|DATABASE)\s+)?([\w.`]+)\s*;?\s*$", re.IGNORECASE)
_FIXED = {"TIMEZONE": "UTC", "ANSI_MODE": "TRUE"}


def answered(statement: str, configuration: dict[str, str], catalog: str) -> bool:
    """Whether it was such a statement, and is done; raises StatementRefused for one that would have other answers."""
    change, use = _SET.match(statement), _USE.match(statement)
    if change:
        _set((change[1] or "TIMEZONE").upper(), change[2].strip(), configuration)
    elif use:
        name = use[2].replace("`", "")
        if (use[1] or "").upper() != "CATALOG" or name.casefold() != catalog.casefold():
            raise StatementRefused(
                f"USE of {name} is not supported: every name has its schema here, and {catalog} is the only catalog.",
                error_class="UNSUPPORTED_FEATURE",
            )
    return bool(change or use)


def _set(name: str, value: str, configuration: dict[str, str]) -> None:
    if name == "STATEMENT_TIMEOUT" and value.isdigit():
        configuration[name] = value
    elif _FIXED.get(name) != value.upper():
        raise StatementRefused(f"SET {name} = {value} is not supported here.", error_class="UNSUPPORTED_FEATURE")
