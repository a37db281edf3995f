"""What both adapters report of each call: a StatementRecord when it ends, however it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from core.clock import Clock
from core.errors import PlatformError
from core.ids import new_id
from core.types import Principal
from core.warehouse.port import StatementRecord

Kind = Literal["query", "execute", "append", "changes", "explain", "describe"]
OnStatement = Callable[[StatementRecord], None]


class Running:
    """What is being recorded about one call; the adapter fills it in."""

    def __init__(self, statement_id: str, tables: tuple[str, ...]) -> None:
        self.statement_id = statement_id
        self.tables = tables
        self.rows = 0
        self.text = ""


class Recorder:
    """Reports each call to `on_statement`."""

    def __init__(self, clock: Clock, on_statement: OnStatement | None) -> None:
        self._clock = clock
        self._on_statement = on_statement

    @contextmanager
    def call(self, kind: Kind, principal: Principal, tables: tuple[str, ...] = ()) -> Iterator[Running]:
        """Around one call of the port."""
        running = Running(new_id(self._clock), tables)
        started, error = time.perf_counter(), None
        try:
            yield running
        except PlatformError as raised:
            error = raised.error_class or raised.code
            raise
        finally:
            if self._on_statement is not None:
                seconds = time.perf_counter() - started
                tables, rows = running.tables, running.rows
                self._on_statement(
                    StatementRecord(running.statement_id, kind, tables, principal, seconds, rows, error, running.text)
                )
