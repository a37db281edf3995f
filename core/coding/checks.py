"""Checks of Python and PySpark that need no warehouse: ruff, and what costs or breaks on a cluster."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator

from core.types import Frozen

_RULES = "F,E9,PLE,S"
_SECONDS = 20.0
_LIMITING = frozenset({"limit", "head", "take", "first"})
_WRITES = frozenset({"saveAsTable", "save", "parquet", "csv", "json"})


class Check(Frozen):
    """One check by its name; it holds where there are no faults."""

    name: str
    faults: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The row that a person reads."""
        return f"{self.name}: {'; '.join(self.faults) if self.faults else 'passed'}"


def ruff(text: str) -> Check:
    """Undefined names, syntax, and what is unsafe; ruff that does not run is a fault, not a pass."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", _RULES, "--output-format", "json"]
    command += ["--config", 'builtins=["spark"]', "--ignore-noqa", "--stdin-filename", "x.py", "-"]
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_SECONDS)
        found = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        return Check(name="ruff", faults=(f"ruff did not run ({type(error).__name__})",))
    return Check(name="ruff", faults=tuple(f"line {f['location']['row']}: {f['code']} {f['message']}" for f in found))


def lint(text: str) -> Check:
    """What is valid PySpark and still a mistake; text that does not parse has that one fault."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Check(name="PySpark lint", faults=("it does not parse",))
    faults = [f"line {call.lineno}: {fault}" for call in _calls(tree) for fault in _of_call(call)]
    faults += [
        f"line {node.lineno}: dbutils is there in notebooks only"
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "dbutils"
    ]
    return Check(name="PySpark lint", faults=tuple(faults))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))


def _of_call(call: ast.Call) -> Iterator[str]:
    name, chain = _name(call), _chain(call)
    if name in ("collect", "toPandas") and not _LIMITING & set(chain):
        yield f"{name}() without a limit brings every row to the driver"
    if name in _WRITES and "write" in chain and "mode" not in chain and not _has(call, "mode"):
        yield f"{name}() without a mode fails on the second run"
    if name == "sql" and any(_is_composed(argument) for argument in call.args):
        yield "spark.sql() of a composed text; use args for values"
    if _says(call, "inferSchema"):
        yield "inferSchema reads the file twice and guesses types; state the schema"
    if name == "crossJoin":
        yield "crossJoin() gives every pair of rows; state a condition"


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _chain(call: ast.Call) -> list[str]:
    """The attributes before the call's own, nearest first."""
    names: list[str] = []
    node: ast.expr = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    while isinstance(node, (ast.Call, ast.Attribute)):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        else:
            node = node.func
    return names


def _has(call: ast.Call, keyword: str) -> bool:
    return any(item.arg == keyword for item in call.keywords)


def _says(call: ast.Call, option: str) -> bool:
    first = call.args[0] if call.args else None
    stated = _name(call) == "option" and isinstance(first, ast.Constant) and first.value == option
    return _has(call, option) or stated


def _is_composed(argument: ast.expr) -> bool:
    formats = isinstance(argument, ast.Call) and _name(argument) in ("format", "join", "replace")
    return isinstance(argument, (ast.JoinedStr, ast.BinOp)) or formats
