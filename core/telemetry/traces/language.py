"""The language of the filter line: `agent:CodeAgent status:error duration>2s -model:llama* "late orders"`.

    line  = { term }
    term  = [ "-" ] ( field ":" value { "," value } | field ( ">" | ">=" | "<" | "<=" | "=" ) amount | text )
    value = word | quoted     (a * stands for any characters)
    text  = word | quoted     (looked for in what was asked and answered)

Terms are read into a closed list of columns and bound values. What a person typed never becomes SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.errors import FilterInvalid

Scope = Literal["request", "span", "either"]
Comparison = Literal[">", ">=", "<", "<=", "="]
LONGEST = 1_000
_TERMS = 30
_TOKEN = re.compile(
    r"""\s*(?P<minus>-)?(?:(?P<field>[A-Za-z_]+)(?P<op>:|>=|<=|>|<|=)(?P<value>(?:"[^"]*"|[^\s",]+)(?:,(?:"[^"]*"|[^\s",]+))*)?"""
    r"""|"(?P<quoted>[^"]*)"|(?P<word>[^\s"]+))(?=\s|$)"""
)
_VALUE = re.compile(r'"([^"]*)"|([^\s",]+)')
_AMOUNT = re.compile(r"\$?(\d+(?:\.\d+)?)(ms|s|m|h|k)?")
_MILLISECONDS = {"ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0}


@dataclass(frozen=True)
class Field:
    """A name of the language: the column of a request and that of a span; '' where it is of one of them only."""

    name: str
    meaning: str
    request: str = ""
    span: str = ""
    number: Literal["", "duration", "money", "count"] = ""
    values: tuple[str, ...] = ()
    """All values there are, where they are a closed list."""
    narrows: bool = False
    """Whether it picks single spans: then all the other terms speak of that span too, where they can."""


_TOKENS = "coalesce(tokens_in, 0) + coalesce(tokens_out, 0)"
FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("agent", "who worked on it", span="agent", narrows=True),
        Field(
            "kind", "of a step", span="kind", narrows=True,
            values=("request", "agent", "model", "retrieval", "statement", "sandbox", "wait"),
        ),
        Field("model", "that was called", span="model", narrows=True),
        Field("provider", "of the model", span="provider", narrows=True),
        Field("step", "its name", span="name", narrows=True),
        Field("statement", "its id", span="statement_id", narrows=True),
        Field("prompt", "its version", span="prompt_version", narrows=True),
        Field("arm", "of an experiment", span="arm", narrows=True),
        Field("status", "of the request or step", "status", "status", values=("ok", "error", "cancelled")),
        Field("error", "its code", "error_code", "error_code"),
        Field(
            "outcome", "of the request", "outcome",
            values=("answered", "pending_approval", "needs_clarification", "refused", "failed", "cancelled"),
        ),
        Field(
            "rung", "how it was answered", "rung",
            values=("verified_query", "semantic_query", "generated_sql", "investigation", "knowledge", "code",
                    "tests", "bi", "execution", "operations"),
        ),
        Field("intent", "what was asked for", "intent"),
        Field("user", "who asked", "user_id"),
        Field("role", "of who asked", "user_role"),
        Field("session", "the conversation", "session_id"),
        Field("trace", "its id", "trace_id"),
        Field("correlation", "its id", "correlation_id"),
        Field("duration", "in ms, s, m or h", "duration_ms", "duration_ms", number="duration"),
        Field("cost", "in the currency it was paid in", "cost", "cost", number="money"),
        Field("tokens", "in and out", "tokens", _TOKENS, number="count"),
        Field("unpriced", "calls without a price", "unpriced", "unpriced", number="count"),
        Field("statements", "on the warehouse", "statements", "statements", number="count"),
        Field("rows", "of a result", span="rows", number="count", narrows=True),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One condition: a column out of FIELDS, and values that are bound."""

    field: Field
    values: tuple[str, ...] = ()
    comparison: Comparison | None = None
    amount: float = 0.0
    negated: bool = False


