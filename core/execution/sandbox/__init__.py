"""Sandboxes for Python that a person or a model wrote: see README.md for what each stops and what it does not."""

from core.execution.sandbox.bubblewrap import BubblewrapSandbox, find_bubblewrap
from core.execution.sandbox.ladder import SandboxLadder
from core.execution.sandbox.monty import MontySandbox
from core.execution.sandbox.port import Sandbox, SandboxFailure, SandboxLimits, SandboxResult
from core.execution.sandbox.tables import Tables, table_reads
from core.execution.sandbox.weak import WeakSandbox

__all__ = [
    "BubblewrapSandbox",
    "MontySandbox",
    "Sandbox",
    "SandboxFailure",
    "SandboxLadder",
    "SandboxLimits",
    "SandboxResult",
    "Tables",
    "WeakSandbox",
    "find_bubblewrap",
    "table_reads",
]
