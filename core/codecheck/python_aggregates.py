"""Calls that take a function by its name or as a value: only functions, columns and names of plain aggregates pass."""

from __future__ import annotations

import ast

from core.codecheck.python_attributes import AGGREGATES, COLUMN_METHODS
from core.codecheck.python_bindings import Bindings
from core.codecheck.python_columns import FUNCTIONS, Columns
from core.codecheck.python_names import BUILTINS

_ROW_WISE = frozenset({"apply", "transform"})
_SWITCHES = frozenset({"axis", "numeric_only", "min_count"})


class Aggregates:
    """Answers for one snippet; every method gives sentences, none when the call is all right."""

    def __init__(self, bindings: Bindings, columns: Columns) -> None:
        self._bindings = bindings
        self._columns = columns

    def aggregate(self, call: ast.Call) -> list[str]:
        """A call of a method that aggregates or applies."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        row_wise = name in _ROW_WISE
        positional = call.args[:1] if row_wise else call.args
        values = [(argument, False) for argument in positional]
        for keyword in call.keywords:
            if keyword.arg in ("engine", "engine_kwargs"):
                return ["The engine of a calculation may not be chosen."]
            switch = keyword.arg in _SWITCHES and isinstance(keyword.value, ast.Constant)
            if keyword.arg == "func" or not (row_wise or switch):
                values.append((keyword.value, keyword.arg not in ("func", None)))
        if all(self._aggregator(value, named=named) for value, named in values):
            return []
        return [f"{name}() takes functions, column expressions, or the names of plain aggregates, written out."]

    def pivot(self, call: ast.Call) -> list[str]:
        """A call of a frame's own pivot_table."""
        return self.argument(call, 3)

    def argument(self, call: ast.Call, position: int) -> list[str]:
        """A call whose argument `aggfunc`, or the one at a position, names what aggregates."""
        unpacked = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
        found = argument_of(call, position, "aggfunc")
        if unpacked or (found is not None and not self._aggregator(found[1])):
            return ["aggfunc takes a function or the name of a plain aggregate, written out."]
        return []

    def _aggregator(self, expression: ast.expr, *, named: bool = False, depth: int = 10) -> bool:
        """Whether it can only be functions, columns or names of plain aggregates; `named`: (column, function)."""
        if depth == 0:
            return False
        return all(self._is_aggregator(source, named, depth) for source in self._bindings.sources(expression))

    def _is_aggregator(self, source: ast.expr, named: bool, depth: int) -> bool:
        match source:
            case ast.Constant(value=value):
                return not isinstance(value, str) or value in AGGREGATES
            case ast.Lambda() | ast.Compare():
                return True
            case ast.Tuple(elts=[_, function]) if named:
                return self._aggregator(function, depth=depth - 1)
            case ast.Starred(value=value):
                items = self._bindings.elements(value)
                return self._aggregator(value, depth=depth - 1) if items is None else self._all(items, depth)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self._all(items, depth)
            case ast.Dict(values=items):
                return all(self._aggregator(item, named=True, depth=depth - 1) for item in items)
            case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item) | ast.DictComp(value=item):
                return self._aggregator(item, named=True, depth=depth - 1)
            case ast.UnaryOp(operand=item):
                return self._aggregator(item, depth=depth - 1)
            case ast.BinOp(left=left, right=right):
                texts = any(
                    isinstance(side, (ast.JoinedStr, ast.Constant)) and _is_text(side) for side in (left, right)
                )
                return not texts and self._all([left, right], depth)
            case ast.Name(id=name):
                return self._names_function(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                return (
                    self._columns.is_module(name)
                    or self._bindings.member(name) is not None
                    or (name in ("str", "int", "float") and not attribute.startswith("_"))
                )
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name))):
                return self._columns.is_module(name)
            case ast.Call():
                return self._call_aggregates(source, depth)
        return False

    def _all(self, items: list[ast.expr], depth: int) -> bool:
        return all(self._aggregator(item, depth=depth - 1) for item in items)

    def _names_function(self, name: str) -> bool:
        bound = self._bindings.of(name)
        if not bound:
            return name in BUILTINS
        return all(found.kind in ("function", "class", "member") for found in bound)

    def _call_aggregates(self, call: ast.Call, depth: int) -> bool:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=member) if self._columns.is_module(name):
                return self._columns.module(name) == FUNCTIONS or member in ("NamedAgg", "partial")
            case ast.Attribute(value=base, attr=method) if method in COLUMN_METHODS | {"cast", "name"}:
                return method not in self._bindings.methods and self._aggregator(base, depth=depth - 1)
            case ast.Name(id=name):
                imported = self._bindings.member(name)
                if imported is not None:
                    return imported[0] == FUNCTIONS or imported in (("functools", "partial"), ("pandas", "NamedAgg"))
                returned = self._bindings.returned(name)
                return bool(returned) and self._all(returned, depth)
        return False


def argument_of(call: ast.Call, position: int, keyword: str) -> tuple[int | str, ast.expr] | None:
    """The argument at `position` or by `keyword`; None when it is missing or cannot be told."""
    if any(isinstance(argument, ast.Starred) for argument in call.args[: position + 1]):
        return None
    if position < len(call.args):
        return position, call.args[position]
    for item in call.keywords:
        if item.arg == keyword:
            return keyword, item.value
    return None


def _is_text(side: ast.expr) -> bool:
    return isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
