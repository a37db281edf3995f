"""Expressions of the closed part over one row, or over the rows of a group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.testing.evaluator import values as v
from core.testing.evaluator.limits import Fails, NotCovered
from core.testing.evaluator.values import Truth, Value

Row = Mapping[str, Mapping[str, Value]]
"""Alias -> column -> value, names in lower case."""
SubQuery = Callable[[Any, "Scope"], list[tuple[Value, ...]]]
Note = Callable[[str], None]
"""Told what was exercised."""


@dataclass(frozen=True)
class Scope:
    """What an expression sees: a row, the rows of its group, the values of the group's keys, and the query around."""

    row: Row
    group: Sequence[Row] | None = None
    keys: Mapping[str, Value] = field(default_factory=dict)
    outer: Scope | None = None

    def column(self, table: str, name: str) -> Value:
        """The value of a column here, else in the query around."""
        if table in self.row:
            return self.row[table][name]
        if self.outer is None:
            raise NotCovered(f"the column {table}.{name}")
        return self.outer.column(table, name)


@dataclass
class Expressions:
    """Evaluates; `note` hears of every predicate how it came out."""

    subquery: SubQuery
    note: Note

    def truth(self, node: Any, scope: Scope) -> Truth:
        """A condition."""
        value = self.value(node, scope)
        if value is None or isinstance(value, bool):
            return value
        raise NotCovered(f"{sql(node)} as a condition")

    def value(self, node: Any, scope: Scope) -> Value:
        """Any expression. Raises NotCovered and Fails."""
        if scope.keys and not _is_constant(node):
            known = scope.keys.get(sql(node), _MISSING)
            if known is not _MISSING:
                return known  # type: ignore[return-value]
        handler = _HANDLERS.get(node.key) or _AGGREGATES.get(node.key)
        if handler is None:
            raise NotCovered(f"{node.key.upper()} ({sql(node)[:60]})")
        return handler(self, node, scope)

    def over_group(self, node: Any, scope: Scope) -> list[Value]:
        """The argument of an aggregate for each row of the group, NULL left out."""
        if scope.group is None:
            raise NotCovered(f"{sql(node)} outside of a group")
        found = [self.value(node, Scope(row, outer=scope.outer)) for row in scope.group]
        if any(value is None for value in found):
            self.note(f"NULL in {sql(node)}")
        return [value for value in found if value is not None]


_MISSING = object()


def sql(node: Any) -> str:
    """The text of a node; kept with it, for each is asked for once a row."""
    text = node.meta.get("text")
    if text is None:
        text = node.meta["text"] = str(node.sql(dialect="databricks"))
    return str(text)


def _is_constant(node: Any) -> bool:
    return node.key in ("literal", "null", "boolean")


def _literal(e: Expressions, node: Any, scope: Scope) -> Value:
    if node.is_string:
        return str(node.this)
    text = str(node.this)
    return int(text) if text.isdigit() else Decimal(text)


def _column(e: Expressions, node: Any, scope: Scope) -> Value:
    if scope.group is not None and not (scope.outer and node.table.lower() not in _tables(scope)):
        raise NotCovered(f"{sql(node)} beside an aggregate")
    return scope.column(node.table.lower(), node.name.lower())


def _tables(scope: Scope) -> set[str]:
    return {table for row in scope.group or () for table in row}


def _compared(test: Callable[[int], bool]) -> Callable[[Expressions, Any, Scope], Value]:
    def handler(e: Expressions, node: Any, scope: Scope) -> Value:
        order = v.compare(e.value(node.this, scope), e.value(node.expression, scope))
        result = None if order is None else test(order)
        if order == 0 and node.key in ("gt", "gte", "lt", "lte"):
            e.note(f"{sql(node)} exactly at its bound")
        return _noted(e, node, result)

    return handler


def _noted(e: Expressions, node: Any, result: Truth) -> Truth:
    e.note(f"{sql(node)} {'unknown (NULL)' if result is None else 'true' if result else 'false'}")
    return result


def _between(e: Expressions, node: Any, scope: Scope) -> Value:
    value = e.value(node.this, scope)
    low, high = (v.compare(value, e.value(node.args[name], scope)) for name in ("low", "high"))
    for order, bound in ((low, "lower"), (high, "upper")):
        if order == 0:
            e.note(f"{sql(node)} exactly at its {bound} bound")
    return _noted(e, node, v.conjunction(None if low is None else low >= 0, None if high is None else high <= 0))


