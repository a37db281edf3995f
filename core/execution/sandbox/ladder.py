"""Chooses the sandbox of a run by what the code needs and what the machine has; without a fit it is refused."""

from __future__ import annotations

import importlib.util

from core.errors import SandboxUnavailable
from core.execution.sandbox.bubblewrap import INSTALL, BubblewrapSandbox, find_bubblewrap
from core.execution.sandbox.monty import MontySandbox
from core.execution.sandbox.port import DEFAULT_LIMITS, Inputs, Sandbox, SandboxLimits, SandboxResult
from core.execution.sandbox.request import imported_modules, needs_data_libraries, needs_spark
from core.execution.sandbox.weak import WeakSandbox
from core.types import Cancellation

_OF_MONTY = frozenset(
    {"math", "re", "json", "datetime", "decimal", "collections", "itertools", "functools", "dataclasses", "typing"}
)


class SandboxLadder:
    """The rungs from the narrowest up: monty, bubblewrap, and limits under another user when that is allowed."""

    def __init__(self, *, allow_weak_isolation: bool = False, bubblewrap: str | None = None) -> None:
        """`bubblewrap` names the program when it is not on the path."""
        self._allow_weak = allow_weak_isolation
        self._bubblewrap = bubblewrap

    def choose(self, code: str, inputs: Inputs | None = None) -> Sandbox:
        """The sandbox for this code. Raises SandboxUnavailable with the reason and what to install."""
        if needs_spark(code) and importlib.util.find_spec("pyspark") is None:
            raise SandboxUnavailable(
                "PySpark cannot run here: there is no Spark on this machine.",
                next_step="Install the extra `spark`, or run it on Databricks; the code and its review are kept.",
            )
        plain = not needs_data_libraries(code, inputs) and imported_modules(code) <= _OF_MONTY and not needs_spark(code)
        if plain and self._has_monty():
            return MontySandbox()
        return self._walled()

    def run(
        self,
        code: str,
        *,
        inputs: Inputs | None = None,
        limits: SandboxLimits = DEFAULT_LIMITS,
        cancellation: Cancellation | None = None,
    ) -> SandboxResult:
        """Run `code` on the rung chosen for it. Raises SandboxUnavailable when there is none."""
        sandbox = self.choose(code, inputs)
        return sandbox.run(code, inputs=inputs, limits=limits, cancellation=cancellation)

    def _walled(self) -> Sandbox:
        program, reason = find_bubblewrap(self._bubblewrap)
        if program is not None:
            return BubblewrapSandbox(self._bubblewrap)
        if not self._allow_weak:
            raise SandboxUnavailable(f"Python cannot be isolated here: {reason}", next_step=INSTALL)
        return WeakSandbox()

    def _has_monty(self) -> bool:
        return importlib.util.find_spec("pydantic_monty") is not None
