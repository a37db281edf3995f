"""The statements of PostgreSQL and MySQL dumps as patterns, the names in them, and why a statement is not read."""

from __future__ import annotations

import re

PART = r'(?:"(?:[^"]|"")+"|`[^`]+`|[\w$]+)'
NAME = rf"{PART}(?:\s*\.\s*{PART})*"
COLUMNS = rf"\(\s*({PART}(?:\s*,\s*{PART})*)\s*\)"
CREATE = re.compile(r"CREATE\s+(?:UNLOGGED\s+|FOREIGN\s+)?TABLE\b", re.IGNORECASE)
INSERT = re.compile(
    rf"(?:INSERT|REPLACE)\s+(?:IGNORE\s+|DELAYED\s+)*INTO\s+(?:ONLY\s+)?({NAME})\s*(?:{COLUMNS})?\s*"
    r"(?:OVERRIDING\s+\w+\s+VALUE\s*)?VALUES?\b",
    re.IGNORECASE,
)
COPY = re.compile(rf"COPY\s+(?:ONLY\s+)?({NAME})\s*(?:{COLUMNS})?\s*FROM\s+stdin\b(.*)", re.IGNORECASE | re.DOTALL)
ALTER = re.compile(rf"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?({NAME})", re.IGNORECASE)
PRIMARY = re.compile(rf"PRIMARY\s+KEY\s*(?:USING\s+\w+\s*)?{COLUMNS}", re.IGNORECASE)
FOREIGN = re.compile(
    rf"FOREIGN\s+KEY\s*(?:{PART}\s*)?{COLUMNS}\s*REFERENCES\s+({NAME})\s*(?:{COLUMNS})?", re.IGNORECASE
)
COMMENT = re.compile(rf"COMMENT\s+ON\s+(TABLE|COLUMN)\s+({NAME})\s+IS\s+[eE]?'(.*)'$", re.IGNORECASE | re.DOTALL)
DROP = re.compile(rf"DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?({NAME}(?:\s*,\s*{NAME})*)", re.IGNORECASE)
TRUNCATE = re.compile(rf"TRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?({NAME}(?:\s*,\s*{NAME})*)", re.IGNORECASE)
NAMES = re.compile(NAME)
SCHEMA = re.compile(
    rf"USE\s+({PART})$|SET\s+(?:SESSION\s+|LOCAL\s+)?search_path\s*(?:=|TO)\s*({PART})"
    rf"|SELECT\s+(?:pg_catalog\.)?set_config\('search_path',\s*'({PART})?",
    re.IGNORECASE,
)
ROWS_END = re.compile(r"$|ON\b|RETURNING\b|AS\b", re.IGNORECASE)
_REASONS = (
    (r"CREATE\s+(OR\s+REPLACE\s+)?((TEMP|TEMPORARY|MATERIALIZED|RECURSIVE)\s+)*VIEW", "a view; only tables are loaded"),
    (r"CREATE\s+.*?TABLE\b", "not a table with written columns and rows of its own"),
    (r"CREATE\s+(UNIQUE\s+)?INDEX|ALTER\s+INDEX", "an index; not needed here"),
    (r"CREATE\s+TYPE|CREATE\s+DOMAIN|ALTER\s+TYPE", "a type of its own; its values are read as text"),
    (r"CREATE\s+SEQUENCE|ALTER\s+SEQUENCE|SELECT\s+pg_catalog\.setval", "a counter; the rows have their numbers"),
    (r"CREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE|TRIGGER|RULE|AGGREGATE)|DO\b|DELIMITER", "code; never executed"),
    (r"(CREATE|ALTER|DROP|COMMENT\s+ON)\s+(SCHEMA|EXTENSION|DATABASE|ROLE|USER|POLICY|PUBLICATION)", "not a table"),
    (r"DROP", "nothing is there yet to be removed"),
    (r"GRANT|REVOKE|ALTER\s+DEFAULT", "rights; roles are set in this platform's policy"),
    (r"INSERT|REPLACE", "only rows written out as VALUES are read"),
    (r"UPDATE|DELETE|TRUNCATE|MERGE", "changes rows; the rows are loaded as they are written out"),
    (
        r"ALTER\s+TABLE.*\b(RENAME|DROP|MODIFY|CHANGE|(ADD|ALTER)\s+COLUMN)\b",
        "changes a table; it is loaded as it was made",
    ),
    (r"ALTER", "changes nothing that is loaded"),
    (r"SELECT|WITH|EXPLAIN|ANALYZE", "a query; it brings no rows"),
    (r"/\*!|SET|RESET|BEGIN|COMMIT|START|END|ROLLBACK|LOCK|UNLOCK|USE|VACUUM|\\", "a setting of the session"),
    (r"COPY", "only COPY ... FROM stdin carries rows"),
)


def reason(text: str) -> str:
    """Why a statement is not read, in words."""
    return next((why for pattern, why in _REASONS if re.match(pattern, text, re.IGNORECASE)), "not understood")


def parts_of(name: str) -> list[str]:
    return [part[1:-1].replace('""', '"') if part[0] in '"`' else part for part in re.findall(PART, name)]
