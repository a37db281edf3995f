"""The environment: `.venv` beside the code, made from the pinned requirements, with progress that can be seen.

A stamp (the hash of requirements.txt and of the interpreter's version) lets the second start skip all of it.
Standard library only.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"
STAMP = ENVIRONMENT / "requirements.sha256"
PYTHON = ENVIRONMENT / "bin" / "python"
_ADVICE = "free some space, or delete that folder, and run it again"


class BootstrapError(Exception):
    """One sentence with the next step."""


def enter_environment(arguments: list[str]) -> None:
    """Return when this process runs inside the finished environment; otherwise make it and restart inside it."""
    if _provided() or (_inside() and _is_current()):
        return
    if arguments in ([], ["-h"], ["--help"]) and not PYTHON.exists():
        return
    try:
        if not _is_current():
            _make_once()
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(str(PYTHON), [str(PYTHON), "-m", "app", *arguments])
    except BootstrapError as error:
        sys.stderr.write(f"{error}\n")
    except OSError as error:
        sys.stderr.write(f"The environment in {ENVIRONMENT} cannot be used ({error.strerror}): {_ADVICE}.\n")
    raise SystemExit(1)


def is_ours(module: str) -> bool:
    """Whether a module is part of this project, and not of the environment."""
    return (ROOT / module.split(".")[0]).is_dir()


def incomplete(error: ModuleNotFoundError) -> str:
    """What to say when the finished environment lacks a package after all."""
    return f"The environment in {ENVIRONMENT} is incomplete ({error}): delete that folder and run it again."


def _inside() -> bool:
    return Path(sys.prefix).resolve() == ENVIRONMENT.resolve()


def _provided() -> bool:
    """True where the platform or the person has installed the requirements already: an app container, another venv."""
    if os.environ.get("DATABRICKS_APP_NAME"):
        return True
    if sys.prefix == sys.base_prefix or _inside():
        return False
    from importlib.metadata import PackageNotFoundError, version

    try:
        return all(version(name) == pin for name, pin in _pins())
    except PackageNotFoundError:
        return False


def _pins() -> list[tuple[str, str]]:
    lines = (line.split(";")[0].strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    return [(name, pin) for name, separator, pin in (line.partition("==") for line in lines) if separator]


def _digest() -> str:
    content = REQUIREMENTS.read_bytes() + sys.version.split()[0].encode()
    return hashlib.sha256(content).hexdigest()


def _is_current() -> bool:
    if not PYTHON.exists() or not STAMP.exists():
        return False
    stamped = STAMP.read_text(encoding="utf-8").split()
    if _inside():
        return stamped[:1] == [_digest()]
    # Another interpreter may start it: only the requirements' own change makes a new environment.
    return stamped[1:] == [hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()]


def _make_once() -> None:
    """Make the environment under a lock, so that two first starts do not install into each other."""
    try:
        lock = open(ROOT / ".venv.lock", "w", encoding="utf-8")  # noqa: SIM115 (held until the process execs)
    except OSError as error:
        raise BootstrapError(
            f"The folder {ROOT} cannot be written ({error.strerror}): copy the project to a folder of yours "
            "and run it there."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another start is preparing the environment; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            _make(lock.fileno())


def _make(lock: int) -> None:
    """venv and pip hold the lock too: when this process is killed, the next start waits for them to end."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise BootstrapError(
            "This Python cannot make environments (no ensurepip): on Debian or Ubuntu run "
            f"`apt install python{version}-venv` (or python3-venv), then the same command again."
        ) from None
    if ENVIRONMENT.is_symlink():  # clearing it would empty somebody else's
        raise BootstrapError(
            f"{ENVIRONMENT} is a link to another environment, which lacks what requirements.txt names: "
            "remove the link, then run the same command again."
        )
    _say(f"Preparing the environment in {ENVIRONMENT} (once; a few minutes) …")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
        capture_output=True,
        text=True,
        check=False,
        pass_fds=(lock,),
    )
    if made.returncode:
        tail = (made.stderr or made.stdout).strip().splitlines()[-1:] or ["no message"]
        raise BootstrapError(
            f"The environment could not be made ({tail[0]}): free some space or install python3-venv, "
            "then run it again."
        )
    _install(lock)
    plain = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    STAMP.write_text(f"{_digest()} {plain}\n", encoding="utf-8")
    _say("The environment is ready.")


def _install(lock: int) -> None:
    """Run pip with the pinned requirements."""
    total = len(_pins())
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
        "--no-compile",  # half of the time; what is used is compiled when it is first imported
    ]
    process = subprocess.Popen(
        [*command, "--retries", "2", "--timeout", "20", "-r", str(REQUIREMENTS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(lock,),
    )
    try:
        tail = _follow(process, total)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
    if process.returncode:
        raise BootstrapError(explain("\n".join(tail)))


def _follow(process: subprocess.Popen[str], total: int) -> list[str]:
    """Show what pip does until its output ends; gives its last lines."""
    assert process.stdout is not None
    seen, tail = 0, [""]
    for line in process.stdout:
        tail = [*tail[-60:], line.rstrip()]
        if line.startswith("Collecting "):
            seen += 1
            _progress(f"  [{min(seen, total):3}/{total}] {line.split()[1]}")
        elif line.startswith("Installing collected packages"):
            _progress(f"  installing {total} packages …")
    process.wait()
    _progress("")
    return tail


def explain(output: str) -> str:
    """pip's failure as one sentence with the next step."""
    if "No space left on device" in output:
        return "The disk is full: the environment needs about 1.7 GB; free some space and run it again."
    network = ("NewConnectionError", "Temporary failure in name resolution", "Connection refused", "ProxyError")
    network += ("ConnectTimeout", "Network is unreachable", "Name or service not known", "getaddrinfo failed")
    if any(mark in output for mark in network):
        return (
            "The package index cannot be reached: connect to the network (or set PIP_INDEX_URL to your mirror) "
            "and run it again."
        )
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    last = errors[0] if errors else (output.splitlines() or ["no message"])[-1]
    return f"The requirements could not be installed ({last.removeprefix('ERROR: ')}): correct that and run it again."


def _progress(text: str) -> None:
    """One line that is rewritten on a terminal, and a line each elsewhere."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
    elif text:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
