"""PySpark from typed specifications, the checks of code that nobody has run, and what the code does in words."""

from core.coding.checks import Check, lint, ruff
from core.coding.explanation import explain_python, explain_sql
from core.coding.request import Asked, parse_asked
from core.coding.spec import Aggregate, Clean, Deduplicate, Expect, JoinTables, Merge, Read, Spec
from core.coding.templates import render

__all__ = [
    "Aggregate", "Asked", "Check", "Clean", "Deduplicate", "Expect", "JoinTables", "Merge", "Read", "Spec",
    "explain_python", "explain_sql", "lint", "parse_asked", "render", "ruff",
]  # fmt: skip