def _in(e: Expressions, node: Any, scope: Scope) -> Value:
    value = e.value(node.this, scope)
    query = node.args.get("query")
    if query is not None:
        others = [row[0] for row in e.subquery(query.unnest(), scope)]
    else:
        others = [e.value(item, scope) for item in node.expressions]
    result: Truth = False
    for other in others:
        order = v.compare(value, other)
        result = v.disjunction(result, None if order is None else order == 0)
    return _noted(e, node, result)


def _like(e: Expressions, node: Any, scope: Scope) -> Value:
    return _noted(e, node, v.like(e.value(node.this, scope), e.value(node.expression, scope)))


def _is(e: Expressions, node: Any, scope: Scope) -> Value:
    value = e.value(node.this, scope)
    if node.expression.key == "null":
        return _noted(e, node, value is None)
    if node.expression.key == "boolean":
        return _noted(e, node, value is bool(node.expression.this))
    raise NotCovered(sql(node))


def _null_safe(e: Expressions, node: Any, scope: Scope) -> Value:
    one, other = e.value(node.this, scope), e.value(node.expression, scope)
    if one is None or other is None:
        return _noted(e, node, one is None and other is None)
    return _noted(e, node, v.compare(one, other) == 0)


def _and(e: Expressions, node: Any, scope: Scope) -> Value:
    return v.conjunction(e.truth(node.this, scope), e.truth(node.expression, scope))


def _or(e: Expressions, node: Any, scope: Scope) -> Value:
    return v.disjunction(e.truth(node.this, scope), e.truth(node.expression, scope))


def _case(e: Expressions, node: Any, scope: Scope) -> Value:
    subject = node.this
    for branch in node.args["ifs"]:
        if subject is None:
            hit = e.truth(branch.this, scope)
        else:
            order = v.compare(e.value(subject, scope), e.value(branch.this, scope))
            hit = None if order is None else order == 0
        if hit:
            return e.value(branch.args["true"], scope)
    default = node.args.get("default")
    return e.value(default, scope) if default is not None else None


def _if(e: Expressions, node: Any, scope: Scope) -> Value:
    if e.truth(node.this, scope):
        return e.value(node.args["true"], scope)
    otherwise = node.args.get("false")
    return e.value(otherwise, scope) if otherwise is not None else None


def _coalesce(e: Expressions, node: Any, scope: Scope) -> Value:
    found = (e.value(item, scope) for item in (node.this, *node.expressions))
    return next((value for value in found if value is not None), None)


def _nullif(e: Expressions, node: Any, scope: Scope) -> Value:
    one, other = e.value(node.this, scope), e.value(node.expression, scope)
    return None if v.compare(one, other) == 0 else one


def _cast(e: Expressions, node: Any, scope: Scope) -> Value:
    kind = str(node.to.sql(dialect="databricks")).upper().replace(" ", "")
    if node.this.key in ("timestamptrunc", "datetrunc") and kind == "DATE":
        return v.truncated(e.value(node.this.this, scope), node.this.args["unit"].name.upper())
    return v.cast(e.value(node.this, scope), kind)


def _arithmetic(operator: str) -> Callable[[Expressions, Any, Scope], Value]:
    def handler(e: Expressions, node: Any, scope: Scope) -> Value:
        return v.arithmetic(operator, e.value(node.this, scope), e.value(node.expression, scope))

    return handler


def _negative(e: Expressions, node: Any, scope: Scope) -> Value:
    return v.arithmetic("-", 0, e.value(node.this, scope))


def _absolute(e: Expressions, node: Any, scope: Scope) -> Value:
    value = e.value(node.this, scope)
    return v.arithmetic("-", 0, value) if v.compare(value, 0) == -1 else value


def _add_days(e: Expressions, node: Any, scope: Scope) -> Value:
    unit = node.args.get("unit")
    if unit is not None and unit.name.upper() != "DAY":
        raise NotCovered(sql(node))
    days = e.value(node.expression, scope)
    return v.days_later(e.value(node.this, scope), -days if node.key == "datesub" and isinstance(days, int) else days)


def _difference(e: Expressions, node: Any, scope: Scope) -> Value:
    unit = node.args.get("unit")
    if unit is not None and unit.name.upper() != "DAY":
        raise NotCovered(sql(node))
    return v.days_between(e.value(node.this, scope), e.value(node.expression, scope))


def _part(name: str) -> Callable[[Expressions, Any, Scope], Value]:
    return lambda e, node, scope: v.part_of(e.value(node.this, scope), name)


def _text(name: str) -> Callable[[Expressions, Any, Scope], Value]:
    def handler(e: Expressions, node: Any, scope: Scope) -> Value:
        if any(node.args.get(extra) is not None for extra in ("expression", "position", "collation")):
            raise NotCovered(sql(node))
        return v.text_function(name, e.value(node.this, scope))

    return handler


