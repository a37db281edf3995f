"""Reads the root of a writing statement: what kind of write it is, where it goes, and which nodes belong to it."""

from __future__ import annotations

from typing import Any

from core.codecheck.changes import CHANGES
from core.codecheck.definitions import DEFINITIONS
from core.codecheck.write import Unwritable, Write

_READERS = {**CHANGES, **DEFINITIONS}
_OPERATIONS = {"truncatetable": "truncate", "create": "create_table"}


def read_write(tree: Any) -> Write | Unwritable:
    """The write that `tree` is; one of another kind or form is unwritable, by name."""
    reader = _READERS.get(tree.key)
    write = reader(tree) if reader is not None else None
    if write is not None:
        return write
    form = " in this form" if reader is not None else ""
    sentence = f"A statement that begins with {_title(tree)} may not run here{form}; only queries may, and some writes."
    return Unwritable(_operation(tree), sentence)


def _operation(tree: Any) -> str:
    if tree.key == "insert" and (tree.args.get("overwrite") or tree.args.get("where")):
        return "insert_overwrite"
    return _OPERATIONS.get(tree.key, tree.key) if tree.key in _READERS else "other"


def _title(tree: Any) -> str:
    first = str(tree.sql(dialect="databricks")).split(maxsplit=1)[0].upper()
    kind = tree.args.get("kind") if tree.key in ("create", "drop", "alter", "comment") else None
    first = "COMMENT ON" if tree.key == "comment" else first
    return f"{first} {kind}" if isinstance(kind, str) and first != kind else first
