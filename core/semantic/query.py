"""A question in the model's own words: measures by dimensions, with filters, a time range, an order and a limit."""

from __future__ import annotations

from datetime import date
from typing import Literal

from core.semantic.model import Grain
from core.types import Frozen

Aggregate = Literal["count", "count_distinct", "sum", "avg", "min", "max", "median"]
Operator = Literal[
    "eq", "ne", "in", "not_in", "gt", "ge", "lt", "le", "between",
    "contains", "not_contains", "starts_with", "ends_with", "is_null", "not_null",
]  # fmt: skip
FilterValue = bool | int | float | date | str


class Filter(Frozen):
    """A condition on a dimension; several in a query are joined by AND."""

    dimension: str
    op: Operator
    values: tuple[FilterValue, ...] = ()
    grain: Grain | None = None
    other: str | None = None
    """Another dimension of the same rows to compare with, instead of values."""


class AnyOf(Frozen):
    """Conditions of which at least one must hold."""

    filters: tuple[Filter, ...]


class Exists(Frozen):
    """Keep rows whose `entity` has (or, negated, lacks) rows in another model of the same catalog."""

    model: str
    entity: str
    negated: bool = False
    filters: tuple[Filter, ...] = ()
    counted: bool = False
    """Only rows that the measure which counts the entity in that model keeps: what was cancelled was not bought."""


class Term(Frozen):
    """One number: a measure of the model, or an aggregate of a dimension or of an entity's rows.

    `filters` restrict this term only (conditional counts, shares).
    """

    measure: str | None = None
    aggregate: Aggregate | None = None
    dimension: str | None = None
    entity: str | None = None
    filters: tuple[Filter, ...] = ()
    label: str = ""


class Ratio(Frozen):
    """numerator / denominator, NULL where the denominator is zero."""

    numerator: Term
    denominator: Term
    label: str = ""
    percent: bool = False
    of_total: bool = False
    """The denominator is the sum of the numerator over all rows of the answer: the share of the total."""
    same_rows: bool = False
    """The denominator counts among the rows that the numerator's definition keeps: orders with any sales."""


class Group(Frozen):
    """A dimension to group by or to list, at a grain when it is a time, or by one of its parts."""

    dimension: str
    grain: Grain | None = None
    part: Literal["weekday"] | None = None


class TimeRange(Frozen):
    """start <= dimension < end; an open side is None."""

    dimension: str
    start: date | None = None
    end: date | None = None
    label: str = ""


class TermFilter(Frozen):
    """A condition on a number after grouping (HAVING)."""

    term: Term | Ratio
    op: Operator
    values: tuple[float, ...] = ()
    than: Term | None = None
    """Another number of the same group to compare with, instead of values; what there is none of counts as 0."""


ChartKind = Literal["bar", "line", "area", "scatter", "pie"]


class Order(Frozen):
    """By the n-th number (`term`) or the n-th dimension (`group`), counted from 0."""

    term: int | None = None
    group: int | None = None
    descending: bool = False


class Comparison(Frozen):
    """Each period of a time group beside the one `count` times `grain` before it; gaps count as unknown, not as zero.

    Shown for the first number: its value then, the difference, and the difference in percent.
    """

    group: int
    """Index of the time group."""
    grain: Grain
    count: int = 1


class SemanticQuery(Frozen):
    catalog: str
    model: str
    terms: tuple[Term | Ratio, ...] = ()
    groups: tuple[Group, ...] = ()
    filters: tuple[Filter | AnyOf, ...] = ()
    exists: tuple[Exists, ...] = ()
    time: TimeRange | None = None
    having: tuple[TermFilter, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    """So many rows. The one row that an order of 1 asks for ('the most orders') brings those that tie with it."""
    limit_within: tuple[int, ...] = ()
    """Indexes of groups: `limit` then counts within each of their combinations (the first 3 of each region), and rows
    that tie with the last of them are shown too."""
    running: int | None = None
    """Index of the time group along which the first number is added up from the first row on, beside the number."""
    comparison: Comparison | None = None
    list_entity: str | None = None
    """With no terms: rows of this entity, one row each; None lists distinct combinations."""
    counted: bool = False
    """Only rows that the measures which count the model's things keep: what was cancelled was not sold."""
    count_groups: bool = False
    """Answer with the number of groups instead of the groups."""
    average_groups: bool = False
    """Answer with the average of the number over the groups that have any: 'average monthly sales'."""
    chart: ChartKind | None = None
    """The kind of chart that the person asked for."""
    shown: tuple[int, ...] | None = None
    """Indexes of terms to show; None shows all (others only order or filter)."""

    @property
    def first_ones(self) -> bool:
        """Whether the first place is asked for, which several may share."""
        return self.limit == 1 and bool(self.order) and bool(self.groups) and not self.count_groups

    @property
    def one_figure(self) -> bool:
        """Whether the groups are only counted or averaged, so that the answer is one number."""
        return self.count_groups or self.average_groups
