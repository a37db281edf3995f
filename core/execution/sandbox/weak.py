"""The rung of last resort, only when allowed by a setting: limits and a filter under another user, no wall.

It sees every file that everybody may read, and all processes. A run is marked `weak` and needs a person each time.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

from core.errors import SandboxUnavailable
from core.execution.sandbox import system_calls
from core.execution.sandbox.bubblewrap import INSTALL, own_uid
from core.execution.sandbox.port import DEFAULT_LIMITS, Inputs, RungName, SandboxLimits, SandboxResult
from core.execution.sandbox.process import Launch, run_confined
from core.execution.sandbox.request import build_request, installed_libraries, write_tables
from core.types import Cancellation

_DRIVER = Path(__file__).with_name("driver.py")


class WeakSandbox:
    """Another user, no new rights, no processes, no sockets, limits on memory, files and time."""

    rung: RungName = "weak"

    def __init__(self, interpreter: str | None = None) -> None:
        """`interpreter` must be one that every user may read. Raises SandboxUnavailable with what is missing."""
        if os.geteuid() != 0 or not system_calls.supported():
            raise SandboxUnavailable(
                "Only the administrator of a machine can run code as another user.", next_step=INSTALL
            )
        candidates = [interpreter] if interpreter else [sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"]
        real = [Path(os.path.realpath(path)) for path in candidates if os.path.exists(path)]
        readable = [path for path in real if _open_to_all(path)]
        if not readable:
            raise SandboxUnavailable("No Python here can be read by another user.", next_step=INSTALL)
        self._interpreter = readable[0]

    def run(
        self,
        code: str,
        *,
        inputs: Inputs | None = None,
        limits: SandboxLimits = DEFAULT_LIMITS,
        cancellation: Cancellation | None = None,
    ) -> SandboxResult:
        """See Sandbox.run."""
        uid = own_uid()
        with tempfile.TemporaryDirectory(prefix="aiops-run-") as outer:
            os.chmod(outer, 0o755)
            work = Path(outer, "work")
            work.mkdir(mode=0o700)
            os.chown(work, uid, uid)
            driver = Path(outer, "driver.py")
            driver.write_bytes(_DRIVER.read_bytes())
            driver.chmod(0o444)
            written = write_tables(inputs, Path(outer))
            request = build_request(code, inputs, {name: str(path) for name, path in written.items()}, limits)
            request["uid"] = uid
            request["filter"] = system_calls.filter_program().hex()
            request["paths"] = _library_paths() if request["libraries"] else []
            command = [str(self._interpreter), "-I", "-S", "-B", str(driver)]
            launch = Launch("weak", command, request, folder=str(work), after=lambda: end_all_of(uid))
            return run_confined(launch, limits, cancellation)


def end_all_of(uid: int) -> None:
    """Kill every process of `uid`: what the run started, in whatever session."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == uid:
                    os.kill(int(entry.name), signal.SIGKILL)


def _library_paths() -> list[str]:
    libraries = installed_libraries()
    if libraries is None or not _open_to_all(libraries.folder):
        raise SandboxUnavailable("The data libraries cannot be read by another user.", next_step=INSTALL)
    return [str(libraries.folder)]


def _open_to_all(path: Path) -> bool:
    folders = (path, *path.parents) if path.is_dir() else path.parents
    return all(folder.stat().st_mode & 0o001 for folder in folders)
