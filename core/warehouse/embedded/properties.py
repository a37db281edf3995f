"""Table properties in two forms: as a statement declares them, and as they are stored so that delta-rs stays itself.

A `delta.*` property can switch on a table feature (deletion vectors, column mapping, a newer protocol). The few that
delta-rs follows exactly are stored as they are; every other one is kept under a prefix that means nothing to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import StatementInvalid

PRIMARY_KEY = "aiops.primary_key"
FOREIGN_KEYS = "aiops.foreign_keys"
PRIMARY_KEY_NAME = "aiops.primary_key_name"

KEYS = (PRIMARY_KEY, PRIMARY_KEY_NAME, FOREIGN_KEYS)
CONSTRAINT = "delta.constraints."
DEFAULTS_FEATURE = "delta.feature.allowColumnDefaults"
MAPPING = "delta.columnMapping.mode"
WIDENING = "delta.enableTypeWidening"
_DECLARED = "aiops.declared."
_RESERVED = frozenset({"provider", "location", "owner", "external", "is_managed_location"})
_FOLLOWED = frozenset(
    {
        "delta.appendonly",
        "delta.enablechangedatafeed",
        "delta.logretentionduration",
        "delta.deletedfileretentionduration",
        "delta.checkpointinterval",
        "delta.dataskippingnumindexedcols",
    }
)


def stored(properties: Mapping[str, str] | None) -> dict[str, str]:
    """What is written to the log for the declared properties."""
    return {_stored_key(key): value for key, value in (properties or {}).items()}


def declared(configuration: Mapping[str, str] | None) -> dict[str, str]:
    """The properties as they were declared, from what the log holds."""
    return {key.removeprefix(_DECLARED): value for key, value in (configuration or {}).items()}


def check_settable(properties: Mapping[str, str]) -> None:
    """Raises StatementInvalid for a property that another statement sets."""
    for key in properties:
        if is_check(key):
            raise StatementInvalid(f"{key} is set by ALTER TABLE ADD CONSTRAINT.", error_class="DELTA_ADD_CONSTRAINTS")
        if key.casefold() in _RESERVED:
            raise StatementInvalid(
                f"{key} is a reserved table property.", error_class="UNSUPPORTED_FEATURE.SET_TABLE_PROPERTY"
            )


def _stored_key(key: str) -> str:
    inert = key.casefold().startswith("delta.") and key.casefold() not in _FOLLOWED
    return f"{_DECLARED}{key}" if inert else key


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key as information: it is listed, and not enforced."""

    name: str
    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    """Empty when the statement left the referenced columns to the other table's primary key."""


@dataclass(frozen=True)
class Keys:
    """The keys and the CHECK constraints that a table's properties hold."""

    primary_name: str
    primary: tuple[str, ...]
    foreign: tuple[ForeignKey, ...]
    checks: tuple[tuple[str, str], ...]
    """Name and condition."""


def keys(table: str, properties: Mapping[str, str]) -> Keys:
    """The constraints of the table called `table`; unnamed ones get the names Databricks would generate."""
    foreign: list[ForeignKey] = []
    for item in json.loads(properties.get(FOREIGN_KEYS) or "[]"):
        name = item.get("name") or _free(f"{table}_{item['table'].split('.')[-1]}_fk", [key.name for key in foreign])
        foreign.append(ForeignKey(name, tuple(item["columns"]), item["table"], tuple(item.get("references") or ())))
    return Keys(
        properties.get(PRIMARY_KEY_NAME) or f"{table}_pk",
        tuple(json.loads(properties.get(PRIMARY_KEY) or "[]")),
        tuple(foreign),
        tuple(checks(properties)),
    )


def checks(properties: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names and conditions of the CHECK constraints, by name."""
    return [(key.removeprefix(CONSTRAINT), text) for key, text in sorted(properties.items()) if is_check(key)]


def is_check(key: str) -> bool:
    return key.startswith(CONSTRAINT)


def foreign_item(key: ForeignKey) -> dict[str, Any]:
    """A foreign key as the property `aiops.foreign_keys` lists it."""
    return {
        "name": key.name, "columns": list(key.columns), "table": key.table, "references": list(key.references)
    }  # fmt: skip


def _free(name: str, taken: list[str]) -> str:
    number, found = 1, name
    while found in taken:
        number, found = number + 1, f"{name}_{number}"
    return found
