"""Compares the audit log with the rows it tells of: requests, decisions, licences, roles, scopes, switches.

A row that somebody deletes by hand leaves its entry behind, and one that somebody writes by hand has none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.governance.audit.verification import MOST_PROBLEMS, Problem
from core.types import PLATFORM
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

SETTLE_S = 2.0
"""A row and its entry are two appends: what lacks the other is looked at again after so many seconds."""
_WORDS = {
    "request": ("The request for approval {}", "approval_requests"),
    "licence": ("The licence of the request {}", "approval_grants"),
    "use": ("The use of the licence of the request {}", "approval_grants"),
    "decision": ("The decision on the request {}", "approval_decisions"),
    "assignment": ("The change of the roles of {}", "role_assignments"),
    "scope": ("The change of who may read {}", "data_scopes"),
    "switch": ("The switch of {}", "agent_switches"),
}
_LACKS = {
    "row": "{what}{by} at {at} is in the audit log, and its row in {table} is gone or changed.",
    "entry": "{what}{by} at {at} stands in {table}, and no entry of the audit log tells of it: the row was written by"
    " hand, or the process that wrote it ended before it could tell.",
}


class RecordCheck:
    """One comparison: one statement, and one more where something differs."""

    def __init__(self, warehouse: Warehouse, state: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._warehouse = warehouse
        self._state = state
        self._pause = pause

    def problems(self) -> tuple[Problem, ...]:
        """The first thousand differences, oldest first; changes nothing. Raises WarehouseError."""
        first = self._differences()
        if not first:
            return ()
        self._pause(SETTLE_S)
        still = self._differences()
        return tuple(_problem(row) for key, row in still.items() if key in first)

    def _differences(self) -> dict[tuple[str, str, str], Mapping[str, Any]]:
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance.audit", "records.sql")["differences"], self._state)
        rows = python_rows(self._warehouse.query(text, {"most": MOST_PROBLEMS}, principal=PLATFORM))
        return {(str(row["lacks"]), str(row["kind"]), str(row["name"])): row for row in rows}


def _problem(row: Mapping[str, Any]) -> Problem:
    what, table = _WORDS[row["kind"]]
    sentence = _LACKS[row["lacks"]].format(
        what=what.format(row["subject"]),
        by=f" by {row['actor']}" if row["actor"] else "",
        at=_moment(row["at"]),
        table=table,
    )
    return Problem(
        chain_id="", seq=0, kind="row_missing" if row["lacks"] == "row" else "entry_missing", sentence=sentence
    )


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else "an unknown time"
