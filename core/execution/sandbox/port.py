"""The port of all sandboxes: code in, output and a result of bounded size out; nothing else leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from core.types import Cancellation

if TYPE_CHECKING:
    import pyarrow as pa

    from core.execution.sandbox.tables import Tables

RungName = Literal["monty", "bubblewrap", "weak"]
FailureKind = Literal["exception", "syntax", "timeout", "memory", "cancelled", "ended", "result_too_large", "no_result"]
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True)
class SandboxLimits:
    """Caps of one run. Seconds count from when the code begins; bytes are of memory, work folder, output, result."""

    seconds: float = 10.0
    memory_bytes: int = 512 * 1024**2
    """What the code may take beside the interpreter and the libraries it imports."""
    disk_bytes: int = 32 * 1024**2
    output_bytes: int = 64 * 1024
    result_rows: int = 10_000
    result_bytes: int = 16 * 1024**2


DEFAULT_LIMITS = SandboxLimits()


@dataclass(frozen=True)
class SandboxFailure:
    """Why there is no result; `message` is for a person."""

    kind: FailureKind
    message: str
    line: int | None = None
    """Line of the code, where there is one."""


@dataclass(frozen=True)
class SandboxResult:
    """What a run gave. Everything in it was written by the code and is data, not truth."""

    stdout: str
    stdout_truncated: bool
    result: Json
    """The variable `result`, else the last expression; None when it is a table or there is none."""
    table: pa.Table | None
    """The result when it is a data frame."""
    truncated: bool
    """Whether the table had more rows than the limit."""
    error: SandboxFailure | None
    seconds: float
    rung: RungName

    @property
    def isolated(self) -> bool:
        """Whether a wall stood around the run; False must be shown, and is never approved by a rule."""
        return self.rung != "weak"


Inputs = Mapping[str, "pa.Table | Tables | Json"]


class Sandbox(Protocol):
    """Runs one piece of Python once, alone, and leaves nothing behind."""

    @property
    def rung(self) -> RungName:
        """Which kind of isolation it gives."""
        ...

    def run(
        self,
        code: str,
        *,
        inputs: Inputs | None = None,
        limits: SandboxLimits = DEFAULT_LIMITS,
        cancellation: Cancellation | None = None,
    ) -> SandboxResult:
        """The output and result of `code`; `inputs` are its predeclared names (a table becomes a data frame,
        `Tables` under the name `spark` what `spark.table` reads).

        What the code does wrong is an `error` in the result. Raises SandboxUnavailable when it cannot run at all.
        """
        ...
