"""What a question asks, before it is bound to a model: subjects, numbers, groups, conditions, order."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.semantic.match.dates import When
from core.semantic.match.lexicon import EntityConcept, FieldConcept, MeasureConcept, ValueConcept
from core.semantic.model import Grain
from core.semantic.query import FilterValue, Operator


class Unparsed(Exception):
    """The question's words are known but their order says nothing the grammar knows; the message names the words."""


@dataclass
class FieldRef:
    """A field by its words; several candidates until the context decides."""

    candidates: list[tuple[FieldConcept, float]]
    at: int
    text: str
    owner: str | None = None
    """The table named with it ('names of the journals')."""


@dataclass
class EntityRef:
    concept: EntityConcept
    at: int
    text: str


@dataclass
class MeasureRef:
    candidates: list[tuple[MeasureConcept, float]]
    at: int
    text: str


@dataclass
class ValueRef:
    candidates: list[tuple[ValueConcept, float]]
    at: int
    text: str
    alone: bool = False
    """Whether its words are a stored text and nothing else."""


@dataclass
class TermSpec:
    """A number: function of a field, a count of an entity, or a measure; `parts` makes a ratio."""

    function: str
    field: FieldRef | None = None
    entity: EntityRef | None = None
    measure: MeasureRef | None = None
    conditions: list[Condition] = dataclasses.field(default_factory=list)
    parts: tuple[TermSpec, TermSpec] | None = None
    percent: bool = False
    of_total: bool = False
    label: str = ""
    bare: bool = False
    """A measure's name alone, without 'number of' or 'total' before it."""
    of_a_kind: bool = False
    """Rows counted by a stored text alone ('how many dogs')."""


@dataclass
class Condition:
    op: Operator
    field: FieldRef | None = None
    values: tuple[FilterValue, ...] = ()
    value_refs: list[ValueRef] = dataclasses.field(default_factory=list)
    entity: EntityRef | None = None
    """The entity whose label an unlinked text names."""
    when: When | None = None
    text: str = ""
    compared: bool = False
    """'North versus South': each named value is shown for itself."""
    cue: str = ""
    """The preposition before its value ('from', 'to'), which may say the value's role."""
    never: bool = False
    """Negated by a verb: 'who never bought', 'who did not buy'."""
    deed: bool = False
    """What was not done: 'never did', 'did not'. What somebody is says nothing of it."""
    joined: bool = False
    """'North and South', not 'North or South'."""
    hints: tuple[str, ...] = ()
    """What an adjective speaks of, for a number of the entity that is not named: 'rivers longer than 500'."""
    any_of: list[Condition] = dataclasses.field(default_factory=list)
    other: FieldRef | None = None
    """The column that `field` is compared with: 'shipped after the required date'."""


@dataclass
class Having:
    term: TermSpec
    op: Operator
    values: tuple[float, ...] = ()
    than: TermSpec | None = None
    """Another number of the same group: 'sales below target'."""
    periods: tuple[When, When] | None = None
    """'more in 2025 than in 2024': the number in the first is compared with that in the second."""


@dataclass
class GroupSpec:
    field: FieldRef | None = None
    entity: EntityRef | None = None
    grain: Grain | Literal["weekday"] | None = None
    each: bool = False
    """Said with 'in each', 'per': a limit counts within it."""


@dataclass
class OrderSpec:
    """Order by a number, a field, or what a superlative hints at on an entity."""

    descending: bool
    term: TermSpec | None = None
    field: FieldRef | None = None
    entity: EntityRef | None = None
    hints: tuple[str, ...] = ()
    limit: int | None = None
    first: bool = False
    """Order by the first thing shown."""


class Measured(NamedTuple):
    """A unit of time, in the plural; `told`: the answer is to be in it ('in hours'), not only what it is tested by."""

    unit: str
    told: bool


@dataclass
class Reading:
    targets: list[FieldRef | EntityRef] = dataclasses.field(default_factory=list)
    terms: list[TermSpec] = dataclasses.field(default_factory=list)
    groups: list[GroupSpec] = dataclasses.field(default_factory=list)
    conditions: list[Condition] = dataclasses.field(default_factory=list)
    having: list[Having] = dataclasses.field(default_factory=list)
    orders: list[OrderSpec] = dataclasses.field(default_factory=list)
    mentions: list[EntityRef] = dataclasses.field(default_factory=list)
    missing: list[EntityRef] = dataclasses.field(default_factory=list)
    """Entities that must not exist ('customers without orders')."""
    times: list[When] = dataclasses.field(default_factory=list)
    extras: list[FieldRef] = dataclasses.field(default_factory=list)
    """Fields that a second sentence wants to see, too."""
    limit: int | None = None
    default_limit: bool = False
    """The limit of 1 comes from a superlative, not from a number in the question."""
    both: bool = False
    """'both A and B'."""
    compared: bool = False
    """'compare North and South': one row for each named value."""
    listing: bool = False
    """'list …', 'show …'."""
    superlative: str = ""
    which: bool = False
    """'which …': rows are asked for, never their number."""
    when: bool = False
    """'when …': a day is asked for, not who or what."""
    who: bool = False
    """'who …': the answer names people or parties."""
    distinct: bool = False
    measured_in: Measured | None = None
    """'in months', 'longer than 10 days': what a number may not be measured otherwise than in, in the plural."""
    dated: FieldRef | None = None
    """'bookings per month, by check-in date': the date that times and units of time speak of."""
    done: bool = False
    """'orders closed per month': only those for which `dated` is known."""
    running: bool = False
    """'running total', 'cumulative'."""
    trend: bool = False
    """'trend', 'over time': by month where no unit of time is named."""
    change: str | None = None
    """'compared to the previous month', 'growth': the unit of time that lies between, '' where none is named."""
    weight: float = 0.0
    notes: list[str] = dataclasses.field(default_factory=list)