@dataclass(frozen=True)
class Query:
    """What a line says: conditions, and pieces of text that all have to stand in what was asked or answered."""

    terms: tuple[Term, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def of_spans(self) -> tuple[Term, ...]:
        """Conditions on one and the same span; none when no term picks single spans."""
        if not any(term.field.narrows for term in self.terms):
            return ()
        return tuple(term for term in self.terms if term.field.span)

    @property
    def of_request(self) -> tuple[Term, ...]:
        """Conditions on the request as a whole."""
        spans = set(map(id, self.of_spans))
        return tuple(term for term in self.terms if id(term) not in spans)


def parse(line: str) -> Query:
    """Read a filter line; raises FilterInvalid with a sentence that says what there is."""
    if len(line) > LONGEST:
        raise FilterInvalid(f"The filter is longer than {LONGEST:,} characters.")
    terms: list[Term] = []
    texts: list[str] = []
    at, line = 0, line.rstrip()
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            raise FilterInvalid(f"The filter cannot be read from {_short(line[at:].strip())} on.", next_step=_QUOTES)
        at = match.end()
        if match["field"] is not None:
            terms.append(_term(match))
        elif match["minus"]:
            raise FilterInvalid("Text cannot be excluded; only a field can: -status:error.")
        elif piece := (match["quoted"] if match["quoted"] is not None else match["word"]).strip():
            texts.append(piece)
    if len(terms) + len(texts) > _TERMS:
        raise FilterInvalid(f"The filter has more than {_TERMS} terms.")
    return Query(tuple(terms), tuple(texts))


def terms(line: str) -> tuple[str, ...]:
    """The terms of a line as they were typed; a line that cannot be read is one."""
    found, at, line = [], 0, line.strip()
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            return (line,)
        found.append(match.group().strip())
        at = match.end()
    return tuple(found)


def term(field: str, value: str) -> str:
    """A field and its value as one term of a line."""
    return f"{field}:{_quoted(value)}"


def condition(
    terms: Iterable[Term], scope: Literal["request", "span"], prefix: str
) -> tuple[str, dict[str, float | str]]:
    """The terms as conditions over columns of FIELDS, and the values they are bound to."""
    pieces: list[str] = []
    bound: dict[str, float | str] = {}
    for number, term in enumerate(terms):
        name, column = f"{prefix}{number}", term.field.request if scope == "request" else term.field.span
        if term.comparison is not None:
            piece = f"({column}) {term.comparison} :{name}"
            bound[name] = term.amount
        else:
            piece = f"coalesce({column}, '') RLIKE :{name}"
            bound[name] = pattern(term.values)
        pieces.append(f"AND NOT coalesce({piece}, FALSE)" if term.negated else f"AND {piece}")
    return "\n    ".join(pieces), bound


def pattern(values: Iterable[str]) -> str:
    """A regular expression that fits exactly these values, whatever their case; * stands for any characters."""
    return "(?i)^(" + "|".join(".*".join(map(re.escape, value.split("*"))) for value in values) + ")$"


def completions(line: str, known: Mapping[str, Iterable[str]], limit: int = 12) -> tuple[str, ...]:
    """How the last word of `line` could go on: whole lines. `known` are values that were seen, by field."""
    head, _, word = line.rpartition(" ")
    begun, minus = word.removeprefix("-"), "-" if word.startswith("-") else ""
    before = f"{head} " if head else ""
    name, colon, value = begun.partition(":")
    if colon and (field := FIELDS.get(name.lower())) is not None:
        seen = dict.fromkeys([*field.values, *known.get(field.name, ())])
        fitting = [item for item in seen if value.strip('"').lower() in item.lower() and item != value]
        return tuple(f"{before}{minus}{field.name}:{_quoted(item)}" for item in fitting[:limit])
    names = [field for field in FIELDS.values() if field.name.startswith(begun.lower())]
    return tuple(f"{before}{minus}{field.name}{'>' if field.number else ':'}" for field in names[:limit])


def _term(match: re.Match[str]) -> Term:
    name = match["field"].lower()
    field = FIELDS.get(name)
    if field is None:
        raise FilterInvalid(
            f"There is no field {_short(match['field'])}. There are {', '.join(FIELDS)}.", next_step=_QUOTES
        )
    if not match["value"]:
        raise FilterInvalid(f"{field.name} has no value.", next_step=_example(field))
    negated = match["minus"] is not None
    if field.number:
        return _comparison(field, match["op"], match["value"], negated)
    if match["op"] not in (":", "="):
        raise FilterInvalid(f"{field.name} is text and cannot be compared by {match['op']}.", next_step=_example(field))
    values = tuple(quoted or word for quoted, word in _VALUE.findall(match["value"]))
    for value in values:
        _check(field, value)
    return Term(field, values, negated=negated)


def _comparison(field: Field, op: str, value: str, negated: bool) -> Term:
    amount = _AMOUNT.fullmatch(value)
    if amount is None or not _fits(field, amount[2]):
        raise FilterInvalid(f"{_short(value)} is no value of {field.name}.", next_step=_example(field))
    number = float(amount[1])
    if field.number == "duration":
        number *= _MILLISECONDS[amount[2] or "ms"]
    elif amount[2] == "k":
        number *= 1000
    comparison: Comparison = "=" if op in (":", "=") else op  # type: ignore[assignment]
    return Term(field, comparison=comparison, amount=number, negated=negated)


def _fits(field: Field, unit: str | None) -> bool:
    return unit is None or (unit in _MILLISECONDS if field.number == "duration" else unit == "k")


def _check(field: Field, value: str) -> None:
    if field.values and not any(re.fullmatch(pattern([value]), known) for known in field.values):
        raise FilterInvalid(f"{field.name} is never {_short(value)}. There are {', '.join(field.values)}.")


def _example(field: Field) -> str:
    if not field.number:
        return f"Write {field.name}:{field.values[0] if field.values else 'value'}; a * stands for any characters."
    unit = {"duration": "2s (or ms, m, h)", "money": "0.01", "count": "100"}[field.number]
    return f"Write {field.name}>{unit}; also >=, <, <= and =."


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r'[\s",]', value) else value


def _short(text: str) -> str:
    return f"“{text[:40]}{'…' if len(text) > 40 else ''}”"


_QUOTES = 'Put text in quotation marks to look for it: "late orders".'
