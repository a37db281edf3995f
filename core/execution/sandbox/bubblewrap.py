"""The rung with a wall: an interpreter in its own namespaces, made by bubblewrap, with a filter of system calls."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from core.errors import SandboxUnavailable
from core.execution.sandbox import system_calls
from core.execution.sandbox.port import DEFAULT_LIMITS, Inputs, RungName, SandboxLimits, SandboxResult
from core.execution.sandbox.process import Launch, run_confined
from core.execution.sandbox.request import build_request, installed_libraries, write_tables
from core.types import Cancellation

INSTALL = "Install bubblewrap 0.8 or newer (Debian, Ubuntu: apt-get install bubblewrap), or use Databricks."
_OLDEST = (0, 7)
_DRIVER = Path(__file__).with_name("driver.py")
_ENVIRONMENT = {
    "PATH": "/usr/bin",
    "HOME": "/work",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
_FIRST_UID, _UIDS = 50_000, 10_000
_runs = itertools.count()


def own_uid() -> int:
    """A user id that nobody has, another for each run: limits on processes are counted by user."""
    return _FIRST_UID + (os.getpid() * 61 + next(_runs)) % _UIDS


@cache
def find_bubblewrap(path: str | None = None) -> tuple[str | None, str]:
    """The program and why it cannot be used (empty when it can); looked up once a process."""
    program = path or shutil.which("bwrap")
    if program is None:
        return None, "bubblewrap is not installed."
    if not system_calls.supported():
        return None, "There is no filter of system calls for this processor."
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
        version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
        if version < _OLDEST:
            return None, f"bubblewrap {said.split()[-1]} is too old."
        subprocess.run([program, *_namespaces(), "--ro-bind", "/usr", "/usr", *_links(), "/usr/bin/true"],
                       capture_output=True, text=True, timeout=10, check=True, env={})  # fmt: skip
    except subprocess.CalledProcessError as error:
        return None, f"bubblewrap cannot make namespaces here ({(error.stderr or '').strip()[:200]})."
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"bubblewrap cannot be started ({error})."
    return program, ""


class BubblewrapSandbox:
    """No network, no environment, a read-only system, a work folder of bounded size in memory, an own user."""

    rung: RungName = "bubblewrap"

    def __init__(self, program: str | None = None) -> None:
        found, reason = find_bubblewrap(program)
        if found is None:
            raise SandboxUnavailable(f"Python cannot be isolated here: {reason}", next_step=INSTALL)
        self._program = found

    def run(
        self,
        code: str,
        *,
        inputs: Inputs | None = None,
        limits: SandboxLimits = DEFAULT_LIMITS,
        cancellation: Cancellation | None = None,
    ) -> SandboxResult:
        """See Sandbox.run."""
        with tempfile.TemporaryDirectory(prefix="aiops-run-") as folder, tempfile.TemporaryFile() as rules:
            written = write_tables(inputs, Path(folder))
            inside = {name: f"/inputs/{path.name}" for name, path in written.items()}
            request = build_request(code, inputs, inside, limits)
            request["uid"] = own_uid() if os.geteuid() == 0 else None
            request["paths"] = ["/libraries"] if request["libraries"] else []
            rules.write(system_calls.filter_program())
            rules.seek(0)
            command = [
                self._program,
                *_namespaces(),
                *_system(),
                *_mounted(written.values()),
                *(_library_mounts() if request["libraries"] else ()),
                *_work_folder(limits.disk_bytes),
                *(word for item in _ENVIRONMENT.items() for word in ("--setenv", *item)),
                *("--seccomp", str(rules.fileno())),
                *(_interpreter(), "-I", "-S", "-B", "/driver.py"),
            ]
            launch = Launch("bubblewrap", command, request, pass_files=(rules.fileno(),))
            return run_confined(launch, limits, cancellation)


def _namespaces() -> list[str]:
    """As root no user namespace: the driver takes an unprivileged id itself, for which limits on processes count."""
    shared = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    always = ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        return [*shared, *always, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return ["--unshare-user", *shared, *always]


def _links() -> list[str]:
    found: list[str] = []
    for name in ("lib", "lib64", "bin"):
        path = Path("/", name)
        if path.is_symlink():
            found += ["--symlink", f"usr/{name}", f"/{name}"]
        elif path.is_dir():
            found += ["--ro-bind", str(path), str(path)]
    return found


def _system() -> list[str]:
    """The system's programs and libraries, the interpreter and the driver; nothing of /etc, /home or /root."""
    words = ["--ro-bind", "/usr", "/usr", *_links(), "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    if sys.base_prefix != "/usr":
        executable = f"python{sys.version_info.major}.{sys.version_info.minor}"
        library = Path(sysconfig.get_path("stdlib")).parent
        words += ["--perms", "0755", "--dir", "/python", "--perms", "0755", "--dir", "/python/bin"]
        words += ["--ro-bind", str(Path(sys.base_prefix, "bin", executable)), f"/python/bin/{executable}"]
        words += ["--ro-bind", str(library), "/python/lib", "--setenv", "LD_LIBRARY_PATH", "/python/lib"]
    return [*words, "--ro-bind", str(_DRIVER), "/driver.py"]


def _interpreter() -> str:
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return f"/usr/bin/{name}" if sys.base_prefix == "/usr" else f"/python/bin/{name}"


def _library_mounts() -> list[str]:
    libraries = installed_libraries()
    if libraries is None:
        raise SandboxUnavailable("pandas is not installed.", next_step="Install the requirements of the platform.")
    words = ["--perms", "0755", "--dir", "/libraries"]
    for name in libraries.names:
        words += ["--ro-bind", str(libraries.folder / name), f"/libraries/{name}"]
    return words


def _mounted(files: Iterable[Path]) -> list[str]:
    words = ["--perms", "0755", "--dir", "/inputs"]
    for path in files:
        words += ["--ro-bind", str(path), f"/inputs/{path.name}"]
    return words


def _work_folder(size: int) -> list[str]:
    mount = ["--perms", "1777", "--size", str(size), "--tmpfs", "/work", "--chdir", "/work"]
    return [*mount, "--remount-ro", "/"]
