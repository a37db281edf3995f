"""The first sentence a stranger sees when the environment cannot be made; a copy of the start-up files stands alone."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BASE_PYTHON = Path(sys.base_prefix) / "bin" / "python3"
NOWHERE = "http://127.0.0.1:9/simple"
_OLD_PYTHON = """
import runpy, sys
sys.version_info = (3, 9, 2, "final", 0)
sys.argv = ["app", "ask"]
runpy.run_module("app", run_name="__main__")
"""
_STAMP = "from app import bootstrap as b; import hashlib; "
_STAMP += "b.STAMP.write_text(b._digest() + ' ' + hashlib.sha256(b.REQUIREMENTS.read_bytes()).hexdigest())"

pytestmark = pytest.mark.skipif(not BASE_PYTHON.exists(), reason=f"no {BASE_PYTHON} to start from outside")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The start-up files in a folder with a space in its name, without an environment."""
    folder = tmp_path / "a checkout"
    (folder / "app").mkdir(parents=True)
    for name in ("__init__.py", "__main__.py", "bootstrap.py", "command_line.py"):
        shutil.copy(ROOT / "app" / name, folder / "app" / name)
    (folder / "requirements.txt").write_text("certifi==0.0.0.1\n", encoding="utf-8")
    return folder


def start(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BASE_PYTHON), *arguments],
        cwd=folder,
        env=surroundings(**environ),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def first_line(folder: Path) -> str:
    """What a start says first; it and what it started are ended then."""
    process = subprocess.Popen(
        [str(BASE_PYTHON), "-m", "app", "ask"],
        cwd=folder,
        env=surroundings(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return line


def _interruptible() -> None:
    """A suite that was started in the background of a shell ignores SIGINT, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def surroundings(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "COV_", "PYTHON"))}
    kept.pop("DATABRICKS_APP_NAME", None)
    return {**kept, "PIP_CONFIG_FILE": os.devnull, **more}


def told(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def make_environment(folder: Path) -> Path:
    """An empty environment that is stamped as finished; gives its interpreter."""
    subprocess.run([str(BASE_PYTHON), "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    subprocess.run([str(BASE_PYTHON), "-c", _STAMP], cwd=folder, check=True, env=surroundings())
    return folder / ".venv" / "bin" / "python"


def test_an_old_python_is_named_with_the_one_that_is_needed(checkout: Path) -> None:
    told(start(checkout, "-c", _OLD_PYTHON), "needs Python 3.11 or newer and was started with 3.9")


@pytest.mark.parametrize("version", ["3.6", "3.8", "3.10"])
def test_the_entry_point_can_be_read_by_old_pythons(checkout: Path, version: str) -> None:
    import ast

    source = (checkout / "app" / "__main__.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, int(version.split(".")[1])))
    assert source.isascii()


def test_a_python_without_ensurepip_is_told_what_to_install(checkout: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "ensurepip.py").write_text("raise ImportError('no ensurepip')\n", encoding="utf-8")
    told(start(checkout, "-m", "app", "ask", PYTHONPATH=str(hidden)), "apt install python3")
    assert not (checkout / ".venv").exists()


@pytest.mark.long
def test_without_a_network_the_next_step_is_told_and_the_next_start_begins_again(checkout: Path) -> None:
    for _ in range(2):
        done = start(checkout, "-m", "app", "ask", PIP_INDEX_URL=NOWHERE)
        told(done, "The package index cannot be reached: connect to the network")
        assert not (checkout / ".venv" / "requirements.sha256").exists()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("WARNING: Retrying … NewConnectionError('Connection refused')\nERROR: No matching", "index cannot be reached"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for certifi==0.0.0.1", "(No matching distribution found for certifi"),
        ("", "(no message)"),
    ],
)
def test_what_pip_says_becomes_one_sentence(output: str, sentence: str) -> None:
    from app.bootstrap import explain

    said = explain(output)
    assert sentence in said
    assert said.endswith("run it again.")
    assert "\n" not in said


def test_an_environment_that_lost_a_package_is_told(checkout: Path) -> None:
    make_environment(checkout)
    (checkout / "app" / "command_line.py").write_text("import pydantic_that_is_missing\n", encoding="utf-8")
    told(start(checkout, "-m", "app", "ask"), "is incomplete (No module named 'pydantic_that_is_missing')")


def test_an_interpreter_that_cannot_be_run_is_told(checkout: Path) -> None:
    python = make_environment(checkout)
    python.unlink()
    python.write_text("garbage", encoding="utf-8")
    python.chmod(0o755)
    told(start(checkout, "-m", "app", "ask"), "cannot be used (Exec format error)")


def test_a_removed_interpreter_makes_the_environment_again(checkout: Path) -> None:
    make_environment(checkout).unlink()
    assert first_line(checkout).startswith("Preparing the environment")


def test_a_second_start_waits_for_the_first(checkout: Path) -> None:
    with open(checkout / ".venv.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [str(BASE_PYTHON), "-m", "app", "ask"],
            cwd=checkout,
            env=surroundings(),
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_interruptible,
        )
        assert second.stderr is not None
        assert "waiting for it" in second.stderr.readline()
        assert not (checkout / ".venv").exists()
        second.send_signal(signal.SIGINT)
        assert second.communicate(timeout=20)[1] == "Stopped.\n"
        assert second.returncode == 130


@pytest.mark.long
def test_what_a_killed_start_left_running_is_waited_for(checkout: Path) -> None:
    first = subprocess.Popen(
        [str(BASE_PYTHON), "-m", "app", "ask"],
        cwd=checkout,
        env=surroundings(PIP_INDEX_URL=NOWHERE),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert first.stderr is not None
    assert "Preparing" in first.stderr.readline()
    deadline = time.monotonic() + 20
    while not (checkout / ".venv").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    first.kill()
    first.wait()
    second = start(checkout, "-m", "app", "ask", PIP_INDEX_URL=NOWHERE)
    told(second, "waiting for it")
    assert "The package index cannot be reached" in second.stderr


def test_the_stamp_follows_the_requirements(checkout: Path) -> None:
    make_environment(checkout)
    stamp = (checkout / ".venv" / "requirements.sha256").read_text(encoding="utf-8").split()
    assert stamp[1] == hashlib.sha256((checkout / "requirements.txt").read_bytes()).hexdigest()
    (checkout / "requirements.txt").write_text("certifi==0.0.0.2\n", encoding="utf-8")
    assert first_line(checkout).startswith("Preparing the environment")
