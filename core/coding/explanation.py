"""What code does, read off its tree: whoever wrote it, the words are about what stands there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import sqlglot
from sqlglot import exp

from core.coding.frame_steps import steps_of_frames

_STEPS = {
    "table": "Reads", "saveAsTable": "Writes", "forName": "Opens", "sql": "Runs SQL:", "where": "Keeps rows where",
    "filter": "Keeps rows where", "join": "Joins", "groupBy": "Groups by", "agg": "Computes", "select": "Selects",
    "withColumn": "Sets", "dropDuplicates": "Keeps one row per", "partitionBy": "Partitions by", "orderBy": "Orders by",
    "drop": "Drops", "merge": "Merges", "whenMatchedUpdate": "Updates matched rows:",
    "whenMatchedUpdateAll": "Updates matched rows with all columns", "count": "Counts rows", "show": "Shows",
    "whenNotMatchedInsert": "Inserts other rows:", "whenNotMatchedInsertAll": "Inserts other rows with all columns",
    "limit": "Limits to", "union": "Appends rows of", "unionByName": "Appends rows of",
}  # fmt: skip
_CHANGES = {
    "create": "Makes", "insert": "Appends to", "update": "Updates", "delete": "Deletes from", "merge": "Merges into",
    "drop": "Drops",
}  # fmt: skip
_LONGEST = 160


def explain_sql(statement: str) -> tuple[str, ...]:
    """Tables, joins, filters, grain, measures, order and limit of a statement, its outermost query first; what is made
    or changed before them. Empty where it does not parse.
    """
    try:
        tree = sqlglot.parse_one(statement, dialect="databricks")
    except sqlglot.errors.SqlglotError:
        return ()
    written = _written(tree)
    inner = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    read = [_named(table) for table in tree.find_all(exp.Table) if table is not written]
    tables = dict.fromkeys(name for name in read if name.casefold() not in inner)
    said = [f"{_CHANGES.get(tree.key, 'Writes')} {_named(written)}"] if written is not None else []
    said += [f"Reads {', '.join(tables)}"] if tables else []
    if isinstance(tree, (exp.Update, exp.Delete)) and tree.args.get("where"):
        said.append(f"Only rows where {_sql(tree.args['where'].this)}")
    for number, select in enumerate(tree.find_all(exp.Select)):
        said += [f"{'Within it: ' if number and _below(select) else ''}{step}" for step in _of_select(select)]
    if isinstance(tree, exp.SetOperation):
        said += [f"Puts together what its queries give ({_set_word(tree)})", *_ordered(tree)]
    return tuple(said)


def _of_select(select: exp.Select) -> Iterator[str]:
    """What one query does, without those within it."""
    for join in select.args.get("joins") or ():
        on, using = join.args.get("on"), join.args.get("using")
        kind = f"{join.side} " if join.side else ""
        if on or using:
            by = f"on {_sql(on)}" if on else f"by {', '.join(_sql(item) for item in using)}"
            yield f"Joins {kind.lower()}{_sql(join.this)} {by}"
        else:
            yield f"Joins every row of {_sql(join.this)} with every row"
    if (where := select.args.get("where")) is not None:
        yield f"Filters {_sql(where.this)}"
    group = select.args.get("group")
    if group is not None:
        yield f"One row per {_grain(group)}"
    measures = [_sql(item) for item in select.expressions if _aggregates(item)]
    if measures and group is None:
        yield "One row in all"
    if measures:
        yield f"Computes {', '.join(measures)}"
    for key, word in (("having", "Keeps groups where"), ("qualify", "Keeps rows where")):
        if (condition := select.args.get(key)) is not None:
            yield f"{word} {_sql(condition.this)}"
    if select.args.get("distinct"):
        yield "Drops rows that are the same"
    yield from _ordered(select)


def _grain(group: exp.Group) -> str:
    if group.args.get("all"):
        return "combination of the columns that are not computed"
    if any(group.args.get(key) for key in ("rollup", "cube", "grouping_sets")):
        return _sql(group).strip().removeprefix("GROUP BY").strip()
    return ", ".join(_sql(item) for item in group.expressions)


def _ordered(query: exp.Query) -> Iterator[str]:
    order, limit = query.args.get("order"), query.args.get("limit")
    if order is not None:
        yield f"Orders by {', '.join(_sql(item) for item in order.expressions)}"
    if limit is not None:
        yield f"At most {_sql(limit.expression)} rows"


def _aggregates(item: exp.Expression) -> bool:
    """Whether a column is computed over rows: by an aggregate of its own, none of a query within it."""
    return any(found.parent_select is item.parent_select for found in item.find_all(exp.AggFunc))


def _below(select: exp.Select) -> bool:
    """Whether the query stands within another one, and not beside it in a union."""
    parent = select.parent
    while isinstance(parent, (exp.SetOperation, exp.Paren)):
        parent = parent.parent
    return (parent is not None and select.parent_select is not None) or isinstance(parent, (exp.CTE, exp.Subquery))


def _written(tree: exp.Expr) -> exp.Table | None:
    """The table that a statement makes or changes."""
    if not isinstance(tree, (exp.Create, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Drop)):
        return None
    return tree.this if isinstance(tree.this, exp.Table) else tree.find(exp.Table)


def _named(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)


def _set_word(tree: exp.SetOperation) -> str:
    return f"{tree.key} {'distinct' if tree.args.get('distinct') else 'all'}"


def explain_python(text: str) -> tuple[str, ...]:
    """The steps of Python or PySpark in the order in which they run; empty where it does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    frames = any(call.func.attr == "toPandas" for call in calls if isinstance(call.func, ast.Attribute))
    steps: list[tuple[ast.expr | ast.Assign, str]] = [(call, _step(call)) for call in calls if _known(call)]
    if frames:
        reads = [(call, said) for call, said in steps if said.startswith("Reads ")]
        steps = [*reads, *steps_of_frames(tree)]
    steps.sort(key=lambda step: (step[0].end_lineno or 0, step[0].end_col_offset or 0))
    return tuple(_cut(said) for _, said in steps)


def numbered(steps: Sequence[str]) -> str:
    """The steps as a list, one a line."""
    return "\n".join(f"{number}. {step}." for number, step in enumerate(steps, 1))


def _known(call: ast.Call) -> bool:
    """Whether the call is a step; functions of columns (`F.count`) are part of another."""
    function = call.func
    assert isinstance(function, ast.Attribute)
    return function.attr in _STEPS and not (isinstance(function.value, ast.Name) and function.value.id == "F")


def _step(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    arguments = [argument for argument in call.args if not isinstance(argument, ast.Name) or argument.id != "spark"]
    words = [_words(argument) for argument in (*arguments, *(keyword.value for keyword in call.keywords))]
    return f"{_STEPS[call.func.attr]} {', '.join(words)}".strip()


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"


def _words(argument: ast.expr) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return " ".join(argument.value.split())
    return ast.unparse(argument)


def _sql(node: exp.Expression | None) -> str:
    return node.sql(dialect="databricks") if node is not None else ""
