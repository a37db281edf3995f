"""What one call or filter of pandas does, in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

_COLUMN = re.compile(r"\b\w+\['(?P<name>[^'\\]*)'\]")
_NULLS = re.compile(r"\.fillna\(False\)|\.astype\('\w+'\)|\(min_count=1\)|\.reindex\(\[0\](?:, fill_value=0)?\)")
_AGGREGATES: Mapping[str, str] = {
    "sum": "the sum of {}", "mean": "the average of {}", "min": "the least {}", "max": "the greatest {}",
    "median": "the median of {}", "count": "how many {} there are", "nunique": "how many different {} there are",
}  # fmt: skip


def steps_of_frames(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.Assign, str]]:
    """Each part of the code that is a step, and its sentence."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.Assign)) and (said := _step(node)):
            yield node, said


def _step(node: ast.expr | ast.Assign) -> str | None:
    """The sentence; None for what is no step of its own."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id="failing"), slice=ast.Constant(value=str(title)))]):
            return f"Counts what breaks: {title}"
        case ast.Subscript(value=ast.Name(), slice=condition) if not isinstance(condition, (ast.List, ast.Constant)):
            return f"Keeps rows where {_named(condition)}"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="groups"), attr="size")):
            return "Computes how many rows there are"
        case ast.Call(func=ast.Attribute(value=ast.Subscript(value=ast.Name(id="groups"), slice=column), attr=method)):
            return f"Computes {_AGGREGATES[method].format(_listed(column))}" if method in _AGGREGATES else None
        case ast.Call(func=ast.Attribute(attr=method)):
            return _of_method(method, node)
    return None


def _of_method(method: str, call: ast.Call) -> str | None:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    first = call.args[0] if call.args else named.get("subset")
    match method:
        case "merge" if first is not None and "left_on" in named:
            kind = "keeps every row" if _is(named.get("how"), "left") else "keeps rows that meet"
            return f"Joins {_listed(named['left_on'])} with {_listed(named['right_on'])} and {kind}"
        case "groupby" if isinstance(first, ast.List):
            return f"One row per {_listed(first)}"
        case "sort_values" if first is not None:
            return f"Orders by {_directed(first, named.get('ascending'))}"
        case "drop_duplicates" if first is not None:
            return f"Keeps one row per {_listed(first)}"
        case "dropna" if isinstance(call.func, ast.Attribute) and _is_assigned(call):
            return f"Drops rows without {_listed(first)}" if first is not None else None
        case "assign" if isinstance(named.get(None), ast.Dict):
            values = named[None]
            return f"Sets {_listed(values.keys[0])} to {_named(values.values[0])}"  # type: ignore[attr-defined]
        case "strip":
            return f"Trims {_named(call.func.value.value)}"  # type: ignore[attr-defined]
        case "head" if first is not None:
            return f"Takes the first {_listed(first)}"
    return None


def _is_assigned(call: ast.Call) -> bool:
    """Whether rows are dropped from a frame; within a join it only keeps nulls from meeting."""
    frame = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(frame, ast.Name) and frame.id == "result"


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def _directed(by: ast.expr, ascending: ast.expr | None) -> str:
    names = [_listed(each) for each in by.elts] if isinstance(by, ast.List) else [_listed(by)]
    given = ascending.elts if isinstance(ascending, ast.List) else [ascending] * len(names)
    return ", ".join(
        f"{name} from the greatest" if _is(way, False) else name for name, way in zip(names, given, strict=True)
    )


def _listed(node: ast.expr) -> str:
    if isinstance(node, ast.List):
        return ", ".join(_listed(each) for each in node.elts)
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def _named(node: ast.expr) -> str:
    """An expression with columns by their names, without what only says how nulls count."""
    said = _COLUMN.sub(lambda found: found["name"], _NULLS.sub("", ast.unparse(node)))
    return said[1:-1] if said.startswith("(") and said.endswith(")") and said.count("(") == 1 else said
