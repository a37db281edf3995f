"""The values of a statement that could become parameters, each with the words of the question it came from.

A value that the question does not say ('not cancelled') belongs to a definition and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from core.errors import ModelInvalid
from core.semantic.match.dates import When, find_when
from core.semantic.match.lexicon import value_phrase
from core.semantic.match.tokens import Token, tokenize
from core.semantic.model import SemanticCatalog, value_key
from core.semantic.verified.fingerprint import plain_name
from core.semantic.verified.query import NAME, QueryParameter, Side
from core.semantic.verified.wording import stored_words

if TYPE_CHECKING:
    from sqlglot import exp

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_MOST_WORDS = 12


@dataclass(frozen=True)
class Candidate:
    """A value that could become a parameter, and the places of the statement where it stands."""

    parameter: QueryParameter
    places: tuple[int, ...]


@dataclass(frozen=True)
class _Literal:
    """A value compared with a column or a number."""

    place: int
    column: str
    table: str
    text: str
    kind: str
    """'date', 'number' or 'string'."""
    below: bool
    """Whether it is an upper end (`<`, `<=`)."""
    inclusive: bool
    equal: bool


def candidates(question: str, sql: str, catalog: SemanticCatalog, today: date) -> tuple[Candidate, ...]:
    """What of `sql` the question says; raises ModelInvalid for a statement that cannot be read."""
    tokens = tokenize(question)
    times = list(_times(tokens, today))
    groups: dict[tuple[str, str, str], list[_Literal]] = {}
    for literal in _literals(_parsed(sql)):
        groups.setdefault((literal.kind, literal.text, literal.column if literal.kind == "string" else ""), []).append(
            literal
        )
    found: list[Candidate] = []
    for group in groups.values():
        parameter = _parameter(group[0], tokens, times, catalog)
        if parameter is not None:
            taken = {candidate.parameter.name for candidate in found}
            parameter = parameter.model_copy(update={"name": _free(parameter.name, taken)})
            found.append(Candidate(parameter, tuple(literal.place for literal in group)))
    return tuple(found)


def with_parameters(sql: str, chosen: Iterable[Candidate]) -> str:
    """The statement with `:name` in the places of the chosen values."""
    from sqlglot import exp

    tree = _parsed(sql)
    names = {place: candidate.parameter.name for candidate in chosen for place in candidate.places}
    for place, node in list(_values(tree)):
        if place in names:
            node.replace(exp.Placeholder(this=names[place]))
    return str(tree.sql(dialect="databricks", pretty=True))


def written_dates(sql: str) -> tuple[str, ...]:
    """The days that stand in a statement as they are; they may follow from another one ('the quarter before')."""
    from sqlglot import exp

    texts = (literal.name for literal in _parsed(sql).find_all(exp.Literal) if literal.is_string)
    return tuple(dict.fromkeys(text for text in texts if _DAY.match(text)))


def _parsed(sql: str) -> exp.Expr:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        return sqlglot.parse_one(sql, dialect="databricks")
    except SqlglotError as error:
        raise ModelInvalid(f"The statement cannot be read: {str(error).splitlines()[0][:160]}") from error


def _values(tree: exp.Expr) -> Iterator[tuple[int, Any]]:
    """Every value that stands alone in a comparison, counted in the order of the statement."""
    from sqlglot import exp

    place = 0
    for node in tree.dfs():
        if _plain(node) is not None and isinstance(
            node.parent, (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
        ):
            yield place, node
            place += 1


def _plain(node: Any) -> tuple[str, str] | None:
    """(kind, text) of a literal, or of one that is cast to a date."""
    from sqlglot import exp

    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.is_string:
        date_like = node.to.this in (exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP) and _DAY.match(node.this.name)
        return ("date", node.this.name) if date_like else None
    if isinstance(node, exp.Literal):
        return ("string" if node.is_string else "number", node.name)
    return None


def _literals(tree: exp.Expr) -> Iterator[_Literal]:
    from sqlglot import exp

    aliases = {
        table.alias_or_name: plain_name(".".join(part for part in (table.catalog, table.db, table.name) if part))
        for table in tree.find_all(exp.Table)
    }
    for place, node in _values(tree):
        parent = node.parent
        other = parent.this if parent.this is not node else parent.expression
        if isinstance(parent, exp.In) and len(parent.expressions) != 1:
            continue
        kind, text = _plain(node) or ("", "")
        column = other if isinstance(other, exp.Column) else None
        if column is None and not (kind == "number" and isinstance(other, exp.AggFunc)):
            continue
        below = isinstance(parent, (exp.LT, exp.LTE)) or node.arg_key == "high"
        inclusive = isinstance(parent, exp.LTE) or node.arg_key == "high"
        yield _Literal(
            place,
            column.name if column is not None else "",
            aliases.get(column.table, "") if column is not None else "",
            text,
            kind,
            below,
            inclusive,
            isinstance(parent, exp.EQ),
        )


def _times(tokens: Sequence[Token], today: date) -> Iterator[tuple[str, When]]:
    at = 0
    while at < len(tokens):
        found = find_when(tokens, at, today)
        if found is not None:
            yield " ".join(token.text for token in tokens[at : at + found[0]]), found[1]
        at += found[0] if found is not None else 1


def _parameter(
    literal: _Literal, tokens: Sequence[Token], times: Sequence[tuple[str, When]], catalog: SemanticCatalog
) -> QueryParameter | None:
    match literal.kind:
        case "date":
            return _of_date(literal, times)
        case "number":
            return _of_number(literal, tokens)
    return _of_text(literal, tokens, catalog)


def _of_date(literal: _Literal, times: Sequence[tuple[str, When]]) -> QueryParameter | None:
    day = date.fromisoformat(literal.text)
    for words, when in times:
        side = _side(literal, day, when)
        if side is not None:
            both = when.start is not None and when.end is not None
            name, label = {
                "start": ("start_date", "from") if both else ("since", "since"),
                "end": ("end_date", "before") if both else ("until", "before"),
                "last": ("last_date", "until"),
                "day": ("day", "day"),
            }[side]
            return QueryParameter(name=name, type="date", default=literal.text, words=words, side=side, label=label)
    return None


def _side(literal: _Literal, day: date, when: When) -> Side | None:
    if literal.equal:
        single = when.start is not None and when.end == when.start + timedelta(days=1)
        return "day" if single and day == when.start else None
    if not literal.below:
        return "start" if day == when.start else None
    if when.end is None:
        return None
    if literal.inclusive:
        return "last" if day == when.end - timedelta(days=1) else None
    return "end" if day == when.end else None


def _of_number(literal: _Literal, tokens: Sequence[Token]) -> QueryParameter | None:
    token = next((t for t in tokens if t.number is not None and f"{t.number:g}" == f"{float(literal.text):g}"), None)
    if token is None:
        return None
    whole = literal.text.isdigit() and bool(literal.column)
    return QueryParameter(
        name=_named(literal.column) if literal.column else "number",
        type="integer" if whole else "number",
        default=literal.text,
        words=token.text,
        label=literal.column.replace("_", " ") if literal.column else "number",
    )


def _of_text(literal: _Literal, tokens: Sequence[Token], catalog: SemanticCatalog) -> QueryParameter | None:
    words = _said(literal.text, tokens)
    if not words:
        return None
    for model in catalog.models:
        for dimension in model.dimensions:
            alias, column = model.home(dimension)
            table = model.aliases[alias]
            here = column is not None and column.casefold() == literal.column.casefold()
            if not here or (literal.table and plain_name(table) != literal.table):
                continue
            if literal.text in catalog.values.get(value_key(table, column or ""), ()):
                return QueryParameter(
                    name=_named(dimension.name), type="enum", default=literal.text, words=words,
                    dimension=dimension.name, label=dimension.name,
                )  # fmt: skip
    return QueryParameter(
        name=_named(literal.column), type="string", default=literal.text, words=words,
        label=literal.column.replace("_", " "),
    )  # fmt: skip


def _said(text: str, tokens: Sequence[Token]) -> str:
    """The words of the question that say a stored text; '' when none do."""
    wanted = value_phrase(text)
    for size in range(1, min(_MOST_WORDS, len(tokens)) + 1):
        for at in range(len(tokens) - size + 1):
            window = tokens[at : at + size]
            quoted = size == 1 and window[0].quoted and value_phrase(window[0].text) == wanted
            if quoted or (wanted and stored_words(window) == wanted):
                return " ".join(token.text for token in window)
    return ""


def _named(words: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")[:36]
    return name if NAME.match(name) else "value"


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
