"""From a Databricks query tree to DuckDB text: tables become markers, views their text, and every rule is applied.

The result depends on the statement, the parameter types and the shapes of the tables only, so it can be cached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect.calls import plain
from core.warehouse.embedded.dialect.constants import CHANGES, at_versions
from core.warehouse.embedded.dialect.functions import refuse_unknown
from core.warehouse.embedded.dialect.generators import expand
from core.warehouse.embedded.dialect.json_schema import sized
from core.warehouse.embedded.dialect.parameters import bind
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.embedded.dialect.refusal import refused
from core.warehouse.embedded.dialect.resolve import output_names, probe, resolve
from core.warehouse.embedded.dialect.rules import rewrite
from core.warehouse.embedded.dialect.spelling import find_fields, keep_field_names, short_columns
from core.warehouse.embedded.names import TableName, parse_name

_DEEPEST_VIEW = 32
AsOf = int | datetime | None
CHANGE_COLUMNS = (("_change_type", "STRING"), ("_commit_version", "BIGINT"), ("_commit_timestamp", "TIMESTAMP"))


@dataclass(frozen=True)
class Relation:
    """What a table name in a statement stands for."""

    name: TableName
    columns: tuple[tuple[str, str], ...]
    """Names as stored, and Databricks types."""
    view: str | None = None
    """The SELECT of a view."""


@dataclass(frozen=True)
class TableUse:
    """A table that a statement reads, and at which version."""

    name: TableName
    columns: tuple[tuple[str, str], ...]
    """What the translation relies on: names as stored, and Databricks types."""
    as_of: AsOf = None
    changes: tuple[AsOf, AsOf] | None = None
    """For table_changes: the first version or moment, and the last (None: the newest)."""

    @property
    def shown(self) -> tuple[tuple[str, str], ...]:
        """The columns that the statement can name."""
        return self.columns + (CHANGE_COLUMNS if self.changes is not None else ())


@dataclass(frozen=True)
class Translated:
    """DuckDB text with `__aiops_<n>__` where the n-th table of `tables` goes."""

    sql: str
    tables: tuple[TableUse, ...]
    parameters: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    """Output names as the statement spells them."""

    def text(self, physical: Mapping[int, str]) -> str:
        sql = self.sql
        for number, name in physical.items():
            sql = sql.replace(marker(number), name)
        return sql


Resolve = Callable[[tuple[str, ...], AsOf], Relation]
"""What a name stands for, now or at an earlier version."""


def marker(number: int) -> str:
    return f'"__aiops_{number}__"'


def translate(tree: exp.Expr, types: Mapping[str, str], resolve_name: Resolve) -> Translated:
    """A query in DuckDB's words; raises StatementInvalid, TableNotFound or StatementRefused."""
    if isinstance(tree, exp.Values):
        tree = exp.select("*").from_(tree.copy())
    if not isinstance(tree, exp.Query):
        raise StatementInvalid("Only a query gives rows: a write or a DDL statement goes to execute.")
    tree, used = bind(_prepared(tree.copy()), types)
    uses: list[TableUse] = []
    columns: dict[str, tuple[tuple[str, str], ...]] = {}
    tree = place_tables(tree, resolve_name, uses, columns)
    refuse_unknown(tree)
    short_columns(tree)
    sized(tree)
    keep_field_names(tree)
    if any(distinct.args.get("on") is not None for distinct in tree.find_all(exp.Distinct)):
        raise refused("DISTINCT ON")
    for values in tree.find_all(exp.Values):
        _name_values(values)
    tree = expand(tree, lambda value, select: probe(value, select, columns))
    spelled = {name.lower(): name for found in columns.values() for name, _ in found}
    spelled |= {alias.alias.lower(): alias.alias for alias in reversed(list(tree.find_all(exp.Alias)))}
    spelled |= output_names(tree)
    tree = resolve(tree, columns)
    find_fields(tree)
    names = tuple(spelled.get(name.lower(), name) for name in getattr(tree, "named_selects", ()))
    tree = rewrite(tree)
    return Translated(tree.sql("duckdb"), tuple(uses), used, names)


def _prepared(tree: exp.Expr) -> exp.Expr:
    """A statement, or the text of a view, in the forms that the rules know."""
    tree = plain(at_versions(tree))
    _refuse_parts(tree)
    _with_rollup(tree)
    return tree


def _refuse_parts(tree: exp.Expr) -> None:
    for kind, name in _REFUSED:
        found = tree.find(kind)
        if found is not None:
            raise refused(name or found.sql("databricks"))
    for select in tree.find_all(exp.Select):
        _refuse_clauses(select)
    for sample in tree.find_all(exp.TableSample):
        if sample.args.get("seed") is not None or sample.args.get("bucket_numerator") is not None:
            raise refused("TABLESAMPLE with REPEATABLE or BUCKET")
    for union in tree.find_all(exp.SetOperation):
        if union.args.get("by_name"):
            raise refused("UNION BY NAME")
    for join in tree.find_all(exp.Join):
        if join.args.get("method") not in (None, "", "NATURAL"):
            raise refused(f"{join.method} JOIN")
    for compared in tree.find_all(exp.All, exp.Any):
        if isinstance(compared.this, exp.Query) or compared.find(exp.Subquery):
            raise refused("A comparison with ALL or ANY of a subquery")


def _with_rollup(tree: exp.Expr) -> None:
    """GROUP BY a, b WITH ROLLUP is GROUP BY ROLLUP (a, b)."""
    for group in tree.find_all(exp.Group):
        for name, maker in (("rollup", exp.Rollup), ("cube", exp.Cube)):
            found = group.args.get(name)
            if found and not found[0].expressions:
                group.set(name, [maker(expressions=group.expressions)])
                group.set("expressions", [])


