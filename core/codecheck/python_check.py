"""One review of one snippet: every node of the tree against the closed lists, then the rendering of the tree."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator

from core.codecheck.python_attributes import CHECKED, DEFINABLE, FORBIDDEN, METHODS, SESSION_SETTINGS, UNDERSCORED
from core.codecheck.python_bindings import Bindings, names_in
from core.codecheck.python_calls import CallCheck, format_problems
from core.codecheck.python_names import (
    BUILTINS,
    DIRECT_BUILTINS,
    DISPLAY_MEMBERS,
    FOREIGN_NAMES,
    MODULES,
    NOTEBOOK_FUNCTIONS,
    PREDECLARED_MODULES,
    SESSION_MEMBERS,
    SPARK_ROOTS,
    STAR_MODULES,
    UNKNOWN_BUILTINS,
)
from core.codecheck.python_spark import TableUse

_MAX_CHARACTERS = 60_000
_MAX_NODES = 20_000
_MAX_DEPTH = 160
_SHOWN = 8
_ASYNCHRONOUS = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
_DIRECT_MEMBERS = {"pyspark.sql.functions": {"expr"}, "pandas": {"pivot_table", "crosstab", *DISPLAY_MEMBERS}}
_QUOTED = re.compile(r"`[\w .,:/%&$+-]*`")
_BASES = frozenset(
    {"object", "dict", "list", "tuple", "Exception", "ValueError", "RuntimeError", "TypeError", "KeyError"}
)
_HANDLE = re.compile(r"_+j[A-Za-z]*|_sc|_gateway|_client|_session|_mgr|_data")


class Refusal(Exception):
    """The text cannot be checked at all; says why."""


class PythonCheck:
    """Walks one tree; `problems` are sentences with the line where each was found."""

    def __init__(self, tree: ast.Module, tables: TableUse) -> None:
        self._tree = tree
        self._tables = tables
        self._bindings = Bindings(tree)
        self._calls = CallCheck(self._bindings, tables, self._query_problems)
        self._found: dict[str, None] = {}
        self.uses_spark = False

    def run(self) -> tuple[str, ...]:
        """The problems; none when everything is on the lists. Replaces reviewed SQL by the SQL guard's rendering."""
        nodes = list(ast.walk(self._tree))
        self._scan(nodes)
        for node in nodes:
            for problem in self._check(node):
                self._note(node, problem)
        for problem in self._tables.settle():
            self._found[problem] = None
        if not self._found:
            self._replace()
        return tuple(self._found)[:_SHOWN]

    def _note(self, node: ast.AST, problem: str) -> None:
        line = getattr(node, "lineno", None)
        self._found[f"Line {line}: {problem}" if line else problem] = None

    def _scan(self, nodes: list[ast.AST]) -> None:
        """What has to be known before the first call is judged."""
        for node in nodes:
            match node:
                case ast.Attribute(attr="forName"):
                    self._calls.uses_delta = True
                case ast.Call(func=ast.Attribute(attr="mode"), args=[_, *_] | []) if node.args or node.keywords:
                    given = node.args[0] if node.args else node.keywords[0].value
                    texts = self._bindings.texts(given)
                    self._calls.overwrites |= texts is None or bool(set(texts) - {"append", "error", "errorifexists"})
                case ast.Call(func=ast.Attribute(attr="createOrReplaceTempView" | "createTempView")):
                    self._note_all(node, self._calls.method(node, "createTempView"))
                case ast.Name(id="spark"):
                    self.uses_spark = True

    def _note_all(self, node: ast.AST, problems: list[str]) -> None:
        for problem in problems:
            self._note(node, problem)

    def _check(self, node: ast.AST) -> Iterator[str]:
        for name in names_in(node):
            yield from self._name_problems(node, name)
        match node:
            case ast.Import() | ast.ImportFrom():
                yield from self._import(node)
            case ast.Name(ctx=ast.Load()):
                yield from self._load(node)
            case ast.Attribute():
                yield from self._attribute(node)
            case ast.Call():
                yield from self._call(node)
            case ast.ClassDef():
                yield from self._class(node)
            case ast.MatchClass(kwd_attrs=attributes):
                for attribute in attributes:
                    yield from self._plain_attribute(attribute, called=False)
            case ast.FunctionDef() | ast.arg() | ast.AnnAssign():
                yield from self._annotation(node)
            case ast.BinOp(left=left, op=ast.Mod()) if isinstance(left, ast.Constant) and isinstance(left.value, bytes):
                yield "Bytes may not be formatted."
        if isinstance(node, _ASYNCHRONOUS):
            yield "Asynchronous code may not run here."

    # names

    def _name_problems(self, node: ast.AST, name: str) -> Iterator[str]:
        if name.startswith("__"):
            method = isinstance(node, ast.FunctionDef) and isinstance(self._bindings.parent(node), ast.ClassDef)
            stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and name in ("__slots__", "__all__")
            loaded = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and name == "__name__"
            future = isinstance(node, ast.alias) and name == "__future__"
            if not (stored or loaded or future or (method and name in DEFINABLE)):
                yield f"The name '{name}' may not be used."
        if not name.isascii() and not all(_is_latin(character) for character in name):
            yield f"The name '{name}' holds letters that may look like others."
        defines = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        if defines and isinstance(self._bindings.parent(node), ast.ClassDef) and name in FORBIDDEN:
            yield f"A class may not define '{name}'."
        unknown = name in UNKNOWN_BUILTINS and name not in DIRECT_BUILTINS and not name.startswith("__")
        if unknown and not isinstance(node, (ast.keyword, ast.alias)):
            yield f"The built-in '{name}' is not a permitted one."

    def _load(self, node: ast.Name) -> Iterator[str]:
        name, called = node.id, self._bindings.is_called(node)
        bound = self._bindings.of(name)
        if self._module_of(name) is not None:
            parent = self._bindings.parent(node)
            if not (isinstance(parent, ast.Attribute) and isinstance(parent.ctx, ast.Load)):
                yield f"The module '{name}' may only be used as {name}.member."
        elif name in DIRECT_BUILTINS:
            if not called and not self._is_annotation(node):
                yield f"'{name}' may only be called where it stands."
        elif not bound:
            yield from self._free(name, called)
        member = self._bindings.member(name)
        if member is not None and member[1] in _DIRECT_MEMBERS.get(member[0], ()) and not called:
            yield f"'{name}' may only be called where it stands."

    def _free(self, name: str, called: bool) -> Iterator[str]:
        if name in BUILTINS or name in UNKNOWN_BUILTINS or name == "__name__":
            return
        if name in FOREIGN_NAMES:
            yield f"'{name}' may not be used."
        elif called and name not in NOTEBOOK_FUNCTIONS:
            yield f"The function '{name}' is neither defined here nor a permitted one."

    def _module_of(self, name: str) -> str | None:
        if self._bindings.of(name):
            return self._bindings.module(name)
        return PREDECLARED_MODULES.get(name)

    def _is_annotation(self, node: ast.AST) -> bool:
        parent = self._bindings.parent(node)
        return isinstance(parent, (ast.arg, ast.AnnAssign)) or (
            isinstance(parent, ast.Subscript) and parent.value is node and self._is_annotation(parent)
        )

    # imports

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name not in MODULES or alias.name == "__future__":
                    yield f"The module '{alias.name}' may not be imported."
                self._notice_spark(alias.name)
            return
        module = node.module or ""
        self._notice_spark(module)
        if node.level or module not in MODULES:
            yield f"The module '{'.' * node.level}{module}' may not be imported."
            return
        for alias in node.names:
            star = alias.name == "*" and module in STAR_MODULES
            display = module == "pandas" and alias.name in DISPLAY_MEMBERS
            if not (star or display or alias.name in MODULES[module] or f"{module}.{alias.name}" in MODULES):
                yield f"'{alias.name}' of {module} is not a permitted member."

    def _notice_spark(self, module: str) -> None:
        self.uses_spark |= module.split(".")[0] in SPARK_ROOTS

    # attributes

    def _attribute(self, node: ast.Attribute) -> Iterator[str]:
        chain = self._module_chain(node)
        if chain is not None:
            yield from self._member(node, *chain)
            return
        if isinstance(node.value, ast.Attribute) and self._is_submodule(node.value):
            return
        if self._is_own(node):
            return
        if not isinstance(node.ctx, ast.Load) and self._is_foreign(node.value):
            yield "Classes and functions of libraries may not be changed."
        called = self._bindings.is_called(node)
        if node.attr == "conf":
            yield from self._session_settings(node)
        elif node.attr == "format" and not called:
            yield from self._uncalled_format(node)
        elif isinstance(node.value, ast.Name) and node.value.id == "spark" and not self._bindings.of("spark"):
            if node.attr not in SESSION_MEMBERS:
                yield f"'spark.{node.attr}' is not a permitted member."
            elif node.attr in CHECKED and not called:
                yield f"'spark.{node.attr}' may only be called where it stands."
        else:
            yield from self._plain_attribute(node.attr, called=called)

    def _plain_attribute(self, name: str, *, called: bool) -> Iterator[str]:
        if name.startswith("_") and name not in UNDERSCORED:
            yield f"The attribute '{name}' may not be used."
        elif name in FORBIDDEN:
            yield f"'.{name}' may not be used: it reaches files, the network, processes or code outside the snippet."
        elif name in CHECKED and not called:
            yield f"'.{name}' may only be called where it stands (write a column of that name as [\"{name}\"])."
        elif called and name not in METHODS | CHECKED | UNDERSCORED and not self._defined_here(name):
            yield f"The method '.{name}()' is not a permitted one."

    def _defined_here(self, name: str) -> bool:
        return name in self._bindings.methods or name in self._bindings.own_attributes

    def _is_own(self, node: ast.Attribute) -> bool:
        """An underscored attribute that a class of the snippet gives itself."""
        own = self._defined_here(node.attr) and not node.attr.startswith("__")
        on_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        return own and on_self and node.attr.startswith("_") and _HANDLE.fullmatch(node.attr) is None

    def _is_foreign(self, base: ast.expr) -> bool:
        while isinstance(base, ast.Attribute):
            base = base.value
        if not isinstance(base, ast.Name):
            return False
        imported = self._module_of(base.id) is not None or self._bindings.member(base.id) is not None
        return imported or (base.id in BUILTINS and not self._bindings.of(base.id))

    def _module_chain(self, node: ast.Attribute) -> tuple[str, str] | None:
        """The module that the attribute is read from and the attribute's name, when it is read from a module."""
        base = node.value
        if isinstance(base, ast.Name):
            module = self._module_of(base.id)
            return None if module is None else (module, node.attr)
        if isinstance(base, ast.Attribute):
            chain = self._module_chain(base)
            whole = ".".join(chain) if chain is not None else ""
            return (whole, node.attr) if whole in MODULES else None
        return None

    def _is_submodule(self, node: ast.Attribute) -> bool:
        chain = self._module_chain(node)
        return chain is not None and ".".join(chain) in MODULES

    def _member(self, node: ast.Attribute, module: str, member: str) -> Iterator[str]:
        parent = self._bindings.parent(node)
        if not isinstance(node.ctx, ast.Load):
            yield f"Members of the module {module} may not be changed."
        elif f"{module}.{member}" in MODULES:
            if not isinstance(parent, ast.Attribute):
                yield f"The module '{module}.{member}' may only be used by its members."
        elif member not in MODULES.get(module, frozenset()) and not (module == "pandas" and member in DISPLAY_MEMBERS):
            yield f"'{member}' of {module} is not a permitted member."
        elif member in _DIRECT_MEMBERS.get(module, ()) and not self._bindings.is_called(node):
            yield f"'{module}.{member}' may only be called where it stands."

    def _session_settings(self, node: ast.Attribute) -> Iterator[str]:
        parent = self._bindings.parent(node)
        call = self._bindings.parent(parent) if isinstance(parent, ast.Attribute) else None
        if isinstance(parent, ast.Attribute) and parent.attr in ("get", "set") and isinstance(call, ast.Call):
            texts = self._bindings.texts(call.args[0]) if call.func is parent and call.args else None
            if texts is not None and set(texts) <= SESSION_SETTINGS:
                return
        yield "This session setting may not be read or changed."

    def _uncalled_format(self, node: ast.Attribute) -> Iterator[str]:
        texts = self._bindings.texts(node.value)
        if texts is None:
            yield "'.format' may only be used on a literal text."
        for text in texts or []:
            yield from format_problems(text)

    # calls

    def _call(self, node: ast.Call) -> Iterator[str]:
        function = node.func
        if isinstance(function, ast.Name):
            yield from self._named_call(node, function.id)
        elif isinstance(function, ast.Attribute):
            chain = self._module_chain(function)
            if chain is not None:
                yield from self._calls.member(node, *chain)
            else:
                yield from self._calls.method(node, function.attr)

    def _named_call(self, node: ast.Call, name: str) -> Iterator[str]:
        member = self._bindings.member(name)
        if member is not None:
            yield from self._calls.member(node, *member)
        elif name in ("getattr", "hasattr"):
            yield from self._attribute_by_name(node)
        else:
            yield from self._calls.builtin(node, name)

    def _attribute_by_name(self, node: ast.Call) -> Iterator[str]:
        literal = node.args[1] if len(node.args) in (2, 3) and not node.keywords else None
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        if starred or not isinstance(literal, ast.Constant) or not isinstance(literal.value, str):
            yield "getattr() and hasattr() need a literal name."
            return
        name = unicodedata.normalize("NFKC", literal.value)
        if isinstance(node.args[0], ast.Name) and node.args[0].id == "spark":
            yield "Members of 'spark' must be written out."
        yield from self._plain_attribute(name, called=False)

    # classes and annotations

    def _class(self, node: ast.ClassDef) -> Iterator[str]:
        if any(keyword.arg != "total" or not isinstance(keyword.value, ast.Constant) for keyword in node.keywords):
            yield "A class may have no metaclass and no class arguments."
        for base in node.bases:
            name = base.value if isinstance(base, ast.Subscript) else base
            if not (isinstance(name, ast.Name) and self._is_base(name.id)):
                yield "A class may only extend classes of the snippet, typing's and plain built-in ones."

    def _is_base(self, name: str) -> bool:
        bound = self._bindings.of(name)
        if not bound:
            return name in _BASES
        return all(b.kind == "class" or (b.kind == "member" and b.module == "typing") for b in bound)

    def _annotation(self, node: ast.FunctionDef | ast.arg | ast.AnnAssign) -> Iterator[str]:
        annotation = node.returns if isinstance(node, ast.FunctionDef) else node.annotation
        for part in ast.walk(annotation) if annotation is not None else ():
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and not _is_type_name(part.value):
                yield "An annotation in quotes may only name a type."

    # query()

    def _query_problems(self, text: str) -> list[str]:
        """Why the text of DataFrame.query() may not be used: it is an expression like any other."""
        if len(text) > 4000 or set("\0#\\") & set(text):
            return ["The text of query() cannot be read."]
        plain = _QUOTED.sub("quoted_column", text).replace("@", " ").strip()
        try:
            tree = ast.parse(" ".join(plain.split()), mode="eval")
        except (SyntaxError, ValueError):
            return ["The text of query() cannot be read."]
        problems: list[str] = []
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name) if name.startswith("__") or self._module_of(name) or name in FOREIGN_NAMES:
                    problems.append(f"'{name}' may not be used in query().")
                case ast.Attribute(attr=attribute):
                    problems += self._plain_attribute(attribute, called=True)
                    if attribute in CHECKED:
                        problems.append(f"'.{attribute}' may not be used in query().")
                case ast.Call(func=function) if not isinstance(function, ast.Attribute):
                    problems.append("query() may only call methods of columns.")
                case ast.Lambda() | ast.NamedExpr() | ast.JoinedStr() | ast.comprehension():
                    problems.append("query() takes comparisons of columns and values.")
        return problems

    def _replace(self) -> None:
        for call, place, text in self._calls.replacements:
            if isinstance(place, int):
                call.args[place] = ast.copy_location(ast.Constant(text), call.args[place])
            for keyword in call.keywords:
                if keyword.arg == place:
                    keyword.value = ast.copy_location(ast.Constant(text), keyword.value)


