"""CREATE TABLE ... DEEP CLONE, read from the statement's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.clauses import Clauses
from core.warehouse.port import Parameters

_CLONE = re.compile(r"(?:CREATE|REPLACE)\b.{0,600}?\bCLONE\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Clone:
    """A copy of a table, as it is or was."""

    target: tuple[str, ...]
    source: tuple[str, ...]
    replace: bool
    exists_ok: bool
    as_of: int | datetime | None
    properties: Mapping[str, str]


def clone_of(text: str, parameters: Parameters) -> Clone | None:
    """What a CREATE TABLE ... CLONE asks for; None when the statement is of another kind."""
    if not _CLONE.match(text):
        return None
    clauses = Clauses(text, parameters)
    replace = clauses.take("CREATE", "OR", "REPLACE")
    if not replace:
        clauses.need("CREATE")
    if not clauses.take("TABLE"):
        return None
    exists_ok = clauses.take("IF", "NOT", "EXISTS")
    target = clauses.name()
    if clauses.take("SHALLOW"):
        raise StatementRefused("SHALLOW CLONE is not supported; use DEEP CLONE.", error_class="UNSUPPORTED_FEATURE")
    clauses.take("DEEP")
    if not clauses.take("CLONE"):
        return None
    source = clauses.name()
    as_of = moment(clauses)
    properties = clauses.properties() if clauses.take("TBLPROPERTIES") else {}
    if clauses.take("LOCATION"):
        raise StatementRefused("LOCATION is not supported.", error_class="UNSUPPORTED_FEATURE")
    clauses.end()
    return Clone(target, source, replace, exists_ok, as_of, properties)


def moment(clauses: Clauses) -> int | datetime | None:
    """`[FOR] VERSION AS OF n` or `TIMESTAMP AS OF 't'`; None when neither comes next. Raises StatementInvalid."""
    clauses.take("FOR")
    clauses.take("SYSTEM")
    if clauses.take("VERSION", "AS", "OF"):
        version = clauses.value()
        if isinstance(version, str) and version.isdigit():
            version = int(version)
        if not isinstance(version, int) or isinstance(version, bool):
            raise StatementInvalid(f"{version!r} is not a version.", error_class="INVALID_TIME_TRAVEL_SPEC")
        return version
    if clauses.take("TIMESTAMP", "AS", "OF"):
        clauses.take("TIMESTAMP")
        return _timestamp(clauses.value())
    return None


def _timestamp(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise StatementInvalid(
                f"{value!r} is not a timestamp.", error_class="INVALID_TIME_TRAVEL_TIMESTAMP_EXPR"
            ) from error
    if not isinstance(value, datetime):
        raise StatementInvalid(f"{value!r} is not a timestamp.", error_class="INVALID_TIME_TRAVEL_TIMESTAMP_EXPR")
    return value if value.tzinfo else value.replace(tzinfo=UTC)
