"""Unit tests of a statement: it is run over miniature rows that stand in the statement itself, so no table is made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.testing.check import Check, Gap
from core.testing.evaluator.limits import NotCovered
from core.testing.evaluator.values import Value
from core.testing.miniature import Case, Column, Miniatures, Table
from core.testing.sql import literal, quote
from core.types import Scalar

if TYPE_CHECKING:
    from core.warehouse.port import TableInfo

_WIDEST = 100
"""Columns of a miniature table; `SELECT *` of a wider one is not covered."""


@dataclass(frozen=True)
class Subject:
    """A guarded statement, the tables that it reads, and under what name its tests are kept."""

    statement: str
    tables: Sequence[TableInfo]
    target: str
    schema: str


def unit_tests(subject: Subject) -> tuple[list[Check], list[Gap]]:
    """The cases, and what is not covered with its reason."""
    try:
        tree = resolved(subject.statement, subject.tables)
        tables = _read_columns(tree, subject.tables)
        if not tables:
            return [], [Gap(what="unit tests", why="The statement reads no table.")]
        cases = Miniatures(tree, tables).cases()
    except NotCovered as limit:
        return [], [Gap(what="unit tests", why=f"Our evaluator does not know {limit}.")]
    return [_check(subject, tables, number, case) for number, case in enumerate(cases)], _unreached(tree, cases)


def resolved(statement: str, tables: Sequence[TableInfo]) -> Any:
    """The statement's tree with every column resolved to its table. Raises NotCovered where that cannot be done."""
    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.qualify import qualify

    schema: dict[str, Any] = {}
    for info in tables:
        columns = {column.name: column.type for column in info.columns}
        schema.setdefault(info.catalog, {}).setdefault(info.schema, {})[info.name] = columns
    try:
        tree = parse_one(statement, dialect="databricks")
        return qualify(tree, schema=schema, dialect="databricks", quote_identifiers=False)
    except (SqlglotError, ValueError, KeyError, RecursionError) as error:
        raise NotCovered(f"names as they stand here ({str(error).splitlines()[0][:120]})") from error


def real_tables(tree: Any) -> list[Any]:
    """The nodes that name a table of the warehouse: the guard writes those, and only those, in three parts."""
    from sqlglot import exp

    return [table for table in tree.find_all(exp.Table) if table.args.get("catalog")]


def _read_columns(tree: Any, tables: Sequence[TableInfo]) -> tuple[Table, ...]:
    from sqlglot import exp

    known = {info.full_name.lower(): info for info in tables}
    names = {column.name.lower() for column in tree.find_all(exp.Column)}
    found: dict[str, Table] = {}
    for node in real_tables(tree):
        key = f"{node.catalog}.{node.db}.{node.name}".lower()
        if key not in known:
            raise NotCovered(f"the table {key}")
        found[key] = _table(known[key], names)
    return tuple(found.values())


def _table(info: TableInfo, names: set[str]) -> Table:
    key = [str(column).lower() for column in json.loads(info.properties.get("aiops.primary_key", "[]"))]
    columns = tuple(
        Column(c.name, c.type, c.nullable and c.name.lower() not in key, key == [c.name.lower()])
        for c in info.columns
        if c.name.lower() in names
    ) or tuple(Column(c.name, c.type) for c in info.columns[:1])
    if len(columns) > _WIDEST:
        raise NotCovered(f"a miniature of {len(columns)} columns")
    return Table(info.full_name, columns)


def _check(subject: Subject, tables: Sequence[Table], number: int, case: Case) -> Check:
    shown = "; ".join(case.exercises[:4]) + ("; …" if len(case.exercises) > 4 else "")
    sizes = ", ".join(f"{len(case.rows[t.key])} of {t.full_name.split('.', 2)[-1]}" for t in tables)
    return Check(
        kind="unit",
        rule="case",
        name=f"case {number}: {case.exercises[0]}"[:120],
        target=subject.target,
        schema_name=subject.schema,
        sentence=f"Over {sizes} (rows made for the test) the answer is the one computed by hand; exercises: {shown}.",
        statement=over_rows(subject.statement, tables, case.rows),
        reads=tuple(info.full_name for info in subject.tables),
        expected=tuple(tuple(scalar(value) for value in row) for row in case.answer.rows),
        ordered=case.answer.ordered,
        baseline={"of": _of(subject.statement), "exercises": list(case.exercises)},
    )


def _of(statement: str) -> str:
    """Which statement a case is of, where a target has several."""
    return hashlib.sha256(statement.encode()).hexdigest()[:12]


def over_rows(statement: str, tables: Sequence[Table], rows: Mapping[str, Sequence[tuple[Value, ...]]]) -> str:
    """The statement itself, reading common table expressions of fixed rows instead of the tables."""
    from sqlglot import exp, parse_one

    tree = parse_one(statement, dialect="databricks")
    taken = {node.name.lower() for node in tree.find_all(exp.Identifier, exp.Table)}
    names: dict[str, str] = {}
    for table in tables:
        base = "mini_" + "".join(c if c.isalnum() and c.isascii() else "_" for c in table.full_name.split(".", 2)[-1])
        names[table.key] = _free(base, {*taken, *(name.lower() for name in names.values())})
    for node in real_tables(tree):
        key = f"{node.catalog}.{node.db}.{node.name}".lower()
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
        node.replace(exp.Table(this=exp.to_identifier(names[key], quoted=True), alias=alias.copy()))
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    ctes = ", ".join(f"{quote(names[t.key])} AS ({_values(t, rows[t.key])})" for t in tables)
    return _with(tree, ctes)


def _free(base: str, taken: Iterable[str]) -> str:
    taken, name, count = set(taken), base, 2
    while name.lower() in taken:
        name, count = f"{base}_{count}", count + 1
    return name


def _with(tree: Any, ctes: str) -> str:
    """The tree's own WITH comes behind ours."""
    own = tree.args.get("with_")
    text = str(tree.sql(dialect="databricks"))
    if own is None:
        return f"WITH {ctes} {text}"
    return f"WITH {ctes}, {text.removeprefix('WITH ')}"


def _values(table: Table, rows: Sequence[tuple[Value, ...]]) -> str:
    columns = ", ".join(f"CAST({quote(c.name)} AS {c.type}) AS {quote(c.name)}" for c in table.columns)
    listed = ", ".join("(" + ", ".join(literal(value) for value in row) + ")" for row in rows)
    none = "(" + ", ".join("NULL" for _ in table.columns) + ")"
    names = ", ".join(quote(c.name) for c in table.columns)
    return f"SELECT {columns} FROM VALUES {listed or none} AS v({names})" + ("" if rows else " WHERE FALSE")


def scalar(value: Value) -> Scalar:
    """A value as a cell of an answer."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _unreached(tree: Any, cases: Sequence[Case]) -> list[Gap]:
    """Predicates that were never true, or never false, over any rows that were tried."""
    from sqlglot import exp

    seen = {event for case in cases for event in case.answer.seen}
    found = []
    for node in tree.find_all(exp.Predicate):
        text = str(node.sql(dialect="databricks"))
        missing = [word for word in ("true", "false") if f"{text} {word}" not in seen]
        if missing and any(event.startswith(text) for event in seen):
            found.append(Gap(what=text, why=f"No rows were found over which it is {' or '.join(missing)}."))
    return found
