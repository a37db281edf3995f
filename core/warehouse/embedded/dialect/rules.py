"""The rewrites: one small function for each construct whose value DuckDB would silently give otherwise.

Applied from the leaves up to a tree with types. A rule takes the node and gives what stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect import (
    aggregates,
    calls,
    casts,
    dates,
    generators,
    json_schema,
    lambdas,
    lists,
    numbers,
    texts,
)
from core.warehouse.embedded.dialect.casts import call, text, to
from core.warehouse.embedded.dialect.refusal import refused

Rule = Callable[..., exp.Expr]


def rewrite(tree: exp.Expr) -> exp.Expr:
    """The tree in which every rule has been applied; raises StatementRefused for a form that has no counterpart."""
    for node in reversed(list(tree.bfs())):
        rule = _RULES.get(type(node)) or (_NAMED.get(str(node.this).lower()) if type(node) is exp.Anonymous else None)
        if rule is None:
            continue
        original = node.type
        place = node.parent
        replacement = rule(node)
        if replacement is not node:
            replacement.type = original
            if place is None:
                tree = replacement
            elif node.parent is place:
                node.replace(replacement)
    return tree


def _like(node: exp.Like | exp.ILike) -> exp.Expr:
    pattern = node.expression
    plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.name
    if plain or isinstance(node.parent, exp.Escape) or isinstance(pattern, exp.Any | exp.All | exp.Tuple):
        return node
    return exp.Escape(this=node.copy(), expression=text("\\"))


def _substring(node: exp.Substring) -> exp.Expr:
    start = node.args.get("start")
    if start is not None and not (isinstance(start, exp.Literal) and start.name != "0"):
        zero = exp.EQ(this=start.copy(), expression=exp.Literal.number(0))
        node.set("start", exp.case().when(zero, exp.Literal.number(1)).else_(start.copy()))
    return node


def _side(node: exp.Left | exp.Right) -> exp.Expr:
    return call(
        "LEFT" if isinstance(node, exp.Left) else "RIGHT",
        node.this,
        call("GREATEST", node.expression, exp.Literal.number(0)),
    )


def _json(node: exp.JSONExtract | exp.JSONExtractScalar) -> exp.Expr:
    path = node.expression
    if path.find(exp.JSONPathWildcard) or "*" in path.sql("databricks"):
        raise refused("A JSON path with a wildcard")
    return call("TRY", exp.JSONExtractScalar(this=node.this.copy(), expression=path.copy()))


def _to_json(node: exp.JSONFormat) -> exp.Expr:
    """Fields that are NULL are left out, entries of maps and arrays are not."""
    found = node.this.type if isinstance(node.this.type, exp.DataType) else None
    parts = {part.this.name for part in found.find_all(exp.DataType)} if found is not None else {"UNKNOWN"}
    if parts - _IN_JSON or {"STRUCT", "MAP"} <= parts:
        raise refused(f"to_json of {found.sql('databricks') if found is not None else 'a value of unknown type'}")
    made = call("TO_JSON", node.this)
    return to(call("JSON_STRIP_NULLS", made) if "STRUCT" in parts else made, "VARCHAR")


_IN_JSON = {
    "STRUCT", "MAP", "ARRAY", "LIST", "TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "BOOLEAN", "DATE", "TEXT",
    "VARCHAR", "NULL",
}  # fmt: skip
"""Types that both engines write alike in JSON; moments and binary numbers are not among them."""


def _rand(node: exp.Rand) -> exp.Expr:
    if node.this is not None:
        raise refused("rand with a seed")
    return node


def _regexp_replace(node: exp.RegexpReplace) -> exp.Expr:
    """What is before a position is kept; groups are `$1` in Java's replacements and `\\1` in DuckDB's."""
    replacement = node.args.get("replacement")
    if not isinstance(replacement, exp.Literal):
        raise refused("regexp_replace by a text that is not a literal")
    java, found = replacement.name, ""
    for part in re.findall(r"\\.|\$\d|.", java, re.DOTALL):
        if len(part) == 2:
            found += f"\\{part[1]}" if part[0] == "$" else part[1].replace("\\", "\\\\")
        elif part in "$\\":
            raise refused(f"The replacement {java!r}")
        else:
            found += part
    node.set("replacement", text(found))
    texts.check_pattern(node.expression)
    start = node.args.get("position")
    if start is None or (isinstance(start, exp.Literal) and start.name == "1"):
        return node
    if not isinstance(start, exp.Literal):
        raise refused("regexp_replace from a computed position")
    before = call("LEFT", node.this.copy(), exp.Literal.number(int(start.name) - 1))
    node.set("position", None)
    node.set("this", call("SUBSTRING", node.this.copy(), start.copy()))
    return exp.paren(exp.DPipe(this=before, expression=node.copy()))


def _replace(node: exp.Replace) -> exp.Expr:
    if node.args.get("replacement") is None:
        node.set("replacement", text(""))
    return node


def _to_int(node: exp.Expr) -> exp.Expr:
    return to(node.copy(), "INTEGER")


def _renamed(name: str) -> Rule:
    return lambda node: call(name, *([node.this] if not isinstance(node, exp.Anonymous) else node.expressions))


def _is_null(wanted: bool) -> Rule:
    def rule(node: exp.Anonymous) -> exp.Expr:
        test = exp.Is(this=node.expressions[0], expression=exp.Null())
        return exp.paren(test if wanted else exp.not_(test))

    return rule


def _by(name: str) -> Rule:
    """max_by and min_by: what stands beside the extreme, also when that is NULL (DuckDB's own would pass it over)."""

    def rule(node: exp.Expr) -> exp.Expr:
        if node.args.get("count") is not None:
            raise refused("max_by and min_by with a number of values")
        return call(name, node.this, node.expression)

    return rule


def _mode(node: exp.Mode) -> exp.Expr:
    if node.args.get("deterministic") is not None:
        raise refused("mode with a second argument")
    return node


def _misplaced(node: exp.Expr) -> exp.Expr:
    raise refused(f"{node.sql('databricks')} in this place")


_RULES: dict[type[exp.Expr], Rule] = {
    **dict.fromkeys((exp.Explode, exp.Posexplode, exp.Inline, exp.Stack), _misplaced),
    exp.Cast: casts.cast_rule,
    exp.TryCast: casts.cast_rule,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Substring: _substring,
    exp.Left: _side,
    exp.Right: _side,
    exp.JSONExtract: _json,
    exp.JSONExtractScalar: _json,
    exp.JSONFormat: _to_json,
    exp.Rand: _rand,
    exp.RegexpReplace: _regexp_replace,
    exp.Replace: _replace,
    exp.AnyValue: _renamed("FIRST"),
    exp.ArgMax: _by("ARG_MAX_NULL"),
    exp.ArgMin: _by("ARG_MIN_NULL"),
    exp.Mode: _mode,
    exp.Kurtosis: _renamed("KURTOSIS_POP"),
    exp.Uuid: lambda node: to(call("UUID"), "VARCHAR"),
    exp.Length: _to_int,
    exp.Levenshtein: _to_int,
    **aggregates.RULES,
    **numbers.RULES,
    **dates.RULES,
    **lists.RULES,
    **lambdas.RULES,
    **json_schema.RULES,
    **texts.RULES,
}
_NAMED: dict[str, Rule] = {
    "some": _renamed("BOOL_OR"),
    "bool_or": _renamed("BOOL_OR"),
    "every": _renamed("BOOL_AND"),
    "isnull": _is_null(True),
    "isnotnull": _is_null(False),
    **numbers.NAMED,
    **dates.NAMED,
    **lists.NAMED,
    **lambdas.NAMED,
    **generators.NAMED,
    **calls.NAMED,
    **{name: texts.checked(calls.NAMED[name]) for name in texts.PATTERNS},
    **texts.NAMED,
}
