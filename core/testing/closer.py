"""A closer look at a table: pairs of dates, rows that repeat, columns that identify together, gaps with a reason.

One statement of figures a table, and one more where values are missing in a few rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from core.testing.check import Read
from core.testing.profile import Profile, number
from core.testing.relations import Relations
from core.testing.sql import fill, listed, path, quote
from core.testing.words import DEADLINES, HAPPENED, words

_MOST_DATES = 6
_MOST_PAIRS = 10
_FEW_ROWS = 20


@dataclass(frozen=True)
class DatePair:
    """`first` is not later than `last` in the share `holds` of the rows that have both."""

    first: str
    last: str
    holds: float
    named: bool = False
    """The names say so: one is when it happened, the other a deadline."""


@dataclass(frozen=True)
class Reason:
    """Values are missing exactly where `column` has none of `required`."""

    column: str
    required: tuple[str, ...]


@dataclass
class Closer:
    """What the closer look found."""

    ordered_dates: list[DatePair] = field(default_factory=list)
    compared: tuple[str, ...] = ()
    """Columns in which repeated rows agree: all but the key and flags."""
    repeats: int | None = None
    """Rows that repeat an earlier one; None where it was not counted."""
    unique_together: list[tuple[str, ...]] = field(default_factory=list)
    explains: dict[str, Reason] = field(default_factory=dict)


def look_closer(profile: Profile, relations: Relations, read: Read) -> Closer:
    """Raises what `read` raises."""
    found = Closer()
    if profile.rows < _FEW_ROWS:
        return found
    key = relations.keys.get(profile.name, ())
    pairs = _date_pairs(profile)
    together = _candidates(profile, relations, key)
    found.compared = _comparable(profile, key)
    figures = [
        *(_later(first, last, index) for index, (first, last) in enumerate(pairs)),
        *(f"COUNT(DISTINCT {listed(columns)}) AS u{index}" for index, columns in enumerate(together)),
    ]
    if len(found.compared) >= 2:
        repeats = fill("repeats", table=path(profile.full_name), columns=listed(found.compared))
        figures.append(f"({repeats}) AS repeats")
    if figures:
        answer = read(fill("profile", figures=", ".join(figures), table=path(profile.full_name)))
        row = {column.name: number(value) for column, value in zip(answer.columns, answer.rows[0], strict=True)}
        found.ordered_dates = _ordered(pairs, row)
        found.unique_together = _identifying(profile, together, row)
        found.repeats = _planted_repeats(profile, found.compared, row.get("repeats"))
    found.explains = _reasons(profile, key, read)
    return found


def _date_pairs(profile: Profile) -> list[tuple[str, str]]:
    dates = [facts.name for facts in profile.of("date", "timestamp") if facts.present]
    return list(combinations(dates[:_MOST_DATES], 2))


def _later(first: str, last: str, index: int) -> str:
    a, b = quote(first), quote(last)
    both = f"COUNT_IF({a} IS NOT NULL AND {b} IS NOT NULL) AS b{index}"
    return f"{both}, COUNT_IF({a} > {b}) AS g{index}, COUNT_IF({a} < {b}) AS s{index}"


def _ordered(pairs: Sequence[tuple[str, str]], row: dict[str, int]) -> list[DatePair]:
    """The likelier direction of each pair; of a deadline and what happened, the direction that the names say."""
    found = []
    for index, (a, b) in enumerate(pairs):
        both, later, sooner = row[f"b{index}"], row[f"g{index}"], row[f"s{index}"]
        if both < _FEW_ROWS:
            continue
        up, down = 1 - later / both, 1 - sooner / both
        if _punctual(a, b):
            found.append(DatePair(a, b, up, named=True))
        elif _punctual(b, a):
            found.append(DatePair(b, a, down, named=True))
        elif up != down:
            found.append(DatePair(a, b, up) if up > down else DatePair(b, a, down))
    return found


def _punctual(happened: str, deadline: str) -> bool:
    return bool(words(happened) & HAPPENED and words(deadline) & DEADLINES and not words(happened) & DEADLINES)


def _candidates(profile: Profile, relations: Relations, key: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Pairs of a reference with a date or another reference: what a row may be of, beside its number."""
    references = [edge.columns[0] for edge in relations.of(profile.name) if len(edge.columns) == 1]
    others = [*references, *(facts.name for facts in profile.of("date"))]
    pairs: list[tuple[str, ...]] = [
        (a, b) for a, b in combinations(dict.fromkeys(others), 2)
        if a in references and {a, b} != set(key) and not {a, b} & set(key)
    ]  # fmt: skip
    return pairs[:_MOST_PAIRS]


def _identifying(profile: Profile, together: Sequence[tuple[str, ...]], row: dict[str, int]) -> list[tuple[str, ...]]:
    """Pairs that tell (nearly) all rows apart although chance alone would have made them meet far more often."""
    found = []
    for index, columns in enumerate(together):
        meetings = profile.rows - row[f"u{index}"]
        by_chance = _meetings_by_chance(profile, columns)
        if by_chance >= 5 and meetings <= min(0.2 * by_chance, 0.03 * profile.rows):
            found.append(columns)
    return found


def _meetings_by_chance(profile: Profile, columns: Sequence[str]) -> float:
    ways = 1.0
    for column in columns:
        ways *= max(profile.columns[column].distinct or 1, 1)
    return profile.rows**2 / (2 * ways)


def _comparable(profile: Profile, key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f.name for f in profile.columns.values() if f.name not in key and f.family not in ("boolean", "other"))


def _planted_repeats(profile: Profile, columns: Sequence[str], repeats: int | None) -> int | None:
    """The count, unless rows of so few different values would meet by chance alone."""
    if repeats is None or repeats == 0:
        return repeats
    return repeats if _meetings_by_chance(profile, columns) < 0.2 * repeats else None


def _reasons(profile: Profile, key: tuple[str, ...], read: Read) -> dict[str, Reason]:
    """Of columns that a few rows lack: the category that says exactly when."""
    gappy = [f for f in profile.columns.values() if 0.5 * profile.rows <= f.present < profile.rows]
    categories = [facts for facts in profile.of("text") if len(facts.frequencies) > 1]
    pairs = [(gap, by) for gap in gappy for by in categories if gap.name != by.name and gap.name not in key][:20]
    if not pairs:
        return {}
    parts = [
        fill("missing_by", index=str(i), by=quote(by.name), column=quote(gap.name), table=path(profile.full_name))
        for i, (gap, by) in enumerate(pairs)
    ]
    seen: dict[int, list[tuple[str, int, int]]] = {}
    for index, value, rows, present in read(" UNION ALL ".join(parts)).rows:
        seen.setdefault(number(index), []).append((str(value), number(rows), number(present)))
    found: dict[str, Reason] = {}
    for index, (gap, by) in enumerate(pairs):
        groups = seen.get(index, [])
        if groups and all(present in (0, rows) for _, rows, present in groups):
            found.setdefault(gap.name, Reason(by.name, tuple(sorted(value for value, _, n in groups if n))))
    return found
