"""Rules against what a table was like when they were written: how fresh it is, how many rows, gaps and averages.

Their figures are kept until somebody asks for new ones; a rule that learned anew at each run would never fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import ceil

from core.testing.check import Check
from core.testing.profile import Facts
from core.testing.rules import Subject, day
from core.testing.sql import TODAY, fill, path, quote
from core.testing.words import AHEAD, words

LEARNED = frozenset({"accepted_values", "freshness", "drift", "row_count", "schema"})
"""Rules whose figures stay as they were first learned."""
_GAPS = 3
"""How many usual gaps between two days a table may be behind."""
_FEWEST_ROWS, _FEWEST_DAYS, _LONGEST_GAP = 50, 10, 62
_FALL, _GROWTH, _POINTS, _AVERAGE = 0.8, 2.0, 0.05, 0.25


def propose_baselines(subject: Subject, today: date) -> Iterator[Check]:
    """Freshness and drift of one table; none for a table that is too small to have a habit."""
    if subject.profile.rows < _FEWEST_ROWS:
        return
    yield from _freshness(subject, today)
    yield from _drift(subject)


def _freshness(subject: Subject, today: date) -> Iterator[Check]:
    dated = [f for f in subject.profile.of("date", "timestamp") if not words(f.name) & AHEAD and not f.negative]
    newest = max(dated, key=lambda facts: str(facts.high or ""), default=None)
    if newest is None or (allowed := _allowed_days(newest, today)) is None:
        return
    statement = fill(
        "stale", column=f"CAST({quote(newest.name)} AS DATE)", table=path(subject.profile.full_name),
        limit=f"DATE_SUB({TODAY}, {allowed})",
    )  # fmt: skip
    sentence = f"The newest {newest.name} is at most {allowed} days old."
    check = subject.table_check("freshness", (newest.name,), statement, ("newest",), sentence)
    yield check.model_copy(update={"baseline": {"days": allowed}})


def _allowed_days(facts: Facts, today: date) -> int | None:
    """From the usual gap between two days; None where there is no habit, or the table is behind it by now."""
    low, high, distinct = day(facts.low), day(facts.high), facts.distinct or 0
    if low is None or high is None or distinct < _FEWEST_DAYS:
        return None
    gap = (high - low).days / min(distinct - 1, max((high - low).days, 1))
    allowed = ceil(_GAPS * gap) + 1
    return allowed if gap <= _LONGEST_GAP and (today - high).days <= allowed else None


def _drift(subject: Subject) -> Iterator[Check]:
    rows = subject.profile.rows
    yield _within(subject, "rows", "COUNT(*)", (int(rows * _FALL), int(rows * _GROWTH)), "The number of rows")
    for facts in subject.profile.columns.values():
        column, missing = quote(facts.name), 1 - facts.present / rows
        if 0 < missing < 1:
            bounds = (round(max(0.0, missing - _POINTS), 4), round(min(1.0, missing + _POINTS), 4))
            share = f"1 - COUNT({column}) / GREATEST(COUNT(*), 1)"
            yield _within(subject, f"gaps in {facts.name}", share, bounds, f"The share of rows without {facts.name}")
    for facts in subject.profile.of("number"):
        if facts.average and facts.name not in subject.key and not subject.refers(facts.name):
            edges = sorted((facts.average * (1 - _AVERAGE), facts.average * (1 + _AVERAGE)))
            bounds = (round(edges[0], 6), round(edges[1], 6))
            name = f"average of {facts.name}"
            yield _within(subject, name, f"AVG({quote(facts.name)})", bounds, f"The average of {facts.name}")


def _within(subject: Subject, name: str, figure: str, bounds: tuple[float, float], words: str) -> Check:
    low, high = bounds
    statement = fill("outside", figure=figure, table=path(subject.profile.full_name), low=f"{low}", high=f"{high}")
    check = subject.table_check("drift", (name,), statement, ("figure",), f"{words} lies between {low:,} and {high:,}.")
    return check.model_copy(update={"baseline": {"low": low, "high": high}, "columns": ()})
