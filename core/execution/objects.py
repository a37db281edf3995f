"""What the tables of a statement are, and at which version: two statements however many tables there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from core.governance.scope import folded, join_name, quote_part, split_name
from core.warehouse import statements

if TYPE_CHECKING:
    import pyarrow as pa

    from core.warehouse.port import Parameters, Value

Ask = Callable[[str, "Parameters"], "pa.Table"]
Parts = tuple[str, ...]


@dataclass(frozen=True)
class ObjectColumn:
    """A column as the catalog describes it; `default` is the text of its expression."""

    name: str
    type: str
    nullable: bool
    default: str | None


@dataclass(frozen=True)
class ObjectFacts:
    """A table or view. `versioned`: it is a Delta table, so that it has versions and a size."""

    name: str
    kind: str
    """`table`, `view` or `schema`."""
    versioned: bool
    columns: tuple[ObjectColumn, ...]


@dataclass(frozen=True)
class Version:
    """A Delta table now."""

    number: int
    token: str
    bytes: int


def key(name: str) -> Parts:
    """A name as it is compared: parts without quotes, folded."""
    return folded(split_name(name))


def look_up(ask: Ask, names: Iterable[str], schema_of: str | None = None) -> dict[Parts, ObjectFacts]:
    """What is there of `names`, by `key`; one statement for all. What is missing is not there, or not to be seen.

    `schema_of`: a table whose schema is looked up too, under the schema's key.
    """
    wanted = {key(name): split_name(name) for name in names}
    qualified = [parts for parts in wanted.values() if len(parts) == 3]
    if not qualified:
        return {}
    parameters: dict[str, Value] = {}
    texts = []
    for catalog, group in groupby(sorted(qualified), key=lambda parts: parts[0]):
        condition = " OR ".join(_condition(parts, parameters) for parts in group)
        texts.append(_text("objects", catalog=quote_part(catalog), condition=condition))
    if schema_of is not None:
        catalog, schema = split_name(schema_of)[:2]
        parameters["schema_of"] = schema.lower()
        texts.append(_text("schema", catalog=quote_part(catalog)))
    found = ask("\nUNION ALL\n".join(texts), parameters).to_pylist()
    found.sort(key=lambda row: (_name(row), row["ordinal_position"] or 0))
    return {key(name): _facts(name, list(rows)) for name, rows in groupby(found, key=_name)}


def versions(ask: Ask, names: Sequence[str]) -> dict[str, Version]:
    """The present version of each Delta table; one statement. Raises when one of them is none, or is gone."""
    if not names:
        return {}
    texts = [
        _text("version", position=str(position), table=join_name(split_name(name)))
        for position, name in enumerate(names)
    ]
    rows = ask("\nUNION ALL\n".join(texts), {}).to_pylist()
    return {names[row["position"]]: _version(row) for row in rows}


def tokens(ask: Ask, known: Mapping[str, str], absent: str) -> dict[str, str]:
    """The tokens that now stand where `known` were found, `absent` for what is not there; one statement.

    Raises when a table that had a version is gone.
    """
    if not known:
        return {}
    names = list(known)
    parameters: dict[str, Value] = {}
    texts = []
    for position, name in enumerate(names):
        parts = split_name(name)
        values = {"position": str(position), "table": join_name(parts), "catalog": quote_part(parts[0])}
        if known[name] == absent:
            texts.append(_text("presence", condition=_condition(parts, parameters), **values))
        else:
            texts.append(_text("version", **values))
    rows = ask("\nUNION ALL\n".join(texts), parameters).to_pylist()
    now = {names[row["position"]]: _token(row) for row in rows}
    return {name: now.get(name, absent) for name in names}


def dependants(ask: Ask, name: str) -> tuple[str, ...]:
    """Views of the table's own catalog that read it, as far as they are to be seen; one statement."""
    parts = split_name(name)
    escaped = parts[-1].lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = ask(_text("views", catalog=quote_part(parts[0])), {"pattern": f"%{escaped}%"}).to_pylist()
    found = []
    for row in rows:
        view = (row["table_catalog"], row["table_schema"], row["table_name"])
        if folded(view) != folded(parts) and _reads(row["view_definition"], view, folded(parts)):
            found.append(join_name(view))
    return tuple(found)


def _reads(definition: str | None, view: Parts, wanted: Parts) -> bool:
    """Whether a view's text names the table; a text that cannot be read counts, since it holds the name."""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(definition or "", dialect="databricks")
    except sqlglot.errors.SqlglotError:
        return True
    for table in tree.find_all(exp.Table):
        given = tuple(part.name for part in table.parts)
        if folded((*view[: 3 - len(given)], *given)) == wanted:
            return True
    return False


def _text(name: str, **values: str) -> str:
    text = statements.load("core.execution", "statements.sql")[name]
    for placeholder, value in values.items():
        text = text.replace("{" + placeholder + "}", value)
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))


def _condition(parts: Parts, parameters: dict[str, Value]) -> str:
    """A comparison with one table's schema and name; names of Unity Catalog are lower case, others as they are."""
    number = len(parameters)
    parameters[f"schema_{number}"], parameters[f"name_{number}"] = parts[1].lower(), parts[2].lower()
    return f"(lower(t.table_schema) = :schema_{number} AND lower(t.table_name) = :name_{number})"


def _name(row: Mapping[str, Any]) -> str:
    parts = (row["table_catalog"], row["table_schema"], row["table_name"])
    return join_name(part for part in parts if part is not None)


def _facts(name: str, rows: list[dict[str, Any]]) -> ObjectFacts:
    first = rows[0]
    type_name = str(first["table_type"]).upper()
    kind = "schema" if type_name == "SCHEMA" else "view" if "VIEW" in type_name else "table"
    columns = tuple(
        ObjectColumn(row["column_name"], row["full_data_type"], row["is_nullable"] != "NO", row["column_default"])
        for row in rows
        if row["column_name"] is not None
    )
    delta = str(first["data_source_format"] or "").upper() == "DELTA"
    return ObjectFacts(name, kind, kind == "table" and delta, columns)


def _version(row: Mapping[str, Any]) -> Version:
    return Version(int(row["version"]), _token(row), int(row["bytes"] or 0))


def _token(row: Mapping[str, Any]) -> str:
    return f"{row['id']}@{row['version']}"
