"""The real console as a child process on a free port, with a home of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60


@dataclass
class Console:
    """A running console; `stop` asks it to end as an operator would."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> int:
        """SIGTERM, and the exit status; what is in memory is flushed on the way."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
            raise


def start_console(home: Path, **variables: str) -> Console:
    """Start it and wait until it answers; `variables` are added to its environment."""
    port = free_port()
    log = home.parent / f"console-{port}.log"
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "AIOPS_HOME": str(home), **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    console = Console(f"http://127.0.0.1:{port}", home, process, log)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(console.url):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"the console did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.1)
    assert process.poll() is None, "another server answers on this port"
    return console


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
