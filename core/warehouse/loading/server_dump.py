"""SQL dumps of PostgreSQL and MySQL, read without a server: tables, rows written out, keys and comments.

Nothing of a dump is executed. What is not one of these statements is named with its line and the reason.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from core.warehouse.loading.declared import Cell, parse_type
from core.warehouse.loading.dump_statements import Dialect, Statement, statements
from core.warehouse.loading.expressions import evaluate_row
from core.warehouse.loading.literals import NotLiteral, WrittenRow, copy_rows, tuples
from core.warehouse.loading.plan import LISTED_PER_KIND, Contents, ForeignKey
from core.warehouse.loading.server_syntax import (
    ALTER,
    COMMENT,
    COPY,
    CREATE,
    DROP,
    FOREIGN,
    INSERT,
    NAMES,
    PRIMARY,
    ROWS_END,
    SCHEMA,
    TRUNCATE,
    parts_of,
    reason,
)
from core.warehouse.loading.table_draft import TableDraft, from_create
from core.warehouse.loading.table_names import BETWEEN, final_names, find_key, key_of, referred


def read_server_dump(path: Path, text: str, dialect: Dialect, contents: Contents) -> None:
    """Add the tables that a PostgreSQL or MySQL dump writes out."""
    dump = _Dump(path.name, dialect, contents)
    for statement in statements(text, dialect):
        dump.read(statement)
    names = final_names(path.name, {key: draft.parts for key, draft in dump.drafts.items()}, contents)
    for key, draft in dump.drafts.items():
        draft.foreign_keys = [
            replace(other, table=referred(names, draft.parts[:-1], other.table.split(BETWEEN)))
            for other in draft.foreign_keys
        ]
        where = f"{path.name} table {names[key]!r}"
        contents.add(names[key], draft.finished(where, contents), where=path.name)


class _Dump:
    """The drafts so far, by the name under which statements speak of them."""

    def __init__(self, file: str, dialect: Dialect, contents: Contents) -> None:
        self.drafts: dict[str, TableDraft] = {}
        self._file = file
        self._dialect = dialect
        self._contents = contents
        self._schema: str | None = None
        self._skipped_rows = 0
        self._readers: tuple[tuple[re.Pattern[str], Callable[[Statement, re.Match[str]], str | None]], ...] = (
            (INSERT, self._insert),
            (COPY, self._copy),
            (CREATE, self._create),
            (ALTER, self._alter),
            (COMMENT, self._comment),
            (DROP, self._drop),
            (TRUNCATE, self._truncate),
            (SCHEMA, self._use),
        )

    def read(self, statement: Statement) -> None:
        """Take what the statement says; what does not apply is listed."""
        for pattern, reader in self._readers:
            if match := pattern.match(statement.text):
                why = reader(statement, match)
                break
        else:
            why = reason(statement.text)
        if why:
            self._contents.skip(f"{self._file} line {statement.line}", statement.head, why)

    def _create(self, statement: Statement, _: re.Match[str]) -> str | None:
        try:
            create = sqlglot.parse_one(statement.text, read=self._dialect)
        except SqlglotError as error:
            return f"not understood: {str(error).splitlines()[0]}"
        if not isinstance(create, exp.Create) or not isinstance(create.this, exp.Schema):
            return reason(statement.text)
        table = create.this.this
        parts = self._within([part.name for part in table.parts])
        if key_of(parts) in self.drafts:
            return "its table is made before; the first one is kept"
        self.drafts[key_of(parts)] = from_create(create, parts, self._dialect)
        return None

    def _within(self, parts: list[str]) -> list[str]:
        """The parts of a name, with the schema that the session is in when they have none."""
        return [self._schema, *parts] if self._schema and len(parts) == 1 else parts

    def _drop(self, statement: Statement, match: re.Match[str]) -> str | None:
        """Tables made before are removed, as the dump says."""
        found = [(key, self.drafts[key]) for name in NAMES.findall(match[1]) if (key := self._key_of(name))]
        if not found:
            return "nothing is there yet to be removed"
        for key, draft in found:
            self._applied(statement, f"table {draft.name!r} with {draft.rows:,} rows is removed")
            del self.drafts[key]
        return None

    def _truncate(self, statement: Statement, match: re.Match[str]) -> str | None:
        found = [self.drafts[key] for name in NAMES.findall(match[1]) if (key := self._key_of(name))]
        for draft in found:
            self._applied(statement, f"{draft.rows:,} rows of table {draft.name!r} removed")
            draft.clear()
        return None if found else "its table is not made by this dump"

    def _applied(self, statement: Statement, effect: str) -> None:
        self._contents.adjust(f"{self._file} line {statement.line}", statement.head, f"applied: {effect}")

    def _use(self, statement: Statement, match: re.Match[str]) -> str | None:
        """Names without a schema are of this one from here on."""
        name = next((group for group in match.groups() if group is not None), "")
        schema = parts_of(name)[0] if name else None
        self._schema = None if schema in (None, "public", "pg_catalog") else schema
        return reason(statement.text)

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
        return None if ROWS_END.match(rest) else f"not understood from {rest[:30]!r} on"

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
        named = parts_of(columns) if columns else None
        draft = self._find(name)
        if draft is None and named:
            # A dump of rows only: the columns it names are all there is to know.
            parts = self._within(parts_of(name))
            draft = TableDraft(parts, named, [parse_type("")] * len(named))
            self.drafts[key_of(parts)] = draft
        return draft, draft.positions(named) if draft else None

    def _find(self, name: str) -> TableDraft | None:
        key = self._key_of(name)
        return self.drafts[key] if key else None

    def _key_of(self, name: str) -> str | None:
        return find_key(self.drafts, self._within(parts_of(name)))

    def _alter(self, statement: Statement, match: re.Match[str]) -> str | None:
        draft = self._find(match[1])
        primary = PRIMARY.search(statement.text, match.end())
        foreign = list(FOREIGN.finditer(statement.text, match.end()))
        if not primary and not foreign:
            return reason(statement.text)
        if draft is None:
            return "its table is not made by this dump"
        if primary:
            draft.primary_key = tuple(parts_of(primary[1]))
        for key in foreign:
            references = tuple(parts_of(key[3])) if key[3] else ()
            draft.foreign_keys.append(
                ForeignKey(draft.spelled(parts_of(key[1])), BETWEEN.join(parts_of(key[2])), references)
            )
        return None

    def _comment(self, _: Statement, match: re.Match[str]) -> str | None:
        parts, text = parts_of(match[2]), match[3].replace("''", "'")
        column = parts.pop() if match[1].upper() == "COLUMN" and len(parts) > 1 else None
        draft = self._find(".".join(f'"{part}"' for part in parts))
        if draft is None:
            return "its table is not made by this dump"
        if column is None:
            draft.comment = text
        else:
            draft.column_comments[draft.spelled([column])[0]] = text
        return None


def _copied(data: str, options: str) -> Iterator[Sequence[Cell]]:
    if re.search(r"\bcsv\b", options, re.IGNORECASE):
        rows = csv.reader(io.StringIO(data, newline=""))
        return ([cell or None for cell in row] for row in rows if row)
    return copy_rows(data)
