"""Generators (explode, posexplode, inline, stack, their _outer forms, range) as UNNEST, wherever they stand.

In a SELECT list they become UNNEST items, as LATERAL VIEW or table function a derived table. This happens before names
are resolved, inner queries first, because what a generator gives are columns that the query around it names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect.casts import call, kind, to
from core.warehouse.embedded.dialect.refusal import refused
from core.warehouse.embedded.dialect.typed import typed

Probe = Callable[[exp.Expr, exp.Select], exp.DataType]
"""The type of an expression in the place of a SELECT list."""
UNNEST, POSITIONS, OR_NULL = "aiops_unnest", "aiops_positions", "aiops_or_null"
"""Marks for the rewriting: they stand for UNNEST, the positions of a list, and [NULL] in place of an empty one."""
_GENERATED = "aiops_generated"
_INT = exp.DataType.build("INT")
_BIGINT = exp.DataType.build("BIGINT")
_NAMES = {
    "Explode": "explode", "Posexplode": "posexplode", "Inline": "inline", "Stack": "stack",
    "_ExplodeOuter": "explode_outer", "PosexplodeOuter": "posexplode_outer",
}  # fmt: skip


@dataclass(frozen=True)
class Generator:
    """One generator call: its name without `_outer`, and its arguments."""

    name: str
    arguments: tuple[exp.Expr, ...]
    outer: bool


@dataclass(frozen=True)
class Given:
    """A column that a generator gives."""

    name: str
    value: exp.Expr


def generator(node: exp.Expr | None, outer: bool = False) -> Generator | None:
    """The generator that `node` is, if any; `outer` for LATERAL VIEW OUTER."""
    if node is None:
        return None
    if isinstance(node, exp.Anonymous):
        name, arguments = str(node.this).lower(), tuple(node.expressions)
    else:
        name = _NAMES.get(type(node).__name__, "")
        arguments = tuple(part for part in (node.this, *(node.args.get("expressions") or ())) if part is not None)
    outer = outer or name.endswith("_outer")
    name = name.removesuffix("_outer")
    return Generator(name, arguments, outer) if name in ("explode", "posexplode", "inline", "stack") else None


def expand(tree: exp.Expr, probe: Probe) -> exp.Expr:
    """The tree without generators; raises StatementRefused for a place where one has no counterpart."""
    for select in reversed(list(tree.find_all(exp.Select))):
        _table_functions(select, probe)
        _lateral_views(select, probe)
        _in_list(select, probe)
        _struct_stars(select, probe)
    return tree


def given(found: Generator, select: exp.Select, probe: Probe) -> list[Given]:
    """The columns of explode, posexplode and stack: one UNNEST each, side by side."""
    if found.name == "stack":
        return _stacked(found, select, probe)
    if len(found.arguments) != 1:
        raise StatementInvalid(f"{found.name} takes one argument.", error_class="WRONG_NUM_ARGS")
    value = found.arguments[0]
    type_ = probe(value, select)
    positions = [Given("pos", typed(_unnested(call(POSITIONS, value.copy()), found.outer), _INT))]
    first = positions if found.name == "posexplode" else []
    if type_.is_type(exp.DataType.Type.MAP) and len(type_.expressions) == 2:
        parts = zip(("key", "value"), ("MAP_KEYS", "MAP_VALUES"), type_.expressions, strict=True)
        return first + [
            Given(name, typed(_unnested(call(function, value.copy()), found.outer), part))
            for name, function, part in parts
        ]
    return [*first, Given("col", typed(_unnested(value.copy(), found.outer), _element(found, type_)))]


def _stacked(found: Generator, select: exp.Select, probe: Probe) -> list[Given]:
    count, *values = found.arguments
    if not isinstance(count, exp.Literal) or not count.is_int or int(count.name) < 1:
        raise refused("stack with a number of rows that is not a positive literal")
    rows = int(count.name)
    width = -(-len(values) // rows)
    values += [exp.Null()] * (rows * width - len(values))
    columns = []
    for position in range(width):
        members = exp.Array(expressions=[value.copy() for value in values[position::width]])
        element = probe(members, select).expressions
        item = _unnested(members, False)
        columns.append(Given(f"col{position}", typed(item, element[0]) if element else item))
    return columns


def _element(found: Generator, type_: exp.DataType) -> exp.DataType:
    if not type_.is_type(exp.DataType.Type.ARRAY, exp.DataType.Type.LIST) or not type_.expressions:
        raise refused(f"{found.name} of a value whose type is not known to be an array or a map")
    element = type_.expressions[0]
    return element if isinstance(element, exp.DataType) else exp.DataType.build("STRING")


def _unnested(value: exp.Expr, outer: bool) -> exp.Expr:
    return call(UNNEST, call(OR_NULL, value) if outer else value)


def _inline_rows(found: Generator, select: exp.Select, probe: Probe) -> tuple[exp.Select, list[exp.ColumnDef]]:
    """One column `s` with a struct a row, and the struct's fields."""
    if len(found.arguments) != 1:
        raise StatementInvalid("inline takes one argument.", error_class="WRONG_NUM_ARGS")
    value = found.arguments[0]
    element = _element(found, probe(value, select))
    fields = _fields(element)
    if not fields:
        raise refused("inline of a value whose type is not known to be an array of structs")
    item = typed(_unnested(value.copy(), found.outer), element)
    return exp.select(exp.alias_(item, "s", quoted=True)), fields


