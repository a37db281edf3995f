"""SHOW, DESCRIBE and EXPLAIN, read by a grammar of our own: the parser of queries takes them as opaque text.

What is sent is written anew from what was read, so nothing that the grammar does not know can pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from core.codecheck.parsing import Denied
from core.governance.scope import join_name, quote_part

_LEADING = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(show|describe|desc|explain)\b", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATTERN = re.compile(r"[A-Za-z0-9_ .*|%-]*")
_LISTS = {"TABLES": "SCHEMA", "VIEWS": "SCHEMA", "SCHEMAS": "CATALOG", "DATABASES": "CATALOG"}
_PEOPLE_AND_PLACES = ("CATALOGS", "USERS", "GROUPS", "CONNECTIONS", "SHARES", "RECIPIENTS", "PROVIDERS")
_SECURABLES = ("TABLE", "VIEW", "SCHEMA", "CATALOG")
_NO_TABLES = ("SCHEMA", "DATABASE", "CATALOG", "QUERY", "FUNCTION", "VOLUME", "CONNECTION", "SHARE", "PROCEDURE")
_EXPLAIN_MODES = ("EXTENDED", "CODEGEN", "COST", "FORMATTED")


@dataclass(frozen=True)
class Inspection:
    """A statement about metadata: `prefix` name `suffix`, of which the name is still to be resolved and checked."""

    prefix: str
    kind: str
    """table, schema or catalog: the name must be of one granted; restricted: no wildcard grants it; query: EXPLAIN."""
    name: tuple[str, ...] = ()
    suffix: str = ""
    query: str = ""
    """The text that EXPLAIN explains."""

    def render(self) -> str:
        """The statement as it is sent."""
        body = self.query if self.kind == "query" else join_name(self.name)
        return " ".join(part for part in (self.prefix, body, self.suffix) if part)


def is_inspection(text: str) -> bool:
    """Whether the statement's first word is SHOW, DESCRIBE or EXPLAIN."""
    return _LEADING.match(text) is not None


def read_inspection(text: str) -> Inspection:
    """What `text` asks; raises Denied when it is none of the known forms."""
    words = _Words(text)
    if words.take("SHOW"):
        return _show(words)
    if words.take("EXPLAIN"):
        mode = next((mode for mode in _EXPLAIN_MODES if words.take(mode)), "")
        return Inspection(f"EXPLAIN {mode}".strip(), "query", query=words.rest())
    if words.take("DESCRIBE") or words.take("DESC"):
        return _describe(words)
    raise words.unknown()


def _show(words: _Words) -> Inspection:
    for what, place in _LISTS.items():
        if words.take(what):
            words.need("IN", "FROM", advice=f"name the {place.lower()}: SHOW {what} IN name")
            shown = "SCHEMAS" if what == "DATABASES" else what
            found = Inspection(f"SHOW {shown} IN", place.lower(), words.name(2 if place == "SCHEMA" else 1))
            return _ended(words, replace(found, suffix=_like(words)))
    if words.take("COLUMNS"):
        words.need("IN", "FROM", advice="name the table: SHOW COLUMNS IN name")
        return _ended(words, Inspection("SHOW COLUMNS IN", "table", _column_holder(words)))
    if words.take("CREATE"):
        words.need("TABLE", advice="only SHOW CREATE TABLE is known")
        return _ended(words, Inspection("SHOW CREATE TABLE", "table", words.name(3)))
    if words.take("TBLPROPERTIES"):
        return _ended(words, Inspection("SHOW TBLPROPERTIES", "table", words.name(3)))
    for what in _PEOPLE_AND_PLACES:
        if words.take(what):
            return _ended(words, Inspection(f"SHOW {what}", "restricted", suffix=_like(words)))
    if words.take("GRANTS") or words.take("GRANT"):
        return _grants(words)
    raise words.unknown()


def _column_holder(words: _Words) -> tuple[str, ...]:
    """`table`, or `table IN schema`."""
    name = words.name(3)
    if words.take("IN") or words.take("FROM"):
        if len(name) > 1:
            raise words.unknown()
        name = (*words.name(2), *name)
    return name


