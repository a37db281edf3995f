"""A statement read word by word: what the parser of queries does not know (ALTER, SHOW, VACUUM, ...) is read here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.dialect.parameters import type_of
from core.warehouse.embedded.names import parse_name
from core.warehouse.port import Parameters, Value

_INNER = re.compile(r"\(\s*DESC(?:RIBE)?\s", re.IGNORECASE)
"""A first look, before the text is read word by word."""


class Clauses:
    """A position in a statement's words; every method reads on from there. Raises StatementInvalid, by what it met."""

    def __init__(self, text: str, parameters: Parameters | None = None) -> None:
        self.text = text
        self._parameters = parameters or {}
        self._tokens = _tokens(text)
        self._at = 0

    def take(self, *words: str) -> bool:
        """Step over these words when they are the next ones."""
        found = [token.text.upper() for token in self._tokens[self._at : self._at + len(words)]]
        if found != list(words) or any(self._is_quoted(self._at + number) for number in range(len(words))):
            return False
        self._at += len(words)
        return True

    def need(self, *words: str) -> None:
        """Step over these words, which must come next."""
        if not self.take(*words):
            raise self.unexpected(f"expected {' '.join(words)}")

    def peek(self) -> str:
        """The next word in capitals; empty at the end."""
        return "" if self.done else str(self._tokens[self._at].text).upper()

    @property
    def done(self) -> bool:
        """True when only semicolons are left."""
        return all(token.token_type is TokenType.SEMICOLON for token in self._tokens[self._at :])

    def end(self) -> None:
        """Nothing may follow."""
        if not self.done:
            raise self.unexpected("expected the end of the statement")

    def name(self) -> tuple[str, ...]:
        """A name of one or more parts, or IDENTIFIER(...) of a text that is one."""
        if self.peek() == "IDENTIFIER" and not self._is_quoted(self._at) and self._text_at(self._at + 1) == "(":
            return self._identifier()
        parts = [self.part()]
        while self.take("."):
            parts.append(self.part())
        return tuple(parts)

    def part(self) -> str:
        """One part of a name."""
        token = self._next()
        if token.token_type is TokenType.STRING or not (self._is_quoted(self._at - 1) or _is_word(token.text)):
            raise self.unexpected("expected a name", back=1)
        return str(token.text)

    def names(self) -> list[str]:
        """Names of one part in parentheses."""
        self.need("(")
        found = [self.part()]
        while self.take(","):
            found.append(self.part())
        self.need(")")
        return found

    def literal(self) -> str:
        """A text in quotes."""
        token = self._next()
        if token.token_type is not TokenType.STRING:
            raise self.unexpected("expected a text in quotes", back=1)
        found = str(token.text)
        while not self.done and self._tokens[self._at].token_type is TokenType.STRING:
            found += self._next().text
        return found

    def value(self) -> Value:
        """A number, a text in quotes or a named parameter."""
        if self.take(":"):
            name = self.part()
            if name not in self._parameters:
                raise StatementInvalid(f"The parameter :{name} has no value.", error_class="UNBOUND_SQL_PARAMETER")
            type_of(name, self._parameters[name])
            return self._parameters[name]
        token = self._next()
        if token.token_type is TokenType.NUMBER:
            return int(token.text) if str(token.text).isdigit() else float(token.text)
        if token.token_type is TokenType.STRING:
            return str(token.text)
        raise self.unexpected("expected a value", back=1)

    def properties(self) -> dict[str, str]:
        """`(key = value, ...)`; keys in quotes or dotted, values of any simple kind."""
        self.need("(")
        found: dict[str, str] = {}
        while True:
            key = self.property_key()
            self.take("=")
            found[key] = self._property_value()
            if not self.take(","):
                break
        self.need(")")
        return found

    def property_key(self) -> str:
        """A property's name, in quotes or dotted."""
        if not self.done and self._tokens[self._at].token_type is TokenType.STRING:
            return self.literal()
        return ".".join(self.name())

    def property_keys(self) -> list[str]:
        """`(key, ...)`."""
        self.need("(")
        found = [self.property_key()]
        while self.take(","):
            found.append(self.property_key())
        self.need(")")
        return found

    def rest(self) -> str:
        """What is left, as it was written, without a semicolon at the end."""
        if self.done:
            return ""
        start = self._tokens[self._at].start
        self._at = len(self._tokens)
        return self.text[start:].strip().rstrip(";").strip()

    def until(self, *words: str) -> str:
        """The text up to one of these words, a comma or a closing parenthesis outside parentheses."""
        start, depth = self._at, 0
        while not self.done:
            text = self.peek()
            if depth == 0 and (text in (",", ")", ";") or (text in words and not self._is_quoted(self._at))):
                break
            depth += (text in ("(", "[")) - (text in (")", "]"))
            self._at += 1
        if start == self._at:
            raise self.unexpected("expected an expression")
        return self.text[self._tokens[start].start : self._tokens[self._at - 1].end + 1]

    def in_parentheses(self) -> str:
        """The text between the next parenthesis and its partner."""
        self.need("(")
        found = self.until()
        self.need(")")
        return found

    def unexpected(self, what: str, back: int = 0) -> StatementInvalid:
        """The error of a statement that goes on otherwise than it may."""
        at = self._at - back
        near = self._tokens[at].text if at < len(self._tokens) else "the end"
        return StatementInvalid(
            f"The statement does not parse near {near!r}: {what}.", error_class="PARSE_SYNTAX_ERROR"
        )

    def _identifier(self) -> tuple[str, ...]:
        self.need("IDENTIFIER", "(")
        found = str(self.value())
        while self.take("||"):
            found += str(self.value())
        if not self.take(")"):
            raise StatementRefused(
                "IDENTIFIER of anything but texts and parameters joined by || is not supported.",
                error_class="UNSUPPORTED_FEATURE",
            )
        return parse_name(found)

    def _property_value(self) -> str:
        negative = self.take("-")
        token = self._next()
        text = str(token.text)
        if token.token_type is TokenType.STRING:
            return text
        return f"-{text}" if negative else text.lower() if text.upper() in ("TRUE", "FALSE") else text

    def _next(self) -> _Word:
        if self.done:
            raise self.unexpected("the statement is not complete")
        self._at += 1
        return self._tokens[self._at - 1]

    def _text_at(self, position: int) -> str:
        return self._tokens[position].text if position < len(self._tokens) else ""

    def _is_quoted(self, position: int) -> bool:
        kind = self._tokens[position].token_type if position < len(self._tokens) else None
        return kind in (TokenType.IDENTIFIER, TokenType.STRING)


