"""A compiled statement cut down to the rows of one person: each table it reads is replaced by that person's part of it.

This stands below every filter that a question can ask for, so that totals, shares and rankings are over those rows too.
"""

from __future__ import annotations

from sqlglot import exp

from core.errors import ModelQueryError
from core.semantic.compile.scope import identifier, parse


def own_rows(statement: str, schema: str, column: str, owner: str) -> str:
    """`statement` over the rows of `schema` whose `column` is `owner`.

    Raises ModelQueryError when it reads any table outside of `schema` (`catalog.schema`), so that nothing slips by.
    """
    tree = parse(statement)
    if tree.find(exp.With):
        raise ModelQueryError("A statement with named parts cannot be cut down to one person's rows.")
    for table in list(tree.find_all(exp.Table)):
        if f"{table.catalog}.{table.db}".casefold() != schema.casefold():
            raise ModelQueryError(f"{table.sql('databricks')} has no rows that belong to one person.")
        bare = table.copy()
        bare.set("alias", None)
        own = exp.EQ(this=exp.column(identifier(column)), expression=exp.Literal.string(owner))
        table.replace(exp.select("*").from_(bare).where(own).subquery(alias=identifier(table.alias or table.name)))
    return str(tree.sql(dialect="databricks", pretty=True))
