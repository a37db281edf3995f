"""One statement as it runs: in a thread of its own, with latency, a time limit and a way to stop it."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp

from core.errors import PlatformError, StatementCancelled
from core.types import Cancellation, Principal
from core.warehouse import EmbeddedWarehouse
from tests.workspace.arrow_results import travelling
from tests.workspace.errors import wording
from tests.workspace.explaining import explained
from tests.workspace.parameters import bound

_COMMENTS = re.compile(r"^(?:\s+|--[^\n]*\n|/\*.*?\*/|\()+", re.DOTALL)
_COUNTED = ("INSERT", "UPDATE", "DELETE", "MERGE")
_ROWS = ("SELECT", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "OPTIMIZE", "VACUUM", "RESTORE")
_MAYBE = ("WITH", "FROM")


@dataclass(frozen=True)
class Request:
    """What ExecuteStatement asked for."""

    statement: str
    parameters: Sequence[Any]
    principal: Principal
    timeout_s: float | None
    latency_s: float
    compressed: bool = False
    """Whether the client takes result pages in LZ4 frames."""


class Operation:
    """Runs at once; `done` is set at the end, whatever that was."""

    def __init__(self, engine: EmbeddedWarehouse, request: Request) -> None:
        self._engine = engine
        self.request = request
        self._cancellation = Cancellation()
        self.done = threading.Event()
        self.rows: pa.Table | None = None
        self.affected: int | None = None
        self.error: tuple[str, str] | None = None
        """Message and SQLSTATE."""
        self.cancelled = False
        self.served = 0
        """Rows that the client has fetched."""
        self._thread = threading.Thread(target=self._run, name="statement", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop it, wherever it is."""
        self._cancellation.cancel()

    @property
    def outcome(self) -> str:
        """`ok`, or the error class."""
        if self.error is None:
            return "ok"
        match = re.match(r"\[([A-Z_]+)", self.error[0])
        return match[1] if match else "error"

    def _run(self) -> None:
        try:
            self._pause()
            statement, values = bound(self.request.statement, self.request.parameters)
            self.rows, self.affected = self._answer(statement, values)
        except StatementCancelled:
            self.cancelled = True
            self.error = ("[OPERATION_CANCELED] The statement was cancelled. SQLSTATE: HY008", "HY008")
        except PlatformError as error:
            self.error = wording(error)
        except Exception as error:
            self.error = (f"[INTERNAL_ERROR] {type(error).__name__}: {error} SQLSTATE: XX000", "XX000")
        finally:
            self.done.set()

    def _pause(self) -> None:
        """The time that a round trip of a real warehouse takes; a cancel ends it."""
        stopped = threading.Event()
        forget = self._cancellation.on_cancel(stopped.set)
        try:
            if stopped.wait(self.request.latency_s):
                raise StatementCancelled("The statement was stopped.")
        finally:
            forget()

    def _answer(self, statement: str, values: dict[str, Any]) -> tuple[pa.Table, int | None]:
        word = _first_word(statement)
        limits: dict[str, Any] = {
            "principal": self.request.principal,
            "timeout_s": self.request.timeout_s,
            "cancellation": self._cancellation,
        }
        if word == "EXPLAIN":
            return explained(self._engine, statement, values, self.request.principal), None
        if word in _ROWS or (word in _MAYBE and _only_reads(statement)):
            return travelling(self._engine.query(statement, values, **limits)), None
        affected = self._engine.execute(statement, values, **limits)
        if word in _MAYBE:
            word = "INSERT"
        if word not in _COUNTED:
            return pa.table({}), None
        counts = {"num_affected_rows": [affected]}
        if word == "INSERT":
            counts["num_inserted_rows"] = [affected]
        return pa.table({name: pa.array(found, pa.int64()) for name, found in counts.items()}), affected


def _only_reads(statement: str) -> bool:
    """`WITH` and `FROM` begin a query as a rule, but also an INSERT or a MERGE."""
    try:
        return isinstance(sqlglot.parse_one(statement, dialect="databricks"), exp.Query)
    except sqlglot.errors.SqlglotError:
        return False


def _first_word(statement: str) -> str:
    text = _COMMENTS.sub("", statement)
    match = re.match(r"[A-Za-z]+", text)
    return match[0].upper() if match else ""
