"""What names tell: which dates are deadlines, which say what happened, which figures are shares.

English words of any business; no name of a table or column of ours.
"""

from __future__ import annotations

import re

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def _list(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEADLINES = _list("promised due planned expected scheduled required deadline target estimated eta requested needed")
HAPPENED = _list(
    "delivered actual completed shipped received closed finished paid resolved ended arrived fulfilled done"
)
AHEAD = DEADLINES | _list("valid until expiry expires expiration end next renewal maturity forecast future to")
"""A date named so may well lie ahead."""
SHARES = _list("share ratio rate fraction percentage percent discount probability")


def words(name: str) -> frozenset[str]:
    """The lower-case words of a name: `promisedDate`, `promised_date` and `Promised Date` give the same."""
    return frozenset(part.lower() for part in _PARTS.findall(name))


def looks_like(rare: str, usual: str) -> bool:
    """Whether a rare value is a spelling of a usual one: case, spaces, or at most two letters differ."""
    one, other = rare.strip().casefold(), usual.strip().casefold()
    if one == other:
        return True
    return min(len(one), len(other)) >= 5 and _distance(one, other) <= (2 if len(other) >= 8 else 1)


def _distance(one: str, other: str) -> int:
    """Letters to add, remove, change or swap with their neighbour."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
