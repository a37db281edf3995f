"""CHECK constraints: every row that is written must make each condition true; NULL does not, as in Delta."""

from __future__ import annotations

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from core.errors import StatementFailed, StatementInvalid
from core.warehouse.embedded.delta import DeltaFolder
from core.warehouse.embedded.properties import checks
from core.warehouse.embedded.reader import Limits, Reader

_ROWS = "__aiops_checked"


class Constraints:
    """Holds written rows against the conditions of their table, in Databricks' semantics."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def check(self, folder: DeltaFolder, rows: pa.Table) -> None:
        """Raises StatementFailed for the first condition that a row of `rows` does not meet."""
        conditions = checks(dict(folder.current().properties))
        for name, text in conditions if len(rows) else ():
            self.hold(name, text, rows, folder.name.full_name)

    def hold(self, name: str, text: str, rows: pa.Table, table: str) -> None:
        """The same for one condition; also raises StatementInvalid when it is none of the table."""
        condition = exp.Coalesce(this=exp.paren(_parsed(text)), expressions=[exp.false()])
        query = exp.select("*").from_(exp.table_(_ROWS, quoted=True)).where(exp.not_(condition))
        broken = self._reader.over(query, {_ROWS: rows}, {}, Limits(row_limit=1))
        if len(broken):
            shown = ", ".join(f"{key} : {value}" for key, value in broken.to_pylist()[0].items())
            raise StatementFailed(
                f"CHECK constraint {name} ({text}) of {table} is violated by a row with the values {shown}.",
                error_class="DELTA_VIOLATE_CONSTRAINT_WITH_VALUES",
            )


def _parsed(text: str) -> exp.Expr:
    try:
        condition = sqlglot.parse_one(text, read="databricks")
    except SqlglotError as error:
        raise StatementInvalid(f"{text} is not a condition.", error_class="PARSE_SYNTAX_ERROR") from error
    if condition.find(exp.Query):
        raise StatementInvalid("A CHECK constraint may hold no subquery.", error_class="UNSUPPORTED_FEATURE")
    return condition
