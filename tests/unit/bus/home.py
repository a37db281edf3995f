"""A home with the bus's tables, copied from one that is made once, a bus on it, and handlers for it."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.bus import Bus, BusOptions, Content, Delivery, KeyRing, Message, ProcessIdentity, new_request
from core.clock import Clock, ManualClock
from core.ids import new_id
from core.types import PLATFORM
from core.warehouse.port import Row, StatementRecord, Warehouse
from core.warehouse.statements import definitions
from tests.bus_warehouses import chosen, end, faults_of, for_children, open_warehouse
from tests.workspace.faults import Faults

NO_SUCH_PID = 4_194_305
"""Above the largest process number of Linux: a process that is certainly gone."""
MESSAGES = "main.aiops.agent_messages"
REPOSITORY = Path(__file__).parents[3]


@dataclass
class Home:
    """A folder with tables and keys, and the statements that ran on it through `open_warehouse`."""

    root: Path
    warehouse: str = field(default_factory=chosen)
    records: list[StatementRecord] = field(default_factory=list)

    def open_warehouse(self) -> Warehouse:
        return open_warehouse(self.warehouse, self.root / "tables", self.records.append)

    def environment(self, **more: str) -> dict[str, str]:
        """What a child process needs to open this home."""
        children = for_children(self.warehouse, self.root / "tables")
        return {**os.environ, "PYTHONPATH": str(REPOSITORY), **children, **more}

    def faults(self) -> Faults:
        """What may go wrong on the way to its workspace."""
        return faults_of(self.root / "tables")

    def end(self) -> None:
        """Stop what serves its tables."""
        end(self.root / "tables")

    def keys(self) -> KeyRing:
        return KeyRing.open(self.root / "keys")

    def open_bus(
        self,
        warehouse: Warehouse,
        clock: Clock | None = None,
        pid: int = NO_SUCH_PID,
        **options: Any,
    ) -> Bus:
        process = ProcessIdentity(process_id=new_id(), host="here", pid=pid, kind="test")
        return Bus(warehouse, keys=self.keys(), clock=clock, process=process, options=BusOptions(**options))

    @contextmanager
    def bus(self, clock: Clock | None = None, **options: Any) -> Iterator[Bus]:
        warehouse = self.open_warehouse()
        bus = self.open_bus(warehouse, clock, **options)
        try:
            yield bus
        finally:
            bus.close()
            warehouse.close()


def make_home(root: Path, name: str) -> Home:
    """A fresh home with tables and a key, on the warehouse of that name."""
    warehouse = open_warehouse(name, root / "tables")
    warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for statement in definitions("core.bus"):
        warehouse.execute(statement, principal=PLATFORM)
    warehouse.close()
    KeyRing.create(root / "keys")
    made = Home(root, name)
    made.end()
    return made


def copy_home(template: Home, root: Path) -> Home:
    shutil.copytree(template.root, root)
    return Home(root, template.warehouse)


def ask(agent: str, kind: str = "echo", *, clock: Clock | None = None, **fields: Any) -> Message:
    """A request of user ana's to `agent`; `body` and the fields of `new_request` may be given."""
    body = fields.pop("body", {})
    defaults: dict[str, Any] = {
        "from_agent": "user",
        "to_agent": agent,
        "session_id": "session",
        "user_id": "ana",
        "user_role": "data_analyst",
    }
    if clock is not None:
        defaults["clock"] = clock
    return new_request(content=Content(kind=kind, body=body), **{**defaults, **fields})


def manual_clock() -> ManualClock:
    return ManualClock()


def echo(message: Message, delivery: Delivery) -> Content:
    """Answers with what it was sent."""
    return Content(kind="echo.done", body=message.content.body)


class Gate:
    """A handler that answers when it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.begun = threading.Event()
        self.deliveries: list[Delivery] = []

    def __call__(self, message: Message, delivery: Delivery) -> Content:
        self.deliveries.append(delivery)
        self.begun.set()
        assert self.opened.wait(10)
        return Content(kind="gate.done", body={})


def stored(bus: Bus, cursor: str | None = None) -> tuple[list[Row], str]:
    """The rows of the message log since a cursor, whatever their signature, and the next cursor."""
    return bus.messages._warehouse.changes(MESSAGES, cursor)


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()
