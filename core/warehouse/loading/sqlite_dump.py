"""SQL dumps for SQLite, replayed statement by statement into a database in memory that can reach no file.

What only reads, attaches, triggers or fails is not replayed, and named with its line. What changes or removes rows
that were there before is replayed, since the dump says so, and named too.
"""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path

from core.errors import LoadError
from core.warehouse.loading.dump_statements import Statement, statements
from core.warehouse.loading.plan import LISTED_PER_KIND, Contents
from core.warehouse.loading.sqlite_file import read_tables

SECONDS_PER_STATEMENT = 30.0
MOST_PAGES = 1 << 19
"""Of 4 KiB: a dump may fill at most 2 GiB of memory."""
LONGEST_VALUE = 64 << 20
_REPLAYED = re.compile(
    r"(CREATE\s+TABLE|CREATE\s+(UNIQUE\s+)?INDEX|INSERT|REPLACE|UPDATE|DELETE|ALTER\s+TABLE|DROP|WITH)\b", re.IGNORECASE
)
_SHAPES = re.compile(r"(DROP|ALTER)\s+TABLE", re.IGNORECASE)
_REMOVES = re.compile(r"DELETE|WITH\b.*\)\s*DELETE", re.IGNORECASE | re.DOTALL)
_CHANGES = re.compile(r"UPDATE|WITH\b.*\)\s*UPDATE", re.IGNORECASE | re.DOTALL)
_REASONS = (
    (r"CREATE\s+(TEMP\w*\s+)?VIEW", "a view; only tables are loaded"),
    (r"CREATE\s+(TEMP\w*\s+)?TRIGGER", "a trigger; the data is loaded as it stands"),
    (r"CREATE\s+VIRTUAL", "a virtual table; its content is made by an extension"),
    (r"CREATE\s+TEMP", "a temporary table"),
    (r"SELECT|VALUES|EXPLAIN|ANALYZE", "a query; it brings no rows"),
    (r"PRAGMA|SET\b|USE\b|BEGIN|COMMIT|END\b|SAVEPOINT|RELEASE|ROLLBACK|VACUUM", "a setting of the session"),
    (r"ATTACH|DETACH", "other database files are not opened"),
    (r"TRUNCATE|MERGE", "not known to SQLite; the rows are loaded as they are"),
)
# Everything a replayed statement may do; opening files, pragmas and functions that load code are not in it.
_ALLOWED = {
    sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE, sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_DROP_TABLE, sqlite3.SQLITE_DROP_INDEX, sqlite3.SQLITE_DROP_VIEW, sqlite3.SQLITE_REINDEX,
    sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_TRANSACTION,
}  # fmt: skip


def read_sqlite_dump(path: Path, text: str, contents: Contents) -> None:
    """Add the tables that the dump makes. Raises LoadError when it makes none."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = off")
        connection.execute(f"PRAGMA max_page_count = {MOST_PAGES}")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        # Each statement commits by itself: interrupting one would roll back a transaction around all.
        replay = _Replay(connection)
        for statement in statements(text, "sqlite"):
            why = _reason(statement.text) or replay.run(statement)
            if why:
                contents.skip(f"{path.name} line {statement.line}", statement.head, why)
        for line, head, effect in replay.changed[:LISTED_PER_KIND]:
            contents.adjust(f"{path.name} line {line}", head, effect)
        if len(replay.changed) > LISTED_PER_KIND:
            more = len(replay.changed) - LISTED_PER_KIND
            contents.adjust(path.name, f"{more:,} more statements that change rows", "applied")
        connection.set_authorizer(None)
        connection.set_progress_handler(None, 0)
        read_tables(connection, path.name, contents)
    except sqlite3.Error as error:
        raise LoadError(f"{path.name} could not be replayed: {error}.") from error
    finally:
        connection.close()


def _reason(text: str) -> str | None:
    """Why a statement is not replayed; None when it is."""
    if _REPLAYED.match(text):
        return None
    return next(
        (why for pattern, why in _REASONS if re.match(pattern, text, re.IGNORECASE)), "not known to SQLite dumps"
    )


class _Replay:
    """Runs one statement at a time under an authorizer and a deadline."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._deadline = 0.0
        self.changed: list[tuple[int, str, str]] = []
        """Line, words and effect of each statement that changed or removed rows of earlier ones."""
        connection.set_authorizer(self._authorise)
        connection.set_progress_handler(lambda: time.monotonic() > self._deadline, 100_000)

    def run(self, statement: Statement) -> str | None:
        """Why it failed, in SQLite's words; None when it ran."""
        self._deadline = time.monotonic() + SECONDS_PER_STATEMENT
        shapes = _SHAPES.match(statement.text) is not None
        try:
            before = self._shape() if shapes else {}
            cursor = self._connection.execute(statement.text)
            effect = self._reshaped(statement.text, before) if shapes else _changed(statement.text, cursor.rowcount)
        except (sqlite3.Error, sqlite3.Warning) as error:
            return str(error)
        if effect:
            self.changed.append((statement.line, statement.head, f"applied: {effect}"))
        return None

    def _reshaped(self, text: str, before: dict[str, int]) -> str | None:
        """What DROP TABLE or ALTER TABLE did to what was there."""
        after = self._shape()
        gone = next((name for name in before if name not in after), None)
        if gone is not None and len(after) < len(before):
            return f"table {gone!r} with {before[gone]:,} rows is removed"
        if gone is not None:
            return f"table {gone!r} is renamed"
        altered = re.match(r"ALTER\b.*\b(DROP|RENAME)\b", text, re.IGNORECASE | re.DOTALL)
        return "columns are removed or renamed" if altered else None

    def _shape(self) -> dict[str, int]:
        """The tables and how many rows each has."""
        names = [row[0] for row in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
        return {
            name: self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for name, table in quoted.items()
        }

    @staticmethod
    def _authorise(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in ("load_extension", "writefile", "readfile"):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _changed(text: str, rows: int) -> str | None:
    """What UPDATE or DELETE did; None when it was another statement or did nothing."""
    if rows <= 0:
        return None
    if _REMOVES.match(text):
        return f"{rows:,} rows removed"
    return f"{rows:,} rows changed" if _CHANGES.match(text) else None
