"""The answer of EXPLAIN COST, read: its estimates, and what is wrong with a statement that does not resolve."""

from __future__ import annotations

import re

from core.warehouse.databricks.errors import statement_error
from core.warehouse.port import Plan

# The statement does not fail: the server gives what is wrong with it as the plan.
_WRONG = re.compile(r"\s*(?:Error occurred during query planning:\s*|(?:[\w.]*\.)?(?:Analysis|Parse)Exception:?\s*)")
_ROOT = re.compile(r"Statistics\(([^)]*)\)")
_ROWS = re.compile(r"rowCount=([0-9.E+]+)")
_BYTES = re.compile(r"sizeInBytes=([0-9.E+]+)\s*([KMGTPE]?i?B)")
_UNITS = {"B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5, "EiB": 6}


def plan(text: str, tables: tuple[str, ...]) -> Plan:
    """The plan with the estimates of its root, which is the result; those of the parts say nothing of it.

    Raises what is wrong with the statement, typed.
    """
    wrong = _WRONG.match(text)
    if wrong is not None:
        raise statement_error(text[wrong.end() :])
    root = _ROOT.search(text)
    numbers = root[1] if root else ""
    return Plan(text, _rows(numbers), _bytes(numbers), tables)


def _rows(numbers: str) -> int | None:
    match = _ROWS.search(numbers)
    return int(float(match[1])) if match else None


def _bytes(numbers: str) -> int | None:
    match = _BYTES.search(numbers)
    return int(float(match[1]) * 1024 ** _UNITS.get(match[2], 0)) if match else None
