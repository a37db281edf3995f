"""The text of a span as it is kept: bounded, and without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.telemetry.logs import redact

if TYPE_CHECKING:
    from core.warehouse.port import Value

CONTENT_KINDS = frozenset({"request", "agent", "model", "statement"})
"""The kinds of spans whose text is kept."""
LONGEST = 8_000
"""Characters of a text that are kept."""
_MARGIN = 1_024
"""Characters beyond, looked at so that a secret that is cut in two is still seen whole."""
_ITEMS = 20
_CUT = "… (cut)"


def written(payload: Mapping[str, Value]) -> Mapping[str, Value]:
    """A row of span_payloads as it is appended; the data in it becomes text now, in the thread that flushes."""
    return {**payload, "input": _text(payload.get("input")), "output": _text(payload.get("output"))}


def _text(content: object) -> str | None:
    if content is None:
        return None
    text = content if isinstance(content, str) else _json(content)
    if len(text) <= LONGEST:
        return redact(text)
    looked_at = text[: LONGEST + _MARGIN]
    clean = redact(looked_at)
    # a mask is shorter than what it hides, so the end, where a secret may be cut in two, could move into what is kept
    end = LONGEST if len(text) == len(looked_at) else min(LONGEST, len(clean) - _MARGIN)
    return clean[:end] + _CUT


def _json(content: object) -> str:
    return json.dumps(_short(content), default=str, ensure_ascii=False)


def _short(content: object) -> object:
    """Data without the tails of its lists."""
    if isinstance(content, Mapping):
        return {str(key): _short(value) for key, value in content.items()}
    if isinstance(content, Sequence) and not isinstance(content, str):
        shown = [_short(item) for item in content[:_ITEMS]]
        return [*shown, f"… {len(content) - _ITEMS} more"] if len(content) > _ITEMS else shown
    return content
