"""EXPLAIN as a warehouse answers it: one text, in which also stands what is wrong with a statement."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from core.errors import StatementInvalid
from core.types import Principal
from core.warehouse import EmbeddedWarehouse
from tests.workspace.errors import wording

EXPLAIN = re.compile(r"\s*EXPLAIN\s+(?:(?:COST|EXTENDED|FORMATTED|CODEGEN)\s+)?", re.IGNORECASE)


def explained(engine: EmbeddedWarehouse, statement: str, values: dict[str, Any], principal: Principal) -> pa.Table:
    """The plan with its estimates; raises only what does not parse."""
    start = EXPLAIN.match(statement)
    assert start is not None
    try:
        plan = engine.explain(statement[start.end() :], values, principal=principal)
    except StatementInvalid as error:
        if error.error_class == "PARSE_SYNTAX_ERROR":
            raise
        text = f"Error occurred during query planning: \n{wording(error)[0]}"
    else:
        rows = "" if plan.estimated_rows is None else f", rowCount={plan.estimated_rows}"
        size = f"Statistics(sizeInBytes={plan.estimated_bytes or 0}.0 B{rows})"
        text = f"== Optimized Logical Plan ==\nProject, {size}\n\n== Physical Plan ==\n{plan.text}"
    return pa.table({"plan": [text]})