def with_names(text: str, parameters: Parameters) -> str:
    """The statement with every `IDENTIFIER(...)` replaced by the name it stands for, in back-quotes."""
    if "IDENTIFIER" not in text.upper():
        return text
    clauses = Clauses(text, parameters)
    spans: list[tuple[int, int, str]] = []
    tokens = clauses._tokens
    while clauses._at < len(tokens):
        start = clauses._at
        called = clauses.peek() == "IDENTIFIER" and not clauses._is_quoted(start)
        if called and clauses._text_at(start + 1) == "(":
            parts = clauses.name()
            quoted = ".".join("`" + part.replace("`", "``") + "`" for part in parts)
            spans.append((tokens[start].start, tokens[clauses._at - 1].end + 1, quoted))
        else:
            clauses._at += 1
    for first, last, quoted in reversed(spans):
        text = text[:first] + quoted + text[last:]
    return text


def inner_descriptions(text: str) -> list[tuple[int, int, str]]:
    """Every `(DESCRIBE ...)` of a query: where what stands between the parentheses begins and ends, and its text."""
    if not _INNER.search(text):
        return []
    clauses = Clauses(text)
    found: list[tuple[int, int, str]] = []
    while not clauses.done:
        if not clauses.take("("):
            clauses._next()
        elif clauses.take("DESCRIBE") or clauses.take("DESC"):
            clauses._at -= 1
            start = clauses._tokens[clauses._at].start
            inner = clauses.until()
            found.append((start, start + len(inner), inner))
    return found


def parsed_type(text: str) -> Any:
    """The syntax tree of a column's type; raises StatementInvalid."""
    try:
        return exp.DataType.build(text, dialect="databricks")
    except (SqlglotError, ValueError) as error:
        raise StatementInvalid(f"{text} is not a type.", error_class="PARSE_SYNTAX_ERROR") from error


@dataclass(frozen=True)
class _Word:
    text: str
    token_type: TokenType
    start: int
    end: int
    """The position of the last character."""


def _tokens(text: str) -> list[_Word]:
    try:
        found = sqlglot.tokenize(text, read="databricks")
    except SqlglotError as error:
        raise StatementInvalid(f"The statement does not parse: {error}", error_class="PARSE_SYNTAX_ERROR") from error
    return [word for token in found for word in _words(token)]


def _words(token: Any) -> Iterator[_Word]:
    """One word a token; the tokenizer joins some (PRIMARY KEY, CLUSTER BY)."""
    if token.token_type in (TokenType.IDENTIFIER, TokenType.STRING) or " " not in token.text:
        yield _Word(token.text, token.token_type, token.start, token.end)
        return
    for part in token.text.split():
        yield _Word(part, TokenType.VAR, token.start, token.end)


def _is_word(text: str) -> bool:
    return bool(text) and (text[0].isalnum() or text[0] == "_") and not set(text) & set(" .,;()'\"=")
