"""Calls whose arguments decide: tables and SQL, functions named by text, formats, queries over a frame."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from string import Formatter

from core.codecheck.python_aggregates import Aggregates, argument_of
from core.codecheck.python_attributes import (
    DELTA_METHODS,
    OPTIONS,
    SESSION_SETTINGS,
    TEXT_KEYWORDS,
)
from core.codecheck.python_bindings import Bindings
from core.codecheck.python_columns import FUNCTIONS, Columns
from core.codecheck.python_names import DISPLAY_MEMBERS
from core.codecheck.python_spark import TableUse

_MODES = {"overwrite": "replace_table", "append": "insert"}
_FIELD = re.compile(r"[A-Za-z_]?[A-Za-z0-9_]*")

Problems = list[str]


class CallCheck:
    """Answers for one snippet; every method gives sentences, none when the call is all right."""

    def __init__(self, bindings: Bindings, tables: TableUse, query: Callable[[str], Problems]) -> None:
        self._bindings = bindings
        self._columns = Columns(bindings)
        self._aggregates = Aggregates(bindings, self._columns)
        self._tables = tables
        self._query = query
        self.uses_delta = False
        self.overwrites = False
        self.replacements: list[tuple[ast.Call, int | str, str]] = []
        """Arguments to be replaced by what was reviewed: the call, the position or keyword, the text."""
        self._checks: dict[str, Callable[[ast.Call], Problems]] = {
            "agg": self._aggregates.aggregate,
            "aggregate": self._aggregates.aggregate,
            "apply": self._aggregates.aggregate,
            "transform": self._aggregates.aggregate,
            "config": self._config,
            "createOrReplaceTempView": self._view,
            "createTempView": self._view,
            "expr": self._expr,
            "selectExpr": self._expr,
            "filter": self._filter,
            "where": self._filter,
            "forName": self._for_name,
            "format": self._format,
            "insertInto": self._insert_into,
            "option": self._option,
            "options": self._options,
            "pivot_table": self._aggregates.pivot,
            "query": self._query_frame,
            "saveAsTable": self._save_as_table,
            "sql": self._sql,
            "table": self._table,
            "to_csv": self._to_text,
            "to_html": self._to_text,
            "to_json": self._to_text,
            "to_markdown": self._to_text,
            "to_string": self._to_text,
            "writeTo": self._write_to,
        }

    def method(self, call: ast.Call, name: str) -> Problems:
        """A call of a method on some value."""
        check = self._checks.get(name)
        problems = check(call) if check is not None else []
        if self.uses_delta:
            problems = problems + self._delta(call, name)
        return problems

    def member(self, call: ast.Call, module: str, member: str) -> Problems:
        """A call of a module's member."""
        if module == FUNCTIONS and member == "expr":
            return self._expr(call)
        if module == "pandas" and member in ("pivot_table", "crosstab"):
            return self._aggregates.argument(call, 6 if member == "crosstab" else 4)
        if module == "pandas" and member == "NamedAgg":
            return self._aggregates.argument(call, 1)
        if module == "pandas" and member in DISPLAY_MEMBERS:
            return self._display(call)
        if module == "functools" and member == "wraps" and (len(call.args) != 1 or call.keywords):
            return ["functools.wraps takes one function here."]
        return []

    def builtin(self, call: ast.Call, name: str) -> Problems:
        """A call of a built-in function that may only stand where it is called."""
        if name == "type":
            plain = len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred)
            return [] if plain else ["type() may tell the type of one value; it may not make types."]
        if name == "print" and any(keyword.arg in ("file", None) for keyword in call.keywords):
            return ["print() may only write to the output."]
        return []

    # tables and SQL

    def _sql(self, call: ast.Call) -> Problems:
        if any(keyword.arg not in ("args", "sqlQuery") for keyword in call.keywords):
            return ["sql() takes a literal text and `args` only."]
        return self._each_text(call, 0, "sqlQuery", "The SQL text", self._tables.query)

    def _table(self, call: ast.Call) -> Problems:
        return self._each_text(call, 0, "tableName", "A table's name", self._tables.read)

    def _for_name(self, call: ast.Call) -> Problems:
        self.uses_delta = True
        return self._each_text(call, 1, "tableOrViewName", "A table's name", lambda t: (t, self._tables.handle(t)))

    def _save_as_table(self, call: ast.Call) -> Problems:
        allowed = {"name", "format", "mode", "partitionBy"}
        if any(keyword.arg not in allowed for keyword in call.keywords) or len(call.args) > 1:
            return ["saveAsTable() takes a name, format, mode and partitionBy only; no path."]
        problems = self._literal_keyword(call, "format", {"delta"}) + self._literal_keyword(call, "mode", set(_MODES))
        mode = next((k.value for k in call.keywords if k.arg == "mode"), None)
        stated = self._bindings.texts(mode) if mode is not None else []
        operation = "create_table"
        if self.overwrites or "overwrite" in (stated or []):
            operation = "replace_table"
        return problems + self._write(call, "name", operation)

    def _insert_into(self, call: ast.Call) -> Problems:
        flag = next((k.value for k in call.keywords if k.arg == "overwrite"), call.args[1] if call.args[1:] else None)
        plain = flag is None or (isinstance(flag, ast.Constant) and not flag.value)
        return self._write(call, "tableName", "insert" if plain and not self.overwrites else "insert_overwrite")

    def _write_to(self, call: ast.Call) -> Problems:
        node: ast.AST | None = call
        methods = set()
        while node is not None and isinstance(node, (ast.Call, ast.Attribute)):
            methods |= {node.attr} if isinstance(node, ast.Attribute) else set()
            node = self._bindings.parent(node)
        operation = "insert_overwrite"
        if methods & {"create", "append"}:
            operation = "create_table" if "create" in methods else "insert"
        elif methods & {"createOrReplace", "replace"}:
            operation = "replace_table"
        return self._write(call, "table", operation)

    def _write(self, call: ast.Call, keyword: str, operation: str) -> Problems:
        return self._each_text(call, 0, keyword, "A target's name", lambda t: self._tables.write(t, operation))

    def _view(self, call: ast.Call) -> Problems:
        return self._each_text(call, 0, "name", "A view's name", lambda text: (text, self._tables.view(text)))

    def _expr(self, call: ast.Call) -> Problems:
        return self._sql_expressions(call.args) + [
            "expr() takes literal texts only." for keyword in call.keywords if keyword.arg != "str"
        ]

    def _sql_expressions(self, arguments: list[ast.expr]) -> Problems:
        problems: Problems = []
        for argument in arguments:
            texts: list[str] | None = []
            if isinstance(argument, ast.Starred):
                for item in self._bindings.elements(argument.value) or [argument]:
                    found = self._bindings.texts(item)
                    texts = None if found is None or texts is None else texts + found
            else:
                texts = self._bindings.texts(argument)
            if texts is None:
                problems.append("A SQL expression must be a literal text.")
            problems += [problem for text in texts or [] for problem in self._tables.expression(text)]
        return problems

    def _each_text(
        self,
        call: ast.Call,
        position: int,
        keyword: str,
        check: str,
        review: Callable[[str], tuple[str, Problems]],
    ) -> Problems:
        found = argument_of(call, position, keyword)
        texts = None if found is None else self._bindings.texts(found[1])
        if found is None or not texts:
            return [f"{check} must be written out as a literal where it is used."]
        problems: Problems = []
        for text in texts:
            rendered, wrong = review(text)
            problems += wrong
            if len(texts) == 1 and not wrong:
                self.replacements.append((call, found[0], rendered))
            elif len(texts) > 1 and any(mark in text for mark in ("--", "/*", "\\", ";")):
                problems.append("One of several texts may hold no comment, backslash or semicolon.")
        return problems

    def _delta(self, call: ast.Call, name: str) -> Problems:
        if name in DELTA_METHODS or name == "execute":
            self._tables.delta_operations.add("merge")
        if name.endswith("Delete") and name in DELTA_METHODS:
            self._tables.delta_operations.add("merge_delete")
        if name in ("delete", "update"):
            self._tables.delta_operations.add(name)
        if name not in DELTA_METHODS and name not in ("merge", "delete", "update"):
            return []
        problems: Problems = []
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            for source in self._bindings.sources(argument):
                values = source.values if isinstance(source, ast.Dict) else [source]
                problems += [p for value in values for p in self._condition(value)]
        return problems

    def _condition(self, expression: ast.expr) -> Problems:
        problems: Problems = []
        for source in self._bindings.sources(expression):
            texts = self._bindings.texts(source)
            if texts is not None:
                problems += [problem for text in texts for problem in self._tables.expression(text)]
            elif not self._columns.no_text(source):
                problems.append("A condition must be a column expression or a literal text.")
        return problems

    def _filter(self, call: ast.Call) -> Problems:
        arguments = call.args[:1] + [keyword.value for keyword in call.keywords if keyword.arg == "condition"]
        unpacked = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
        problems = ["The arguments of filter() and where() must be written out."] if unpacked else []
        return problems + [problem for argument in arguments for problem in self._condition(argument)]

    # texts that a library reads

    def _format(self, call: ast.Call) -> Problems:
        base = call.func.value if isinstance(call.func, ast.Attribute) else call
        texts = self._bindings.texts(base)
        if texts is None:
            stated = self._bindings.texts(call.args[0]) if len(call.args) == 1 and not call.keywords else None
            return [] if stated == ["delta"] else ["format() needs a literal text, or the literal format delta."]
        return [problem for text in texts for problem in format_problems(text)]

    def _query_frame(self, call: ast.Call) -> Problems:
        allowed = {"expr", "inplace", "engine"}
        if len(call.args) > 1 or any(keyword.arg not in allowed for keyword in call.keywords):
            return ["query() takes a literal text, inplace and engine only."]
        if self._literal_keyword(call, "engine", {"python", "numexpr"}):
            return ["The engine of query() may be python or numexpr."]
        found = argument_of(call, 0, "expr")
        texts = None if found is None else self._bindings.texts(found[1])
        if texts is None:
            return ["The text of query() must be a literal; use @name for values."]
        return [problem for text in texts for problem in self._query(text)]

    def _to_text(self, call: ast.Call) -> Problems:
        if call.args or any(keyword.arg not in TEXT_KEYWORDS for keyword in call.keywords):
            return ["Only the text may be taken here (no path, no buffer): files are not written."]
        return []

    def _display(self, call: ast.Call) -> Problems:
        names = call.args[::2]
        literal = [isinstance(n, ast.Constant) and str(n.value).startswith("display.") for n in names]
        return [] if names and all(literal) and not call.keywords else ["Only display options may be set."]

    def _option(self, call: ast.Call) -> Problems:
        found = argument_of(call, 0, "key")
        texts = None if found is None else self._bindings.texts(found[1])
        known = {name.lower() for name in OPTIONS}
        wrong = [text for text in texts or ["of an unknown name"] if text.lower() not in known]
        self._notice_dynamic(texts or [])
        return [f"The option {text[:60]} may not be set." for text in wrong]

    def _options(self, call: ast.Call) -> Problems:
        known = {name.lower() for name in OPTIONS}
        names = [keyword.arg for keyword in call.keywords]
        self._notice_dynamic([name for name in names if name])
        if call.args or any(name is None or name.lower() not in known for name in names):
            return ["Only known options without paths may be set, each by its name."]
        return []

    def _notice_dynamic(self, names: list[str]) -> None:
        self.overwrites = self.overwrites or bool({n.lower() for n in names} & {"replacewhere"})

    def _config(self, call: ast.Call) -> Problems:
        found = argument_of(call, 0, "key")
        texts = None if found is None else self._bindings.texts(found[1])
        extra = len(call.args) > 2 or any(keyword.arg not in ("key", "value") for keyword in call.keywords)
        if extra or texts is None or not set(texts) <= SESSION_SETTINGS:
            return ["This session setting may not be changed."]
        return []

    def _literal_keyword(self, call: ast.Call, name: str, allowed: set[str]) -> Problems:
        for keyword in call.keywords:
            if keyword.arg == name:
                texts = self._bindings.texts(keyword.value)
                if texts is None or not set(texts) <= allowed:
                    return [f"{name} must be one of {', '.join(sorted(allowed))}, written out."]
        return []


def format_problems(text: str) -> Problems:
    """Why `text` may not be a format: a field that reaches into its value."""
    try:
        fields = list(Formatter().parse(text))
    except ValueError:
        return ["The format cannot be read."]
    problems: Problems = []
    for _, field, spec, _ in fields:
        if field is not None and _FIELD.fullmatch(field) is None:
            problems.append(f"A format may not reach into its values ('{field[:60]}').")
        if spec:
            problems += format_problems(spec)
    return problems