def _fields(type_: exp.DataType) -> list[exp.ColumnDef]:
    if not type_.is_type(exp.DataType.Type.STRUCT):
        return []
    return [part for part in type_.expressions if isinstance(part, exp.ColumnDef) and part.kind is not None]


def _field(row: exp.Expr, field: exp.ColumnDef) -> exp.Expr:
    assert field.kind is not None
    return typed(exp.Dot(this=row, expression=exp.to_identifier(field.name, quoted=True)), field.kind)


def derived(found: Generator, names: list[str], select: exp.Select, probe: Probe) -> exp.Select:
    """A generator as a query of its own."""
    if found.name == "inline":
        inner, fields = _inline_rows(found, select, probe)
        columns = [Given(field.name, _field(exp.column("s", "g", quoted=True), field)) for field in fields]
        query = exp.select().from_(inner.subquery("g"))
    else:
        columns, query = given(found, select, probe), exp.select()
    if names and len(names) != len(columns):
        raise StatementInvalid(
            f"{found.name} gives {len(columns)} columns, not {len(names)}.",
            error_class="UDTF_ALIAS_NUMBER_MISMATCH",
        )
    named = zip(names or [column.name for column in columns], columns, strict=True)
    return query.select(*(exp.alias_(column.value, name, quoted=True) for name, column in named), copy=False)


def _lateral_views(select: exp.Select, probe: Probe) -> None:
    views = select.args.get("laterals") or []
    select.set("laterals", None)
    for view in views:
        found = generator(view.this, bool(view.args.get("outer")))
        if found is None:
            raise refused(f"LATERAL VIEW {view.this.sql('databricks')}")
        alias = view.args.get("alias")
        names = [column.name for column in (alias.args.get("columns") or ())] if alias is not None else []
        query = derived(found, names, select, probe)
        name = (alias.name if alias is not None else "") or f"{_GENERATED}_{len(select.args.get('joins') or ())}"
        select.append("joins", _lateral(query, name))


def _lateral(query: exp.Select, name: str) -> exp.Join:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    return exp.Join(this=exp.Lateral(this=query.subquery(), alias=alias), kind="CROSS")


def _table_functions(select: exp.Select, probe: Probe) -> None:
    source = select.args.get("from_")
    joins = select.args.get("joins") or []
    for holder in [source, *joins]:
        if holder is None or not isinstance(holder.this, exp.Table | exp.Lateral):
            continue
        table, lateral = holder.this, isinstance(holder.this, exp.Lateral)
        found = generator(table.this)
        query: exp.Select | None = None
        alias = table.args.get("alias")
        names = [column.name for column in (alias.args.get("columns") or ())] if alias is not None else []
        if found is not None:
            if lateral:
                scope = select.copy()
                scope.set("joins", [join.copy() for join in joins[: joins.index(holder)]])
                query = derived(found, names, scope, probe)
            else:
                query = derived(found, names, exp.select(), probe)
        elif isinstance(table.this, exp.Anonymous) and str(table.this.this).lower() == "range" and not lateral:
            query = _range(table.this, names)
        if query is None:
            continue
        name = (alias.name if alias is not None else "") or (found.name if found else "range")
        named = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
        holder.set("this", exp.Lateral(this=query.subquery(), alias=named) if lateral else query.subquery(name))


def _range(node: exp.Anonymous, names: list[str]) -> exp.Select:
    """`range([start,] end [, step])`: one BIGINT column."""
    arguments = list(node.expressions)
    if not 1 <= len(arguments) <= 3:
        raise refused(f"range with {len(arguments)} arguments")
    item = typed(call(UNNEST, call("aiops_range", *(item.copy() for item in arguments))), _BIGINT)
    return exp.select(exp.alias_(item, (names or ["id"])[0], quoted=True))


