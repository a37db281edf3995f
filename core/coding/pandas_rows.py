"""The rows of one flat SELECT as pandas: joins on equal columns, conditions, and values computed of a row.

A closed list: what SQL and pandas would answer differently, or what is not listed, raises NotCovered by its name. Nulls
are SQL's: they meet in no join and no condition, a sum of none is null, and they are one group of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp

from core.coding.frames import Schema, decimals, dtype, parts_of, read_frame, variable
from core.errors import NotFound

_COMPARE: Mapping[type[exp.Expression], str] = {
    exp.EQ: "==", exp.NEQ: "!=", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
ARITHMETIC: Mapping[type[exp.Expression], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_PERIODS = {"YEAR": "Y", "QUARTER": "Q", "MONTH": "M", "WEEK": "W-SUN", "DAY": "D"}
_PARTS = frozenset({"expressions", "from_", "from", "joins", "where", "group", "order", "limit", "having", "kind"})
NUMBERS = ("Int64", "Float64")


class NotCovered(NotFound):
    """The statement holds something that the pandas templates have no form for."""


class PandasRows:
    """What a statement does to rows; made for it and thrown away."""

    def __init__(self, statement: str, schema: Schema, frames: Mapping[str, str] = {}) -> None:
        """`frames` are tables that stand in a variable already."""
        tree = sqlglot.parse_one(statement, dialect="databricks")
        if not isinstance(tree, exp.Select):
            raise NotCovered(f"a {tree.key.upper()} of several queries")
        for name, value in tree.args.items():
            if value and name not in _PARTS:
                raise NotCovered(f"{name.replace('_', ' ').upper()}")
        self._tree, self._schema, self._frames = tree, schema, frames
        source = tree.args.get("from_") or tree.args["from"]
        self._joins: list[exp.Join] = tree.args.get("joins") or []
        self._tables: dict[str, exp.Table] = {}
        for each in (source.this, *(join.this for join in self._joins)):
            if not isinstance(each, exp.Table):
                raise NotCovered("a query within the query")
            self._tables[each.alias_or_name] = each
        if tree.find(exp.Window) is not None:
            raise NotCovered("a window over the rows")
        self._first = source.this.alias_or_name
        self._lines: list[str] = []
        self._computed: set[str] = set()
        self._whole = False

    # ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, alias: str) -> str:
        table = self._table(alias)
        types = self._schema[table]
        used = dict.fromkeys(c.name for c in self._tree.find_all(exp.Column) if c.table == alias)
        columns = tuple(used) or tuple(types)[:1]
        if unknown := set(columns) - set(types):
            raise NotCovered(f"the column {min(unknown)}")
        casts = {name: dtype(types[name]) for name in columns}
        if table in self._frames:
            frame = f"{self._frames[table]}[{list(columns)!r}]"
        else:
            frame = read_frame(table, columns)
        name = variable(alias)
        return f"{name} = {frame}\n{name} = {name}.astype({casts!r}).add_prefix({alias + '.'!r})"

    def _join(self, join: exp.Join) -> None:
        alias, kind = join.this.alias_or_name, (join.args.get("side") or join.args.get("kind") or "INNER").upper()
        on = join.args.get("on")
        if kind not in ("INNER", "LEFT") or on is None or join.args.get("using"):
            raise NotCovered(f"a {kind} JOIN without equal columns" if on is None else f"a {kind} JOIN")
        left, right = [], []
        for pair in conjuncts(on):
            own, other = pair.this, pair.args.get("expression")
            if not (isinstance(pair, exp.EQ) and isinstance(own, exp.Column) and isinstance(other, exp.Column)):
                raise NotCovered("a join on more than equal columns")
            if own.table != alias:
                own, other = other, own
            if own.table != alias or other.table == alias or self._type(own) != self._type(other):
                raise NotCovered("a join on more than equal columns of one type")
            left.append(self._name(other))
            right.append(self._name(own))
        frame = f"{variable(alias)}.dropna(subset={right!r})"
        self._lines.append(f"rows = rows.merge({frame}, how={kind.lower()!r}, left_on={left!r}, right_on={right!r})")

    def _condition(self, node: exp.Expr, *, negated: bool = False) -> str:
        """A column of true, false and unknown."""
        match node:
            case exp.Paren():
                return self._condition(node.this, negated=negated)
            case exp.And() | exp.Or():
                sign = "&" if isinstance(node, exp.And) else "|"
                parts = (self._condition(part, negated=negated) for part in node.flatten())
                return "(" + f" {sign} ".join(f"{part}.astype('boolean')" for part in parts) + ")"
            case exp.Not():
                return f"(~{self._condition(node.this, negated=True)}.astype('boolean'))"
            case exp.Is(expression=exp.Null()):
                return f"{self._value(node.this)}.isna()"
            case exp.In() if node.expressions and all(isinstance(e, exp.Literal) for e in node.expressions):
                return self._among(node, negated=negated)
            case exp.Between():
                low, high = (self._scalar(node.this, node.args[side]) for side in ("low", "high"))
                self._plain(node.this, negated=negated)
                return f"{self._value(node.this)}.between({low}, {high})"
            case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
                self._plain(node.this, negated=negated or isinstance(node, exp.NEQ))
                other = self._scalar(node.this, node.expression)
                return f"({self._value(node.this)} {_COMPARE[type(node)]} {other})"
        raise NotCovered(f"the condition {node.sql(dialect='databricks')}")

    def _among(self, node: exp.In, *, negated: bool) -> str:
        """One of a list; unknown for a null, which `isin` would call false."""
        self._plain(node.this, negated=negated)
        values = ", ".join(self._scalar(node.this, each) for each in node.expressions)
        value = self._value(node.this)
        return f"{value}.isin([{values}]).astype('boolean').mask({value}.isna())"

    def _plain(self, node: exp.Expression, *, negated: bool) -> None:
        """Times without a value are false in pandas where they are unknown in SQL: the opposite would differ."""
        if negated and self._type(node).startswith("datetime"):
            raise NotCovered("the opposite of a condition on a time")

    def _scalar(self, against: exp.Expression, node: exp.Expression) -> str:
        if isinstance(node, exp.Column) and self._type(node) == self._type(against):
            return self._value(node)
        wanted = self._type(against)
        if isinstance(node, exp.Boolean) and wanted == "boolean":
            return str(bool(node.this))
        inner = node.this if isinstance(node, exp.Cast) else node
        if wanted.startswith("datetime") and isinstance(inner, exp.Literal) and inner.is_string:
            return f"pd.Timestamp({inner.this!r})"
        if isinstance(node, exp.Literal) and node.is_string and wanted == "string":
            return repr(node.this)
        if wanted in NUMBERS:
            return self._number(node)
        raise NotCovered(f"a comparison with {node.sql(dialect='databricks')}")

    def _number(self, node: exp.Expression) -> str:
        if isinstance(node, exp.Neg):
            return f"-{self._number(node.this)}"
        if isinstance(node, exp.Literal) and not node.is_string:
            float(node.this)
            return str(node.this)
        raise NotCovered(f"the number {node.sql(dialect='databricks')}")

    # ── values of rows ────────────────────────────────────────────────────────────────────────────────────────────

    def _value(self, node: exp.Expression) -> str:
        match node:
            case exp.Column():
                return f"rows[{self._name(node)!r}]"
            case exp.Paren():
                return f"({self._value(node.this)})"
            case exp.Add() | exp.Sub() | exp.Mul() if self._type(node) in NUMBERS:
                return f"({self._value(node.this)} {ARITHMETIC[type(node)]} {self._value(node.expression)})"
            case exp.Literal() if not node.is_string:
                return self._number(node)
            case exp.Coalesce(expressions=[exp.Literal() as other]) if self._type(node) in NUMBERS:
                return f"{self._value(node.this)}.fillna({self._number(other)})"
            case exp.Case() if node.this is None and len(node.args["ifs"]) == 1 and not node.args.get("default"):
                only = node.args["ifs"][0]
                value, kept = only.args["true"], self._condition(only.this)
                series = f"{self._value(value)}" if value.find(exp.Column) else ""
                if not series:
                    raise NotCovered("CASE of a constant")
                return f"{series}.where({kept}.fillna(False))"
            case exp.DateTrunc() | exp.TimestampTrunc():
                unit = node.args["unit"].name.upper().split("(")[0]
                if unit in _PERIODS and self._type(node.this).startswith("datetime"):
                    return f"{self._value(node.this)}.dt.to_period({_PERIODS[unit]!r}).dt.start_time"
            case exp.Cast() if node.to.this in (exp.DataType.Type.DATE,) and self._type(node.this).startswith("date"):
                return f"{self._value(node.this)}.dt.normalize()"
        raise NotCovered(node.sql(dialect="databricks"))

    def _type(self, node: exp.Expression) -> str:
        """The pandas type of a value."""
        match node:
            case exp.Column():
                return dtype(self._schema[self._table(node.table)][node.name])
            case exp.Paren() | exp.Coalesce() | exp.DateTrunc() | exp.TimestampTrunc():
                return self._type(node.this)
            case exp.Cast():
                return "datetime64[ns]" if node.to.this == exp.DataType.Type.DATE else "Float64"
            case exp.Case():
                return self._type(node.args["ifs"][0].args["true"])
            case exp.Literal():
                return "string" if node.is_string else "Int64" if node.is_int else "Float64"
            case exp.Add() | exp.Sub() | exp.Mul():
                both = {self._type(node.this), self._type(node.expression)}
                return "Int64" if both == {"Int64"} else "Float64" if both <= set(NUMBERS) else "other"
        return "other"

    def _scale(self, node: exp.Expression) -> int | None:
        """Digits after the point of an exact value; None where it is not exact."""
        match node:
            case exp.Column():
                return decimals(self._schema[self._table(node.table)][node.name])
            case exp.Paren() | exp.Sum():
                return self._scale(node.this)
            case exp.Count():
                return 0
            case exp.Case():
                return self._scale(node.args["ifs"][0].args["true"])
            case exp.Literal():
                return len(node.this.partition(".")[2])
            case exp.Coalesce() | exp.Add() | exp.Sub():
                other = node.expressions[0] if isinstance(node, exp.Coalesce) else node.expression
                both = (self._scale(node.this), self._scale(other))
                return None if None in both else max(each or 0 for each in both)
            case exp.Mul():
                left, right = self._scale(node.this), self._scale(node.expression)
                return None if left is None or right is None else left + right
        return None

    # ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _table(self, alias: str) -> str:
        if alias not in self._tables:
            raise NotCovered(f"a column of {alias or 'no named table'}")
        parts = tuple(part.name for part in self._tables[alias].parts)
        name = next((name for name in self._schema if parts_of(name) == parts), None)
        if name is None:
            raise NotCovered(f"the table {'.'.join(parts)}")
        return name

    def _name(self, column: exp.Column) -> str:
        if column.name not in self._schema[self._table(column.table)]:
            raise NotCovered(f"the column {column.name}")
        return f"{column.table}.{column.name}"


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    inner = node.unnest()
    if isinstance(inner, exp.And):
        for part in inner.flatten():
            yield from conjuncts(part)
    else:
        yield inner
