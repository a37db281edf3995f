"""From a figure to what was asked about it: its causes, the questions behind it, or two periods side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from agents.operations.wording import Wording
from core.errors import ModelQueryError
from core.semantic import SemanticModel, SemanticQuery
from core.semantic.match.dates import back
from core.semantic.query import Filter, Group, Order, Ratio, Term, TermFilter, TimeRange

CAUSES = ("error", "statement error")
"""Dimensions that say why something failed."""
UNPRICED = "unpriced"
MOST_LISTED = 100
_DOUBTED = {"failed questions": ("outcome", "failed"), "refused questions": ("outcome", "refused")}
_COUNTS = {"agent work": "agent calls", "requests": "questions", "model calls": "model calls"}


@dataclass(frozen=True)
class Course:
    """The two periods of a course, half open, in UTC days."""

    start: date
    end: date
    before_start: date
    before_end: date


def with_causes(model: SemanticModel, query: SemanticQuery) -> SemanticQuery:
    """The figure by the error that was recorded; raises ModelQueryError where none is."""
    cause = next((name for name in CAUSES if name in model.dimension_by_name), None)
    if cause is None or len(query.terms) != 1 or not isinstance(query.terms[0], Term):
        raise ModelQueryError("Nothing is recorded that says why.")
    groups = (*query.groups, Group(dimension=cause))
    having = (*query.having, TermFilter(term=query.terms[0], op="gt", values=(0,)))
    order = (Order(term=0, descending=True),)
    return query.model_copy(update={"groups": groups, "having": having, "order": order, "limit": None})


def listing(model: SemanticModel, query: SemanticQuery) -> SemanticQuery:
    """The questions that a figure counts, newest first, as ids; raises ModelQueryError for another figure."""
    term = query.terms[0] if query.terms else None
    measure = term.measure if isinstance(term, Term) else None
    if measure == "knowledge misses":
        test = Filter(dimension="knowledge hit", op="eq", values=(False,))
        names = ["asked at", "person", "role", "knowledge question id"]
    elif measure in _DOUBTED:
        dimension, value = _DOUBTED[measure]
        test = Filter(dimension=dimension, op="eq", values=(value,))
        names = ["asked at", "person", "role", "intent", "error", "question id"]
    else:
        raise ModelQueryError("These cannot be listed.")
    return SemanticQuery(
        catalog=query.catalog,
        model=query.model,
        groups=tuple(Group(dimension=name) for name in names),
        filters=(*query.filters, test),
        time=query.time,
        order=(Order(group=0, descending=True),),
        limit=MOST_LISTED,
        list_entity=model.entities[0].name,
    )


def course(model: SemanticModel, query: SemanticQuery, wording: Wording, today: date) -> tuple[SemanticQuery, Course]:
    """The figure of a period beside that of the one before: each one's value, the calls it rests on, and the ratio.

    Both are equally long: of a week or month that is not over, as many days as have begun. Raises ModelQueryError.
    """
    term, time = query.terms[0] if len(query.terms) == 1 else None, query.time
    if not isinstance(term, Term) or term.measure is None or any(group.grain for group in query.groups):
        raise ModelQueryError("This cannot be compared with the time before.")
    if time is None or time.start is None:
        raise ModelQueryError("It does not say since when.")
    periods = _periods(time.start, time.end, wording.unit, today)
    now = _during(term, time.dimension, periods.start, periods.end, f"{term.measure} now")
    before = _during(term, time.dimension, periods.before_start, periods.before_end, f"{term.measure} before")
    counted = Term(measure=_COUNTS[model.name]) if model.name in _COUNTS else None
    if counted is None:
        raise ModelQueryError("Nothing says how much this rests on.")
    terms: tuple[Term | Ratio, ...] = (
        now,
        before,
        Ratio(numerator=now, denominator=before, percent=True, label="percent of before"),
        _during(counted, time.dimension, periods.start, periods.end, "calls now"),
        _during(counted, time.dimension, periods.before_start, periods.before_end, "calls before"),
    )
    changed = {
        "terms": terms,
        "time": TimeRange(dimension=time.dimension, start=periods.before_start, end=periods.end, label=""),
        "order": (Order(term=2, descending=wording.direction == "more"),),
        "limit": None,
    }
    return query.model_copy(update=changed), periods


def with_unpriced(model: SemanticModel, query: SemanticQuery) -> SemanticQuery:
    """A query for money also counts the calls that no price is known for: they are not in the money."""
    measure = next((m.name for m in model.measures if m.name.startswith(UNPRICED)), None)
    names = [term.measure or "" for term in query.terms if isinstance(term, Term)]
    plain = query.comparison is None and query.running is None and query.shown is None and not query.one_figure
    asked = any("cost" in name for name in names) and not any(name.startswith(UNPRICED) for name in names)
    if measure is None or not asked or not plain:
        return query
    return query.model_copy(update={"terms": (*query.terms, Term(measure=measure))})


def by_the_clock(query: SemanticQuery) -> SemanticQuery:
    """Hours stand in the order of the clock unless another order was asked for."""
    hours = [index for index, group in enumerate(query.groups) if group.dimension == "hour"]
    return query.model_copy(update={"order": (Order(group=hours[0]),)}) if hours and not query.order else query


def _periods(start: date, end: date | None, unit: str | None, today: date) -> Course:
    tomorrow = today + timedelta(days=1)
    until = min(end, tomorrow) if end is not None else tomorrow
    if until <= start:
        raise ModelQueryError("That period has not begun.")
    earlier = back(start, unit, 1) if unit is not None else start - (until - start)
    return Course(start, until, earlier, min(earlier + (until - start), start))


def _during(term: Term, dimension: str, start: date, end: date, label: str) -> Term:
    test = (
        Filter(dimension=dimension, op="ge", values=(start,)),
        Filter(dimension=dimension, op="lt", values=(end,)),
    )
    return term.model_copy(update={"filters": (*term.filters, *test), "label": label})
