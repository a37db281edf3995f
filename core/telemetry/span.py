"""A span: one measured piece of work, open until its block ends."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from core.errors import Cancelled, PlatformError, StatementCancelled
from core.telemetry.attributes import MEASURED

if TYPE_CHECKING:
    from core.warehouse.port import Value


class Span:
    """Set what becomes known with `set`, and the text that went in and came out with `content`."""

    def __init__(self, name: str, span_id: str, trace_id: str, parent_span_id: str | None, start: datetime) -> None:
        self.name = name
        self.span_id = span_id
        self.trace_id = trace_id
        self.parent_span_id = parent_span_id
        self.start = start
        self.values: dict[str, Value] = {"status": "ok"}
        self.attributes: dict[str, object] = {}
        self.input: object = None
        self.output: object = None

    def set(self, **attributes: Value) -> None:
        """Record attributes; names of `core.telemetry.attributes.MEASURED` become columns, others JSON."""
        for name, value in attributes.items():
            if name in MEASURED:
                self.values[name] = value
            else:
                self.attributes[name] = value

    def content(self, *, input: object = None, output: object = None) -> None:
        """What went in and what came out: a text, or data that is written as JSON; cut and redacted at the flush."""
        self.input = self.input if input is None else input
        self.output = self.output if output is None else output

    def failed(self, error: BaseException) -> None:
        """Mark the span by what went wrong: its code, and 'cancelled' when a person stopped it."""
        stopped = isinstance(error, (Cancelled, StatementCancelled))
        self.values["status"] = "cancelled" if stopped else "error"
        self.values["error_code"] = error.code if isinstance(error, PlatformError) else type(error).__name__


@lru_cache(maxsize=1024)
def trace_id(correlation_id: str) -> str:
    """The 32 hexadecimal digits under which a question's spans are exported: its UUID without the hyphens."""
    digits = correlation_id.replace("-", "").lower()
    if len(digits) == 32 and all(digit in "0123456789abcdef" for digit in digits):
        return digits
    return hashlib.sha256(correlation_id.encode()).hexdigest()[:32]


def point_id(*parts: object) -> str:
    """The id of a wait's end, which whoever writes the other end, perhaps in another process, can tell too."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()[:16]
