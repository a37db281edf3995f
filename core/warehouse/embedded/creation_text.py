"""SHOW CREATE TABLE: the statement that would make a table or a view as it is."""

from __future__ import annotations

from collections.abc import Callable

from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.names import parse_name
from core.warehouse.embedded.properties import KEYS, is_check, keys
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import TableInfo


def creation_text(space: TableSpace, describe: Callable[[Entry], TableInfo], entry: Entry) -> str:
    """CREATE TABLE or CREATE VIEW, with columns, keys, comment and properties."""
    info = describe(entry)
    name = ".".join(quoted(part) if _strange(part) else part for part in (info.catalog, info.schema, info.name))
    properties = {key: text for key, text in info.properties.items() if key not in KEYS and not is_check(key)}
    if entry.kind == "view":
        columns = [
            f"  {quoted(column.name)}" + (f" COMMENT {text(column.comment)}" if column.comment else "")
            for column in info.columns
        ]
        head = [f"CREATE VIEW {name} (\n" + ",\n".join(columns) + ")"]
        return "\n".join([*head, *_tail(info, properties), f"AS {space.catalog.view(entry).text}"]) + "\n"
    defaults = {field.name: field.default for field in space.folder(entry).current().fields}
    lines = [_column(column.name, column.type, column.nullable, defaults[column.name], column.comment)
             for column in info.columns]  # fmt: skip
    lines += _keys(info)
    return (
        "\n".join([f"CREATE TABLE {name} (\n" + ",\n".join(lines) + ")", "USING delta", *_tail(info, properties)])
        + "\n"
    )


def quoted(name: str) -> str:
    """A name in back-quotes."""
    return "`" + name.replace("`", "``") + "`"


def text(value: str) -> str:
    """A text in single quotes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _column(name: str, kind: str, nullable: bool, default: str | None, comment: str | None) -> str:
    return (
        f"  {quoted(name) if _strange(name) else name} {kind}"
        + ("" if nullable else " NOT NULL")
        + ("" if default is None else f" DEFAULT {default}")
        + (f" COMMENT {text(comment)}" if comment else "")
    )


def _keys(info: TableInfo) -> list[str]:
    found = keys(info.name, info.properties)
    lines = []
    if found.primary:
        lines.append(f"  CONSTRAINT {quoted(found.primary_name)} PRIMARY KEY ({_listed(found.primary)})")
    for key in found.foreign:
        table = ".".join(quoted(part) for part in parse_name(key.table))
        references = f" ({_listed(key.references)})" if key.references else ""
        lines.append(
            f"  CONSTRAINT {quoted(key.name)} FOREIGN KEY ({_listed(key.columns)}) REFERENCES {table}{references}"
        )
    return lines


def _tail(info: TableInfo, properties: dict[str, str]) -> list[str]:
    lines = [f"COMMENT {text(info.comment)}"] if info.comment else []
    if properties:
        listed = ",\n".join(f"  {text(key)} = {text(value)}" for key, value in sorted(properties.items()))
        lines.append(f"TBLPROPERTIES (\n{listed})")
    return lines


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(quoted(name) for name in names)


def _strange(name: str) -> bool:
    return not (name.isidentifier() and name.isascii())
