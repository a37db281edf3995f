"""Keeps verified queries in `verified_queries`: signed rows, appended only; the newest of a query counts.

A verified query decides which SQL answers without an approval, so a row that was not signed here does not count.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import ValidationError

from core.clock import Clock, SystemClock
from core.ids import new_id
from core.semantic.verified.query import VerifiedQuery

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

_log = logging.getLogger(__name__)
TABLE = "verified_queries"
FIELDS = ("row_id", "query_id", "schema_name", "status", "query", "saved_by", "saved_at", "key_id", "signature")
Status = Literal["confirmed", "retired"]
ReportForged = Callable[[str, str], None]
"""Told the table and the id of a row that is not what was signed."""


class Signer(Protocol):
    """Signs rows with the installation's key, and tells whether a row is what was signed."""

    def signed(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]: ...
    def verifies(self, table: str, row: Mapping[str, Any]) -> bool: ...


class VerifiedQueries:
    """One append a change. Rows are read by `SemanticStore`, with the models, in one statement."""

    def __init__(
        self, warehouse: Warehouse, signer: Signer, state: str, report: ReportForged, clock: Clock | None = None
    ) -> None:
        self._warehouse = warehouse
        self._signer = signer
        self._table = f"{state}.{TABLE}"
        self._report = report
        self._clock = clock or SystemClock()

    def current(
        self, rows: Iterable[Mapping[str, Any]], written: Iterable[VerifiedQuery] = ()
    ) -> tuple[VerifiedQuery, ...]:
        """What counts of `rows` and of the queries `written` in files, which a row of the same id replaces.

        Forged rows and those that cannot be read any more are left out, and told of.
        """
        newest: dict[str, Mapping[str, Any]] = {}
        for row in sorted(self._signed(rows), key=lambda row: (str(row["saved_at"]), str(row["row_id"]))):
            newest[str(row["query_id"])] = row
        found = {query.query_id: query for query in written}
        for query_id, row in newest.items():
            query = _query(row) if row["status"] == "confirmed" else None
            if query is not None:
                found[query_id] = query
            else:
                found.pop(query_id, None)
        return tuple(sorted(found.values(), key=lambda query: (query.catalog, query.question.casefold())))

    def save(self, query: VerifiedQuery, *, status: Status, saved_by: str) -> None:
        """Make `query` count, or end that it does; durable when this returns."""
        row = {
            "row_id": new_id(self._clock),
            "query_id": query.query_id,
            "schema_name": query.catalog,
            "status": status,
            "query": query.model_dump_json(),
            "saved_by": saved_by,
            "saved_at": self._clock.now(),
        }
        self._warehouse.append(self._table, [self._signer.signed(TABLE, row)])

    def _signed(self, rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        kept: list[Mapping[str, Any]] = []
        for row in rows:
            own = {name: row.get(name) for name in FIELDS}
            if self._signer.verifies(TABLE, own):
                kept.append(own)
            else:
                self._report(TABLE, str(own["row_id"]))
        return kept


def _query(row: Mapping[str, Any]) -> VerifiedQuery | None:
    try:
        query = VerifiedQuery.model_validate_json(str(row["query"]))
    except ValidationError:
        _log.warning("the verified query %s was kept by another version and cannot be read", row["query_id"])
        return None
    return query if (query.query_id, query.catalog) == (row["query_id"], row["schema_name"]) else None
