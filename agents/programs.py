"""CodeAgent's PySpark and pandas: a request is resolved against the live schema that the role may read, a template
writes the code, and checks decide whether it is shown. What cannot be resolved is asked back. Nothing is run.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import sqlglot
from sqlglot import exp

from agents.base import Context, Ports
from agents.messages import GenerateRequest, GenerateResponse
from agents.targets import TargetFinder
from core.codecheck import Review
from core.coding import (
    Aggregate,
    Asked,
    Check,
    Clean,
    Deduplicate,
    Expect,
    JoinTables,
    Merge,
    NotCovered,
    Read,
    Schema,
    Spec,
    explain_python,
    explain_sql,
    lint,
    numbered,
    parse_asked,
    parse_steps,
    qualified,
    render,
    render_pandas,
    ruff,
)
from core.coding.spec import Reference
from core.errors import AccessDenied, NotFound
from core.governance.scope import join_name
from core.warehouse.port import TableInfo

_TIMES = ("DATE", "TIMESTAMP")
_CAN = (
    "It can read, clean and deduplicate a table, join two, check what a table has to hold (expectations), and compute "
    "totals, counts and averages by group, with conditions, order and limit."
)


class ProgramWriter:
    """Writes for one request, in PySpark or in Python with pandas."""

    def __init__(self, ports: Ports, context: Context, request: GenerateRequest) -> None:
        self._ports, self._context, self._schema = ports, context, request.schema_name
        self._request, self._pandas = request, request.language == "python"
        policy = ports.rights().policy
        self._finder = TargetFinder(ports.execution.warehouse, policy, ports.semantics, context.principal)

    def write(self, into: str | None) -> GenerateResponse | None:
        """The answer; None where no template fits, and the semantic layer may know the question."""
        asked = parse_asked(self._request.question)
        if asked is None:
            return None
        if into is not None:
            asked = asked.model_copy(update={"into": into})
        try:
            return self.checked((self._spec(asked),))
        except AccessDenied as error:
            return GenerateResponse(outcome="not_allowed", missing=f"{error.message} {error.next_step}")
        except NotFound as error:
            return GenerateResponse(outcome="not_understood", missing=error.message)

    def first_step(self) -> tuple[Spec, str] | GenerateResponse | None:
        """The first of two steps in pandas and the words of the second; an answer where it cannot be resolved."""
        steps = parse_steps(self._request.question) if self._pandas else None
        if steps is None:
            return None
        try:
            return self._spec(steps[0]), steps[1]
        except AccessDenied as error:
            return GenerateResponse(outcome="not_allowed", missing=f"{error.message} {error.next_step}")
        except NotFound as error:
            return GenerateResponse(outcome="not_understood", missing=error.message)

    def checked(self, specs: Sequence[Spec], understood: Sequence[str] = ()) -> GenerateResponse:
        """The code of specifications with its checks, in order; the first that fails ends it."""
        language, role = self._request.language, self._context.principal.role
        try:
            text = self._in_pandas(specs) if self._pandas else render(specs[0])
        except NotCovered as error:
            return self._not_covered(error.message)
        if self._pandas and self._ports.metric_views:  # in a workspace it is a job, which only gives what it prints
            text += "print(result)\n"
        checks = [Check(name="parse", faults=_unparsed(text))]
        review = self._ports.rights().review(language, text, role)
        if not checks[0].faults and review.verdict == "deny":
            return GenerateResponse(outcome="not_allowed", missing=" ".join(review.reasons))
        checks += [Check(name=_resolved(review)), Check(name=f"guard of role {role}"), ruff(text)]
        checks += [] if self._pandas else [lint(text)]
        faults = [fault for check in checks for fault in check.faults]
        if faults:
            return GenerateResponse(
                outcome="not_understood", missing=f"The code failed its checks: {'; '.join(faults)}."
            )
        steps = list(explain_python(text))
        for spec in () if self._pandas else specs:  # the statement stands in PySpark as a text
            steps += explain_sql(spec.statement) if isinstance(spec, Aggregate) else ()
        explanation = numbered(steps)
        return GenerateResponse(
            outcome="code",
            code={  # type: ignore[arg-type]  # validated by the type
                "language": language,
                "text": text,
                "explanation": explanation,
                "checks": tuple(check.sentence for check in checks),
            },
            target=review.target,
            understood=tuple(understood),
            suggestions=self._to_run(),
            confidence=1.0,
        )

    def _in_pandas(self, specs: Sequence[Spec]) -> str:
        columns = self._columns_of(specs)
        if self._request.given is not None:  # a person need not say of which table a column is
            queries = [spec.statement for spec in specs if isinstance(spec, Aggregate)]
            specs = [Aggregate(statement=qualified(query, columns)) for query in queries]
        return render_pandas(specs, columns)

    def _to_run(self) -> tuple[str, ...]:
        """How to have it run: the same code is written again, and a person has to approve it."""
        shown = self._pandas and not self._request.runs and self._request.given is None
        return (f"Execute Python {after_language(self._request.question)}",) if shown else ()

    def _not_covered(self, what: str) -> GenerateResponse:
        """What the templates of pandas have no form for, what they have, and what can write it."""
        said = f"Python here reads tables and computes with pandas; it has no form for {what}. {_CAN}"
        return GenerateResponse(
            outcome="not_understood",
            missing=said,
            suggestions=(f"Generate PySpark {after_language(self._request.given or self._request.question)}",),
        )

    def _columns_of(self, specs: Sequence[Spec]) -> Schema:
        """Columns with their types of every table of the specifications, as the warehouse has them now."""
        found: dict[str, dict[str, str]] = {}
        for name in dict.fromkeys(name for spec in specs for name in _tables_of(spec)):
            table = self._table(name)
            found[name] = {column.name: column.type for column in table.columns}
        return found

    def _spec(self, asked: Asked) -> Spec:
        table = self._table(asked.table)
        match asked.kind:
            case "read":
                return Read(table=_name(table), into=asked.into)
            case "clean":
                texts = tuple(column.name for column in table.columns if column.type.upper() == "STRING")
                if not (texts or _declared(table)):
                    raise NotFound(
                        f"{table.name} has no text columns and declares no key, so nothing is to be cleaned."
                    )
                return Clean(table=_name(table), texts=texts, required=_declared(table), into=asked.into)
            case "deduplicate":
                keys = _columns(table, asked.keys) or _declared(table)
                if not keys:
                    raise NotFound(f"Which columns identify a row of {table.name}? {_there(table)}")
                newest = _columns(table, (asked.newest,))[0] if asked.newest else _time(table)
                return Deduplicate(
                    table=_name(table), keys=keys, newest=newest, ascending=asked.ascending, into=asked.into
                )
            case "join":
                return self._join(table, self._table(str(asked.other)), asked)
            case "merge":
                return self._merge(table, self._table(str(asked.other)), asked)
            case "expect":
                return self._expect(table)

    def _join(self, table: TableInfo, other: TableInfo, asked: Asked) -> JoinTables:
        left, right = _columns(table, asked.keys), _columns(other, asked.keys)
        keys = tuple(zip(left, right, strict=True)) or self._modelled(table, other)
        if not keys:
            raise NotFound(f"No semantic model joins {table.name} with {other.name}; say on which column.")
        have = {column.name.casefold() for column in table.columns}
        added = tuple(column.name for column in other.columns if column.name.casefold() not in have)
        return JoinTables(table=_name(table), other=_name(other), keys=keys, added=added, into=asked.into)

    def _merge(self, source: TableInfo, target: TableInfo, asked: Asked) -> Merge:
        keys = _columns(target, asked.keys) or _declared(target)
        if not keys:
            raise NotFound(f"On which columns are {source.name} and {target.name} the same row? {_there(target)}")
        _columns(source, keys)
        own = {column.name.casefold() for column in source.columns}
        both = tuple(column.name for column in target.columns if column.name.casefold() in own)
        return Merge(source=_name(source), target=_name(target), keys=keys, columns=both)

    def _expect(self, table: TableInfo) -> Expect:
        key = _declared(table)
        required = tuple(column.name for column in table.columns if not column.nullable or column.name in key)
        references = tuple(self._references(table))
        if not (required or references):
            raise NotFound(f"{table.name} declares no key and no model joins it, so nothing is known to expect.")
        unique = (key,) if key else ()
        return Expect(table=_name(table), not_null=required, unique=unique, references=references)

    def _table(self, name: str) -> TableInfo:
        found = self._finder.find(name, self._schema)
        if found.table is None:
            raise NotFound(f"{name} is no table; name one of {found.schema}.")
        return found.table

    def _joins(self, table: TableInfo) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
        """(other table, pairs of columns) of every modelled join from `table`."""
        for catalog in self._ports.semantics.readable(self._context.principal.role):
            for model in catalog.models:
                for join, parent in model.walk_joins():
                    if _same(model.aliases[parent], table):
                        using = tuple((name, name) for name in join.using)
                        yield join.source, using or _pairs(join.on or "", join.name)

    def _modelled(self, table: TableInfo, other: TableInfo) -> tuple[tuple[str, str], ...]:
        there = next((pairs for source, pairs in self._joins(table) if _same(source, other)), ())
        back = next((pairs for source, pairs in self._joins(other) if _same(source, table)), ())
        return there or tuple((right, left) for left, right in back)

    def _references(self, table: TableInfo) -> Iterator[Reference]:
        seen: set[Reference] = set()
        for source, pairs in self._joins(table):
            if len(pairs) == 1:
                found = Reference(column=pairs[0][0], other=source, other_column=pairs[0][1])
                if found not in seen:
                    seen.add(found)
                    yield found


def _tables_of(spec: Spec) -> tuple[str, ...]:
    """The tables that a specification reads, in three parts."""
    match spec:
        case Aggregate():
            tree = sqlglot.parse_one(spec.statement, dialect="databricks")
            return tuple(join_name(p.name for p in table.parts) for table in tree.find_all(exp.Table) if table.catalog)
        case JoinTables():
            return (spec.table, spec.other)
        case Merge():
            return (spec.source, spec.target)
    return (spec.table,)


def after_language(question: str) -> str:
    """A request as it reads after the name of a language: 'to' before a verb, 'for' before a thing or a statement."""
    plain = question.strip().rstrip(".!")
    asked = parse_asked(plain) or next(iter(parse_steps(plain) or ()), None)
    if not isinstance(asked, Asked) or asked.kind == "expect":
        return f"for {plain}"
    first, _, rest = plain.partition(" ")
    return f"to {first.removesuffix('s')} {rest}"


def _unparsed(text: str) -> tuple[str, ...]:
    try:
        ast.parse(text)
    except SyntaxError as error:
        return (f"line {error.lineno}: {error.msg}",)
    return ()


def _resolved(review: Review) -> str:
    return f"tables {', '.join(review.tables) or review.target or 'none'}"


def _name(table: TableInfo) -> str:
    return join_name((table.catalog, table.schema, table.name))


def _columns(table: TableInfo, wanted: Sequence[str]) -> tuple[str, ...]:
    """The columns as the table spells them. Raises NotFound with the nearest names."""
    known = {column.name.casefold(): column.name for column in table.columns}
    for name in wanted:
        if name.casefold() not in known:
            near = get_close_matches(name.casefold(), list(known), n=3, cutoff=0.5)
            said = f"Did you mean {', '.join(known[item] for item in near)}?" if near else _there(table)
            raise NotFound(f"{table.name} has no column {name[:80]!r}. {said}")
    return tuple(known[name.casefold()] for name in wanted)


def _there(table: TableInfo) -> str:
    names = [column.name for column in table.columns]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"Its columns are {', '.join(names[:12])}{more}."


def _declared(table: TableInfo) -> tuple[str, ...]:
    return tuple(json.loads(table.properties.get("aiops.primary_key", "[]")))


def _time(table: TableInfo) -> str:
    """The only column of times; with none or several, the person says which."""
    times = [column.name for column in table.columns if column.type.upper().startswith(_TIMES)]
    if len(times) != 1:
        there = f"{', '.join(times)} could: add 'keeping the newest by {times[0]}'." if times else _there(table)
        raise NotFound(f"Which column says which row of {table.name} is the newest? {there}")
    return times[0]


def _same(source: str, table: TableInfo) -> bool:
    return source.replace("`", "").casefold() == table.full_name.casefold()


def _pairs(condition: str, alias: str) -> tuple[tuple[str, str], ...]:
    """(column of the parent, column of the joined table); none where it is more than equal columns."""
    pairs: list[tuple[str, str]] = []
    tree = sqlglot.parse_one(condition, dialect="databricks") if condition else None
    for part in tree.flatten() if isinstance(tree, exp.And) else (tree,):
        if not isinstance(part, exp.EQ) or not (
            isinstance(part.left, exp.Column) and isinstance(part.right, exp.Column)
        ):
            return ()
        left, right = part.left, part.right
        if left.table == alias:
            left, right = right, left
        if right.table != alias:
            return ()
        pairs.append((left.name, right.name))
    return tuple(pairs)
