"""Window functions of a grouped statement: running totals, the period before, the first few of each group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from core.errors import ModelQueryError
from core.semantic.compile.conditions import literal
from core.semantic.compile.row_order import Key
from core.semantic.match.dates import back, period
from core.semantic.model import Grain, SemanticModel
from core.semantic.query import SemanticQuery, TimeRange

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}


def additive(tree: Any) -> bool:
    """Whether the parts of an aggregate add up: sums and row counts do, averages and distinct counts do not."""
    plain = tree.this if isinstance(tree, exp.Filter) else tree
    return isinstance(plain, (exp.Sum, exp.Count, exp.CountIf)) and not plain.find(exp.Distinct)


class Windows:
    """The windows that one query asks for; nothing when it asks for none."""

    def __init__(self, query: SemanticQuery, model: SemanticModel) -> None:
        self.query, self.model = query, model
        if (query.running is not None or query.comparison is not None) and not query.terms:
            raise ModelQueryError("There is no number to follow over time.")

    def names(self, terms: Sequence[str]) -> list[str]:
        """The result columns beside those of the terms."""
        if self.query.running is not None:
            return [f"running_total_of_{terms[0]}"]
        if self.query.comparison is not None:
            return [f"previous_{terms[0]}", "change", "change_percent"]
        return []

    def numbers(self, groups: Sequence[Any], numbers: Sequence[Any], keys: Sequence[Any]) -> list[Any]:
        """The trees of those columns; `keys` tell things of one name apart."""
        if self.query.running is not None:
            return [self._running(groups, numbers[0], keys, self.query.running)]
        if self.query.comparison is not None:
            return self._compared(groups, numbers[0], keys)
        return []

    def _running(self, groups: Sequence[Any], number: Any, keys: Sequence[Any], at: int) -> Any:
        if not additive(number):
            raise ModelQueryError("This number cannot be added up over time: its parts do not make a total.")
        frame = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
        return _window(exp.Sum(this=number.copy()), [*_without(groups, at), *keys], [(groups[at], False)], frame)

    def _compared(self, groups: Sequence[Any], number: Any, keys: Sequence[Any]) -> list[Any]:
        """The one row that lies exactly the distance back, by RANGE: a missing period is NULL, never its neighbour."""
        comparison = self.query.comparison
        assert comparison is not None
        distance = self._distance()
        frame = exp.WindowSpec(
            kind="RANGE", start=distance, start_side="PRECEDING", end=distance.copy(), end_side="PRECEDING"
        )
        others = [*_without(groups, comparison.group), *keys]
        then = _window(exp.Max(this=number.copy()), others, [(groups[comparison.group], False)], frame)
        change = exp.Sub(this=_whole(number.copy()), expression=then.copy())
        safe = exp.Nullif(this=exp.Abs(this=then.copy()), expression=exp.Literal.number(0))
        percent = exp.Div(this=exp.Mul(this=exp.Literal.number("100.0"), expression=exp.paren(change)), expression=safe)
        return [then, change.copy(), percent]

    def _distance(self) -> Any:
        comparison = self.query.comparison
        assert comparison is not None
        shown = self.query.groups[comparison.group].grain
        if shown == "year" and comparison.grain == "year":
            return exp.Literal.number(comparison.count)
        if shown is None or not _fits(shown, comparison.grain):
            raise ModelQueryError(f"A {shown or 'row'} cannot be compared with the one a {comparison.grain} before it.")
        if comparison.grain in _DAYS:
            return _interval(_DAYS[comparison.grain] * comparison.count, "DAY")
        return _interval(_MONTHS[comparison.grain] * comparison.count, "MONTH")

    def widened(self, time: TimeRange) -> TimeRange:
        """The time range from one distance earlier on, so that its first period has one to compare with."""
        comparison = self.query.comparison
        if comparison is None or time.start is None:
            return time
        grain = self.query.groups[comparison.group].grain
        edges = [day for day in (time.start, time.end) if day is not None]
        if grain is None or time.dimension != self.query.groups[comparison.group].dimension:
            raise ModelQueryError("Only periods of the group's own time can be compared.")
        if any(period(grain, day, 0)[0] != day for day in edges):
            raise ModelQueryError(
                f"The time range does not begin and end with a {grain}, so its {grain}s are not whole."
            )
        return time.model_copy(update={"start": back(time.start, comparison.grain, comparison.count)})

    def kept(self, select: Any, groups: Sequence[Any]) -> Any:
        """Only the periods that were asked for, after the earlier ones have been looked at."""
        comparison, time = self.query.comparison, self.query.time
        if comparison is None or time is None or time.start is None:
            return select
        group = groups[comparison.group]
        by_year = self.query.groups[comparison.group].grain == "year"
        first = exp.Literal.number(time.start.year) if by_year else literal(time.start, "date")
        return _qualified(select, exp.GTE(this=group.copy(), expression=first))

    def first_of_each(self, select: Any, groups: Sequence[Any], keys: Sequence[Key]) -> Any:
        """The best `limit` rows of each combination of the groups that the limit counts within; ties are kept."""
        if not self.query.order or self.query.limit is None:
            raise ModelQueryError("There is nothing to rank the rows of each group by.")
        within = [groups[index].copy() for index in self.query.limit_within]
        ranked = list(keys[: len(self.query.order)])
        rank = _window(exp.Anonymous(this="RANK"), within, ranked, None)
        return _qualified(select, exp.LTE(this=rank, expression=exp.Literal.number(self.query.limit)))

    def by_each(self, groups: Sequence[Any], keys: Sequence[Key]) -> list[Key]:
        """Rows of one group stand together, best first."""
        own: list[Key] = [(groups[index], False) for index in self.query.limit_within]
        return own + [key for key in keys if all(key[0] != tree for tree, _ in own)]


def _fits(shown: Grain, distance: Grain) -> bool:
    """Whether a period of `shown` lies a whole `distance` after another one."""
    return shown == distance or (shown, distance) in {
        ("month", "year"),
        ("month", "quarter"),
        ("quarter", "year"),
        ("day", "week"),
    }


def _interval(count: int, unit: str) -> Any:
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))


def _window(function: Any, partition: Sequence[Any], order: Sequence[Key], frame: Any) -> Any:
    ordered = [exp.Ordered(this=tree.copy(), desc=descending, nulls_first=False) for tree, descending in order]
    return exp.Window(
        this=function,
        partition_by=[tree.copy() for tree in partition],
        order=exp.Order(expressions=ordered),
        spec=frame,
    )


def _qualified(select: Any, test: Any) -> Any:
    present = select.args.get("qualify")
    select.set("qualify", exp.Qualify(this=exp.and_(present.this, test) if present else test))
    return select


def _without(groups: Sequence[Any], at: int) -> list[Any]:
    return [group for index, group in enumerate(groups) if index != at]


def _whole(tree: Any) -> Any:
    return exp.paren(tree) if isinstance(tree, exp.Binary) else tree
