"""What is recorded: an entry as a caller gives it, and its texts without secrets, cut to a length.

Nothing that a person typed may keep an entry from being written: characters that no table can hold are replaced.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field

from core.governance.audit.vocabulary import AuditAction
from core.governance.digest import canonical_json
from core.telemetry import redact
from core.types import Frozen

TEXT_CHARACTERS = 500
"""The longest text in an entry; of a longer one (code) its beginning, its length and its hash are kept."""
DETAIL_CHARACTERS = 8_000
_DEEPEST, _WIDEST = 6, 100
_MASK = "[redacted]"
_SECRET_NAME = re.compile(r"(?i)token|secret|passw|authorization|credential|api_?key|private_?key")
_SECRET_SHAPE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\b(?:ghp|gho|ghs|github_pat)_\w{20,}"
    r"|\bsk-[\w-]{20,}|\bdose[0-9a-f]{32}\b|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)",
    re.DOTALL,
)


class AuditEntry(Frozen):
    """One thing that somebody (or the platform itself) did or was refused.

    `detail` holds plain JSON values: digests, counts, verdicts, reasons. Its long texts are cut and its secrets masked.
    """

    action: AuditAction
    actor: str
    """A user id, or `platform`, or `policy:<rule>@<version>`."""
    actor_role: str = ""
    object_kind: str = Field(default="", pattern=r"^[a-z_]{0,40}$")
    """What `object_id` is the id of: approval, run, schema, user, agent, conversation, ..."""
    object_id: str = ""
    correlation_id: str = ""
    session_id: str = ""
    detail: Mapping[str, Any] = Field(default_factory=dict)


def plain_text(text: str, longest: int = TEXT_CHARACTERS) -> str:
    """`text` without secrets, storable, and at most about `longest` characters of it."""
    return _cut(without_secrets(text), longest)


def without_secrets(text: str) -> str:
    """`text` with every known secret masked, and storable."""
    return _masked(_storable(text))


def plain_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Several texts as `plain_text` gives them; looked through together, since secrets are rare and looking costs."""
    storable = {name: _storable(text) for name, text in texts.items()}
    together = "\n".join(storable.values())
    if _masked(together) == together:
        return {name: _cut(text, TEXT_CHARACTERS) for name, text in storable.items()}
    return {name: plain_text(text) for name, text in texts.items()}


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _masked(text: str) -> str:
    return _SECRET_SHAPE.sub(_MASK, redact(text))


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[:longest]} … ({len(text):,} characters, sha256 {digest})"


def detail_json(detail: Mapping[str, Any]) -> str:
    """The detail as canonical JSON; one that is too long is replaced by its names, its length and its hash."""
    text = canonical_json(_plain(detail, _DEEPEST)).decode()
    if len(text) <= DETAIL_CHARACTERS:
        return text
    names = [plain_text(str(name), 60) for name in list(detail)[:20]]
    summary = {"too_long": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest(), "names": names}
    return canonical_json(summary).decode()


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if depth and isinstance(value, Mapping):
        named = list(value.items())[:_WIDEST]
        return {plain_text(str(name), 60): _named(str(name), part, depth - 1) for name, part in named}
    if depth and isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        parts = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_plain(part, depth - 1) for part in list(parts)[:_WIDEST]]
    return plain_text(str(value))


def _named(name: str, value: Any, depth: int) -> Any:
    """A value under a name; what is called a secret is masked, but a count or a flag of that name says nothing."""
    is_secret = (
        _SECRET_NAME.search(name) is not None and value is not None and not isinstance(value, bool | int | float)
    )
    return _MASK if is_secret else _plain(value, depth)
