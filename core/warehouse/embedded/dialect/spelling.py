"""Names as they are written: fields of structs keep their case."""

from __future__ import annotations

from sqlglot import exp

_KEPT = "case_sensitive"
"""The mark by which sqlglot leaves an identifier as it is written."""


def keep_field_names(tree: exp.Expr) -> None:
    """Fields that a query itself names (named_struct, struct types) are values, not names to be folded."""
    for struct in tree.find_all(exp.Struct):
        for item in struct.expressions:
            if isinstance(item, exp.PropertyEQ | exp.Alias):
                name = item.this if isinstance(item, exp.PropertyEQ) else item.args["alias"]
                name.meta[_KEPT] = True
    for pivot in tree.find_all(exp.Pivot):
        for named in pivot.find_all(exp.PivotAlias) if pivot.args.get("unpivot") else ():
            # What UNPIVOT calls a column becomes a value.
            named.args["alias"].meta[_KEPT] = True
    for kind in tree.find_all(exp.DataType):
        for field in kind.expressions:
            if isinstance(field, exp.ColumnDef):
                field.this.meta[_KEPT] = True


def short_columns(tree: exp.Expr) -> None:
    """`schema.table.column` by the last part of its table; `table.struct.field` is left for the fields' sake."""
    aliases = {table.alias_or_name.casefold() for table in tree.find_all(exp.Table, exp.Subquery, exp.Lateral)}
    for column in tree.find_all(exp.Column):
        if column.args.get("db") is not None and column.table.casefold() in aliases:
            column.set("db", None)
            column.set("catalog", None)


def find_fields(tree: exp.Expr) -> None:
    """Each field access spelled as the struct's type has it: the engine folds ASCII letters only."""
    for access in tree.find_all(exp.Dot):
        kind, name = access.this.type, access.expression
        if not isinstance(name, exp.Identifier) or not isinstance(kind, exp.DataType):
            continue
        for field in kind.expressions:
            if isinstance(field, exp.ColumnDef) and field.name.casefold() == name.name.casefold():
                name.set("this", field.name)
                break
