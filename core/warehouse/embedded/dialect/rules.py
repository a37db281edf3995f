"""The rewrites: one small function for each construct whose value DuckDB would silently give otherwise.

Applied from the leaves up to a tree with types. A rule takes the node and gives what stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect import casts, dates, lists
from core.warehouse.embedded.dialect.casts import FLOATS, INTEGERS, TEXT, call, decimal_of, kind, text, to
from core.warehouse.embedded.dialect.functions import refused

Rule = Callable[..., exp.Expr]
_AROUND = (exp.Filter, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)
_MOST_PLACES = 15
_NUMBERS = INTEGERS | FLOATS | {"DECIMAL"}


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


def around(node: exp.Expr, wrap: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Wrap an aggregate together with its FILTER and OVER."""
    outer = node
    while isinstance(outer.parent, _AROUND) and outer.arg_key == "this":
        outer = outer.parent
    if outer is node:
        return wrap(node.copy())
    outer.replace(wrap(outer.copy()))
    return node


def _quantile(node: exp.Quantile) -> exp.Expr:
    return call("QUANTILE_CONT", to(node.this, "DOUBLE"), node.args["quantile"])


def _approx_quantile(node: exp.ApproxQuantile) -> exp.Expr:
    return call("QUANTILE_DISC", node.this, node.args["quantile"])


def _median(node: exp.Median) -> exp.Expr:
    return call("MEDIAN", to(node.this, "DOUBLE"))


def _attempt(operation: type[exp.Binary]) -> Rule:
    return lambda node: call("TRY", operation(this=node.this, expression=node.expression))


def _try_divide(node: exp.SafeDivide) -> exp.Expr:
    """By a condition: DuckDB's TRY takes no aggregate."""
    divisor = exp.EQ(this=exp.paren(node.expression.copy()), expression=exp.Literal.number(0))
    quotient = exp.Div(this=exp.paren(node.this.copy()), expression=exp.paren(node.expression.copy()))
    quotient.this.type, quotient.expression.type = node.this.type, node.expression.type
    return exp.case().when(divisor, exp.Null()).else_(_arithmetic(quotient))


def _logarithm(node: exp.Expr) -> exp.Expr:
    value = node.expression if isinstance(node, exp.Log) and node.expression else node.this
    return exp.case().when(exp.GT(this=value.copy(), expression=exp.Literal.number(0)), node.copy()).else_(exp.Null())


def _arithmetic(node: exp.Binary) -> exp.Expr:
    left, right = kind(node.this), kind(node.expression)
    if left in TEXT and right in _NUMBERS:
        node.set("this", to(node.this.copy(), "DOUBLE"))
    elif right in TEXT and left in _NUMBERS:
        node.set("expression", to(node.expression.copy(), "DOUBLE"))
    elif isinstance(node, exp.Div | exp.Mul):
        return _decimal_arithmetic(node)
    elif isinstance(node, exp.Add | exp.Sub):
        return dates.plus_interval(node)
    return node


def _decimal_arithmetic(node: exp.Binary) -> exp.Expr:
    left, right = decimal_of(node.this), decimal_of(node.expression)
    if left is None or right is None or "DECIMAL" not in (kind(node.this), kind(node.expression)):
        return node
    if isinstance(node, exp.Mul):
        if left[0] + right[0] > 18:
            node.set("this", to(node.this.copy(), f"DECIMAL(38,{left[1]})"))
            precision, scale = _adjusted(left[0] + right[0] + 1, left[1] + right[1])
            return to(exp.paren(node.copy()), f"DECIMAL({precision},{scale})")
        return node
    scale = max(6, left[1] + right[0] + 1)
    precision, scale = _adjusted(left[0] - left[1] + right[1] + scale, scale)
    # By way of text, the shortest that is the quotient: the binary digits of 1.5 are 1.5, not 1.49999999999999987.
    return to(to(exp.paren(node.copy()), "VARCHAR"), f"DECIMAL({precision},{scale})")


def _adjusted(precision: int, scale: int) -> tuple[int, int]:
    """Spark's rule for decimals beyond 38 digits: whole digits first, at least 6 (or the scale) after the point."""
    if precision <= 38:
        return precision, scale
    return 38, max(38 - (precision - scale), min(scale, 6))


