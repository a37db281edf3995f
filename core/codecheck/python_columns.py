"""Whether an expression of a snippet is certainly a column, a mask or a list, and no text that would be read as SQL."""

from __future__ import annotations

import ast

from core.codecheck.python_attributes import COLUMN_METHODS, MASKS, ROW_METHODS
from core.codecheck.python_bindings import Bindings
from core.codecheck.python_names import PREDECLARED_MODULES

FUNCTIONS = "pyspark.sql.functions"


class Columns:
    """Answers for one snippet."""

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings

    def is_module(self, name: str) -> bool:
        """Whether a name is a module, imported or there from the beginning."""
        return self.module(name) is not None

    def module(self, name: str) -> str | None:
        """The module that a name is; None for every other name."""
        return self._bindings.module(name) if self._bindings.of(name) else PREDECLARED_MODULES.get(name)

    def no_text(self, source: ast.expr, depth: int = 8) -> bool:
        """Whether an expression is certainly a column, a mask or a list."""
        if depth == 0:
            return False
        match source:
            case ast.Compare() | ast.UnaryOp() | ast.Lambda() | ast.List() | ast.ListComp() | ast.Dict():
                return True
            case ast.Constant(value=value):
                return not isinstance(value, str)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.BitXor()):
                return True
            case ast.BoolOp(values=values):
                return all(self.no_text(value, depth - 1) for value in values)
            case ast.Name(id=name):
                return not self._bindings.of(name)
            case ast.Attribute(value=ast.Name() as base, attr=attribute):
                return attribute not in self._bindings.own_attributes and self._is_frame(base)
            case ast.Subscript(value=ast.Name() as base, slice=key):
                number = isinstance(key, ast.Constant) and isinstance(key.value, int)
                return not number and "__getitem__" not in self._bindings.methods and self._is_frame(base)
            case ast.Call():
                return self._call_gives_no_text(source, depth)
        return False

    def _is_frame(self, base: ast.Name) -> bool:
        """Whether a name may be taken for a data frame, whose members are columns: no row, container or module."""
        for source in self._bindings.sources(base):
            match source:
                case ast.Name(id=name):
                    bound = self._bindings.of(name)
                    if self.is_module(name) or any(found.kind != "parameter" for found in bound):
                        return False
                case ast.Call(func=ast.Attribute(attr=method)) if method not in ROW_METHODS:
                    continue
                case ast.Call(func=ast.Name(id=name)) if self._frames_returned(name):
                    continue
                case ast.Subscript(value=ast.Name() | ast.Attribute(), slice=key) if not isinstance(key, ast.Constant):
                    continue
                case _:
                    return False
        return True

    def _frames_returned(self, name: str) -> bool:
        returned = self._bindings.returned(name)
        kinds = (ast.Call, ast.Name, ast.Subscript)
        return bool(returned) and all(isinstance(s, kinds) for r in returned for s in self._bindings.sources(r))

    def _call_gives_no_text(self, call: ast.Call, depth: int) -> bool:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=member) if self.is_module(name):
                return self.module(name) == FUNCTIONS or member in MASKS
            case ast.Attribute(attr=method):
                return method in COLUMN_METHODS and method not in self._bindings.methods
            case ast.Name(id=name):
                imported = self._bindings.member(name)
                if imported == ("functools", "reduce") and call.args and isinstance(call.args[0], ast.Lambda):
                    return self.no_text(call.args[0].body, depth - 1)
                if imported is not None:
                    return imported[0] == FUNCTIONS
                returned = self._bindings.returned(name)
                found = [source for value in returned for source in self._bindings.sources(value)]
                return bool(found) and all(self.no_text(source, depth - 1) for source in found)
        return False