def parse(text: str) -> ast.Module:
    """The tree of `text`; raises Refusal, or what the parser raises."""
    if len(text) > _MAX_CHARACTERS:
        raise Refusal(f"The code is too large to be checked ({len(text)} characters; {_MAX_CHARACTERS} are read).")
    if any(unicodedata.category(character) in ("Cf", "Co", "Cs") or character == "\0" for character in text):
        raise Refusal("The code holds characters that cannot be seen or that change the reading direction.")
    tree = ast.parse(text)
    if not tree.body:
        raise Refusal("There is no code in the text.")
    _check_size(tree)
    return tree


def _check_size(tree: ast.AST) -> None:
    level: list[ast.AST] = [tree]
    count = 0
    for _ in range(_MAX_DEPTH):
        count += len(level)
        if count > _MAX_NODES:
            raise Refusal("The code is too large to be checked.")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise Refusal("The code is nested too deeply to be checked.")


def _is_latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN ")


def _is_type_name(text: str) -> bool:
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    allowed = (ast.Expression, ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.BinOp, ast.BitOr)
    kinds = (*allowed, ast.Constant, ast.Load)
    names = [
        n.id if isinstance(n, ast.Name) else n.attr for n in ast.walk(tree) if isinstance(n, (ast.Name, ast.Attribute))
    ]
    return all(isinstance(node, kinds) for node in ast.walk(tree)) and not any(name.startswith("_") for name in names)


__all__ = ["PythonCheck", "Refusal", "parse"]
