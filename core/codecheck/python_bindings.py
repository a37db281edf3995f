"""What a snippet's names may stand for, found without running it.

Scopes are taken together: a name's bindings are all those in the snippet, so an answer errs only towards "unknown".
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.codecheck.python_names import MODULES, STAR_MODULES

Kind = Literal["value", "element", "parameter", "function", "class", "module", "member", "unknown"]
_DEPTH = 12
_MOST_STEPS = 20_000
_MOST_TEXTS = 64
_COPIES = frozenset({"sorted", "list", "tuple", "reversed", "set"})
_READERS = _COPIES | {"len", "enumerate", "zip", "print", "any", "all", "sum", "min", "max", "dict", "display"}
_VIEWS = frozenset({"items", "values", "keys", "get", "copy", "index", "count"})
_LITERALS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)


class TooEntangled(Exception):
    """The values in the snippet cannot be followed within the bound."""


@dataclass(frozen=True)
class Binding:
    """One way by which a name gets a value."""

    kind: Kind
    node: ast.AST | None = None
    """The value, the iterable, or the function."""
    index: int | None = None
    """Position in the element or among the parameters."""
    module: str = ""
    member: str = ""


class Bindings:
    """All bindings of a tree, its parents, and what expressions may come from."""

    def __init__(self, tree: ast.AST) -> None:
        self._found: dict[str, list[Binding]] = defaultdict(list)
        self._parents: dict[int, ast.AST] = {}
        self._loads: dict[str, list[ast.Name]] = defaultdict(list)
        self.methods: set[str] = set()
        self.own_attributes: set[str] = set()
        """Names that classes of the snippet give their instances."""
        self._steps = 0
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self._parents[id(child)] = node
            self._collect(node)

    def of(self, name: str) -> list[Binding]:
        return self._found.get(name, [])

    def parent(self, node: ast.AST) -> ast.AST | None:
        return self._parents.get(id(node))

    def is_called(self, node: ast.AST) -> bool:
        """Whether `node` is the function of a call."""
        parent = self.parent(node)
        return isinstance(parent, ast.Call) and parent.func is node

    def module(self, name: str) -> str | None:
        """The module that `name` is bound to by an import."""
        return next((found.module for found in self.of(name) if found.kind == "module"), None)

    def member(self, name: str) -> tuple[str, str] | None:
        """The (module, member) that `name` is imported as."""
        return next(((found.module, found.member) for found in self.of(name) if found.kind == "member"), None)

    def sources(self, expression: ast.expr, depth: int = _DEPTH) -> list[ast.expr]:
        """The expressions that `expression` may get its value from; a name that stays in it is unknown or free."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooEntangled
        if depth == 0:
            return [expression]
        if isinstance(expression, ast.IfExp):
            return self.sources(expression.body, depth - 1) + self.sources(expression.orelse, depth - 1)
        if isinstance(expression, ast.NamedExpr):
            return self.sources(expression.value, depth - 1)
        if isinstance(expression, ast.Subscript):
            found = self._held(expression.value, depth - 1)
            return [expression] if found is None else self._each(found, depth)
        if isinstance(expression, ast.Name) and self.of(expression.id):
            return [source for binding in self.of(expression.id) for source in self._of(expression, binding, depth)]
        return [expression]

    def elements(self, iterable: ast.expr, index: int | None = None, depth: int = _DEPTH) -> list[ast.expr] | None:
        """The expressions that iterating over `iterable` gives (their `index`-th part); None when unknown."""
        if depth == 0:
            return None
        if isinstance(iterable, ast.Call):
            return self._called_elements(iterable, index, depth)
        found: list[ast.expr] = []
        containers = self._containers(iterable)
        if containers is None:
            return None
        for container in containers:
            items = _keys(container) if isinstance(container, (ast.Dict, ast.DictComp)) else _items(container)
            parts = None if items is None else _parts(items, index)
            if parts is None:
                return None
            found += parts
        return found

    def texts(self, expression: ast.expr) -> list[str] | None:
        """All texts that `expression` may be; None when one of them is not known."""
        found: list[str] = []
        for source in self.sources(expression):
            texts = self._texts(source)
            if texts is None or len(found) > _MOST_TEXTS:
                return None
            found += texts
        return list(dict.fromkeys(found))

    def returned(self, name: str) -> list[ast.expr]:
        """What the functions bound to `name` return."""
        functions = [found.node for found in self.of(name) if isinstance(found.node, ast.FunctionDef)]
        nodes = [node for function in functions for node in ast.walk(function)]
        return [node.value for node in nodes if isinstance(node, ast.Return) and node.value is not None]

    # collecting

    def _collect(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self._loads[name].append(node)
            case ast.Import(names=aliases):
                for alias in aliases:
                    module = alias.name if alias.asname else alias.name.split(".")[0]
                    self._add(alias.asname or module, Binding("module", module=module))
            case ast.ImportFrom(module=str(module), names=aliases):
                self._collect_members(module, aliases)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._add(node.name, Binding("function", node))
                self._collect_parameters(node, node.args)
            case ast.Lambda():
                self._collect_parameters(None, node.args)
            case ast.ClassDef():
                self._add(node.name, Binding("class", node))
                self.methods |= {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                fields = (name for item in node.body for name in ast.walk(item) if isinstance(name, ast.Name))
                self.own_attributes |= {name.id for name in fields if isinstance(name.ctx, ast.Store)}
            case _:
                self._collect_assignment(node)

    def _collect_assignment(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._bind(target, value)
            case ast.AugAssign(target=ast.Name(id=name)):
                self._add(name, Binding("unknown"))
            case ast.For(target=target, iter=iterable) | ast.comprehension(target=target, iter=iterable):
                self._bind_element(target, iterable)
            case ast.withitem(optional_vars=ast.expr() as target):
                self._bind_unknown(target)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                self._add(name, Binding("unknown"))
            case ast.MatchMapping(rest=str(name)):
                self._add(name, Binding("unknown"))
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attribute, ctx=ast.Store()):
                self.own_attributes.add(attribute)

    def _collect_members(self, module: str, aliases: list[ast.alias]) -> None:
        names = [(alias.name, alias.asname or alias.name) for alias in aliases if alias.name != "*"]
        if len(names) < len(aliases) and module in STAR_MODULES:
            names += [(name, name) for name in MODULES[module]]
        for member, name in names:
            whole = f"{module}.{member}"
            if whole in MODULES:
                self._add(name, Binding("module", module=whole))
            else:
                self._add(name, Binding("member", module=module, member=member))

    def _collect_parameters(self, function: ast.AST | None, arguments: ast.arguments) -> None:
        plain = [*arguments.posonlyargs, *arguments.args]
        for index, argument in enumerate(plain):
            self._add(argument.arg, Binding("parameter", function, index))
        rest = [*arguments.kwonlyargs, *(a for a in (arguments.vararg, arguments.kwarg) if a is not None)]
        for argument in rest:
            self._add(argument.arg, Binding("parameter"))

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._add(target.id, Binding("value", value))
        elif isinstance(target, (ast.Tuple, ast.List)):
            same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
            starred = any(isinstance(part, ast.Starred) for part in target.elts)
            if same and not starred and isinstance(value, (ast.Tuple, ast.List)):
                for part, item in zip(target.elts, value.elts, strict=True):
                    self._bind(part, item)
            else:
                self._bind_unknown(target)

    def _bind_element(self, target: ast.expr, iterable: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._add(target.id, Binding("element", iterable))
        elif isinstance(target, (ast.Tuple, ast.List)) and all(isinstance(part, ast.Name) for part in target.elts):
            for index, part in enumerate(target.elts):
                if isinstance(part, ast.Name):
                    self._add(part.id, Binding("element", iterable, index))
        else:
            self._bind_unknown(target)

    def _bind_unknown(self, target: ast.expr) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._add(node.id, Binding("unknown"))

    def _add(self, name: str, binding: Binding) -> None:
        self._found[name].append(binding)

    # resolving

    def _each(self, expressions: list[ast.expr], depth: int) -> list[ast.expr]:
        return [source for expression in expressions for source in self.sources(expression, depth - 1)]

    def _of(self, name: ast.Name, binding: Binding, depth: int) -> list[ast.expr]:
        found: list[ast.expr] | None = None
        if binding.kind == "value" and isinstance(binding.node, ast.expr):
            found = [binding.node]
            if isinstance(binding.node, _LITERALS):
                found = self._containers(name)
        elif binding.kind == "element" and isinstance(binding.node, ast.expr):
            found = self.elements(binding.node, binding.index, depth - 1)
        elif binding.kind == "parameter" and isinstance(binding.node, ast.FunctionDef):
            found = self._arguments(binding.node, binding.index or 0)
        return [name] if found is None else self._each(found, depth)

    def _arguments(self, function: ast.FunctionDef, index: int) -> list[ast.expr] | None:
        """What the snippet hands to a parameter; None when the function is also used otherwise."""
        parameters = [*function.args.posonlyargs, *function.args.args]
        if function.name in self.methods or len(self.of(function.name)) != 1 or function.decorator_list:
            return None
        first_default = len(parameters) - len(function.args.defaults)
        found = [function.args.defaults[index - first_default]] if index >= first_default else []
        for load in self._loads[function.name]:
            call = self.parent(load)
            if not isinstance(call, ast.Call) or call.func is not load:
                return None
            if any(isinstance(item, ast.Starred) for item in call.args) or any(k.arg is None for k in call.keywords):
                return None
            found += call.args[index : index + 1]
            found += [item.value for item in call.keywords if item.arg == parameters[index].arg]
        return found

    def _held(self, base: ast.expr, depth: int) -> list[ast.expr] | None:
        """What a subscript of `base` may give, when base is a container written in the snippet."""
        containers = self._containers(base)
        if containers is None or depth <= 0:
            return None
        found: list[ast.expr] = []
        for container in containers:
            items = _values(container)
            if items is None:
                return None
            found += items
        return found

    def _called_elements(self, call: ast.Call, index: int | None, depth: int) -> list[ast.expr] | None:
        match call:
            case ast.Call(func=ast.Name(id=name), args=[only], keywords=[]) if name in _COPIES and not self.of(name):
                return self.elements(only, index, depth - 1)
            case ast.Call(func=ast.Name(id="enumerate"), args=[only], keywords=[]) if index == 1:
                return self.elements(only, None, depth - 1)
            case ast.Call(func=ast.Name(id="zip"), args=several, keywords=[]) if index is not None:
                return self.elements(several[index], None, depth - 1) if index < len(several) else None
            case ast.Call(func=ast.Attribute(value=base, attr="items" | "values" | "keys" as view), args=[]):
                return self._viewed(base, view, index)
        return None

    def _viewed(self, base: ast.expr, view: str, index: int | None) -> list[ast.expr] | None:
        found: list[ast.expr] = []
        wants_keys = view == "keys" or (view == "items" and index == 0)
        containers = self._containers(base)
        if containers is None or (view == "items" and index is None):
            return None
        for container in containers:
            if not isinstance(container, (ast.Dict, ast.DictComp)):
                return None
            items = _keys(container) if wants_keys else _values(container)
            if items is None:
                return None
            found += items
        return found

    def _containers(self, expression: ast.expr) -> list[ast.expr] | None:
        """The container literals that `expression` is, with what is put in later; None when that is not known."""
        if isinstance(expression, _LITERALS):
            return [expression]
        if not isinstance(expression, ast.Name) or not self.of(expression.id):
            return None
        found: list[ast.expr] = []
        for binding in self.of(expression.id):
            if binding.kind != "value" or not isinstance(binding.node, _LITERALS):
                return None
            found.append(binding.node)
        for load in self._loads[expression.id]:
            added = self._added(load)
            if added is None:
                return None
            found += added
        return found

    def _added(self, load: ast.Name) -> list[ast.expr] | None:
        """What this use of a container puts in; None when it may put in anything."""
        parent = self.parent(load)
        match parent:
            case ast.For() | ast.comprehension() | ast.Starred() | ast.Compare() | ast.FormattedValue() | ast.Expr():
                return []
            case ast.keyword(arg=None):
                return []
            case ast.Subscript(ctx=ast.Load()):
                return []
            case ast.Subscript(slice=key):
                owner = self.parent(parent)
                if isinstance(owner, ast.Assign) and len(owner.targets) == 1:
                    return [ast.Dict(keys=[key], values=[owner.value])]
            case ast.Attribute(attr=method) if self.is_called(parent):
                call = self.parent(parent)
                if method in _VIEWS:
                    return []
                if method == "append" and isinstance(call, ast.Call):
                    return [ast.List(elts=call.args, ctx=ast.Load())]
            case ast.Call() | ast.keyword():
                call = parent if isinstance(parent, ast.Call) else self.parent(parent)
                if isinstance(call, ast.Call) and self._only_reads(call.func):
                    return []
        return None

    def _only_reads(self, function: ast.expr) -> bool:
        """Whether a function is a library's or a built-in one, which leave a container as it is."""
        if isinstance(function, ast.Attribute):
            return function.attr not in self.methods
        if isinstance(function, ast.Name):
            bound = self.of(function.id)
            return all(found.kind == "member" for found in bound) if bound else function.id in _READERS
        return False

    def _texts(self, source: ast.expr) -> list[str] | None:
        match source:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=parts):
                return self._joined(parts)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined([left, right])
        return None

    def _joined(self, parts: list[ast.expr]) -> list[str] | None:
        """Every text that the parts may make together."""
        whole = [""]
        for part in parts:
            texts = self._formatted(part) if isinstance(part, ast.FormattedValue) else self.texts(part)
            if texts is None or len(whole) * len(texts) > _MOST_TEXTS:
                return None
            whole = [before + text for before in whole for text in texts]
        return whole

    def _formatted(self, part: ast.FormattedValue) -> list[str] | None:
        if part.conversion != -1 or part.format_spec is not None:
            return None
        found: list[str] = []
        for source in self.sources(part.value):
            if isinstance(source, ast.Constant) and type(source.value) in (int, float):
                found.append(str(source.value))
            else:
                texts = self._texts(source)
                if texts is None:
                    return None
                found += texts
        return found


def _items(container: ast.expr) -> list[ast.expr] | None:
    match container:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return None if any(isinstance(item, ast.Starred) for item in items) else list(items)
        case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item) | ast.SetComp(elt=item):
            return [item]
    return None


def _keys(container: ast.expr) -> list[ast.expr] | None:
    if isinstance(container, ast.DictComp):
        return [container.key]
    keys = container.keys if isinstance(container, ast.Dict) else [None]
    known = [key for key in keys if key is not None]
    return known if len(known) == len(keys) else None


def _values(container: ast.expr) -> list[ast.expr] | None:
    if isinstance(container, ast.DictComp):
        return [container.value]
    if isinstance(container, ast.Dict):
        return None if None in container.keys else list(container.values)
    return _items(container)


def _parts(items: list[ast.expr], index: int | None) -> list[ast.expr] | None:
    if index is None:
        return items
    found = []
    for item in items:
        if not isinstance(item, (ast.Tuple, ast.List)) or index >= len(item.elts):
            return None
        if any(isinstance(part, ast.Starred) for part in item.elts):
            return None
        found.append(item.elts[index])
    return found


def names_in(node: ast.AST) -> Iterator[str]:
    """Every identifier that one node holds, as the parser normalised it."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield from name.split(".")
            if other:
                yield other
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
