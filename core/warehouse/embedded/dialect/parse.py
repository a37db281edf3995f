"""One Databricks SQL statement to a syntax tree; text of more than one statement, or none, is refused."""

from __future__ import annotations

import logging
import re
from itertools import pairwise
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from core.errors import StatementInvalid, StatementRefused

_KEPT_BY_NAME = (
    "DATE_FORMAT", "TO_DATE", "TO_TIMESTAMP", "FROM_UNIXTIME", "UNIX_TIMESTAMP", "TO_UNIX_TIMESTAMP", "MAKE_TIMESTAMP",
    "MONTHS_BETWEEN", "PERCENTILE",
)  # fmt: skip


class Statements(Databricks):
    """Databricks SQL with some functions left as they are written: sqlglot would rewrite patterns, drop arguments."""

    class Parser(Databricks.Parser):  # type: ignore[misc, valid-type]
        FUNCTIONS: ClassVar = {
            name: made for name, made in Databricks.Parser.FUNCTIONS.items() if name not in _KEPT_BY_NAME
        }
        FUNCTION_PARSERS: ClassVar = {
            name: made for name, made in Databricks.Parser.FUNCTION_PARSERS.items() if name not in _KEPT_BY_NAME
        }


LONGEST_STATEMENT = 1_000_000
"""Characters; parsing time grows with the text."""

_DOUBLED = re.compile(r"[^\s(,=]''|''[^\s),;]|[^\s(,=]\"\"|\"\"[^\s),;]")

# It warns on every construct it keeps as text; the router refuses those by name instead.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse(statement: str) -> exp.Expr:
    """The tree of the only statement in the text; raises StatementInvalid."""
    if len(statement) > LONGEST_STATEMENT:
        raise StatementInvalid(f"The statement is longer than {LONGEST_STATEMENT:,} characters.")
    _refuse_doubled_quotes(statement)
    try:
        trees = [tree for tree in sqlglot.parse(statement, read=Statements) if tree is not None]
    except SqlglotError as error:
        raise StatementInvalid(_message(error), error_class="PARSE_SYNTAX_ERROR") from error
    except RecursionError as error:
        raise StatementInvalid("The statement is nested too deeply.", error_class="PARSE_SYNTAX_ERROR") from error
    trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1:
        found = "no statement" if not trees else f"{len(trees)} statements"
        raise StatementInvalid(f"One statement at a time: the text holds {found}.", error_class="PARSE_SYNTAX_ERROR")
    return trees[0]


def _refuse_doubled_quotes(statement: str) -> None:
    """Raises StatementRefused for `'it''s'`: it's or its, by the release of the runtime."""
    if not _DOUBLED.search(statement):
        return
    try:
        tokens = sqlglot.tokenize(statement, read="databricks")
    except SqlglotError:
        return
    for first, second in pairwise(tokens):
        if first.token_type == second.token_type == TokenType.STRING and first.end + 1 == second.start:
            raise StatementRefused(
                "A doubled quote inside a text is not supported: its meaning depends on the release. "
                "Write \\' instead.",
                error_class="UNSUPPORTED_FEATURE",
            )


def _message(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        near = first.get("highlight") or ""
        return (
            f"The statement does not parse near {near!r} (line {first.get('line')}, column {first.get('col')}): "
            + str(first.get("description"))
        )
    return f"The statement does not parse: {error}"