def _in_list(select: exp.Select, probe: Probe) -> None:
    items: list[exp.Expr] = []
    seen = 0
    for item in select.expressions:
        bare = item.this if isinstance(item, exp.Alias | exp.Aliases) else item
        found = generator(bare)
        if found is None:
            items.append(item)
            continue
        seen += 1
        if item.find(exp.Window) or any(other.find(exp.Window) for other in select.expressions):
            raise refused(f"{found.name} beside a window function")
        items += _listed(found, _names_of(item), select, probe)
    if seen > 1:
        raise StatementInvalid("A SELECT list holds one generator at most.", error_class="UNSUPPORTED_GENERATOR")
    select.set("expressions", items)


def _names_of(item: exp.Expr) -> list[str]:
    if isinstance(item, exp.Aliases):
        return [name.name for name in item.expressions]
    return [item.alias] if isinstance(item, exp.Alias) else []


def _listed(found: Generator, names: list[str], select: exp.Select, probe: Probe) -> list[exp.Expr]:
    if found.name == "inline":
        columns = _joined_inline(found, select, probe)
    else:
        columns = given(found, select, probe)
    if names and len(names) != len(columns):
        raise StatementInvalid(
            f"{found.name} gives {len(columns)} columns, not {len(names)}.",
            error_class="UDTF_ALIAS_NUMBER_MISMATCH",
        )
    spelled = names or [column.name for column in columns]
    return [exp.alias_(column.value, name, quoted=True) for name, column in zip(spelled, columns, strict=True)]


def _joined_inline(found: Generator, select: exp.Select, probe: Probe) -> list[Given]:
    """inline in a SELECT list: a join, so that the array is evaluated once however many fields it has."""
    if select.args.get("group") or any(item.find(exp.AggFunc) for item in select.expressions):
        raise refused("inline beside aggregates (put the aggregate into a subquery)")
    rows, fields = _inline_rows(found, select, probe)
    if select.args.get("from_") is None:
        select.set("from_", exp.From(this=rows.subquery(_GENERATED)))
    else:
        if any(item.is_star for item in select.expressions):
            raise refused("'*' beside inline in a SELECT list (use LATERAL VIEW)")
        select.append("joins", _lateral(rows, _GENERATED))
    row = exp.column("s", _GENERATED, quoted=True)
    return [Given(field.name, _field(row.copy(), field)) for field in fields]


def _struct_stars(select: exp.Select, probe: Probe) -> None:
    """`r.*` where r is a struct: its fields."""
    sources = {
        holder.this.alias_or_name.casefold()
        for holder in [select.args.get("from_"), *(select.args.get("joins") or [])]
        if holder is not None
    }
    items: list[exp.Expr] = []
    for item in select.expressions:
        struct = _struct_of(item, sources)
        fields = _fields(probe(struct, select)) if struct is not None else []
        if struct is None or not fields:
            items.append(item)
            continue
        items += [exp.alias_(_field(struct.copy(), field), field.name, quoted=True) for field in fields]
    select.set("expressions", items)


def _struct_of(item: exp.Expr, sources: set[str]) -> exp.Expr | None:
    """What stands before `.*`, when it is not a table."""
    if isinstance(item, exp.Dot) and isinstance(item.expression, exp.Star):
        struct: exp.Expr = item.this
        return struct
    if not isinstance(item, exp.Column) or not isinstance(item.this, exp.Star) or item.this.args.get("except_"):
        return None
    parts = [part for part in item.parts if isinstance(part, exp.Identifier)]
    if not parts or (len(parts) == 1 and parts[0].name.casefold() in sources):
        return None
    found: exp.Expr = exp.Column(this=parts[0].copy())
    if parts[0].name.casefold() in sources:
        found, parts = exp.Column(this=parts[1].copy(), table=parts[0].copy()), parts[1:]
    for part in parts[1:]:
        found = exp.Dot(this=found, expression=part.copy())
    return found


def unnest(node: exp.Anonymous) -> exp.Expr:
    return call("UNNEST", *node.expressions)


def positions(node: exp.Anonymous) -> exp.Expr:
    value = node.expressions[0]
    size = to(call("CARDINALITY", value), "BIGINT") if kind(value) == "MAP" else call("LEN", value)
    return exp.Cast(this=call("RANGE", size), to=exp.DataType.build("INTEGER[]", dialect="duckdb"))


def or_null(node: exp.Anonymous) -> exp.Expr:
    """An empty list or NULL as a list of one NULL."""
    value = node.expressions[0]
    some = exp.GT(this=call("LEN", value.copy()), expression=exp.Literal.number(0))
    return exp.case().when(some, value).else_(exp.Array(expressions=[exp.Null()]))


NAMED: dict[str, Callable[..., exp.Expr]] = {
    UNNEST: unnest,
    POSITIONS: positions,
    OR_NULL: or_null,
    "aiops_range": lambda node: call("RANGE", *node.expressions),
}
