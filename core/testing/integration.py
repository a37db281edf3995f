"""Integration tests of a statement against the tables themselves: it runs, and its answer keeps its shape and sums.

Only figures of the answer are read (columns, counts, sums), never its rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.testing.check import Check, Gap, Read
from core.testing.evaluator.limits import NotCovered
from core.testing.profile import number
from core.testing.sql import fill, listed, quote
from core.testing.units import Subject, real_tables, resolved

_GROWTH, _ROOM = 2, 10
_ADDITIVE = frozenset(("sum", "count", "countif"))
_CUTS = ("having", "limit", "distinct", "qualify", "with_", "offset")
_TOLERANCE = "GREATEST(0.01, ABS(a.t) * 0.000001)"

Keys = Mapping[str, tuple[str, ...]]
"""`catalog.schema.table` in lower case -> the columns that identify its rows."""


def integration_tests(subject: Subject, keys: Keys, read: Read) -> tuple[list[Check], list[Gap]]:
    """The checks and what they leave out. Raises what `read` raises: a statement that does not run has no tests."""
    statement = subject.statement
    shape = read(fill("shape", statement=statement))
    rows = number(read(fill("row_count", statement=statement)).rows[0][0])
    checks = [_shape(subject, {column.name: column.type for column in shape.columns}), _rows(subject, rows)]
    gaps: list[Gap] = []
    try:
        tree = resolved(statement, subject.tables)
    except NotCovered as limit:
        return checks, [Gap(what="grain, totals and fan-out", why=f"They need {limit} to be resolved.")]
    if tree.key != "select":
        return checks, [Gap(what="grain, totals and fan-out", why="The statement is not a single SELECT.")]
    checks += _grain(subject, tree)
    checks += _totals(subject, tree)
    for found in _fan_out(subject, tree, keys):
        (checks if isinstance(found, Check) else gaps).append(found)  # type: ignore[arg-type]
    return checks, gaps


def _make(subject: Subject, rule: str, what: str, statement: str, sentence: str, **more: Any) -> Check:
    return Check(
        kind="integration",
        rule=rule,
        name=f"{rule}: {what}",
        target=subject.target,
        schema_name=subject.schema,
        sentence=sentence,
        statement=statement,
        reads=tuple(info.full_name for info in subject.tables),
        **more,
    )


def _shape(subject: Subject, columns: Mapping[str, str]) -> Check:
    words = ", ".join(f"{name} {kind}" for name, kind in list(columns.items())[:8]) or "that it had"
    return _make(
        subject, "schema", "columns of the answer", fill("shape", statement=subject.statement),
        f"It runs, and its answer has the columns {words}.", baseline=dict(columns),
    )  # fmt: skip


def _rows(subject: Subject, rows: int) -> Check:
    low, high = (1 if rows else 0), max(rows * _GROWTH, rows + _ROOM)
    statement = fill(
        "outside", figure="COUNT(*)", table=f"({subject.statement}) AS answer", low=str(low), high=str(high)
    )
    sentence = f"The answer has between {low:,} and {high:,} rows."
    return _make(
        subject, "row_count", "rows of the answer", statement, sentence,
        shown=("figure",), baseline={"low": low, "high": high},
    )  # fmt: skip


def _grain(subject: Subject, tree: Any) -> Iterator[Check]:
    """No two rows of a grouped answer are about the same group; only where every key is shown."""
    keys = _shown_keys(tree)
    if keys:
        statement = fill("not_unique", shown=listed(keys), table=f"({subject.statement}) AS answer", present="TRUE")
        sentence = f"The answer has one row for each {' and '.join(keys)}."
        yield _make(subject, "grain", ", ".join(keys), statement, sentence, shown=(*keys, "times"))


def _shown_keys(tree: Any) -> tuple[str, ...]:
    group = tree.args.get("group")
    if group is None:
        return ()
    outputs = {_text(item.this): item.alias for item in tree.expressions if item.key == "alias"}
    keys = [outputs.get(_text(key)) for key in group.expressions]
    return tuple(key for key in keys if key) if all(keys) else ()


def _text(node: Any) -> str:
    return str(node.sql(dialect="databricks"))


def _totals(subject: Subject, tree: Any) -> Iterator[Check]:
    """The groups add up to the whole; not asked of an answer that is cut."""
    if tree.args.get("group") is None or any(tree.args.get(cut) for cut in _CUTS):
        return
    for item in tree.expressions:
        if item.key != "alias" or item.this.key not in _ADDITIVE or item.this.this.key == "distinct":
            continue
        whole = tree.copy()
        whole.set("expressions", [_aliased(item.this.copy(), "t")])
        for part in ("group", "order"):
            whole.set(part, None)
        groups = f"SELECT SUM({quote(item.alias)}) AS t FROM ({subject.statement}) AS answer"
        sentence = f"{item.alias} added up over all groups is the total over all rows."
        yield _make(
            subject, "reconciliation", item.alias, fill("apart", one=groups, other=_text(whole), tolerance=_TOLERANCE),
            sentence, shown=("one", "other"),
        )  # fmt: skip


def _aliased(node: Any, name: str) -> Any:
    from sqlglot import exp

    return exp.alias_(node, name, quoted=True)


def _fan_out(subject: Subject, tree: Any, keys: Keys) -> Iterator[Check | Gap]:
    """A join does not repeat the rows of the table whose figures are summed."""
    if not tree.args.get("joins") or tree.args.get("with_"):
        return
    aliases = {t.alias_or_name.lower(): f"{t.catalog}.{t.db}.{t.name}".lower() for t in real_tables(tree)}
    for item in tree.expressions:
        if item.key != "alias" or item.this.key != "sum" or item.this.this.key == "distinct":
            continue
        owners = {column.table.lower() for column in item.this.this.find_all(_column())}
        owner = owners.pop() if len(owners) == 1 else None
        if owner is None or not (key := keys.get(aliases.get(owner, ""), ())):
            yield Gap(what=f"fan-out of {item.alias}", why="It is not known what identifies the rows that are summed.")
            continue
        yield _make(
            subject, "fan_out", item.alias,
            fill("apart", one=_total(tree, item.this), other=_once(tree, item.this, owner, key), tolerance=_TOLERANCE),
            f"The joins repeat no row of {owner} in {item.alias}.", shown=("one", "other"),
        )  # fmt: skip


def _column() -> Any:
    from sqlglot import exp

    return exp.Column


def _total(tree: Any, aggregate: Any) -> str:
    whole = _bare(tree)
    whole.set("expressions", [_aliased(aggregate.copy(), "t")])
    return _text(whole)


def _once(tree: Any, aggregate: Any, owner: str, key: Sequence[str]) -> str:
    """The sum over each row of the owner once, of those that the joins and conditions leave."""
    from sqlglot import exp

    rows = _bare(tree)
    columns = [exp.column(exp.to_identifier(name, quoted=True), table=owner) for name in key]
    named = [_aliased(column, f"k{index}") for index, column in enumerate(columns)]
    rows.set("expressions", [*named, _aliased(aggregate.this.copy(), "x")])
    rows.set("distinct", exp.Distinct())
    return f"SELECT SUM(x) AS t FROM ({_text(rows)}) AS once"


def _bare(tree: Any) -> Any:
    whole = tree.copy()
    for part in ("group", "order", "having", "limit", "distinct"):
        whole.set(part, None)
    return whole


def declared_keys(subject: Subject) -> dict[str, tuple[str, ...]]:
    """Primary keys as the tables declare them."""
    found = {}
    for info in subject.tables:
        key = tuple(json.loads(info.properties.get("aiops.primary_key", "[]")))
        if key:
            found[info.full_name.lower()] = key
    return found
