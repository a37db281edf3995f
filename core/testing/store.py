"""Keeps tests and what became of them: append-only, a version a change, a history that says since when one fails."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.ids import derived_id
from core.testing.baseline import LEARNED
from core.testing.check import Change, Check, Outcome, Status
from core.types import PLATFORM, Principal
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse

_KEPT = (*("check_id", "version", "kind", "rule", "name", "target"), "schema_name", "retired", "sentence", "statement")


@dataclass(frozen=True)
class Kept:
    """A test as it was kept, and how it went last."""

    check: Check
    status: Status | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True)
class Author:
    """For whom something is written, and in which request."""

    principal: Principal
    request_id: str
    """Names what is written: the same request twice writes the same rows."""
    correlation_id: str


class TestStore:
    """One statement to read, one append a table to write."""

    __test__ = False  # not a test case, whatever a collector of tests takes its name for

    def __init__(self, warehouse: Warehouse, state: str = "main.aiops", clock: Clock | None = None) -> None:
        self._warehouse = warehouse
        self._state = state
        self._clock = clock or SystemClock()
        self._select = render(load("core.testing", "statements.sql")["kept"], state)

    def kept(self, *, target: str = "", schema: str = "") -> tuple[Kept, ...]:
        """The tests of a target, of a schema, or of either; one statement."""
        rows = python_rows(
            self._warehouse.query(self._select, {"target": target, "schema": schema}, principal=PLATFORM)
        )
        return tuple(
            Kept(
                Check.model_validate_json(row["definition"]).model_copy(update={"version": row["version"]}),
                row["status"],
                row["failing_since"],
            )
            for row in rows
        )

    def write(self, checks: Iterable[Check], author: Author) -> int:
        """Append versions; gives their number. Cases and rules each take one append."""
        rows: dict[str, list[dict[str, Value]]] = {"test_cases": [], "validation_rules": []}
        now = self._clock.now()
        for check in checks:
            rows["validation_rules" if check.kind == "rule" else "test_cases"].append(
                {
                    **{
                        name: getattr(check, name) for name in ("check_id", "version", "kind", "rule", "name", "target")
                    },
                    **{name: getattr(check, name) for name in ("schema_name", "retired", "sentence", "statement")},
                    "definition": check.definition,
                    "written_by": author.principal.user_id,
                    "written_role": author.principal.role,
                    "correlation_id": author.correlation_id,
                    "written_at": now,
                }
            )
        for table, batch in rows.items():
            if batch:
                self._warehouse.append(f"{self._state}.{table}", batch)
        return sum(map(len, rows.values()))

    def record(self, outcomes: Sequence[Outcome], before: Iterable[Kept], author: Author) -> tuple[Outcome, ...]:
        """Append a run of each; gives the outcomes with what changed since the run before."""
        last = {kept.check.check_id: kept for kept in before}
        now = self._clock.now()
        changed = tuple(
            outcome.model_copy(update={"change": _change(outcome, last.get(outcome.check.check_id))})
            for outcome in outcomes
        )
        rows = [_run(outcome, last.get(outcome.check.check_id), author, now) for outcome in changed]
        if rows:
            self._warehouse.append(f"{self._state}.test_runs", rows)
        return changed


def settle(proposed: Sequence[Check], kept: Iterable[Kept], *, renew: bool = False) -> tuple[list[Check], list[Check]]:
    """What counts from now on, and which versions of it are new.

    A kept test stays also when the data would no longer propose it: that is when it fails. Learned figures stay as
    they are unless `renew`. What reads a column that is gone is retired by `retire`.
    """
    known = {item.check.check_id: item.check for item in kept}
    now, new = dict(known), []
    for check in proposed:
        old = known.get(check.check_id)
        if old is not None and (old.definition == check.definition or (check.rule in LEARNED and not renew)):
            continue
        version = check.model_copy(update={"version": old.version + 1 if old else 1})
        now[check.check_id] = version
        new.append(version)
    return list(now.values()), new


def retire(kept: Iterable[Kept], table: str, columns: Iterable[str]) -> list[Check]:
    """The versions that end the rules of columns which a table no longer has."""
    there = {column.casefold() for column in columns}
    return [
        item.check.model_copy(update={"retired": True, "version": item.check.version + 1})
        for item in kept
        if item.check.table == table and not {column.casefold() for column in item.check.columns} <= there
    ]


def _change(outcome: Outcome, before: Kept | None) -> Change:
    if before is None or before.status is None:
        return "first failed" if outcome.status == "failed" else "new"
    if outcome.status == "failed":
        return "still failing" if before.status == "failed" else "first failed"
    return "mended" if before.status == "failed" and outcome.status == "passed" else "same"


def _run(outcome: Outcome, before: Kept | None, author: Author, now: datetime) -> dict[str, Value]:
    check = outcome.check
    since = before.failing_since if before is not None and outcome.change == "still failing" else None
    return {
        "run_id": derived_id(author.request_id, check.check_id),
        **{name: getattr(check, name) for name in ("check_id", "version", "kind", "rule", "name", "target")},
        "schema_name": check.schema_name,
        "status": outcome.status,
        "change": outcome.change,
        "failing_since": (since or now) if outcome.status == "failed" else None,
        "violations": outcome.violations,
        "row_count": outcome.rows,
        "detail": outcome.detail,
        "sample": json.dumps(outcome.sample, ensure_ascii=False),
        "statement": outcome.statement,
        "statement_id": outcome.statement_id,
        "user_id": author.principal.user_id,
        "user_role": author.principal.role,
        "correlation_id": author.correlation_id,
        "ran_at": now,
    }
