"""Queries of the closed part: FROM, joins, WHERE, GROUP BY, HAVING, DISTINCT, ORDER BY, LIMIT, WITH, set operations.

The tree must be resolved: every column has its table, stars and positions are written out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any

from core.testing.evaluator import values as v
from core.testing.evaluator.expression import AGGREGATES, Expressions, Note, Row, Scope, sql
from core.testing.evaluator.limits import Fails, NotCovered
from core.testing.evaluator.values import Value

Relation = tuple[tuple[str, ...], list[tuple[Value, ...]]]
"""Column names in lower case, and rows."""
Tables = Mapping[str, Relation]
"""`catalog.schema.table` in lower case -> its rows."""
_KNOWN = frozenset("with_ expressions distinct from_ joins where group having order limit".split())  # noqa: SIM905


@dataclass(frozen=True)
class Evaluation:
    """The answer, whether its order is settled, and what was exercised on the way."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    ordered: bool
    seen: frozenset[str] = field(default_factory=frozenset)


def evaluate(tree: Any, tables: Tables) -> Evaluation:
    """The answer of a resolved query over `tables`. Raises NotCovered and Fails."""
    seen: set[str] = set()
    run = _Run(tables, seen.add)
    columns, rows = run.query(tree, {}, None)
    seen.add("an answer with rows" if rows else "an answer without rows")
    return Evaluation(columns, tuple(rows), run.settled and tree.args.get("order") is not None, frozenset(seen))


