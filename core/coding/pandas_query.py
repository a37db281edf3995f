"""One flat SELECT as pandas: what is done to its rows, then groups and aggregates, order and limit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from core.coding.frames import variable
from core.coding.pandas_rows import ARITHMETIC, NUMBERS, NotCovered, PandasRows, conjuncts

_METHODS: Mapping[type[exp.Expression], str] = {
    exp.Sum: "sum(min_count=1)", exp.Avg: "mean()", exp.Min: "min()", exp.Max: "max()", exp.Median: "median()",
}  # fmt: skip


class PandasQuery(PandasRows):
    """The code of one statement."""

    def render(self) -> str:
        """The lines, ending with `result`."""
        self._lines = [self._read(alias) for alias in self._tables]
        self._lines.append(f"rows = {variable(self._first)}")
        for join in self._joins:
            self._join(join)
        where = self._tree.args.get("where")
        for condition in conjuncts(where.this) if where else ():
            self._lines.append(f"rows = rows[{self._condition(condition)}.fillna(False)]")
        if self._tree.args.get("group") or self._tree.find(exp.AggFunc):
            self._grouped()
        else:
            self._listed()
        return "\n".join(self._lines) + "\n"

    # ── groups ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _grouped(self) -> None:
        group = self._tree.args.get("group")
        if group is not None and any(value for name, value in group.args.items() if name != "expressions"):
            raise NotCovered("GROUP BY ROLLUP, CUBE or ALL")
        by = [self._tree.expressions[int(k.this) - 1].unalias() if isinstance(k, exp.Literal) else k
              for k in (group.expressions if group else ())]  # fmt: skip
        self._keys = {key.sql(): self._named_value(key) for key in by}
        self._whole = not by
        prepared: dict[str, str] = {}
        wanted = [*self._tree.expressions, *(o.this for o in self._orders())]
        having = self._tree.args.get("having")
        if having is not None:
            raise NotCovered("HAVING")
        outputs = [self._of_group(item.unalias(), prepared) for item in wanted]
        keys = list(self._keys.values())
        self._lines.append(
            "groups = rows.groupby(rows.index * 0)" if self._whole
            else f"groups = rows.groupby({keys!r}, dropna=False, sort=False)"
        )  # fmt: skip
        self._lines += [f"{name} = {code}" for code, name in prepared.items()]
        chosen = [each for each in outputs if each not in keys]
        titles = [item.alias_or_name for item in self._tree.expressions]
        columns = {
            titles[outputs.index(code)] if outputs.index(code) < len(titles) else f"order {number}": code
            for number, code in enumerate(dict.fromkeys(chosen))
        }
        if len(columns) < len(set(chosen)) or set(columns) & set(keys):
            raise NotCovered("two columns of one name")
        named = {code: name for name, code in columns.items()}
        given = ", ".join(f"{name!r}: {code}" for name, code in columns.items())
        index = "" if columns else ", index=groups.size().index"
        self._lines.append(f"table = pd.DataFrame({{{given}}}{index}).reset_index()")
        self._finish([named.get(each, each) for each in outputs])

    def _named_value(self, node: exp.Expression) -> str:
        """The name of the column of `rows` that holds a value."""
        if isinstance(node, exp.Column):
            return self._name(node)
        name = next((item.alias for item in self._tree.expressions if item.unalias() == node), "")
        if not name or "." in name or name in self._computed:
            name = f"computed {len(self._computed) + 1}"
        self._computed.add(name)
        self._lines.append(f"rows = rows.assign(**{{{name!r}: {self._value(node)}}})")
        return name

    def _of_group(self, node: exp.Expression, prepared: dict[str, str]) -> str:
        """What stands for one value a group: a key's name, or an expression over `groups`."""
        if node.sql() in self._keys:
            return self._keys[node.sql()]
        match node:
            case exp.Paren():
                return f"({self._of_group(node.this, prepared)})"
            case exp.Count() | exp.Sum() | exp.Avg() | exp.Min() | exp.Max() | exp.Median():
                return self._aggregate(node, prepared)
            case exp.Literal() if not node.is_string:
                return self._number(node)
            case exp.Add() | exp.Sub() | exp.Mul():
                sides = (self._of_group(side, prepared) for side in (node.this, node.expression))
                scale = self._scale(node)
                exact = f".round({scale})" if scale else ""
                return "(" + f" {ARITHMETIC[type(node)]} ".join(sides) + ")" + exact
            case exp.Div(expression=exp.Nullif(expression=exp.Literal(this="0"))):
                above = self._of_group(node.this, prepared)
                below = self._of_group(node.expression.this, prepared)
                return f"({above} / {below}.mask({below} == 0))"
        if isinstance(node, exp.Column):
            name = next((item for item in self._tree.expressions if item.alias == node.name and not node.table), None)
            if name is not None:
                return self._of_group(name.unalias(), prepared)
        raise NotCovered(node.sql(dialect="databricks"))

    def _aggregate(self, node: exp.Expression, prepared: dict[str, str]) -> str:
        inner = node.this
        scale = None
        if isinstance(node, exp.Count):
            if isinstance(inner, exp.Distinct):
                if len(inner.expressions) != 1:
                    raise NotCovered("COUNT(DISTINCT) of several columns")
                code = f"groups[{self._named_value(inner.expressions[0])!r}].nunique()"
            elif isinstance(inner, exp.Star | exp.Literal):
                code = "groups.size()"
            else:
                code = f"groups[{self._named_value(inner)!r}].count()"
            fill = ", fill_value=0"
        else:
            if self._type(inner) not in NUMBERS and not isinstance(node, exp.Min | exp.Max):
                raise NotCovered(node.sql(dialect="databricks"))
            if isinstance(inner, exp.Distinct):
                raise NotCovered("an aggregate of distinct values")
            code, fill = f"groups[{self._named_value(inner)!r}].{_METHODS[type(node)]}", ""
            scale = self._scale(inner) if isinstance(node, exp.Sum) else None
        if self._whole:
            code += f".reindex([0]{fill})"
        if scale and self._type(inner) == "Float64":
            code += f".round({scale})"
        return prepared.setdefault(code, _of(node, len(prepared)))

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _listed(self) -> None:
        """Rows as they are, without groups."""
        wanted = [item.unalias() for item in (*self._tree.expressions, *(o.this for o in self._orders()))]
        names = [self._named_value(self._selected(item)) for item in wanted]
        self._lines.append("table = rows")
        self._finish(names)

    def _selected(self, node: exp.Expression) -> exp.Expression:
        """A column of the answer by its name is the value that stands there."""
        if isinstance(node, exp.Column) and not node.table:
            return next((i.unalias() for i in self._tree.expressions if i.alias == node.name), node)
        return node

    def _orders(self) -> list[exp.Ordered]:
        order = self._tree.args.get("order")
        return list(order.expressions) if order else []

    def _finish(self, names: list[str]) -> None:
        shown, by = names[: len(self._tree.expressions)], names[len(self._tree.expressions) :]
        orders = self._orders()
        if orders:
            nulls = {"first" if order.args.get("nulls_first") else "last" for order in orders}
            if len(nulls) > 1:
                raise NotCovered("an order with nulls first in one column and last in another")
            ascending = [not order.args.get("desc") for order in orders]
            sort = f"{by!r}, ascending={ascending!r}, na_position={nulls.pop()!r}, kind='stable'"
            self._lines.append(f"table = table.sort_values({sort})")
        limit = self._tree.args.get("limit")
        if limit is not None:
            if not isinstance(limit.expression, exp.Literal):
                raise NotCovered("a limit that is no number")
            self._lines.append(f"table = table.head({int(limit.expression.this)})")
        titles = [item.alias_or_name for item in self._tree.expressions]
        self._lines.append(f"result = table[{shown!r}].set_axis({titles!r}, axis=1).reset_index(drop=True)")


def _of(node: exp.Expression, number: int) -> str:
    """A variable for an aggregate."""
    return f"{node.key}_{number + 1}"