def _exists(e: Expressions, node: Any, scope: Scope) -> Value:
    return _noted(e, node, bool(e.subquery(node.this, scope)))


def _scalar(e: Expressions, node: Any, scope: Scope) -> Value:
    rows = e.subquery(node.unnest(), scope)
    if len(rows) > 1:
        raise Fails("A scalar subquery gives more than one row.")
    return rows[0][0] if rows else None


def _count(e: Expressions, node: Any, scope: Scope) -> Value:
    if node.this is None or node.this.key == "star" or (node.this.key == "literal" and not node.expressions):
        if scope.group is None:
            raise NotCovered(f"{sql(node)} outside of a group")
        return len(scope.group)
    if node.this.key == "distinct":
        rows = [[e.value(x, Scope(row, outer=scope.outer)) for x in node.this.expressions] for row in scope.group or ()]
        full = [tuple(row) for row in rows if None not in row]
        if len(set(full)) < len(full):
            e.note(f"{sql(node)} over equal values")
        return len(set(full))
    if node.expressions:
        raise NotCovered(sql(node))
    return len(e.over_group(node.this, scope))


def _sum(e: Expressions, node: Any, scope: Scope) -> Value:
    found = _distinct_or_all(e, node, scope)
    total: Value = None
    for value in found:
        total = value if total is None else v.arithmetic("+", total, value)
    return v.arithmetic("+", total, 0)


def _average(e: Expressions, node: Any, scope: Scope) -> Value:
    found = _distinct_or_all(e, node, scope)
    total: Value = 0
    for value in found:
        total = v.arithmetic("+", total, value)
    return v.arithmetic("/", total, len(found)) if found else None


def _distinct_or_all(e: Expressions, node: Any, scope: Scope) -> list[Value]:
    if node.this.key != "distinct":
        return e.over_group(node.this, scope)
    return list(dict.fromkeys(e.over_group(node.this.expressions[0], scope)))


def _extreme(sign: int) -> Callable[[Expressions, Any, Scope], Value]:
    def handler(e: Expressions, node: Any, scope: Scope) -> Value:
        if node.expressions:
            raise NotCovered(sql(node))
        best: Value = None
        for value in e.over_group(node.this, scope):
            if best is None or (v.compare(value, best) or 0) * sign > 0:
                best = value
        return best

    return handler


def _count_if(e: Expressions, node: Any, scope: Scope) -> Value:
    return sum(value is True for value in e.over_group(node.this, scope))


_HANDLERS: Mapping[str, Callable[[Expressions, Any, Scope], Value]] = {
    "literal": _literal, "column": _column, "null": lambda e, n, s: None, "boolean": lambda e, n, s: bool(n.this),
    "paren": lambda e, n, s: e.value(n.this, s), "alias": lambda e, n, s: e.value(n.this, s),
    "eq": _compared(lambda o: o == 0), "neq": _compared(lambda o: o != 0), "gt": _compared(lambda o: o > 0),
    "gte": _compared(lambda o: o >= 0), "lt": _compared(lambda o: o < 0), "lte": _compared(lambda o: o <= 0),
    "nullsafeeq": _null_safe, "between": _between, "in": _in, "like": _like, "is": _is, "and": _and, "or": _or,
    "not": lambda e, n, s: v.negation(e.truth(n.this, s)), "case": _case, "if": _if, "coalesce": _coalesce,
    "nullif": _nullif, "cast": _cast, "add": _arithmetic("+"), "sub": _arithmetic("-"), "mul": _arithmetic("*"),
    "div": _arithmetic("/"), "neg": _negative, "abs": _absolute, "dateadd": _add_days, "datesub": _add_days,
    "tsordsadd": _add_days, "datediff": _difference, "year": _part("YEAR"), "month": _part("MONTH"),
    "quarter": _part("QUARTER"), "day": _part("DAY"), "dayofmonth": _part("DAY"), "upper": _text("UPPER"),
    "lower": _text("LOWER"), "trim": _text("TRIM"), "length": _text("LENGTH"), "exists": _exists,
    "subquery": _scalar,  "tsordstodate": lambda e, n, s: v.cast(e.value(n.this, s), "DATE"),
}  # fmt: skip
_AGGREGATES: Mapping[str, Callable[[Expressions, Any, Scope], Value]] = {
    "count": _count, "sum": _sum, "avg": _average, "min": _extreme(-1), "max": _extreme(1), "countif": _count_if,
}  # fmt: skip
AGGREGATES = frozenset(_AGGREGATES)
