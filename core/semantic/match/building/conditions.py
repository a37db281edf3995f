"""The conditions of a query: filters, times, what must or must not exist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.semantic.match import phrasing
from core.semantic.match.building.naming import Link, Naming, Unbound
from core.semantic.match.dates import When
from core.semantic.match.lexicon import stems
from core.semantic.match.reading import (
    Condition,
)
from core.semantic.match.words import ROLES, TRADE_RECORDS, TRADES
from core.semantic.model import SOURCE, Entity, Grain, value_key
from core.semantic.names import stem
from core.semantic.query import (
    AnyOf,
    Exists,
    Filter,
    FilterValue,
    Group,
    TimeRange,
)


class Conditions(Naming):
    """Filters on dimensions, the time range, existence in other models."""

    def _conditions(self) -> None:
        elsewhere = self.link.conditions if self.link is not None else ()
        for condition in self.reading.conditions:
            if any(condition is other for other in elsewhere):
                continue
            for made in self._filter(condition):
                if made not in self.filters:
                    self.filters.append(made)
                    self.understood.append(phrasing.filter_phrase(made))

    def _filter(self, condition: Condition) -> list[Filter | AnyOf]:
        if condition.any_of:
            parts = [part for inner in condition.any_of for part in self._filter(inner)]
            if len(parts) != len(condition.any_of) or any(isinstance(part, AnyOf) for part in parts):
                raise Unbound
            return [AnyOf(filters=tuple(part for part in parts if isinstance(part, Filter)))]
        if condition.value_refs:
            return [self._value_filter(condition)]
        if condition.when is not None:
            return self._when_filters(condition)
        if condition.entity is not None and condition.hints:
            name = self._compared_field(condition.entity.concept.table, condition.hints)
        elif condition.entity is not None:
            name = self.label(self.find_entity(condition.entity.concept.table))
            if self.model.dimension_by_name[name].type != "string":
                raise Unbound
        else:
            assert condition.field is not None
            name = self.field(condition.field)
        if condition.other is not None:
            return [self._against(name, condition)]
        values = condition.values
        if condition.op in ("eq", "ne") and values and isinstance(values[0], str):
            values = self._stored(name, values[0])
        return [Filter(dimension=name, op=condition.op, values=values)]

    def _against(self, name: str, condition: Condition) -> Filter:
        """Two columns of one row; between rows of two tables the words do not say which belong together."""
        assert condition.other is not None
        other = self.field(condition.other)
        homes = {self.model.home(self.model.dimension_by_name[each])[0] for each in (name, other)}
        if name == other or len(homes) > 1:
            raise Unbound
        return Filter(dimension=name, op=condition.op, other=other)

    def _compared_field(self, table: str, hints: tuple[str, ...]) -> str:
        concept, _ = self.hinted(table, hints)
        if concept.type not in ("integer", "number"):
            raise Unbound
        return self.dimension(concept)

    def _stored(self, dimension: str, text: str) -> tuple[FilterValue, ...]:
        """The text as stored when the index holds it; a full index that lacks it means there is no such value."""

        alias, column = self.model.home(self.model.dimension_by_name[dimension])
        key = value_key(self.model.aliases[alias], column or "")
        known = self.lexicon.catalog.values.get(key, ())
        same = [value for value in known if value.casefold() == text.casefold()]
        if not same and key in self.lexicon.catalog.complete:
            raise Unbound
        return (same[0] if same else text,)

    def _value_filter(self, condition: Condition) -> Filter:
        concepts = [self.choice.values[id(ref)] for ref in condition.value_refs]
        fields = {concept.field for concept in concepts}
        if len(fields) != 1:
            raise Unbound
        name = self.dimension(fields.pop(), condition.cue)
        if ROLES.get(condition.cue, frozenset()) & set(stems(name)):
            self.cost -= 0.1
        for ref in condition.value_refs:
            if len(ref.candidates) > 1:
                self.said[ref.text] = f"{name} {ref.text}"
        return Filter(dimension=name, op=condition.op, values=tuple(c.value for c in concepts))

    def _when_filters(self, condition: Condition) -> list[Filter | AnyOf]:
        when, ref = condition.when, condition.field
        assert when is not None
        assert ref is not None
        concept = self.choice.field(ref)
        name = self.dimension(concept)
        if concept.type == "integer":
            return year_filters(name, when.years)
        made: list[Filter | AnyOf] = []
        if when.start is not None:
            made.append(Filter(dimension=name, op="ge", values=(when.start,)))
        if when.end is not None:
            made.append(Filter(dimension=name, op="lt", values=(when.end,)))
        return made

    def _times(self) -> None:
        if self.reading.times and not self.reading.missing and self._trades_elsewhere():
            raise Unbound
        undone = any(condition.never for condition in self.reading.conditions)
        if (self.reading.times or undone) and self._dated_elsewhere():
            raise Unbound
        if self.reading.change == "" and len(self.reading.times) == 1 and self._between_ends(self.reading.times[0]):
            return
        if self.reading.compared and len(self.reading.times) == 2:
            self._periods(*self.reading.times)
            return
        for when in () if self.times_used else self.reading.times:
            if self.time is not None:
                raise Unbound
            name = self._grouped_time() or self._time_dimension()
            if name == self.model.time_dimension and self.begins_unsaid():
                raise Unbound
            if name is None:
                yearly = self._year_dimension()
                if yearly is None or when.years is None:
                    raise Unbound
                self.filters += year_filters(yearly, when.years)
                self.understood.append(f"{yearly} {when.label}")
                continue
            self.time = TimeRange(dimension=name, start=when.start, end=when.end, label=when.label)
            self.understood.append(f"{name} {when.label}")

    def _between_ends(self, when: When) -> bool:
        """'growth from Q1 2024 to Q1 2025': the one beside the other, not what lies between them."""
        name, ends = self._time_dimension(), when.ends
        if ends is None or name is None or when.years is not None or any(g.grain is not None for g in self.groups):
            return False
        grains = {_grain_of(end) for end in ends}
        grain = grains.pop()
        if grains or grain is None or grain in ("day", "week"):
            return False
        self._far_apart(*ends, name, grain)
        return True

    def _grouped_time(self) -> str | None:
        """'late orders by delivery month in 2026': the year is that of the delivery."""
        found = {group.dimension for group in self.groups if group.grain is not None}
        return found.pop() if len(found) == 1 else None

    def _trades_elsewhere(self) -> bool:
        """'customers from Vienna who bought in 2025': the day is that of what was bought, which is not held here."""
        held = {word for entity in self.model.entities for word in stems(entity.name)}
        return bool(self.words & TRADES) and not held & (TRADE_RECORDS | TRADES)

    def _dated_elsewhere(self) -> bool:
        """'tickets closed in December': the day of closing is another column than the tickets' own date."""
        said = {stem(ref.text.lower()) for c in self.reading.conditions for ref in c.value_refs if ref.text.islower()}
        dated = [d for d in self.model.dimensions if d.type in ("date", "timestamp")]
        return any(said & set(stems(d.name)) for d in dated if d.name != self.model.time_dimension)

    def _periods(self, one: When, other: When) -> None:
        """Two neighbouring periods of one length, a row each; anything else is not compared."""
        name = self.model.time_dimension
        first, second = sorted((one, other), key=lambda when: when.start or date.min)
        kinds = {_grain_of(first), _grain_of(second)}
        grain = kinds.pop()
        if name is None or kinds or grain is None or not self.terms:
            raise Unbound
        if first.end != second.start or (self.reading.change is not None and grain not in ("day", "week")):
            self._far_apart(first, second, name, grain)
            return
        label = f"{first.label} and {second.label}"
        self.time = TimeRange(dimension=name, start=first.start, end=second.end, label=label)
        self.understood.append(f"{name} {label}")
        group = Group(dimension=name, grain=grain)
        self.groups = [group, *(made for made in self.groups if made != group)]

    def _far_apart(self, first: When, second: When, name: str, grain: Grain) -> None:
        """'May 2026 vs May 2025': the later one beside what was so many years or months before."""
        if first.start is None or second.start is None or grain in ("day", "week"):
            raise Unbound
        months = (second.start.year - first.start.year) * 12 + second.start.month - first.start.month
        self.reading.change = "year" if months % 12 == 0 else "month"
        self.distance = months // 12 if months % 12 == 0 else months
        if self.reading.change == "month" and grain != "month":
            raise Unbound
        self.time = TimeRange(dimension=name, start=second.start, end=second.end, label=second.label)
        self.understood.append(f"{name} {second.label}, beside {first.label}")
        self.groups = [Group(dimension=name, grain=grain), *self.groups]

    def _exists(self) -> tuple[Exists, ...]:
        made: list[Exists] = [self._linked(self.link)] if self.link is not None else []
        if any(self._said_of_missing(condition) for condition in self.reading.conditions):
            raise Unbound
        for missing in self.reading.missing:
            if self.entity is None or self.entity.alias != SOURCE:
                counted = [term.entity for term in self.reading.terms if term.entity is not None]
                if len(counted) != 1:
                    raise Unbound
                subject = self.find_entity(counted[0].concept.table)
            else:
                subject = self.entity
            table = missing.concept.table
            if table == self.model.aliases[subject.alias]:
                self.filters.append(self._undone(missing.text))
                self.understood.append(phrasing.filter_phrase(self.filters[-1]))
                continue
            if table in self.model.aliases.values():
                entity = self.find_entity(table)
                self.filters.append(Filter(dimension=self.label(entity), op="is_null"))
            else:
                other = self._linking(subject, table)
                within = self._times_of(other)
                kept = not missing.text.lower().endswith("ed")  # whoever ordered has, though it was cancelled later
                made.append(Exists(model=other, entity=subject.name, negated=True, filters=within, counted=kept))
            self.understood.append(f"without {phrasing.plural_of(missing.concept.name)}")
        return tuple(made)

    def _said_of_missing(self, condition: Condition) -> bool:
        """'customers without orders to Brazil': the orders that are missing are those to Brazil."""
        said = [ref.at for ref in condition.value_refs]
        return bool(said) and any(min(said) > missing.at for missing in self.reading.missing)

    def _undone(self, participle: str) -> Filter:
        """'payments that have not been paid': the one date or flag of theirs that says so."""
        word = stem(participle.lower().split()[-1])
        own = [d for d in self.model.dimensions if self.model.home(d)[0] == SOURCE and word in stems(d.name)]
        said = [d for d in own if d.type in ("date", "timestamp", "boolean")]
        if len(said) != 1 or not participle.lower().endswith(("ed", "en", "id", "ld", "nt", "pt")):
            raise Unbound
        if said[0].type == "boolean":
            return Filter(dimension=said[0].name, op="eq", values=(False,))
        return Filter(dimension=said[0].name, op="is_null")

    def _linked(self, link: Link) -> Exists:
        """Rows of the link's subject that the other model connects with what the conditions say."""
        inner = type(self)(self.reading, self.choice, self.lexicon, link.model, self.words)
        filters = [made for condition in link.conditions for made in inner._filter(condition)]
        self.understood += [phrasing.filter_phrase(made) for made in filters]
        plain = tuple(made for made in filters if isinstance(made, Filter))
        if len(plain) != len(filters) or contradictory(plain):
            raise Unbound
        return Exists(model=link.model.name, entity=link.subject.name, filters=plain)

    def _times_of(self, name: str) -> tuple[Filter, ...]:
        """'without orders in 2025': the time belongs to what is missing."""
        when = self.reading.times[0] if self.reading.times else None
        if when is None:
            return ()
        dimension = self.lexicon.catalog.model_by_name[name].time_dimension
        if dimension is None or len(self.reading.times) > 1:
            raise Unbound
        self.times_used = True
        self.understood.append(f"{dimension} {when.label}")
        bounds = (("ge", when.start), ("lt", when.end))
        return tuple(Filter(dimension=dimension, op=op, values=(day,)) for op, day in bounds if day is not None)  # type: ignore[arg-type]

    def _linking(self, subject: Entity, table: str) -> str:
        """The model that leads from rows of `table` to the subject."""
        own = self.model.aliases[subject.alias]
        for model in self.lexicon.catalog.models:
            aliases = {alias: name for alias, name in model.aliases.items() if alias != SOURCE}
            if model.source == table and own in aliases.values():
                return model.name
        for model in self.lexicon.catalog.models:
            if model.bridge and own in model.aliases.values() and table in model.aliases.values():
                return model.name
        both = [
            m for m in self.lexicon.catalog.models if {own, table} <= {t for a, t in m.aliases.items() if a != SOURCE}
        ]
        coarse = [m for m in both if not any(o is not m and o.source in m.aliases.values() for o in both)]
        if len(coarse) == 1:
            return coarse[0].name
        raise Unbound

    def _held_by_missing(self, table: str) -> bool:
        """'never enrolled in a section': each enrolment, which is what is missing, is in one."""
        missing = {ref.concept.table for ref in self.reading.missing}
        held = [model for model in self.lexicon.catalog.models if model.source in missing]
        return table not in self.model.aliases.values() and any(table in m.aliases.values() for m in held)

    def _mentions(self) -> None:
        """A named entity that nothing else uses still has to be there: 'papers in journals' needs a journal."""
        for mention in self.reading.mentions:
            if self.reading.missing and self._held_by_missing(mention.concept.table):
                continue
            if self.link is not None and mention.concept.table not in self.model.aliases.values():
                continue
            entity = self.find_entity(mention.concept.table)
            if entity.alias == SOURCE or self._uses(entity.alias):
                continue
            self.filters.append(Filter(dimension=self.label(entity), op="not_null"))