def _refuse_clauses(select: exp.Select) -> None:
    """Hints say how to run a query, not what it gives; an order within partitions is refused."""
    hint = select.args.get("hint")
    for part in hint.expressions if hint is not None else ():
        if part.name.upper() not in _HINTS:
            raise refused(f"The hint {part.sql('databricks')}")
    select.set("hint", None)
    for name in ("cluster", "distribute", "sort"):
        if select.args.get(name) is not None:
            raise refused(f"{name.upper()} BY")
    operation = select.args.get("operation_modifiers")
    if operation and [str(item).upper() for item in operation] != ["ALL"]:
        raise refused(f"SELECT {operation[0]}")


def _name_values(values: exp.Values) -> None:
    """VALUES without column names call them col1, col2, ..."""
    alias = values.args.get("alias")
    if alias is None or not alias.args.get("columns"):
        first = values.expressions[0]
        width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
        named = exp.TableAlias(this=alias.this if alias is not None else exp.to_identifier("inline_values"))
        named.set("columns", [exp.to_identifier(f"col{number}") for number in range(1, width + 1)])
        values.set("alias", named)


_HINTS = frozenset(
    [
        "BROADCAST",
        "BROADCASTJOIN",
        "MAPJOIN",
        "MERGE",
        "SHUFFLE_MERGE",
        "MERGEJOIN",
        "SHUFFLE_HASH",
        "SHUFFLE_REPLICATE_NL",
        "COALESCE",
        "REPARTITION",
        "REPARTITION_BY_RANGE",
        "REBALANCE",
        "SKEW",
        "RANGE_JOIN",
    ]
)
_REFUSED: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.Into, "SELECT INTO"),
    (exp.Command, ""),
    (exp.Parameter, "A session variable"),
    (exp.SessionParameter, "A session variable"),
    (exp.QueryTransform, "TRANSFORM ... USING"),
    (exp.Collate, "COLLATE"),
)


def place_tables(
    tree: exp.Expr,
    resolve_name: Resolve,
    uses: list[TableUse],
    columns: dict[str, tuple[tuple[str, str], ...]],
    depth: int = 0,
) -> exp.Expr:
    """Every table of the tree as a marker (or, for a view, its own query) under the name it is referred to by."""
    if depth > _DEEPEST_VIEW:
        raise StatementInvalid("A view refers to itself.", error_class="RECURSIVE_VIEW")
    local = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Anonymous) and str(table.this.this).lower() == CHANGES:
            _place_changes(table, resolve_name, uses, columns)
            continue
        if not isinstance(table.this, exp.Identifier):
            continue
        parts = tuple(part.name for part in table.parts)
        if len(parts) == 1 and parts[0].casefold() in local:
            continue
        as_of = _as_of(table)
        relation = resolve_name(parts, as_of)
        alias = table.alias or parts[-1]
        if relation.view is not None:
            inner = place_tables(_prepared(parse(relation.view)), resolve_name, uses, columns, depth + 1)
            if relation.columns:
                # For the spelling of output names only.
                columns[f"__aiops_view_{len(columns)}__"] = relation.columns
            replacement: exp.Expr = exp.Subquery(this=inner)
        else:
            uses.append(TableUse(relation.name, relation.columns, as_of))
            placed = f"__aiops_{len(uses) - 1}__"
            columns[placed] = relation.columns
            replacement = exp.Table(this=exp.to_identifier(placed, quoted=True))
        named = exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
        if table.args.get("alias") is not None and table.args["alias"].args.get("columns"):
            named.set("columns", table.args["alias"].args["columns"])
        replacement.set("alias", named)
        for name in ("joins", "laterals", "pivots", "sample"):
            if table.args.get(name):
                replacement.set(name, table.args[name])
        if table is tree:
            return replacement
        table.replace(replacement)
    return tree


def _place_changes(
    table: exp.Table,
    resolve_name: Resolve,
    uses: list[TableUse],
    columns: dict[str, tuple[tuple[str, str], ...]],
) -> None:
    """table_changes('table', start [, end]) as a marker."""
    given = table.this.expressions
    if not 2 <= len(given) <= 3 or not all(isinstance(item, exp.Literal) for item in given) or not given[0].is_string:
        raise refused("table_changes without a table's name and a constant start")
    relation = resolve_name(parse_name(given[0].name), None)
    if relation.view is not None:
        raise StatementInvalid("table_changes of a view.", error_class="EXPECT_TABLE_NOT_VIEW")
    bounds = [int(item.name) if not item.is_string else _instant(item.name) for item in given[1:]]
    first, last = bounds[0], bounds[1] if len(bounds) > 1 else None
    uses.append(TableUse(relation.name, relation.columns, changes=(first, last)))
    placed = f"__aiops_{len(uses) - 1}__"
    columns[placed] = uses[-1].shown
    table.set("this", exp.to_identifier(placed, quoted=True))
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(CHANGES, quoted=True)))


def _as_of(table: exp.Table) -> AsOf:
    """The version or the moment of `VERSION AS OF` and `TIMESTAMP AS OF`; literals only."""
    version = table.args.get("version")
    if version is None:
        return None
    value = version.expression
    while isinstance(value, exp.Cast | exp.Paren):
        value = value.this
    if not isinstance(value, exp.Literal):
        raise refused("Time travel to a version that is not a literal")
    if version.name.upper() == "VERSION":
        if not value.name.isdigit():
            raise StatementInvalid(f"{value.name!r} is not a version number.", error_class="INVALID_TIME_TRAVEL_SPEC")
        return int(value.name)
    return _instant(value.name)


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise StatementInvalid(
            f"{text!r} is not a timestamp.", error_class="INVALID_TIME_TRAVEL_TIMESTAMP_EXPR"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
