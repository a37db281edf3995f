"""What kind of statement a text is: a query, a write, a definition; and which tables it names."""

from __future__ import annotations

import re
from functools import lru_cache

import sqlglot
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.statements import split

_BEFORE = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]+")
_QUERIES = frozenset(("SELECT", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN"))
_MAYBE = frozenset(("WITH", "FROM"))
"""These begin a query as a rule, but also `WITH … INSERT` and `FROM … INSERT`."""
_DEFINITIONS = frozenset(("CREATE", "DROP", "ALTER", "COMMENT", "RESTORE", "UNDROP", "GRANT", "REVOKE", "REPLACE"))
_REPORTING = frozenset(("OPTIMIZE", "VACUUM", "RESTORE", "ANALYZE", "REFRESH"))
"""These change something and give rows about it, so they go to query and to execute."""
_WRITES = (_DEFINITIONS | {"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY"}) - _REPORTING
_OF_SESSION = frozenset(("USE", "SET", "RESET", "DECLARE", "BEGIN", "CACHE", "UNCACHE", "CLEAR"))
_TEMPORARY = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:GLOBAL\s+)?TEMP(?:ORARY)?\s+(VIEW|TABLE|FUNCTION)\b", re.IGNORECASE
)
_TWO_WORDS = re.compile(r"[A-Za-z]+(?:\s+[A-Za-z]+)?")


def check_kind(statement: str) -> None:
    """Raises StatementRefused for what would change the session, which other people's statements go over next, and
    StatementInvalid for more than one statement."""
    changing = _change_of_session(statement)
    if changing is not None:
        raise StatementRefused(
            f"{changing} is not supported: it changes the session, and sessions are shared by statements that do not "
            "know of one another.",
            next_step="Name every table in full, and keep intermediate results in a subquery.",
            error_class="UNSUPPORTED_FEATURE",
        )
    if ";" in statement and len(split(statement)) > 1:
        raise StatementInvalid(
            "One statement at a time: the text holds more than one.", error_class="PARSE_SYNTAX_ERROR"
        )


def _change_of_session(statement: str) -> str | None:
    """The statement by name when it changes the session."""
    word = _first_word(statement)
    temporary = _TEMPORARY.search(statement) if word == "CREATE" else None
    if temporary is not None:
        return f"TEMPORARY {temporary[1].upper()}"
    if word not in _OF_SESSION:
        return None
    start = _BEFORE.match(statement)
    two = _TWO_WORDS.match(statement, start.end() if start else 0)
    return "BEGIN ... END" if word == "BEGIN" or two is None else " ".join(two[0].split()).upper()


def is_explanation(statement: str) -> bool:
    """Whether it is an EXPLAIN, whose rows may be what is wrong with the statement."""
    return _first_word(statement) == "EXPLAIN"


def is_query(statement: str) -> bool:
    """Whether it only reads, so that it may run twice."""
    word = _first_word(statement)
    return word in _QUERIES or (word in _MAYBE and isinstance(_parsed(statement), exp.Query))


def is_write(statement: str) -> bool:
    """Whether it certainly changes something."""
    word = _first_word(statement)
    return word in _WRITES or (word in _MAYBE and isinstance(_parsed(statement), exp.DML))


def is_definition(statement: str) -> bool:
    """Whether tables, columns or rights may be others afterwards."""
    return _first_word(statement) in _DEFINITIONS


@lru_cache(maxsize=512)
def tables_in(statement: str, catalog: str) -> tuple[str, ...]:
    """Names of the tables in a statement, with their catalog; for counting and tracing, not for deciding anything."""
    tree = _parsed(statement) if statement else None
    if tree is None:
        return ()
    found = (tuple(part.name for part in table.parts) for table in tree.find_all(exp.Table))
    named = (".".join(parts if len(parts) == 3 else (catalog, *parts)) for parts in found if len(parts) > 1)
    return tuple(dict.fromkeys(named))


def _first_word(statement: str) -> str:
    start = _BEFORE.match(statement)
    word = _WORD.match(statement, start.end() if start else 0)
    return word[0].upper() if word else ""


@lru_cache(maxsize=512)
def _parsed(statement: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(statement, dialect="databricks")
    except (sqlglot.errors.SqlglotError, RecursionError):
        return None