def _grants(words: _Words) -> Inspection:
    principal = "" if words.peek() == "ON" else quote_part(words.part())
    words.need("ON", advice="name what is granted: SHOW GRANTS ON TABLE name")
    securable = next((word for word in _SECURABLES if words.take(word)), None)
    if securable is None:
        raise words.unknown()
    prefix = " ".join(part for part in ("SHOW GRANTS", principal, "ON", securable) if part)
    return _ended(words, Inspection(prefix, "restricted", words.name(3)))


def _like(words: _Words) -> str:
    given = words.take("LIKE")
    if not given and words.done:
        return ""
    return f"LIKE '{words.pattern()}'"


def _describe(words: _Words) -> Inspection:
    if words.take("HISTORY"):
        found = Inspection("DESCRIBE HISTORY", "table", words.name(3))
        return _ended(words, replace(found, suffix=f"LIMIT {words.number()}") if words.take("LIMIT") else found)
    if words.take("DETAIL"):
        return _ended(words, Inspection("DESCRIBE DETAIL", "table", words.name(3)))
    if not words.take("TABLE") and words.peek() in _NO_TABLES:
        raise words.unknown()
    extended = words.take("EXTENDED") or words.take("FORMATTED")
    found = Inspection("DESCRIBE TABLE EXTENDED" if extended else "DESCRIBE TABLE", "table", words.name(3))
    if words.take("AS"):
        words.need("JSON", advice="only AS JSON is known")
        return _ended(words, replace(found, suffix="AS JSON"))
    if not words.done:
        return _ended(words, replace(found, suffix=join_name(words.name(3))))
    return found


def _ended(words: _Words, found: Inspection) -> Inspection:
    if not words.done:
        raise words.unknown()
    return found


class _Words:
    """A position in the statement's words."""

    def __init__(self, text: str) -> None:
        from sqlglot import Dialect
        from sqlglot.tokenizer_core import TokenType

        self._kinds = TokenType
        self._text = text
        # Behind a bracket the first word is a word like any other, and not the start of an opaque command.
        tokens = Dialect.get_or_raise("databricks").tokenize("(" + text)[1:]
        while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
            tokens.pop()
        self._tokens = tokens
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def peek(self) -> str:
        return "" if self.done or self._is_quoted() else str(self._tokens[self._at].text).upper()

    def take(self, word: str) -> bool:
        if self.peek() != word:
            return False
        self._at += 1
        return True

    def need(self, *words: str, advice: str) -> None:
        if not any(self.take(word) for word in words):
            raise Denied(f"The statement may not run in this form; {advice}.")

    def part(self) -> str:
        token = self._next()
        quoted = token.token_type is self._kinds.IDENTIFIER
        if (not quoted and not _WORD.fullmatch(token.text)) or token.token_type is self._kinds.STRING:
            raise self.unknown()
        return str(token.text)

    def name(self, most: int) -> tuple[str, ...]:
        parts = [self.part()]
        while self.take("."):
            parts.append(self.part())
        if len(parts) > most:
            raise Denied(f"'{'.'.join(parts)[:80]}' has more than {most} parts.")
        return tuple(parts)

    def pattern(self) -> str:
        token = self._next()
        if token.token_type is not self._kinds.STRING or not _PATTERN.fullmatch(token.text):
            raise self.unknown()
        return str(token.text)

    def number(self) -> int:
        token = self._next()
        if not (token.text.isascii() and token.text.isdigit()) or len(token.text) > 9:
            raise self.unknown()
        return int(token.text)

    def rest(self) -> str:
        """The text from here on; it is at least one word."""
        if self.done:
            raise self.unknown()
        return self._text[self._tokens[self._at].start - 1 :]

    def unknown(self) -> Denied:
        first = " ".join(str(token.text).upper() for token in self._tokens[:2])[:60]
        return Denied(
            f"A statement that begins with {first} may not run here in this form; SHOW TABLES / COLUMNS / SCHEMAS IN, "
            "SHOW CREATE TABLE, DESCRIBE and EXPLAIN of a query may."
        )

    def _next(self) -> Any:
        if self.done:
            raise self.unknown()
        self._at += 1
        return self._tokens[self._at - 1]

    def _is_quoted(self) -> bool:
        return self._tokens[self._at].token_type in (self._kinds.IDENTIFIER, self._kinds.STRING)
