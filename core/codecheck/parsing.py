"""From a text to the tree of its only statement, or to a denial; bounded in length, nesting and size."""

from __future__ import annotations

import logging
import re
from functools import cache
from itertools import pairwise
from typing import Any

from core.codecheck.vocabulary import words
from core.governance.scope import split_name

MAX_CHARACTERS = 100_000
MAX_NESTING = 100
"""Brackets within brackets; real statements stay below twenty."""
_MAX_STRUCTS = 8
"""struct(struct(...)): each one doubles the parser's time, which tries a type first."""
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ALSO_NAMES = words("WINDOW FROM ON ALIAS WHEN THEN ELSE WHERE VALUES LIKE FOR BETWEEN WITH")
"""Keywords (by kind of token) that the parser takes for one also where Databricks takes them for a name."""
_BEHIND_A_QUERY = words("SEMICOLON ORDER_BY LIMIT OFFSET UNION EXCEPT INTERSECT")
_STRUCT, _STRING = words("STRUCT"), words("STRING")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class Denied(Exception):
    """Carries sentences out of the checks; each says what and why."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class UnknownForm(Denied):
    """A statement of a kind or form that may not run here whatever it names."""


def parse_one_statement(text: str) -> Any:
    """The tree of the only statement in `text`, hints and comments left out. Raises Denied or the parser's error."""
    from sqlglot import exp

    trees = [tree for tree in _parsed(text) if tree is not None and not isinstance(tree, exp.Semicolon)]
    if not trees:
        raise Denied("There is no statement in the text.")
    if len(trees) > 1:
        raise Denied(f"Exactly one statement may run at a time; these are {len(trees)}.")
    tree = _as_select(trees[0])
    if "/*+" in text:
        for hint in list(tree.find_all(exp.Hint)):
            hint.pop()
    if "identifier" in text.lower():
        for table in list(tree.find_all(exp.Table)):
            _name_of_literal(table)
    return tree


def _as_select(tree: Any) -> Any:
    """`VALUES …` that stands alone as what it is short for, `SELECT * FROM VALUES …`; other trees as they are."""
    from sqlglot import exp

    if not isinstance(tree, exp.Values):
        return tree
    select = exp.Select(expressions=[exp.Star()])
    for key in ("with_", "order", "limit", "offset"):
        select.set(key, tree.args.get(key))
        tree.set(key, None)
    select.set("from_", exp.From(this=tree))
    return select


def _name_of_literal(table: Any) -> None:
    """`IDENTIFIER('a.b.c')` becomes the name that it stands for; of anything but a literal it stays, and is denied."""
    from sqlglot import exp

    call = table.this
    if not isinstance(call, exp.Anonymous) or call.name.upper() != "IDENTIFIER" or table.args.get("db"):
        return
    given = call.expressions[0] if len(call.expressions) == 1 else None
    if not isinstance(given, exp.Literal) or not given.is_string:
        return
    for key, part in zip(("this", "db", "catalog"), reversed(split_name(given.name)), strict=False):
        table.set(key, exp.to_identifier(part, quoted=True))


def _parsed(text: str) -> list[Any]:
    from sqlglot import Dialect

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    databricks = Dialect.get_or_raise("databricks")
    tokens = databricks.tokenize(text)
    _check_nesting(tokens)
    _check_quotes(tokens)
    if _is_whole_table(tokens):
        tokens = _table_spelled_out(tokens)
    also_names = _kinds(_ALSO_NAMES)
    for position, token in enumerate(tokens):
        if token.token_type in also_names and _is_name(tokens, position):
            tokens[position] = _as_name(token)
    return list(databricks.parser().parse(tokens, text))


@cache
def _kinds(names: frozenset[str]) -> frozenset[Any]:
    """The kinds of token of those names: compared as they are, since to ask each of a thousand its name takes time."""
    from sqlglot.tokenizer_core import TokenType

    return frozenset(TokenType[name] for name in names)


def _check_nesting(tokens: list[Any]) -> None:
    depth, structs = 0, [0]
    before = None
    (struct,) = _kinds(_STRUCT)
    for token in tokens:
        if token.text in _OPENING:
            depth += 1
            structs.append(structs[-1] + (before is struct))
            if depth > MAX_NESTING or structs[-1] > _MAX_STRUCTS:
                raise Denied(f"The statement has more than {MAX_NESTING} brackets in one another.")
        elif token.text in _CLOSING:
            depth -= 1
            structs = structs[:-1] or [0]
        before = token.token_type


def _check_quotes(tokens: list[Any]) -> None:
    """Refuses `'it''s'`, which some releases of the runtime read as it's and others as its."""
    (string,) = _kinds(_STRING)
    for before, token in pairwise(tokens):
        if before.token_type is token.token_type is string and before.end + 1 == token.start:
            raise Denied(r"A doubled quote in a text is read as it's or as its, by the release; write 'it\'s'.")


def _is_name(tokens: list[Any], position: int) -> bool:
    """Whether a keyword stands where only a name can: `:from` is a parameter, `window(…)` a function."""
    token = tokens[position]
    if token.token_type.name == "WINDOW":
        return position + 1 < len(tokens) and tokens[position + 1].text == "("
    before = tokens[position - 1] if position else None
    return before is not None and before.token_type.name == "COLON" and before.end + 1 == token.start


def _is_whole_table(tokens: list[Any]) -> bool:
    """Whether the statement is `TABLE a.b.c`, and behind the name only what may follow a whole query."""
    if not tokens or tokens[0].token_type.name != "TABLE":
        return False
    end = 2
    while end + 1 < len(tokens) and tokens[end].token_type.name == "DOT":
        end += 2
    return len(tokens) > 1 and (end >= len(tokens) or tokens[end].token_type.name in _BEHIND_A_QUERY)


def _table_spelled_out(tokens: list[Any]) -> list[Any]:
    """`TABLE name` as a whole statement becomes what it is short for, `SELECT * FROM name`."""
    from sqlglot.tokenizer_core import Token, TokenType

    first = tokens[0]
    place = (first.line, first.col, first.start, first.end)
    spelled = ((TokenType.SELECT, "SELECT"), (TokenType.STAR, "*"), (TokenType.FROM, "FROM"))
    return [*(Token(kind, word, *place, first.comments) for kind, word in spelled), *tokens[1:]]


def _as_name(token: Any) -> Any:
    from sqlglot.tokenizer_core import Token, TokenType

    return Token(TokenType.VAR, token.text, token.line, token.col, token.start, token.end, token.comments)


def check_characters(text: str) -> None:
    """The text must be one that reads as it runs. Raises Denied."""
    if not isinstance(text, str) or not text.strip():
        raise Denied("There is no statement in the text.")
    if len(text) > MAX_CHARACTERS:
        raise Denied(f"The statement is longer than {MAX_CHARACTERS:,} characters.")
    control = _CONTROL.search(text)
    if control:
        raise Denied(f"The text holds the control character U+{ord(control[0]):04X}.")
    if not text.isascii() and not _DIRECTION_MARKS.isdisjoint(text):
        raise Denied("The text holds marks that reverse its direction, so it would read otherwise than it runs.")


def unlink(*trees: Any) -> None:
    """Undo the trees' references to parents, so that they are freed at once and not by the collector."""
    for tree in trees:
        for node in [] if tree is None else list(tree.walk(bfs=True)):
            node.parent = None
