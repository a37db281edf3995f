"""What can be asked of a schema: metric views (Unity Catalog YAML 1.1) with names, entities and time.

A SemanticModel is one metric view: a source table and its many-to-one joins. A SemanticCatalog groups the
models of a schema, one per table that can be a source, so that counts and lists of every entity work.
Keys beside the metric-view format are ours and are left out by `yaml_format.metric_view_yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from core.types import Frozen

FieldType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "other"]
Grain = Literal["day", "week", "month", "quarter", "year"]
SOURCE = "source"
"""The alias under which expressions name the source table."""

_PART = re.compile(r"`([^`]+)`|([A-Za-z_][\w$]*)")
_COLUMN = re.compile(r"^(?:(?:`[^`]+`|[A-Za-z_][\w$]*)\.)*(?:`[^`]+`|[A-Za-z_][\w$]*)$")


def column_path(expr: str) -> tuple[str, ...] | None:
    """The parts of an expression that is a plain column (`orders.customers.city`), else None."""
    text = expr.strip()
    if not _COLUMN.match(text):
        return None
    return tuple(quoted or plain for quoted, plain in _PART.findall(text))


class Join(Frozen):
    """A many-to-one join: at most one row of `source` for each row of its parent."""

    name: str
    source: str
    on: str | None = None
    using: tuple[str, ...] = ()
    joins: tuple[Join, ...] = ()
    one_to_one: bool = False
    """At most one parent row for each of its rows, too: sums over it stay at the parent's grain."""

    @model_validator(mode="after")
    def _one_condition(self) -> Join:
        if (self.on is None) == (not self.using):
            raise ValueError(f"join '{self.name}' needs exactly one of on, using")
        return self


class Dimension(Frozen):
    name: str
    expr: str
    comment: str | None = None
    display_name: str | None = None
    synonyms: tuple[str, ...] = ()
    format: Mapping[str, Any] | None = None
    type: FieldType = "string"
    indexed: bool = False
    """Whether its distinct values may be read into the value index (never for masked columns)."""


class Measure(Frozen):
    name: str
    expr: str
    comment: str | None = None
    display_name: str | None = None
    synonyms: tuple[str, ...] = ()
    format: Mapping[str, Any] | None = None
    filter: str | None = None
    """A condition that is part of the definition ('not cancelled')."""
    filter_dimensions: tuple[str, ...] = ()
    """Dimensions whose use in a question replaces `filter`: 'cancelled orders' asks for what it leaves out."""
    note: str | None = None
    """What the person is told about the definition: 'net of duplicates and cancelled orders'."""


class Entity(Frozen):
    """A thing that rows stand for: what can be counted, listed and named."""

    name: str
    alias: str = SOURCE
    key: tuple[str, ...] = ()
    """Columns of the alias's table that identify one; empty when the table has no key."""
    repeated: bool = False
    """Whether several rows may stand for one; then counts are distinct even over its own table."""
    label: str | None = None
    """The dimension that names one for a person."""
    synonyms: tuple[str, ...] = ()
    count_measure: str | None = None
    """The measure that counts them, where it is not simply their rows."""


