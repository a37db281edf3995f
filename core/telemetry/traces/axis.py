"""One axis for a trace's bars: positions from 0 to 1, with times in which nothing happened drawn short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_SHORT = 0.06
"""How much of the axis a long pause takes."""


@dataclass(frozen=True)
class Axis:
    """Pieces of time (begin, end, first position, last position), one after the other."""

    pieces: tuple[tuple[float, float, float, float], ...]

    def at(self, moment_ms: float) -> float:
        """Where a moment stands, between 0 and 1."""
        for begin, end, left, right in self.pieces:
            if moment_ms <= end:
                share = (moment_ms - begin) / (end - begin) if end > begin else 0.0
                return left + max(0.0, min(1.0, share)) * (right - left)
        return 1.0

    @property
    def pauses(self) -> tuple[tuple[float, float, float], ...]:
        """(left, right, milliseconds) of each pause that was drawn short."""
        return tuple((left, right, end - begin) for begin, end, left, right in self.pieces[1::2])


def axis_of(spans: Iterable[tuple[float, float]]) -> Axis:
    """The axis over some (begin, end); a pause longer than everything that happened is drawn short."""
    busy: list[list[float]] = []
    for begin, end in sorted(spans):
        if busy and begin <= busy[-1][1]:
            busy[-1][1] = max(busy[-1][1], end)
        else:
            busy.append([begin, end])
    worked = sum(end - begin for begin, end in busy)
    parts: list[list[float]] = []
    for begin, end in busy:
        if parts and begin - parts[-1][1] <= max(worked, 1.0):
            parts[-1][1] = end
        else:
            parts.append([begin, end])
    return Axis(tuple(_laid_out(parts)))


def _laid_out(parts: list[list[float]]) -> list[tuple[float, float, float, float]]:
    total = sum(end - begin for begin, end in parts) or 1.0
    short = min(_SHORT, 0.5 / max(1, len(parts) - 1))
    room = 1.0 - short * (len(parts) - 1)
    pieces: list[tuple[float, float, float, float]] = []
    at = 0.0
    for number, (begin, end) in enumerate(parts):
        if number:
            pieces.append((parts[number - 1][1], begin, at, at + short))
            at += short
        width = room * (end - begin) / total
        pieces.append((begin, end, at, at + width))
        at += width
    return pieces
