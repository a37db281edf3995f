"""What a question says of a number's course over time, and of the first few within each group."""

from __future__ import annotations

from datetime import date

from core.semantic.match import phrasing
from core.semantic.match.building.naming import Unbound
from core.semantic.match.building.quantified import Quantified
from core.semantic.match.dates import When, period
from core.semantic.match.reading import Having
from core.semantic.model import Grain
from core.semantic.query import Comparison, Filter, Group, Ratio, SemanticQuery, Term, TermFilter, TimeRange

_ORDER: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


class OverTime(Quantified):
    """Running totals, changes from the period before, limits within groups."""

    def within_each(self, query: SemanticQuery) -> SemanticQuery:
        """'the top 3 products in each region': the limit counts within the region."""
        said = any(group.grain is None or group.each for group in self.reading.groups)
        if query.limit is None or not query.groups or not query.order or not said or query.count_groups:
            return query
        within = tuple(index for index, group in enumerate(query.groups) if group in self.each)
        ranked = {order.group for order in query.order}
        others = [index for index in range(len(query.groups)) if index not in within and index not in ranked]
        if within and not others:
            return query
        if not within:
            if len(query.groups) > 1 and any(not group.each for group in self.reading.groups):
                raise Unbound
            return query
        if len(query.order) > 1:
            raise Unbound
        self.several = False
        names = " and ".join(query.groups[index].grain or query.groups[index].dimension for index in within)
        self.understood.append(
            f"the first {query.limit} of each {names}" if query.limit > 1 else f"the first of each {names}"
        )
        return query.model_copy(update={"limit_within": within})

    def over_time(self, query: SemanticQuery) -> SemanticQuery:
        """The query with the running total or the comparison that the question asks for."""
        reading = self.reading
        if reading.trend:
            return self._trend(query)
        if not reading.running and reading.change is None:
            return query
        plain = not (query.order or query.limit or query.having or query.count_groups or query.exists)
        if len(query.terms) != 1 or not plain:
            raise Unbound
        self._may_be_summed(query.terms[0])
        if reading.running:
            at = self._time_group(query)
            if at is None:
                raise Unbound
            self.understood.append(f"added up {query.groups[at].grain} by {query.groups[at].grain}")
            return query.model_copy(update={"running": at, "comparison": None})
        return self._compared(query, reading.change or None)

    def _between_periods(self, test: Having, one: When, other: When) -> TermFilter:
        """The number of each group in both periods, and the groups where the first is the greater (or the less)."""
        name, whole = self.model.time_dimension, self._term(test.term)
        if name is None or self.terms or self.reading.times or not self.groups or not isinstance(whole, Term):
            raise Unbound
        if one.start is None or one.end is None or other.start is None or other.end is None:
            raise Unbound
        first, second = (_within(whole, name, when) for when in (one, other))
        self.terms += [first, second]
        label = f"{one.label} and {other.label}"
        start, end = min(one.start, other.start), max(one.end, other.end)
        self.time = TimeRange(dimension=name, start=start, end=end, label=label)
        self.understood.append(f"{name} {one.label} beside {other.label}")
        return TermFilter(term=first, op=test.op, than=second)

    def _trend(self, query: SemanticQuery) -> SemanticQuery:
        if any(group.grain is not None for group in query.groups):
            return query
        name = query.time.dimension if query.time is not None else self._time_dimension()
        if name is None or not query.terms or query.order or query.limit or query.count_groups:
            raise Unbound
        self.understood.append("by month")
        return query.model_copy(update={"groups": (Group(dimension=name, grain="month"), *query.groups)})

    def _may_be_summed(self, term: Term | Ratio) -> None:
        """Prices and scores do not become a total by being followed over time."""
        if isinstance(term, Term) and term.aggregate == "sum" and term.dimension is not None:
            for spec in self.reading.terms:
                if spec.field is not None and not self.additive(self.choice.field(spec.field)):
                    raise Unbound

    def _time_group(self, query: SemanticQuery) -> int | None:
        found = [index for index, group in enumerate(query.groups) if group.grain is not None]
        return found[0] if len(found) == 1 else None

    def _compared(self, query: SemanticQuery, distance: str | None) -> SemanticQuery:
        dimensions = self.model.dimension_by_name
        if any(g.grain is None and dimensions[g.dimension].type in ("date", "timestamp") for g in query.groups):
            raise Unbound  # '…, by booking date' names the date; a change of each single day is no answer
        at = self._time_group(query)
        if at is None:
            if any(group.grain is not None for group in query.groups):
                raise Unbound
            query = self._grouped_by_time(query, distance)
            at = 0
        shown = query.groups[at].grain
        unit = distance or shown
        assert shown is not None
        if self.distance == 1:
            before = "before" if unit == shown else f"a {unit} before"
            self.understood.append(f"each {shown} beside the {shown} {before}")
        self.understood.append(f"a {shown} at either end of the data may not be complete")
        comparison = Comparison(group=at, grain=unit, count=self.distance)  # type: ignore[arg-type]
        return query.model_copy(update={"comparison": comparison, "running": None})

    def _grouped_by_time(self, query: SemanticQuery, distance: str | None) -> SemanticQuery:
        """A group for what names none: the period that was asked for, or the unit of the comparison."""
        time, grain = query.time, distance
        if time is not None:
            whole = _whole_period(time)
            if whole is None and distance is None:
                whole, time = self._two_ends(time)
            if whole is None and distance is None:
                raise Unbound
            if whole is not None and (distance is None or _ORDER.index(whole) < _ORDER.index(distance)):
                grain = whole
        name = time.dimension if time is not None else self._time_dimension()
        if grain is None or name is None:
            raise Unbound
        group = Group(dimension=name, grain=grain)  # type: ignore[arg-type]
        return query.model_copy(update={"groups": (group, *query.groups), "time": time, "list_entity": None})

    def _two_ends(self, time: TimeRange) -> tuple[Grain | None, TimeRange]:
        """'from 2024 to 2025': the change inside of the range, so its first year has none."""
        start, end = time.start, time.end
        if start is None or end is None or (start.month, start.day, end.month, end.day) != (1, 1, 1, 1):
            return None, time
        return "year", time.model_copy(update={"start": date(start.year + 1, 1, 1)})


def _within(term: Term, dimension: str, when: When) -> Term:
    assert when.start is not None
    assert when.end is not None
    bounds = (
        Filter(dimension=dimension, op="ge", values=(when.start,)),
        Filter(dimension=dimension, op="lt", values=(when.end,)),
    )
    label = f"{phrasing.term_phrase(term)} {when.label}"
    return term.model_copy(update={"filters": (*term.filters, *bounds), "label": label})


def _whole_period(time: TimeRange) -> Grain | None:
    """The unit of time that the range is exactly one of."""
    if time.start is None or time.end is None:
        return None
    for grain in _ORDER:
        if period(grain, time.start, 0) == (time.start, time.end):
            return grain
    return None
