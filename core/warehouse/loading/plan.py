"""What a load will bring: typed tables with their declared keys, documents, and what was left out or changed.

Reading makes a plan and touches no warehouse; writing a plan is a separate step (`writing.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from core.errors import LoadError

ALWAYS_RESERVED = frozenset({"aiops", "aiops_ops", "information_schema"})
RESERVED_UNLESS_NAMED = frozenset({"demo", "sandbox"})
LISTED_PER_KIND = 200
"""How many remarks of one kind about one file are listed before they are summed up."""
LONGEST_NAME = 120
LONGEST_SCHEMA = 100
_UNSEEN = r"[\s\u200b\u2060\ufeff]"
UNREADABLE = "a file that cannot be read"
"""What is skipped when a file of a folder is damaged: it may hold a table that was loaded before."""


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of a table refer to `references` of `table`, in that order."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class LoadedTable:
    """A table as read: typed, with what the source declared about it."""

    table: pa.Table
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    comment: str | None = None
    column_comments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """Something that is not loaded: where it stands (file, line), what it is, and why."""

    where: str
    what: str
    why: str


@dataclass(frozen=True)
class Adjusted:
    """Something that is loaded, though not exactly as it stood."""

    where: str
    what: str
    why: str


@dataclass(frozen=True)
class LoadPlan:
    """Everything that one path holds, ready to be written."""

    schema_name: str
    tables: Mapping[str, LoadedTable]
    documents: tuple[Path, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    adjusted: tuple[Adjusted, ...] = ()
    source: str | None = None
    """The path that was read, absolute; tables are marked with it, so that a later load finds its own."""


class Contents:
    """What the readers fill while they read one path."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        """What `CURRENT_DATE` means in a dump."""
        self.tables: dict[str, LoadedTable] = {}
        self.documents: list[Path] = []
        self.skipped: list[Skipped] = []
        self.adjusted: list[Adjusted] = []

    def skip(self, where: str, what: str, why: str) -> None:
        self.skipped.append(Skipped(where, what, why))

    def adjust(self, where: str, what: str, why: str) -> None:
        self.adjusted.append(Adjusted(where, what, why))

    def add(self, name: str, table: LoadedTable, *, where: str) -> str:
        """Keep `table` under `name`, or the nearest name that is free and safe; gives the name used."""
        safe = safe_name(name.replace(".", "_"), "table").lstrip("_ ") or "table"
        taken = {other.casefold() for other in self.tables}
        unique = free_name(safe, taken)
        if unique != name:
            self.adjust(where, f"table {name!r} is called {unique!r}", "its own name is taken or not allowed")
        self.tables[unique] = table
        return unique


def safe_name(name: str, otherwise: str) -> str:
    """`name` without what no folder, quoted identifier or page can show; case and spaces are kept."""
    visible = _bare(name)
    cleaned = re.sub(r"[/\\`\x00-\x1f\x7f]+", "_", visible)[:LONGEST_NAME].strip()
    return otherwise if not cleaned.strip(". ") else cleaned


def _bare(name: str) -> str:
    """The name without spaces around it and without marks that nobody sees, such as a byte order mark."""
    return re.sub(rf"^{_UNSEEN}+|{_UNSEEN}+$", "", name)


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or `name_2`, `name_3`, ... when it is taken; names differ by more than case."""
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def column_names(names: list[str], where: str, contents: Contents) -> list[str]:
    """Usable, distinct column names in the same order; every change is noted."""
    result: list[str] = []
    taken: set[str] = set()
    for position, name in enumerate(names, start=1):
        chosen = free_name(safe_name(name, f"column_{position}"), taken)
        if chosen != name:
            contents.adjust(
                where, f"column {position} {name!r} is called {chosen!r}", _why_renamed(name, chosen, taken)
            )
        taken.add(chosen.casefold())
        result.append(chosen)
    return result


def _why_renamed(name: str, chosen: str, taken: set[str]) -> str:
    bare = _bare(name)
    if not bare:
        return "no name"
    if bare.casefold() in taken:
        return "name used twice"
    return "spaces or unseen marks around the name" if chosen == bare else "name not allowed"


def counted(number: int, noun: str) -> str:
    """'1 row', '2,000 rows'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def schema_name(path: Path, given: str | None) -> str:
    """The schema to write to: `given` if it is a valid name, else the path's stem made one.

    Raises LoadError for a reserved or an invalid name.
    """
    stem = path.resolve().name if path.is_dir() else path.stem
    name = given if given is not None else re.sub(r"\W+", "_", stem).strip("_")
    if given is None and (not name or name[0].isdigit()):
        name = f"data_{name}".rstrip("_")
    if len(name) > LONGEST_SCHEMA:
        raise LoadError(
            f"A schema's name has at most {LONGEST_SCHEMA} characters, and this one has {len(name)}: {name[:40]}….",
            next_step="Choose a shorter name with --schema NAME.",
        )
    if not re.fullmatch(r"[^\W\d]\w*", name):
        suggestion = re.sub(r"\W+", "_", name).strip("_").lstrip("0123456789_") or "data"
        raise LoadError(
            f"{name!r} cannot be the name of a schema: letters, digits and underscores, not starting with a digit.",
            next_step=f"Choose another name, for example --schema {suggestion[:LONGEST_SCHEMA]}.",
        )
    reserved = ALWAYS_RESERVED if given is not None else ALWAYS_RESERVED | RESERVED_UNLESS_NAMED
    if name.casefold() in reserved:
        raise LoadError(
            f"The schema {name!r} is reserved for the platform.",
            next_step=f"Choose another name, for example --schema {name}_data.",
        )
    return name


def key_properties(primary_key: tuple[str, ...], foreign_keys: tuple[ForeignKey, ...]) -> dict[str, str]:
    """Table properties that carry declared keys.

    `aiops.primary_key` is a JSON list of column names; `aiops.foreign_keys` a JSON list of
    `{"columns": [...], "table": "...", "references": [...]}`, the table being one of the same schema.
    """
    properties: dict[str, str] = {}
    if primary_key:
        properties["aiops.primary_key"] = json.dumps(list(primary_key), ensure_ascii=False)
    if foreign_keys:
        properties["aiops.foreign_keys"] = json.dumps(
            [
                {"columns": list(key.columns), "table": key.table, "references": list(key.references)}
                for key in foreign_keys
            ],
            ensure_ascii=False,
        )
    return properties
