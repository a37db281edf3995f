"""`run`: the console on loopback. One `run` a home: a second one prints the first one's address and ends.

This process stays small: it makes the home in a child, starts the server as a child, and passes signals on.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from agents.engines import check_settings, home_of
from agents.home import Home
from config.settings import ROOT, Settings, load_settings
from core.errors import HomeError, PlatformError, SettingsError

_PORTS_TRIED = 5
_START_SECONDS = 60


def run(arguments: argparse.Namespace) -> int:
    settings = load_settings(home=arguments.home, profile=arguments.profile)
    if arguments.port is not None and not 1 <= arguments.port <= 65535:
        raise SettingsError(f"There is no port {arguments.port}.", next_step="Name one from 1 to 65535.")
    state = settings.home_folder / "run" / "console.json"
    url = _running(state)
    if url:
        sys.stdout.write(f"Already running at {url}\n")
        return 0
    _prepare(settings)
    with open(state.with_name("console.lock"), "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _join(state)
        return _start(arguments, settings, state)


def _join(state: Path) -> int:
    """Another `run` began at the same moment: wait for its address."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        url = _running(state)
        if url:
            sys.stdout.write(f"Already running at {url}\n")
            return 0
        time.sleep(0.1)
    raise PlatformError(
        f"Another run holds this home and did not answer within {_START_SECONDS} s.",
        next_step="Stop it, then start again.",
    )


def _start(arguments: argparse.Namespace, settings: Settings, state: Path) -> int:
    if arguments.port:
        if not _is_free(arguments.port):
            raise SettingsError(
                f"Port {arguments.port} is in use.", next_step="Leave --port out to take the next free one."
            )
        return _serve(settings, arguments.port, state)
    port = settings.console_port
    for _ in range(_PORTS_TRIED):
        port = _free_port(port)
        try:
            return _serve(settings, port, state)
        except PortTaken:
            port += 1
    raise PlatformError("The console did not start; the lines above say why.")


def _running(state: Path) -> str | None:
    """The address of the console that already serves this home, if it answers."""
    try:
        recorded = json.loads(state.read_text(encoding="utf-8"))
        url = str(recorded["url"])
        os.kill(int(recorded["pid"]), 0)
        instance = str(recorded["instance"])
    except (OSError, ValueError, KeyError):
        return None
    return url if _healthy(url, instance) else None


def _healthy(url: str, instance: str) -> bool:
    """Whether the server at `url` answers and is the one that was started as `instance`."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return answer.status == 200 and answer.headers.get("X-Console-Instance") == instance
    except (urllib.error.URLError, OSError):
        return False


def _record(state: Path, pid: int, url: str, instance: str) -> None:
    """Leave the address for a second `run`; a disk that is full now does not stop this one."""
    try:
        state.write_text(json.dumps({"pid": pid, "url": url, "instance": instance}), encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"{state} could not be written ({error.strerror}): a second run will not find this one.\n")


def _prepare(settings: Settings) -> None:
    check_settings(settings)
    if settings.profile == "databricks":
        home_of(settings).prepare(demo=False)
        return
    if (settings.home_folder / "run" / "ready").exists():
        Home(settings).check_writable()
        return
    command = [sys.executable, "-m", "app", "init", "--home", str(settings.home_folder), "--profile", settings.profile]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise HomeError(f"The home {settings.home_folder} could not be made; the message above says why.")


def _free_port(first: int) -> int:
    for port in range(first, first + 200):
        if _is_free(port):
            return port
    raise PlatformError(f"No free port between {first} and {first + 199}.", next_step="Name one with --port.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class PortTaken(Exception):
    """Another server took the port between our look and our start."""


def _serve(settings: Settings, port: int, state: Path) -> int:
    url, instance = f"http://127.0.0.1:{port}", secrets.token_hex(8)
    environ = {**os.environ, "AIOPS_HOME": str(settings.home_folder), "AIOPS_PROFILE": settings.profile}
    environ["AIOPS_INSTANCE"] = instance
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py")]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    server = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=sys.stderr, start_new_session=True)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: server.send_signal(signal.SIGTERM))
    try:
        _await_answer(server, url, instance)
        _record(state, server.pid, url, instance)
        sys.stdout.write(f"Open {url}   (stop with Ctrl+C)\n")
        sys.stdout.flush()
        code = server.wait()
        return 0 if code in (0, -signal.SIGTERM, 128 + signal.SIGTERM) else code
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait(timeout=20)
        state.unlink(missing_ok=True)


def _await_answer(server: subprocess.Popen[bytes], url: str, instance: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _healthy(url, instance):
        if server.poll() is not None:
            if not _is_free(int(url.rsplit(":", 1)[1])):
                raise PortTaken
            raise PlatformError("The console did not start; the lines above say why.")
        if time.monotonic() > deadline:
            raise PlatformError(f"The console did not answer within {_START_SECONDS} s.")
        time.sleep(0.1)
