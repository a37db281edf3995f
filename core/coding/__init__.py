"""PySpark and pandas from typed specifications, checks of code that nobody has run, and what it does in words."""

from core.coding.checks import Check, lint, ruff
from core.coding.explanation import explain_python, explain_sql, numbered
from core.coding.frames import Schema
from core.coding.pandas_rows import NotCovered
from core.coding.pandas_templates import render_pandas
from core.coding.qualified import qualified
from core.coding.request import Asked, parse_asked, parse_steps
from core.coding.spec import Aggregate, Clean, Deduplicate, Expect, JoinTables, Merge, Read, Spec
from core.coding.templates import render

__all__ = [
    "Aggregate",
    "Asked",
    "Check",
    "Clean",
    "Deduplicate",
    "Expect",
    "JoinTables",
    "Merge",
    "NotCovered",
    "Read",
    "Schema",
    "Spec",
    "explain_python",
    "explain_sql",
    "lint",
    "numbered",
    "parse_asked",
    "parse_steps",
    "qualified",
    "render",
    "render_pandas",
    "ruff",
]  # fmt: skip
