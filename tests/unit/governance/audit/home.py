"""A home with the audit table, a key and heads, on one of the warehouses, and what somebody may do to it by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.bus import KeyRing
from core.clock import Clock
from core.governance.audit import AuditEntry, AuditLog, FileHeads, Verification
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from core.warehouse.statements import definitions
from tests.bus_warehouses import end, open_warehouse

TABLE = "main.aiops.audit_log"
Rows = list[dict[str, Any]]


@dataclass
class AuditHome:
    root: Path
    warehouse_name: str
    warehouse: Warehouse
    keys: KeyRing

    def log(self, *, warehouse: Warehouse | None = None, clock: Clock | None = None) -> AuditLog:
        return AuditLog(warehouse or self.warehouse, self.keys, clock=clock, heads=self.heads())

    def heads(self) -> FileHeads:
        return FileHeads(self.root / "audit", self.keys)

    def rows(self) -> Rows:
        statement = f"SELECT * FROM {TABLE} ORDER BY chain_id, seq"
        rows: Rows = self.warehouse.query(statement, principal=PLATFORM).to_pylist()
        return rows

    def by_hand(self, statement: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Somebody with the right to write the table, and without the key."""
        return self.warehouse.execute(statement, parameters, principal=PLATFORM)

    def replace(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """The table holds these rows from now on."""
        self.by_hand(f"DELETE FROM {TABLE}")
        self.warehouse.append(TABLE, rows)

    def verify(self) -> Verification:
        """As another process sees it, which knows only the table and the heads that are kept."""
        return self.log().verify()

    def kinds(self) -> set[str]:
        return {problem.kind for problem in self.verify().problems}

    def found(self) -> list[tuple[str, int, str]]:
        return [(problem.chain_id, problem.seq, problem.kind) for problem in self.verify().problems]


def entry(number: int = 0, **fields: Any) -> AuditEntry:
    return AuditEntry(
        **{"action": "approval.decided", "actor": "ada", "object_kind": "approval", "object_id": str(number), **fields}
    )


def entries(count: int) -> Iterable[AuditEntry]:
    return (entry(number) for number in range(count))


def make(root: Path, name: str) -> AuditHome:
    warehouse = open_warehouse(name, root / "tables")
    warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for statement in definitions("core.governance.audit"):
        warehouse.execute(statement, principal=PLATFORM)
    return AuditHome(root, name, warehouse, KeyRing.create(root / "keys"))


def make_template(root: Path, name: str) -> Path:
    home = make(root, name)
    home.warehouse.close()
    end(root / "tables")
    return root


@contextmanager
def opened(template: Path, root: Path, name: str) -> Iterator[AuditHome]:
    shutil.copytree(template, root)
    warehouse = open_warehouse(name, root / "tables")
    try:
        yield AuditHome(root, name, warehouse, KeyRing.open(root / "keys"))
    finally:
        warehouse.close()
        end(root / "tables")