class SemanticModel(Frozen):
    """One metric view. Names of dimensions and measures are unique in it, case aside."""

    version: str = "1.1"
    name: str
    comment: str | None = None
    source: str
    filter: str | None = None
    joins: tuple[Join, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    entities: tuple[Entity, ...] = ()
    time_dimension: str | None = None
    metric_view: str | None = None
    """The full name of the metric view that Unity Catalog holds of this model; there it is asked with MEASURE()."""
    bridge: bool = False
    """Whether the source only links other tables (many-to-many)."""

    @model_validator(mode="after")
    def _consistent(self) -> SemanticModel:
        if self.version not in ("1.1", "0.1"):
            raise ValueError(f"version must be 1.1, not {self.version}")
        if self.metric_view is not None and column_path(self.metric_view) is None:
            raise ValueError(f"metric_view '{self.metric_view}' is not the name of a view")
        names = [name.casefold() for name in (*(d.name for d in self.dimensions), *(m.name for m in self.measures))]
        double = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
        if double:
            raise ValueError(f"the name '{double}' is used twice")
        known = {dimension.name for dimension in self.dimensions}
        if self.time_dimension is not None and self.time_dimension not in known:
            raise ValueError(f"time_dimension '{self.time_dimension}' is not a dimension")
        for entity in self.entities:
            if entity.label is not None and entity.label not in known:
                raise ValueError(f"entity '{entity.name}': label '{entity.label}' is not a dimension")
            if entity.alias not in self.aliases:
                raise ValueError(f"entity '{entity.name}': alias '{entity.alias}' is not source or a join")
        return self

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Alias -> full table name (or a SQL query), the source first."""
        return {SOURCE: self.source} | {join.name: join.source for join, _ in self.walk_joins()}

    @cached_property
    def parents(self) -> Mapping[str, str]:
        """Join alias -> the alias it hangs on."""
        return {join.name: parent for join, parent in self.walk_joins()}

    def walk_joins(self) -> Iterator[tuple[Join, str]]:
        """Each join with its parent's alias, parents first."""
        queue = [(join, SOURCE) for join in self.joins]
        while queue:
            join, parent = queue.pop(0)
            yield join, parent
            queue.extend((child, join.name) for child in join.joins)

    @cached_property
    def grain_of(self) -> Mapping[str, str]:
        """Alias -> the alias whose rows it shares one to one (itself otherwise)."""
        grains = {SOURCE: SOURCE}
        for join, parent in self.walk_joins():
            grains[join.name] = grains[parent] if join.one_to_one else join.name
        return grains

    @cached_property
    def dimension_by_name(self) -> Mapping[str, Dimension]:
        return {dimension.name: dimension for dimension in self.dimensions}

    @cached_property
    def measure_by_name(self) -> Mapping[str, Measure]:
        return {measure.name: measure for measure in self.measures}

    @cached_property
    def entity_by_name(self) -> Mapping[str, Entity]:
        return {entity.name: entity for entity in self.entities}

    def depth(self, alias: str) -> int:
        """Joins between the source and `alias`."""
        steps = 0
        while alias != SOURCE:
            alias = self.parents[alias]
            steps += 1
        return steps

    def home(self, dimension: Dimension) -> tuple[str, str | None]:
        """(alias, column) of a dimension that is a plain column; (source, None) for any other expression."""
        path = column_path(dimension.expr)
        if path is None:
            return SOURCE, None
        if len(path) == 1:
            return SOURCE, path[0]
        return (path[-2] if path[-2] in self.aliases else SOURCE), path[-1]


class SemanticCatalog(Frozen):
    """All models of one schema, with the indexed values of its dimensions."""

    name: str
    """catalog.schema"""
    models: tuple[SemanticModel, ...]
    status: Literal["draft", "confirmed"] = "confirmed"
    fingerprint: str = ""
    """Changes when the schema's tables or columns do."""
    values: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """'table|column' -> its distinct texts, only for dimensions marked `indexed`."""
    complete: frozenset[str] = frozenset()
    """Those keys of `values` that hold every distinct value."""
    ranges: Mapping[str, tuple[date, date]] = Field(default_factory=dict)
    """'table|column' of times -> the first and last day that its rows hold, when the catalog was made."""
    about: str | None = None
    examples: tuple[str, ...] = ()
    """Questions to show first, each answerable; the catalog's author writes them."""

    @cached_property
    def model_by_name(self) -> Mapping[str, SemanticModel]:
        return {model.name: model for model in self.models}

    def __hash__(self) -> int:
        return id(self)


def value_key(table: str, column: str) -> str:
    """The key of a column in a catalog's value index."""
    return f"{table}|{column}"
