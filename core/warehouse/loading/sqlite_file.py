"""SQLite databases: every table with its declared types, primary and foreign keys; views are named and left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from core.errors import LoadError
from core.warehouse.loading.declared import Cell, convert, parse_type
from core.warehouse.loading.plan import Contents, ForeignKey, LoadedTable, column_names


@dataclass(frozen=True)
class _Column:
    name: str
    declared: str
    key_position: int


def read_sqlite(path: Path, contents: Contents) -> None:
    """Add all tables of the database file, opened read-only. Raises LoadError when it is not one or is damaged."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            read_tables(connection, path.name, contents)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise LoadError(
            f"{path.name} is not a readable SQLite database: {error}.",
            next_step="Copy the file again, or export its tables as CSV.",
        ) from error


def read_tables(connection: sqlite3.Connection, where: str, contents: Contents) -> None:
    """Add every table that an open connection shows. Raises sqlite3.Error."""
    connection.text_factory = _decoded
    found = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY rowid").fetchall()
    virtual = [name for kind, name, sql in found if kind == "table" and sql.upper().startswith("CREATE VIRTUAL")]
    for kind, name, _ in found:
        if kind == "view":
            contents.skip(f"{where} view {name!r}", "a view", "only tables are loaded")
        elif name in virtual or any(name.startswith(f"{other}_") for other in virtual):
            if name in virtual:
                contents.skip(f"{where} table {name!r}", "a virtual table", "its content is made by an extension")
        elif kind == "table" and not name.startswith("sqlite_"):
            table = _table(connection, name, f"{where} table {name!r}", contents)
            contents.add(name, table, where=where)


def _decoded(data: bytes) -> str:
    """SQLite does not check that text is UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _table(connection: sqlite3.Connection, name: str, where: str, contents: Contents) -> LoadedTable:
    columns = [
        _Column(row[1], row[2] or "", row[5])
        for row in connection.execute(f"PRAGMA table_xinfo({_quoted(name)})")
        if row[6] != 1  # hidden columns of virtual tables
    ]
    selected = ", ".join(_quoted(column.name) for column in columns)
    values = _values(connection.execute(f"SELECT {selected} FROM {_quoted(name)}"), len(columns))
    arrays: list[pa.ChunkedArray] = []
    kept: list[_Column] = []
    for column, cells in zip(columns, values, strict=True):
        typed = convert(cells, parse_type(column.declared))
        if typed is None:
            contents.skip(f"{where} column {column.name!r}", "binary data", "cannot be asked about")
            continue
        if typed.remark:
            contents.adjust(f"{where} column {column.name!r}", typed.remark, f"the column is {typed.sql_type}")
        arrays.append(typed.values)
        kept.append(column)
    names = column_names([column.name for column in kept], where, contents)
    keys = sorted((column.key_position, name) for column, name in zip(kept, names, strict=True) if column.key_position)
    return LoadedTable(
        pa.table(arrays, names=names),
        tuple(name for _, name in keys),
        _foreign_keys(connection, name),
        None,
    )


def _values(cursor: sqlite3.Cursor, width: int) -> list[Sequence[Cell]]:
    columns: list[list[Cell]] = [[] for _ in range(width)]
    while rows := cursor.fetchmany(20_000):
        for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(cells)
    return list(columns)


def _foreign_keys(connection: sqlite3.Connection, name: str) -> tuple[ForeignKey, ...]:
    """Declared references; one without named columns refers to the other table's primary key."""
    parts: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, _, table, source, target, *_rest in connection.execute(f"PRAGMA foreign_key_list({_quoted(name)})"):
        parts.setdefault(number, []).append((table, source, target))
    keys = []
    for number in sorted(parts, reverse=True):  # SQLite lists the last one first
        table = parts[number][0][0]
        targets = [target for _, _, target in parts[number]]
        if None in targets:
            targets = _primary_key(connection, table)
        keys.append(ForeignKey(tuple(part[1] for part in parts[number]), table, tuple(t for t in targets if t)))
    return tuple(keys)


def _primary_key(connection: sqlite3.Connection, name: str) -> list[str | None]:
    rows = connection.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
    return [row[1] for row in sorted(rows, key=lambda row: row[5]) if row[5]]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
