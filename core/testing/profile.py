"""What the rows of a table say about its columns: one statement of counts, and one closer look at few values.

Wide tables take one statement of counts a hundred columns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.testing.check import Read
from core.testing.sql import TODAY, fill, path, quote
from core.types import Scalar

if TYPE_CHECKING:
    from core.warehouse.port import TableInfo

_CHUNK = 100
FEW_VALUES = 20
_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "NUMERIC", "FLOAT", "DOUBLE", "REAL")
_TEXTS = ("STRING", "VARCHAR", "CHAR")


@dataclass
class Facts:
    """One column: how many rows have it, how many values, between which."""

    name: str
    type: str
    present: int = 0
    distinct: int | None = None
    """None for types that have no order."""
    low: Scalar = None
    high: Scalar = None
    negative: int = 0
    """Numbers below zero; of a date, those after the day of the profile."""
    average: float | None = None
    frequencies: dict[str, int] = field(default_factory=dict)
    """How often each value stands, of a column with few values."""

    @property
    def family(self) -> str:
        """number, text, boolean, date, timestamp or other."""
        name = self.type.upper()
        for family, starts in (("number", _NUMBERS), ("text", _TEXTS)):
            if name.startswith(starts) and not name.startswith("INTERVAL"):
                return family
        if name.startswith("TIMESTAMP"):
            return "timestamp"
        return {"BOOLEAN": "boolean", "DATE": "date"}.get(name, "other")


@dataclass
class Profile:
    """One table with its keys as declared."""

    full_name: str
    name: str
    rows: int = 0
    columns: dict[str, Facts] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    declared: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()
    """Foreign keys: columns, table, referenced columns."""

    def unique(self, column: str) -> bool:
        """Whether the column tells all rows apart; nothing is known of an empty table."""
        facts = self.columns[column]
        return self.rows > 0 and facts.distinct == self.rows

    def of(self, *families: str) -> list[Facts]:
        """The columns of some families."""
        return [facts for facts in self.columns.values() if facts.family in families]


def take_profile(table: TableInfo, read: Read) -> Profile:
    """Counts of every column and, of those with few values, how often each stands. Raises what `read` raises."""
    profile = Profile(table.full_name, table.name, primary_key=_primary_key(table), declared=_foreign_keys(table))
    for info in table.columns:
        profile.columns[info.name] = Facts(info.name, info.type)
    facts = list(profile.columns.values())
    for start in range(0, max(len(facts), 1), _CHUNK):
        _count(profile, facts[start : start + _CHUNK], read)
    _look_closer(profile, read)
    return profile


def _count(profile: Profile, columns: Sequence[Facts], read: Read) -> None:
    figures = [figure for index, facts in enumerate(columns) for figure in _figures(index, facts)]
    statement = fill("profile", figures=", ".join(figures or ["0 AS none"]), table=path(profile.full_name))
    answer = read(statement)
    row = dict(zip((column.name for column in answer.columns), answer.rows[0], strict=True))
    profile.rows = number(row["n"])
    for index, facts in enumerate(columns):
        facts.present = number(row[f"p{index}"])
        facts.distinct = number(row[f"d{index}"]) if f"d{index}" in row else None
        facts.low, facts.high = row.get(f"l{index}"), row.get(f"h{index}")
        facts.negative = number(row.get(f"x{index}") or 0)
        average = row.get(f"a{index}")
        facts.average = float(average) if isinstance(average, int | float) else None


def _figures(index: int, facts: Facts) -> list[str]:
    column = quote(facts.name)
    figures = [f"COUNT({column}) AS p{index}"]
    if facts.family == "other":
        return figures
    figures.append(f"COUNT(DISTINCT {column}) AS d{index}")
    if facts.family in ("number", "date", "timestamp"):
        figures += [f"MIN({column}) AS l{index}", f"MAX({column}) AS h{index}"]
        beyond = f"{column} < 0" if facts.family == "number" else f"CAST({column} AS DATE) > {TODAY}"
        figures.append(f"COUNT_IF({beyond}) AS x{index}")
    if facts.family == "number":
        figures.append(f"AVG({column}) AS a{index}")
    return figures


def _look_closer(profile: Profile, read: Read) -> None:
    few = [facts for facts in profile.of("text") if _is_category(profile, facts)]
    if not few:
        return
    table = path(profile.full_name)
    parts = [fill("values_of", index=str(i), column=quote(facts.name), table=table) for i, facts in enumerate(few)]
    for index, value, count in read(" UNION ALL ".join(parts)).rows:
        few[number(index)].frequencies[str(value)] = number(count)


def _is_category(profile: Profile, facts: Facts) -> bool:
    """Few values, each standing many times."""
    return 0 < (facts.distinct or 0) <= FEW_VALUES and profile.rows >= 5 * (facts.distinct or 0)


def number(value: Scalar) -> int:
    """A count that a statement gave."""
    return int(value) if isinstance(value, int | float | str) else 0


def _primary_key(table: TableInfo) -> tuple[str, ...]:
    return tuple(str(column) for column in json.loads(table.properties.get("aiops.primary_key", "[]")))


def _foreign_keys(table: TableInfo) -> tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]:
    keys = json.loads(table.properties.get("aiops.foreign_keys", "[]"))
    return tuple((tuple(key["columns"]), str(key["table"]), tuple(key.get("references", ()))) for key in keys)
