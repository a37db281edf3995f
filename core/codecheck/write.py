"""What is known of a writing statement, and the first looks at its parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Write:
    """A write that a role may ask approval for; `nodes` are the ids of the nodes that only writes have."""

    operation: str
    targets: tuple[Any, ...]
    """The tables or views written; the first is where it goes, a second one the new name of a renaming."""
    nodes: frozenset[int]
    reads_target: bool = False
    """Whether which rows it touches, or with what, depends on the target's own values."""
    every_row: bool = False
    """Whether no condition picks rows."""
    column: Any = None
    """The column whose qualifier is the target (COMMENT ON COLUMN)."""


@dataclass(frozen=True)
class Unwritable:
    """A root that is neither a query nor a write that may be asked for."""

    operation: str
    sentence: str


def only(tree: Any, *keys: str) -> bool:
    """Whether nothing but these parts is present in the node."""
    return all(key in keys for key, value in tree.args.items() if value)


def is_plain_target(table: Any, *, alias: bool = False) -> bool:
    """Whether it is a table's name and nothing else (with `alias`, another name for it too)."""
    from sqlglot import exp

    if not isinstance(table, exp.Table) or not only(table, "this", "db", "catalog", *(["alias"] if alias else [])):
        return False
    other = table.args.get("alias")
    return other is None or only(other, "this")


def ids(nodes: Iterable[Any]) -> frozenset[int]:
    """By which nodes are told apart while their tree lives."""
    return frozenset(map(id, nodes))
