"""What a request for PySpark asks for, by its words; the names in it are still those of the person."""

from __future__ import annotations

import re
from typing import Literal

from core.types import Frozen

Kind = Literal["read", "clean", "deduplicate", "join", "merge", "expect"]
_N = r"(?:`[^`]+`|[\w$]+)(?:\.(?:`[^`]+`|[\w$]+)){0,2}"
_C = r"(?:`[^`]+`|[\w$]+)"
_LIST = rf"{_C}(?:\s*(?:,|\band\b)\s*{_C})*"
_THE = r"(?:the\s+)?"
_TABLE = rf"{_THE}(?P<table>{_N})(?:\s+table)?"
_INTO = rf"(?:\s+(?:and\s+(?:write|save)\s+(?:it\s+)?)?(?:in)?to\s+(?P<into>{_N}))?"
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("merge", rf"(?:merge|upsert)s?\s+{_TABLE}\s+into\s+{_THE}(?P<other>{_N})(?:\s+table)?"
              rf"(?:\s+(?:on|by)\s+(?P<keys>{_LIST}))?"),
    ("deduplicate", rf"(?:de-?duplicates?|de-?dupes?|(?:removes?|drops?)\s+(?:the\s+)?duplicates?"
                    rf"(?:\s+rows)?\s+(?:from|in|of))\s+{_TABLE}"
                    rf"(?:\s+(?:by|on)\s+(?P<keys>{_LIST}))?"
                    rf"(?:,?\s+(?:and\s+)?keep(?:ing)?\s+{_THE}(?P<order>newest|latest|oldest|first|last)"
                    rf"(?:\s+(?:row\s+)?by\s+(?P<newest>{_C}))?)?{_INTO}"),
    ("join", rf"joins?\s+{_TABLE}\s+(?:with|to|and)\s+{_THE}(?P<other>{_N})(?:\s+table)?"
             rf"(?:\s+on\s+(?P<keys>{_LIST}))?(?:\s+into\s+(?P<into>{_N}))?"),
    ("clean", rf"cleans?(?:\s+up)?\s+{_TABLE}{_INTO}"),
    ("clean", rf"(?:read|load)s?\s+{_TABLE}\s*(?:,|\band\b|\bthen\b)+\s*cleans?(?:\s+up)?\s+(?:it|them){_INTO}"),
    ("expect", rf"(?:expectations|checks|data\s+quality\s+checks)\s+(?:for|of|on)\s+{_TABLE}"),
    ("read", rf"(?:read|load)s?\s+{_TABLE}{_INTO}"),
)  # fmt: skip


class Asked(Frozen):
    """A request that a template may fit."""

    kind: Kind
    table: str
    other: str | None = None
    keys: tuple[str, ...] = ()
    newest: str | None = None
    """The column that orders the rows of one key."""
    ascending: bool = False
    into: str | None = None


def parse_asked(text: str) -> Asked | None:
    """The request; None where the whole text is not one of the forms."""
    plain = text.strip().rstrip(".!")
    for kind, pattern in _PATTERNS:
        found = re.fullmatch(pattern, plain, re.IGNORECASE)
        if found is not None:
            parts = {"other": None, "keys": None, "newest": None, "order": None, "into": None} | found.groupdict()
            return Asked(
                kind=kind,
                table=str(parts["table"]),
                other=parts["other"],
                keys=_listed(parts["keys"]),
                newest=_plain(parts["newest"]),
                ascending=(parts["order"] or "").lower() in ("oldest", "first"),
                into=parts["into"],
            )
    return None


def parse_steps(text: str) -> tuple[Asked, str] | None:
    """A request of two steps, 'deduplicate a by b and <what to compute>': the first, and the words of the second."""
    for found in re.finditer(r"(?:,\s*(?:and\s+)?(?:then\s+)?|\s+and\s+(?:then\s+)?|\s+then\s+)", text, re.IGNORECASE):
        first = parse_asked(text[: found.start()])
        rest = text[found.end() :].strip()
        if first is not None and first.kind in ("clean", "deduplicate") and first.into is None and " " in rest:
            return first, rest
    return None


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(item.replace("`", "") for item in re.findall(_C, text or "") if item.lower() != "and")


def _plain(name: str | None) -> str | None:
    return None if name is None else name.replace("`", "")