def _sum(node: exp.Sum) -> exp.Expr:
    inner = node.this.this if isinstance(node.this, exp.Paren) else node.this
    found = kind(inner.expressions[0] if isinstance(inner, exp.Distinct) else inner)
    if found in TEXT:
        node.set("this", to(node.this.copy(), "DOUBLE"))
        return node
    if found in INTEGERS:
        return around(node, lambda aggregate: to(aggregate, "BIGINT"))
    size = decimal_of(inner) if found == "DECIMAL" else None
    if size:
        return around(node, lambda aggregate: to(aggregate, f"DECIMAL({min(38, size[0] + 10)},{size[1]})"))
    return node


def _average(node: exp.Avg) -> exp.Expr:
    if kind(node.this) in TEXT:
        node.set("this", to(node.this.copy(), "DOUBLE"))
        return node
    size = decimal_of(node.this) if kind(node.this) == "DECIMAL" else None
    if size is None:
        return node
    precision, scale = min(38, size[0] + 4), min(38, size[1] + 4)
    return around(node, lambda aggregate: to(aggregate, f"DECIMAL({precision},{scale})"))


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
    return to(call("JSON_STRIP_NULLS", call("TO_JSON", node.this)), "VARCHAR")


def _split(node: exp.RegexpSplit) -> exp.Expr:
    if node.args.get("limit") is not None:
        raise refused("split with a limit")
    return node


def _sha2(node: exp.SHA2) -> exp.Expr:
    length = node.args.get("length")
    if length is not None and length.name not in ("0", "256"):
        raise refused(f"sha2 with {length.name} bits")
    return node


def _rand(node: exp.Rand) -> exp.Expr:
    if node.this is not None:
        raise refused("rand with a seed")
    return node


def _whole(node: exp.Floor | exp.Ceil) -> exp.Expr:
    if node.args.get("decimals") is None and kind(node.this) in FLOATS:
        return to(node.copy(), "BIGINT")
    return node


def _ignore_nulls(node: exp.IgnoreNulls) -> exp.Expr:
    inner = node.this
    if isinstance(node.parent, exp.Window):
        as_value = {exp.First: exp.FirstValue, exp.Last: exp.LastValue}.get(type(inner))
        return exp.IgnoreNulls(this=as_value(this=inner.this.copy())) if as_value else node
    if isinstance(inner, exp.First | exp.Last | exp.AnyValue | exp.FirstValue | exp.LastValue):
        name = "LAST" if isinstance(inner, exp.Last | exp.LastValue) else "FIRST"
        present = exp.not_(exp.Is(this=inner.this.copy(), expression=exp.Null()))
        return exp.Filter(this=call(name, inner.this.copy()), expression=exp.Where(this=present))
    return node


def _comparison(node: exp.Binary) -> exp.Expr:
    left, right = kind(node.this), kind(node.expression)
    if left in TEXT and right in _NUMBERS:
        node.set("this", to(node.this.copy(), "DOUBLE"))
    elif right in TEXT and left in _NUMBERS:
        node.set("expression", to(node.expression.copy(), "DOUBLE"))
    return node


def _is_binary(node: exp.Expr) -> bool:
    """A DOUBLE for DuckDB too: a literal such as 2.5 and its products with decimals are decimals there."""
    if kind(node) not in FLOATS or isinstance(node, exp.Literal):
        return False
    return node.find(exp.Div) is not None or any(kind(leaf) in FLOATS for leaf in node.find_all(exp.Column, exp.Cast))


def _round(node: exp.Round) -> exp.Expr:
    """A DOUBLE is rounded as the decimal number it prints as, half up: 0.285 to 0.29, not by its binary digits."""
    digits = node.args.get("decimals")
    places = int(digits.name) if isinstance(digits, exp.Literal) and digits.name.isdigit() else 0 if not digits else -1
    if not _is_binary(node.this) or not 0 <= places <= _MOST_PLACES:
        return node
    size = exp.LT(this=call("ABS", node.this.copy()), expression=exp.Literal.number("1e15"))
    rounded = to(to(to(node.this.copy(), "VARCHAR"), f"DECIMAL(38,{places})"), "DOUBLE")
    return exp.case().when(size, rounded).else_(node.copy())


def _round_even(node: exp.Anonymous) -> exp.Expr:
    value, *digits = node.expressions
    if _is_binary(value):
        raise refused("bround of a DOUBLE")
    return call("ROUND_EVEN", value, *(digits or [exp.Literal.number(0)]))


