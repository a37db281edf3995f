"""What code does, read off its tree: whoever wrote it, the words are about what stands there."""

from __future__ import annotations

import ast

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
_LONGEST = 160


def explain_sql(statement: str) -> tuple[str, ...]:
    """Tables, joins, filters, grain, measures, order and limit of one query; empty where it does not parse."""
    try:
        tree = sqlglot.parse_one(statement, dialect="databricks")
    except sqlglot.errors.SqlglotError:
        return ()
    select = tree.find(exp.Select)
    inner = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = dict.fromkeys(".".join(p.name for p in t.parts) for t in tree.find_all(exp.Table) if t.name not in inner)
    said = [f"Reads {', '.join(tables)}"] if tables else []
    said += [f"Joins {_sql(j.this)} on {_sql(j.args.get('on'))}" for j in tree.find_all(exp.Join) if j.args.get("on")]
    said += [f"Filters {_sql(where.this)}" for where in tree.find_all(exp.Where)]
    if select is None:
        return tuple(said)
    group = tree.find(exp.Group)
    if group is not None:
        said.append(f"One row per {', '.join(_sql(item) for item in group.expressions)}")
    measures = [_sql(item) for item in select.expressions if item.find(exp.AggFunc)]
    said += [f"Computes {', '.join(measures)}"] if measures else []
    order, limit = tree.args.get("order"), tree.args.get("limit")
    said += [f"Orders by {', '.join(_sql(item) for item in order.expressions)}"] if order else []
    said += [f"At most {_sql(limit.expression)} rows"] if limit else []
    return tuple(said)


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
