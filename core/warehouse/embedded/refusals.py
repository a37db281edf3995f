"""Statements that are refused by name, before anything parses them, with what to do instead."""

from __future__ import annotations

import re

from core.errors import StatementInvalid, StatementRefused

_LEADING = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_]+")
_NO_SESSION = "Sessions have no current catalog or schema: name tables as catalog.schema.table."
_NO_SCRIPTS = "Send one statement at a time."
_NO_RIGHTS = "Rights are those of the roles of the platform."
_NO_FILES = "Load files through the platform's loader."
_CREATE = r"CREATE\s+(?:OR\s+(?:REPLACE|REFRESH)\s+)?"

_REFUSED: tuple[tuple[str, str, str], ...] = (
    (r"USE\b", "USE", _NO_SESSION),
    (r"SET\s+CATALOG\b", "SET CATALOG", _NO_SESSION),
    (r"SET\s+RECIPIENT\b", "SET RECIPIENT", ""),
    (r"SET\s+(?:TIME\s*ZONE|VAR|VARIABLE)\b|SET\b", "SET", "Sessions hold no settings or variables."),
    (r"RESET\b", "RESET", "Sessions hold no settings."),
    (r"GRANT\b", "GRANT", _NO_RIGHTS),
    (r"REVOKE\b", "REVOKE", _NO_RIGHTS),
    (r"DENY\b", "DENY", _NO_RIGHTS),
    (r"SHOW\s+GRANTS?\b", "SHOW GRANTS", _NO_RIGHTS),
    (r"SHOW\s+(?:\w+\s+)?FUNCTIONS?\b", "SHOW FUNCTIONS", ""),
    (r"SHOW\s+TABLE\s+EXTENDED\b", "SHOW TABLE EXTENDED", "Ask DESCRIBE DETAIL for one table."),
    (r"SHOW\s+PARTITIONS\b", "SHOW PARTITIONS", "Tables have no partitions."),
    (r"BEGIN\b", "BEGIN ... END", _NO_SCRIPTS),
    (r"DECLARE\b", "DECLARE", _NO_SCRIPTS),
    (r"EXECUTE\s+IMMEDIATE\b", "EXECUTE IMMEDIATE", _NO_SCRIPTS),
    (r"CALL\b", "CALL", _NO_SCRIPTS),
    (r"(?:COMMIT|ROLLBACK|START\s+TRANSACTION)\b", "A transaction", "Each statement is one."),
    (r"COPY\s+INTO\b", "COPY INTO", _NO_FILES),
    (r"LOAD\s+DATA\b", "LOAD DATA", _NO_FILES),
    (r"INSERT\s+OVERWRITE\s+(?:LOCAL\s+)?DIRECTORY\b", "INSERT OVERWRITE DIRECTORY", ""),
    (r"(?:PUT|GET|REMOVE|LIST)\s+'", "A statement on files", _NO_FILES),
    (rf"{_CREATE}(?:TEMPORARY\s+|TEMP\s+)?FUNCTION\b", "CREATE FUNCTION", ""),
    (rf"{_CREATE}(?:GLOBAL\s+)?(?:TEMPORARY|TEMP)\s+VIEW\b", "CREATE TEMPORARY VIEW", "Use WITH, or a view."),
    (rf"{_CREATE}(?:TEMPORARY|TEMP)\s+TABLE\b", "CREATE TEMPORARY TABLE", "Use WITH, or a table."),
    (rf"{_CREATE}(?:PRIVATE\s+)?MATERIALIZED\s+VIEW\b", "CREATE MATERIALIZED VIEW", "Use a view or a table."),
    (rf"{_CREATE}(?:PRIVATE\s+)?STREAMING\s+TABLE\b", "CREATE STREAMING TABLE", ""),
    (rf"{_CREATE}EXTERNAL\s+TABLE\b", "CREATE EXTERNAL TABLE", ""),
    (rf"{_CREATE}(?:\w+\s+)?CATALOG\b", "CREATE CATALOG", "A catalog is there when it has a schema."),
    (
        rf"(?:{_CREATE}|DROP\s+|ALTER\s+)(?:EXTERNAL\s+VOLUME|VOLUME|CONNECTION|SHARE|RECIPIENT|PROVIDER|PROCEDURE|"
        r"EXTERNAL\s+LOCATION|STORAGE\s+CREDENTIAL|SERVICE\s+CREDENTIAL|CREDENTIAL|SERVER|BLOOMFILTER|POLICY)\b",
        "",
        "",
    ),
    (r"DROP\s+(?:TEMPORARY\s+)?(?:FUNCTION|VARIABLE|CATALOG)\b", "", ""),
    (r"ALTER\s+(?:CATALOG|MATERIALIZED|STREAMING)\b", "", ""),
    (r"CACHE\b", "CACHE", "The tables in use are kept in memory by themselves."),
    (r"UNCACHE\b", "UNCACHE", ""),
    (r"CLEAR\s+CACHE\b", "CLEAR CACHE", ""),
    (r"REFRESH\s+(?!TABLE\b)", "REFRESH", ""),
    (r"UNDROP\b", "UNDROP", "A dropped table is gone."),
    (r"REORG\b", "REORG TABLE", ""),
    (r"CONVERT\s+TO\b", "CONVERT TO DELTA", ""),
    (r"(?:MSCK|FSCK)\b", "REPAIR TABLE", ""),
    (r"SYNC\b", "SYNC", ""),
    (r"GENERATE\b", "GENERATE", ""),
    (r"COMMENT\s+ON\s+(?:CATALOG|CONNECTION|PROVIDER|RECIPIENT|SHARE|VOLUME|FUNCTION)\b", "", ""),
    (r"(?:DESCRIBE|DESC)\s+(?:FUNCTION|CATALOG|VOLUME|CONNECTION|SHARE|PROCEDURE)\b", "", ""),
    (r"MERGE\s+WITH\s+SCHEMA\s+EVOLUTION\b", "MERGE WITH SCHEMA EVOLUTION", "Add the columns with ALTER TABLE."),
    (r"INSERT\s+WITH\s+SCHEMA\s+EVOLUTION\b", "INSERT WITH SCHEMA EVOLUTION", "Add the columns with ALTER TABLE."),
    (r"FROM\s.*\sINSERT\s", "An INSERT into several tables", ""),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), name, advice) for pattern, name, advice in _REFUSED)


def first_word(statement: str) -> tuple[str, str]:
    """The statement's first word in capitals, and its text from there on; comments before it are left out."""
    text = statement[_LEADING.match(statement).end() :]  # type: ignore[union-attr]
    word = _WORD.match(text)
    return (word[0].upper() if word else "", text)


def refuse_by_name(text: str) -> None:
    """Raises StatementRefused for a statement, given from its first word on, that no part of the warehouse runs."""
    for pattern, name, advice in _PATTERNS:
        found = pattern.match(text)
        if found:
            construct = name or " ".join(found[0].upper().split())
            raise StatementRefused(
                f"{construct} is not supported by the embedded warehouse. {advice}".strip(),
                error_class="UNSUPPORTED_FEATURE",
            )


def invalid(message: str, error_class: str) -> StatementInvalid:
    return StatementInvalid(message, error_class=error_class)


def unsupported(construct: str) -> StatementRefused:
    """The refusal of a construct by its name."""
    return StatementRefused(f"{construct} is not supported.", error_class="UNSUPPORTED_FEATURE")