def _count(node: exp.Count) -> exp.Expr:
    """count(a, b) counts the rows in which none of them is NULL."""
    if not node.expressions:
        return node
    present = (exp.not_(exp.Is(this=item.copy(), expression=exp.Null())) for item in (node.this, *node.expressions))
    return exp.Count(this=exp.case().when(exp.and_(*present), exp.Literal.number(1)))


def _regexp_replace(node: exp.RegexpReplace) -> exp.Expr:
    """Groups of the replacement are `$1` in Java's words and `\\1` in DuckDB's."""
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
    return node


def _replace(node: exp.Replace) -> exp.Expr:
    if node.args.get("replacement") is None:
        node.set("replacement", text(""))
    return node


def _to_int(node: exp.Expr) -> exp.Expr:
    return to(node.copy(), "INTEGER")


def _pmod(node: exp.Anonymous) -> exp.Expr:
    first, second = node.expressions
    inner = exp.paren(exp.Mod(this=exp.paren(first), expression=exp.paren(second.copy())))
    return exp.Mod(this=exp.paren(exp.Add(this=inner, expression=second)), expression=exp.paren(second.copy()))


def _renamed(name: str) -> Rule:
    return lambda node: call(name, *([node.this] if not isinstance(node, exp.Anonymous) else node.expressions))


def _is_null(wanted: bool) -> Rule:
    def rule(node: exp.Anonymous) -> exp.Expr:
        test = exp.Is(this=node.expressions[0], expression=exp.Null())
        return exp.paren(test if wanted else exp.not_(test))

    return rule


_RULES: dict[type[exp.Expr], Rule] = {
    exp.Cast: casts.cast_rule,
    exp.TryCast: casts.cast_rule,
    exp.Quantile: _quantile,
    exp.ApproxQuantile: _approx_quantile,
    exp.Median: _median,
    exp.ApproxDistinct: lambda node: exp.Count(this=exp.Distinct(expressions=[node.this])),
    exp.SafeDivide: _try_divide,
    exp.SafeAdd: _attempt(exp.Add),
    exp.SafeSubtract: _attempt(exp.Sub),
    exp.SafeMultiply: _attempt(exp.Mul),
    exp.Ln: _logarithm,
    exp.Log: _logarithm,
    exp.Add: _arithmetic,
    exp.Sub: _arithmetic,
    exp.Mul: _arithmetic,
    exp.Div: _arithmetic,
    exp.Mod: _arithmetic,
    exp.Sum: _sum,
    exp.Avg: _average,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Substring: _substring,
    exp.Left: _side,
    exp.Right: _side,
    exp.JSONExtract: _json,
    exp.JSONExtractScalar: _json,
    exp.JSONFormat: _to_json,
    exp.RegexpSplit: _split,
    exp.SHA2: _sha2,
    exp.Rand: _rand,
    exp.Round: _round,
    exp.Count: _count,
    exp.RegexpReplace: _regexp_replace,
    exp.Replace: _replace,
    exp.Floor: _whole,
    exp.Ceil: _whole,
    exp.IgnoreNulls: _ignore_nulls,
    exp.AnyValue: _renamed("FIRST"),
    exp.Kurtosis: _renamed("KURTOSIS_POP"),
    exp.Uuid: lambda node: to(call("UUID"), "VARCHAR"),
    exp.Format: lambda node: call("PRINTF", node.this, *node.expressions),
    exp.Length: _to_int,
    exp.StrPosition: _to_int,
    exp.Levenshtein: _to_int,
    exp.EQ: _comparison,
    exp.NEQ: _comparison,
    exp.GT: _comparison,
    exp.GTE: _comparison,
    exp.LT: _comparison,
    exp.LTE: _comparison,
    **dates.RULES,
    **lists.rules(around),
}
_NAMED: dict[str, Rule] = {
    "pmod": _pmod,
    "some": _renamed("BOOL_OR"),
    "bool_or": _renamed("BOOL_OR"),
    "every": _renamed("BOOL_AND"),
    "bround": _round_even,
    "octet_length": lambda node: to(call("STRLEN", *node.expressions), "INTEGER"),
    "isnull": _is_null(True),
    "isnotnull": _is_null(False),
    "btrim": _renamed("TRIM"),
    **dates.NAMED,
    **lists.NAMED,
}