class _Run:
    def __init__(self, tables: Tables, note: Note) -> None:
        self._tables = tables
        self._note = note
        self._named: Mapping[str, Relation] = {}
        self._expressions = Expressions(self._subquery, note)
        self.settled = True
        """Whether the last ORDER BY leaves no two rows in doubt."""

    def query(self, tree: Any, named: Mapping[str, Relation], outer: Scope | None) -> Relation:
        """A SELECT or a set operation, with the common table expressions that it sees."""
        before = self._named
        named = dict(named)
        with_ = tree.args.get("with_")
        if with_ is not None and with_.args.get("recursive"):
            raise NotCovered("a recursive WITH")
        for common in with_.expressions if with_ is not None else ():
            named[common.alias.lower()] = self.query(common.this, named, outer)
        self._named = named
        try:
            return self._body(tree, named, outer)
        finally:
            self._named = before

    def _body(self, tree: Any, named: Mapping[str, Relation], outer: Scope | None) -> Relation:
        if tree.key == "subquery":
            return self.query(tree.this, named, outer)
        if tree.key in ("union", "except", "intersect"):
            return self._set_operation(tree, named, outer)
        if tree.key != "select":
            raise NotCovered(tree.key.upper())
        unknown = [key for key, value in tree.args.items() if value and key not in _KNOWN]
        if unknown:
            raise NotCovered(", ".join(unknown))
        return self._select(tree, named, outer)

    def _subquery(self, tree: Any, scope: Scope) -> list[tuple[Value, ...]]:
        settled = self.settled
        rows = self.query(tree, self._named, scope)[1]
        self.settled = settled
        return rows

    def _select(self, tree: Any, named: Mapping[str, Relation], outer: Scope | None) -> Relation:
        rows = self._source(tree, named, outer)
        where = tree.args.get("where")
        if where is not None:
            rows = [row for row in rows if self._expressions.truth(where.this, Scope(row, outer=outer)) is True]
        scopes = self._grouped(tree, rows, outer) if _aggregates(tree) else [Scope(row, outer=outer) for row in rows]
        having = tree.args.get("having")
        if having is not None:
            scopes = [s for s in scopes if self._expressions.truth(_without_aliases(having.this, tree), s) is True]
        columns = tuple(item.alias_or_name.lower() for item in tree.expressions)
        answer = [(tuple(self._expressions.value(item, scope) for item in tree.expressions), scope) for scope in scopes]
        if tree.args.get("distinct") is not None:
            answer = self._distinct(tree, answer)
        return columns, self._cut(tree, self._sorted(tree, columns, answer))

    def _distinct(
        self, tree: Any, answer: list[tuple[tuple[Value, ...], Scope]]
    ) -> list[tuple[tuple[Value, ...], Scope]]:
        if tree.args["distinct"].args.get("on") is not None:
            raise NotCovered("DISTINCT ON")
        kept = {_same_key(row): (row, scope) for row, scope in reversed(answer)}
        if len(kept) < len(answer):
            self._note("DISTINCT over equal rows")
        return list(reversed(list(kept.values())))

    # ── sources ───────────────────────────────────────────────────────────────────────────────────────────────

    def _source(self, tree: Any, named: Mapping[str, Relation], outer: Scope | None) -> list[Row]:
        from_ = tree.args.get("from_")
        if from_ is None:
            return [{}]
        alias, relation = self._relation(from_.this, named, outer)
        rows = _rows(alias, relation)
        empties = {alias: _empty(relation)}
        for join in tree.args.get("joins") or ():
            other, relation = self._relation(join.this, named, outer)
            rows = self._joined(join, (rows, empties), (_rows(other, relation), {other: _empty(relation)}), outer)
            empties[other] = _empty(relation)
        return rows

    def _relation(self, node: Any, named: Mapping[str, Relation], outer: Scope | None) -> tuple[str, Relation]:
        if node.key == "subquery":
            return node.alias.lower(), self.query(node.this, named, outer)
        if node.key != "table" or any(node.args.get(x) for x in ("version", "pivots", "sample", "joins", "laterals")):
            raise NotCovered(f"{sql(node)[:60]} in FROM")
        name = node.name.lower()
        if not node.db:
            if name not in named:
                raise NotCovered(f"the table {name}")
            return node.alias_or_name.lower(), named[name]
        full = f"{node.catalog}.{node.db}.{node.name}".lower()
        if full not in self._tables:
            raise NotCovered(f"the table {full}")
        return node.alias_or_name.lower(), self._tables[full]

    def _joined(
        self, join: Any, left: tuple[list[Row], Row], right: tuple[list[Row], Row], outer: Scope | None
    ) -> list[Row]:
        side, kind, method = (str(join.args.get(x) or "").upper() for x in ("side", "kind", "method"))
        if method or join.args.get("using") or kind not in ("", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"):
            raise NotCovered(f"{sql(join)[:60]}")
        partners: list[list[Row]] = [[] for _ in left[0]]
        met: set[int] = set()
        for index, one in enumerate(left[0]):
            for number, other in enumerate(right[0]):
                both = {**one, **other}
                on = join.args.get("on")
                if on is None or self._expressions.truth(on, Scope(both, outer=outer)) is True:
                    partners[index].append(both)
                    met.add(number)
        name = join.this.alias_or_name
        for found in partners:
            amount = "no partner" if not found else "one partner" if len(found) == 1 else "several partners"
            self._note(f"a row with {amount} in {name}")
        if len(met) < len(right[0]):
            self._note(f"a row of {name} that nobody meets")
        if kind in ("SEMI", "ANTI"):
            return [row for row, found in zip(left[0], partners, strict=True) if bool(found) is (kind == "SEMI")]
        rows = []
        for one, found in zip(left[0], partners, strict=True):
            rows += found or ([{**one, **right[1]}] if side in ("LEFT", "FULL") else [])
        if side in ("RIGHT", "FULL"):
            rows += [{**left[1], **other} for number, other in enumerate(right[0]) if number not in met]
        return rows

    # ── groups ────────────────────────────────────────────────────────────────────────────────────────────────

    def _grouped(self, tree: Any, rows: list[Row], outer: Scope | None) -> list[Scope]:
        group = tree.args.get("group")
        if group is not None and any(value for key, value in group.args.items() if key != "expressions"):
            raise NotCovered("GROUP BY with sets, rollup or ALL")
        keys = [] if group is None else [_without_aliases(key, tree) for key in group.expressions]
        groups: dict[tuple[Value, ...], list[Row]] = {} if group is not None else {(): []}
        for row in rows:
            key = tuple(self._expressions.value(node, Scope(row, outer=outer)) for node in keys)
            groups.setdefault(key, []).append(row)
        for key, members in groups.items():
            self._note("a group of several rows" if len(members) > 1 else "a group of one row")
            if None in key:
                self._note("a group whose key is NULL")
        if len(groups) > 1:
            self._note("several groups")
        names = [sql(node) for node in keys]
        return [Scope({}, members, dict(zip(names, key, strict=True)), outer) for key, members in groups.items()]

    # ── order and cut ─────────────────────────────────────────────────────────────────────────────────────────

    def _sorted(
        self, tree: Any, columns: Sequence[str], answer: list[tuple[tuple[Value, ...], Scope]]
    ) -> list[tuple[tuple[Value, ...], tuple[Value, ...]]]:
        """(row, its sort keys) in order."""
        order = tree.args.get("order")
        terms = order.expressions if order is not None else []
        keyed = [(row, tuple(self._term(term, columns, row, scope) for term in terms)) for row, scope in answer]

        def before(one: tuple[Any, tuple[Value, ...]], other: tuple[Any, tuple[Value, ...]]) -> int:
            for term, a, b in zip(terms, one[1], other[1], strict=True):
                step = _step(a, b, term)
                if step:
                    return step
            return 0

        keyed.sort(key=cmp_to_key(before))
        ties = [
            i for i in range(1, len(keyed)) if before(keyed[i - 1], keyed[i]) == 0 and keyed[i - 1][0] != keyed[i][0]
        ]
        self.settled = bool(terms) and not ties
        return keyed

    def _term(self, term: Any, columns: Sequence[str], row: tuple[Value, ...], scope: Scope) -> Value:
        node = term.this
        if node.key == "column" and not node.table and node.name.lower() in columns:
            return row[columns.index(node.name.lower())]
        return self._expressions.value(node, scope)

    def _cut(self, tree: Any, keyed: list[tuple[tuple[Value, ...], tuple[Value, ...]]]) -> list[tuple[Value, ...]]:
        limit = tree.args.get("limit")
        if limit is None:
            return [row for row, _ in keyed]
        if limit.key != "limit" or limit.expression.key != "literal" or not str(limit.expression.this).isdigit():
            raise NotCovered(sql(limit))
        most = int(limit.expression.this)
        if 0 < most < len(keyed) or (most == 0 and keyed):
            self._note("more rows than LIMIT lets through")
            if most and keyed[most - 1][1] == keyed[most][1] and keyed[most - 1][0] != keyed[most][0]:
                raise Fails("LIMIT cuts between rows that the order does not tell apart.")
        return [row for row, _ in keyed[:most]]

    def _set_operation(self, tree: Any, named: Mapping[str, Relation], outer: Scope | None) -> Relation:
        if tree.args.get("by_name") or tree.args.get("order") or tree.args.get("limit"):
            raise NotCovered("a set operation with ORDER BY, LIMIT or BY NAME")
        columns, left = self.query(tree.this, named, outer)
        right = self.query(tree.expression, named, outer)[1]
        self.settled = False
        if not tree.args.get("distinct"):
            if tree.key != "union":
                raise NotCovered(f"{tree.key.upper()} ALL")
            return columns, [*left, *right]
        mine, others = {_same_key(row): row for row in left}, {_same_key(row): row for row in right}
        if tree.key == "union":
            return columns, list({**others, **mine}.values())
        keep = {key for key in mine if (key in others) is (tree.key == "intersect")}
        return columns, [row for key, row in mine.items() if key in keep]


def _rows(alias: str, relation: Relation) -> list[Row]:
    columns, rows = relation
    return [{alias: dict(zip(columns, row, strict=True))} for row in rows]


def _empty(relation: Relation) -> Mapping[str, Value]:
    return dict.fromkeys(relation[0])


def _aggregates(tree: Any) -> bool:
    """Whether the query groups: GROUP BY, or an aggregate of its own outside of subqueries."""
    if tree.args.get("group") is not None:
        return True
    having, order = tree.args.get("having"), tree.args.get("order")
    return having is not None or any(_own_aggregate(node) for node in (*tree.expressions, *([order] if order else [])))


def _own_aggregate(node: Any) -> bool:
    if node.key == "window":
        raise NotCovered(f"the window {sql(node)[:60]}")
    if node.key in AGGREGATES:
        return True
    return node.key not in ("select", "subquery") and any(_own_aggregate(child) for child in node.iter_expressions())


def _without_aliases(node: Any, tree: Any) -> Any:
    """An expression in which the names of the query's own answers stand for what they are; kept with the node."""
    if "meant" not in node.meta:
        node.meta["meant"] = _meant(node, tree)
    return node.meta["meant"]


def _meant(node: Any, tree: Any) -> Any:
    names = {item.alias.lower(): item.this for item in tree.expressions if item.key == "alias"}
    return node.transform(
        lambda part: (
            names[part.name.lower()].copy()
            if part.key == "column" and not part.table and part.name.lower() in names
            else part
        )
    )


def _same_key(row: Iterable[Value]) -> tuple[tuple[str, Value], ...]:
    """Equal for rows that are the same to SQL; a truth value is no number."""
    return tuple((type(value).__name__ if isinstance(value, bool) else "", value) for value in row)


def _step(one: Value, other: Value, term: Any) -> int:
    nulls_first = bool(term.args.get("nulls_first"))
    if one is None or other is None:
        if one is None and other is None:
            return 0
        return (-1 if nulls_first else 1) * (1 if one is None else -1)
    order = v.compare(one, other) or 0
    return -order if term.args.get("desc") else order
