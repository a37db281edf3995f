"""The shape of the tables that a verified query reads: when it changes, nobody has confirmed the query any more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.warehouse.port import TableInfo


def fingerprint_of(tables: Sequence[str], known: Iterable[TableInfo]) -> str:
    """Changes when a column of one of `tables` (catalog.schema.table) is added, removed, renamed or retyped.

    '' when one of them is not among those `known`.
    """
    shapes = {plain_name(info.full_name): [[c.name, c.type] for c in info.columns] for info in known}
    names = sorted({plain_name(table) for table in tables})
    if not names or any(name not in shapes for name in names):
        return ""
    shape = [[name, sorted(shapes[name])] for name in names]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:16]


def plain_name(table: str) -> str:
    """A table's name without back-quotes, case aside."""
    return table.replace("`", "").casefold()


def schemas_of(tables: Iterable[str]) -> tuple[str, ...]:
    """catalog.schema of each, once."""
    return tuple(dict.fromkeys(plain_name(table).rsplit(".", 1)[0] for table in tables))