_LENGTHS: tuple[tuple[int, int, Grain], ...] = (
    (1, 1, "day"), (7, 7, "week"), (28, 31, "month"), (90, 92, "quarter"), (365, 366, "year"),
)  # fmt: skip


def _grain_of(when: When) -> Grain | None:
    """The unit of a period of one day, week, month, quarter or year that starts with it."""
    if when.start is None or when.end is None:
        return None
    days = (when.end - when.start).days
    whole = when.start.day == 1 or days in (1, 7)
    return next((grain for low, high, grain in _LENGTHS if low <= days <= high and whole), None)


def contradictory(filters: Sequence[Filter | AnyOf]) -> bool:
    """Whether one column would have to hold two different values at once ('tagged a and tagged b')."""
    if _no_day_left(filters):
        return True
    equal = {(f.dimension, f.values) for f in filters if isinstance(f, Filter) and f.op == "eq"}
    return len({dimension for dimension, _ in equal}) < len(equal)


def _no_day_left(filters: Sequence[Filter | AnyOf]) -> bool:
    """Whether one date would have to be in two times that do not meet ('booked in Q2 2025 compared with Q2 2024')."""
    starts: dict[str, list[date]] = {}
    ends: dict[str, list[date]] = {}
    for item in filters:
        if isinstance(item, Filter) and item.op in ("ge", "lt") and item.values and isinstance(item.values[0], date):
            (starts if item.op == "ge" else ends).setdefault(item.dimension, []).append(item.values[0])
    return any(max(days) >= min(ends[name]) for name, days in starts.items() if name in ends)


def year_filters(name: str, years: tuple[int | None, int | None] | None) -> list[Filter | AnyOf]:
    """A range of whole years on a column that stores the year as a number."""
    if years is None:
        raise Unbound
    first, last = years
    if first is not None and first == last:
        return [Filter(dimension=name, op="eq", values=(first,))]
    made: list[Filter | AnyOf] = [Filter(dimension=name, op="ge", values=(first,))] if first is not None else []
    return made + ([Filter(dimension=name, op="le", values=(last,))] if last is not None else [])
