"""Shares with their uncertainty, and percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.types import Frozen

Z_95 = 1.959963984540054
"""Standard deviations on either side that hold 95 % of a normal distribution."""


class Rate(Frozen):
    """A share of a count, with the Wilson 95 % interval."""

    count: int
    total: int
    share: float | None
    """None when there was nothing to count."""
    low: float
    high: float

    def __str__(self) -> str:
        if self.share is None:
            return "none"
        return f"{self.share:.1%} ({self.count} of {self.total}; {self.low:.1%} to {self.high:.1%})"


def rate(count: int, total: int) -> Rate:
    """`count` of `total`; raises ValueError when it is no share."""
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no share")
    low, high = wilson(count, total)
    return Rate(count=count, total=total, share=count / total if total else None, low=low, high=high)


def wilson(count: int, total: int, z: float = Z_95) -> tuple[float, float]:
    """The score interval of a binomial share (Wilson 1927); 0 to 1 when nothing was counted."""
    if total == 0:
        return 0.0, 1.0
    share, spread = count / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return (0.0 if count == 0 else middle - half), (1.0 if count == total else middle + half)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank); 0 of none."""
    if not values:
        return 0.0
    rank = max(1, math.ceil(round(share * len(values), 9)))
    return sorted(values)[min(rank, len(values)) - 1]
