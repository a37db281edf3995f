"""What to write instead of a form that Databricks knows and this guard does not: words for people, never a verdict.

Looked up only after a denial, in the words of the text outside quotes; so it may guess, and changes nothing.
"""

from __future__ import annotations

import re

_FORMS = (
    (r".*\bSCHEMA EVOLUTION", "WITH SCHEMA EVOLUTION: add the columns first (ALTER TABLE … ADD COLUMNS), then write."),
    (r"(CREATE|REPLACE) .*\bCLONE\b", "CLONE: write CREATE TABLE … AS SELECT * FROM the table."),
    (r"CREATE .*TABLE [^ ]+( \. [^ ]+)* LIKE", "CREATE TABLE … LIKE: write AS SELECT * FROM the table WHERE false."),
    (r"CREATE .*\bPARTITIONED BY", "PARTITIONED BY: it takes names of columns only, without types or functions."),
    (r".*\bLOCATION\b", "LOCATION: only managed tables may be made; leave it out."),
    (r"CREATE .*\bTEMP(ORARY)? ", "Temporary objects: name the query with WITH in the statement that needs it."),
    (r"INSERT .*\bREPLACE (USING|ON)\b", "REPLACE USING / ON: write MERGE, or REPLACE WHERE with a condition."),
    (r"INSERT .*\bREPLACE WHERE", "REPLACE WHERE: without a list of columns (BY NAME does it) and without a subquery."),
    (r"INSERT .*\bPARTITION \(", "PARTITION (…): give the column's value in the query, or write REPLACE WHERE."),
    (r"UPDATE .*\bSET .* FROM", "UPDATE … FROM: write MERGE INTO … WHEN MATCHED THEN UPDATE SET …"),
    (r"DELETE FROM .* USING", "DELETE … USING: write DELETE … WHERE … IN (SELECT …)."),
    (r"ALTER VIEW", "ALTER VIEW: only ALTER VIEW name AS query; for all else CREATE OR REPLACE VIEW."),
    (r"ALTER TABLE", "ALTER TABLE: only ADD, RENAME and DROP COLUMN, a column's COMMENT, and RENAME TO."),
    (r"TABLE\b", "TABLE name: may stand alone or before ORDER BY, LIMIT, UNION; else write SELECT * FROM name."),
    (r"(BEGIN|DECLARE|SET|USE)\b", "Scripts and settings: send one query or one write at a time."),
)
_PATTERNS = tuple((re.compile(pattern), sentence) for pattern, sentence in _FORMS)
_QUOTED = frozenset({"STRING", "RAW_STRING", "IDENTIFIER"})
_MOST = 4_000


def advice(text: str) -> tuple[str, ...]:
    """The sentence for the first form that `text` seems to have; nothing when it has none or cannot be split."""
    try:
        words = _words(text[:_MOST])
    except Exception:  # noqa: BLE001 - a text that cannot be split is denied already, and there is nothing to add
        return ()
    return next(((sentence,) for pattern, sentence in _PATTERNS if pattern.match(words)), ())


def _words(text: str) -> str:
    from sqlglot import Dialect

    tokens = Dialect.get_or_raise("databricks").tokenize(text)
    return " ".join("x" if token.token_type.name in _QUOTED else str(token.text).upper() for token in tokens)
