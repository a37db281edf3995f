"""SQL dumps of PostgreSQL and MySQL, read without a server: tables, rows written out, keys and comments.

Nothing of a dump is executed. What is not one of these statements is named with its line and the reason.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from core.warehouse.loading.declared import Cell, parse_type
from core.warehouse.loading.dump_statements import Dialect, Statement, statements
from core.warehouse.loading.expressions import evaluate_row
from core.warehouse.loading.literals import NotLiteral, WrittenRow, copy_rows, tuples
from core.warehouse.loading.plan import LISTED_PER_KIND, Contents, ForeignKey
from core.warehouse.loading.table_draft import TableDraft, from_create

_PART = r'(?:"(?:[^"]|"")+"|`[^`]+`|[\w$]+)'
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_COLUMNS = rf"\(\s*({_PART}(?:\s*,\s*{_PART})*)\s*\)"
_CREATE = re.compile(r"CREATE\s+(?:UNLOGGED\s+|FOREIGN\s+)?TABLE\b", re.IGNORECASE)
_INSERT = re.compile(
    rf"(?:INSERT|REPLACE)\s+(?:IGNORE\s+|DELAYED\s+)*INTO\s+(?:ONLY\s+)?({_NAME})\s*(?:{_COLUMNS})?\s*"
    r"(?:OVERRIDING\s+\w+\s+VALUE\s*)?VALUES?\b",
    re.IGNORECASE,
)
_COPY = re.compile(rf"COPY\s+(?:ONLY\s+)?({_NAME})\s*(?:{_COLUMNS})?\s*FROM\s+stdin\b(.*)", re.IGNORECASE | re.DOTALL)
_ALTER = re.compile(rf"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?({_NAME})", re.IGNORECASE)
_PRIMARY = re.compile(rf"PRIMARY\s+KEY\s*(?:USING\s+\w+\s*)?{_COLUMNS}", re.IGNORECASE)
_FOREIGN = re.compile(
    rf"FOREIGN\s+KEY\s*(?:{_PART}\s*)?{_COLUMNS}\s*REFERENCES\s+({_NAME})\s*(?:{_COLUMNS})?", re.IGNORECASE
)
_COMMENT = re.compile(rf"COMMENT\s+ON\s+(TABLE|COLUMN)\s+({_NAME})\s+IS\s+[eE]?'(.*)'$", re.IGNORECASE | re.DOTALL)
_ROWS_END = re.compile(r"$|ON\b|RETURNING\b|AS\b", re.IGNORECASE)
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
    (r"ALTER", "changes nothing that is loaded"),
    (r"SELECT|WITH|EXPLAIN|ANALYZE", "a query; it brings no rows"),
    (r"/\*!|SET|RESET|BEGIN|COMMIT|START|END|ROLLBACK|LOCK|UNLOCK|USE|VACUUM|\\", "a setting of the session"),
    (r"COPY", "only COPY ... FROM stdin carries rows"),
)


def read_server_dump(path: Path, text: str, dialect: Dialect, contents: Contents) -> None:
    """Add the tables that a PostgreSQL or MySQL dump writes out."""
    dump = _Dump(path.name, dialect, contents)
    for statement in statements(text, dialect):
        dump.read(statement)
    for draft in dump.drafts.values():
        where = f"{path.name} table {draft.name!r}"
        contents.add(draft.name, draft.finished(where, contents), where=path.name)


class _Dump:
    """The drafts so far, by the name under which statements speak of them."""

    def __init__(self, file: str, dialect: Dialect, contents: Contents) -> None:
        self.drafts: dict[str, TableDraft] = {}
        self._file = file
        self._dialect = dialect
        self._contents = contents
        self._skipped_rows = 0
        self._readers: tuple[tuple[re.Pattern[str], Callable[[Statement, re.Match[str]], str | None]], ...] = (
            (_INSERT, self._insert),
            (_COPY, self._copy),
            (_CREATE, self._create),
            (_ALTER, self._alter),
            (_COMMENT, self._comment),
        )

    def read(self, statement: Statement) -> None:
        """Take what the statement says; what does not apply is listed."""
        for pattern, reader in self._readers:
            if match := pattern.match(statement.text):
                why = reader(statement, match)
                break
        else:
            why = _reason(statement.text)
        if why:
            self._contents.skip(f"{self._file} line {statement.line}", statement.head, why)

    def _create(self, statement: Statement, _: re.Match[str]) -> str | None:
        try:
            create = sqlglot.parse_one(statement.text, read=self._dialect)
        except SqlglotError as error:
            return f"not understood: {str(error).splitlines()[0]}"
        if not isinstance(create, exp.Create) or not isinstance(create.this, exp.Schema):
            return _reason(statement.text)
        table = create.this.this
        key = _key(tuple(part.name for part in table.parts))
        taken = {draft.name.casefold() for other, draft in self.drafts.items() if other != key}
        name = table.name if table.name.casefold() not in taken else "_".join(part.name for part in table.parts)
        self.drafts[key] = from_create(create, name, self._dialect)
        return None

    def _insert(self, statement: Statement, match: re.Match[str]) -> str | None:
        draft, positions = self._target(match[1], match[2])
        if draft is None:
            return "its table is not made by this dump"
        if positions is None:
            return "names a column that the table does not have"
        end = match.end()
        for row in tuples(statement.text, match.end(), backslashes=self._dialect == "mysql"):
            end = row.end
            why = self._add_written(draft, positions, row, statement)
            if why:
                line = statement.line + statement.text.count("\n", 0, row.begin)
                self._skip_row(line, " ".join(statement.text[row.begin : row.end].split())[:60], why)
        rest = statement.text[end:].strip()
        return None if _ROWS_END.match(rest) else f"not understood from {rest[:30]!r} on"

    def _copy(self, statement: Statement, match: re.Match[str]) -> str | None:
        draft, positions = self._target(match[1], match[2])
        if draft is None:
            return "its table is not made by this dump"
        if positions is None:
            return "names a column that the table does not have"
        # The data begins on the line after the statement's last one.
        first = statement.line + statement.text.count("\n") + 1
        for offset, cells in enumerate(_copied(statement.data or "", match[3])):
            why = self._add(draft, positions, cells)
            if why:
                self._skip_row(first + offset, "a COPY row", why)
        return None

    def _add_written(
        self, draft: TableDraft, positions: Sequence[int], row: WrittenRow, statement: Statement
    ) -> str | None:
        if row.values is not None:
            return self._add(draft, positions, row.values)
        try:
            cells = evaluate_row(statement.text[row.begin : row.end], self._dialect, self._contents.now)
        except NotLiteral as error:
            return str(error)
        line = statement.line + statement.text.count("\n", 0, row.begin)
        self._contents.adjust(f"{self._file} line {line}", "expressions in a row", "evaluated as of the load")
        return self._add(draft, positions, cells)

    def _add(self, draft: TableDraft, positions: Sequence[int], cells: Sequence[Cell]) -> str | None:
        if len(cells) != len(positions):
            return f"{len(cells)} values for {len(positions)} columns"
        draft.add_row(positions, cells)
        return None

    def _skip_row(self, line: int, what: str, why: str) -> None:
        self._skipped_rows += 1
        if self._skipped_rows <= LISTED_PER_KIND * 5:
            self._contents.skip(f"{self._file} line {line}", what, why)

    def _target(self, name: str, columns: str | None) -> tuple[TableDraft | None, list[int] | None]:
        named = _names(columns) if columns else None
        draft = self._find(name)
        if draft is None and named:
            # A dump of rows only: the columns it names are all there is to know.
            draft = TableDraft(_parts(name)[-1], named, [parse_type("")] * len(named))
            self.drafts[_key(_parts(name))] = draft
        return draft, draft.positions(named) if draft else None

    def _find(self, name: str) -> TableDraft | None:
        parts = _parts(name)
        exact = self.drafts.get(_key(parts))
        if exact is not None:
            return exact
        return next(
            (draft for key, draft in self.drafts.items() if key.split("\x1f")[-1] == parts[-1].casefold()), None
        )

    def _alter(self, statement: Statement, match: re.Match[str]) -> str | None:
        draft = self._find(match[1])
        primary = _PRIMARY.search(statement.text, match.end())
        foreign = list(_FOREIGN.finditer(statement.text, match.end()))
        if not primary and not foreign:
            return _reason(statement.text)
        if draft is None:
            return "its table is not made by this dump"
        if primary:
            draft.primary_key = tuple(_names(primary[1]))
        for key in foreign:
            references = tuple(_names(key[3])) if key[3] else ()
            draft.foreign_keys.append(ForeignKey(draft.spelled(_names(key[1])), _parts(key[2])[-1], references))
        return None

    def _comment(self, _: Statement, match: re.Match[str]) -> str | None:
        parts, text = _parts(match[2]), match[3].replace("''", "'")
        column = parts.pop() if match[1].upper() == "COLUMN" and len(parts) > 1 else None
        draft = self._find(".".join(f'"{part}"' for part in parts))
        if draft is None:
            return "its table is not made by this dump"
        if column is None:
            draft.comment = text
        else:
            draft.column_comments[draft.spelled([column])[0]] = text
        return None


def _reason(text: str) -> str:
    """Why a statement is not read, in words."""
    return next((why for pattern, why in _REASONS if re.match(pattern, text, re.IGNORECASE)), "not understood")


def _parts(name: str) -> list[str]:
    return [part[1:-1].replace('""', '"') if part[0] in '"`' else part for part in re.findall(_PART, name)]


def _names(columns: str) -> list[str]:
    return _parts(columns)


def _key(parts: Sequence[str]) -> str:
    return "\x1f".join(part.casefold() for part in parts)


def _copied(data: str, options: str) -> Iterator[Sequence[Cell]]:
    if re.search(r"\bcsv\b", options, re.IGNORECASE):
        rows = csv.reader(io.StringIO(data, newline=""))
        return ([cell or None for cell in row] for row in rows if row)
    return copy_rows(data)
