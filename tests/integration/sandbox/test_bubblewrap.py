"""What the sandbox with a wall stops, tried for real; skipped only where bubblewrap is not installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from core.execution.sandbox import BubblewrapSandbox, SandboxLimits, SandboxResult, find_bubblewrap
from core.types import Cancellation

ROOT = Path(__file__).resolve().parents[3]
PROGRAM, REASON = find_bubblewrap()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason=REASON)
LIMITS = SandboxLimits(seconds=5, memory_bytes=128 * 1024**2, disk_bytes=4 * 1024**2, output_bytes=10_000)
SHORT = SandboxLimits(seconds=0.5)


def run(code: str, limits: SandboxLimits = LIMITS) -> SandboxResult:
    return BubblewrapSandbox().run(code, limits=limits)


def refused(result: SandboxResult, words: str) -> bool:
    return result.error is not None and words in result.error.message


def children_of_runs(*began_by: int) -> list[str]:
    """Processes of sandboxes that this process (or one of those) began, or that nobody is the parent of any more."""
    parents, lines = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                lines[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    ours = (os.getpid(), 1, *began_by)
    return [line for pid, line in lines.items() if "/driver.py" in line and _began(pid, parents, lines) in ours]


def _began(pid: int, parents: dict[int, int], lines: dict[int, str]) -> int:
    """The first ancestor that is no process of a sandbox."""
    while "/driver.py" in lines.get(pid, ""):
        pid = parents.get(pid, 1)
    return pid


def test_output_and_the_last_expression_come_back() -> None:
    result = run("print('hello')\n{'a': [1, 2.5, None]}")
    assert (result.stdout, result.result, result.error) == ("hello\n", {"a": [1, 2.5, None]}, None)
    assert (result.rung, result.isolated) == ("bubblewrap", True)


def test_a_data_frame_goes_in_as_arrow_and_comes_back_as_arrow() -> None:
    orders = pa.table({"region": ["n", "s", "n"], "amount": [1.5, 2.0, 3.0]})
    code = "import pandas as pd\nresult = orders.groupby('region', as_index=False)['amount'].sum()"
    result = BubblewrapSandbox().run(code, inputs={"orders": orders, "rate": 2}, limits=LIMITS)
    assert result.error is None
    assert result.table is not None
    assert result.table.to_pydict() == {"region": ["n", "s"], "amount": [4.5, 2.0]}


def test_the_rows_of_a_result_are_capped_and_its_bytes_too() -> None:
    few = SandboxLimits(result_rows=3, result_bytes=2_000)
    result = run("import pandas as pd\npd.DataFrame({'a': range(100)})", few)
    assert result.table is not None
    assert (result.table.num_rows, result.truncated) == (3, True)
    large = run("'x' * 5000", few)
    assert large.error is not None
    assert large.error.kind == "result_too_large"


def test_an_exception_says_what_and_where() -> None:
    result = run("x = 1\nx / 0")
    assert result.error is not None
    assert (result.error.kind, result.error.line) == ("exception", 2)
    assert result.error.message == "ZeroDivisionError: division by zero"
    wrong = run("def f(:")
    assert wrong.error is not None
    assert wrong.error.kind == "syntax"


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.fork()",
        "import os\nwhile True:\n    os.fork()",
        "import subprocess\nsubprocess.run(['/usr/bin/true'])",
        "import socket\nsocket.socket()",
        "import socket\nsocket.create_connection(('127.0.0.1', 22))",
        "import socket\nsocket.socketpair()",
        "import os\nos.memfd_create('x')",
        "import os\nos.chroot('/work')",
    ],
)
def test_processes_sockets_and_rights_are_refused(code: str) -> None:
    assert refused(run(code), "Operation not permitted")


def test_the_first_process_of_the_sandbox_is_out_of_reach() -> None:
    code = (
        "import os\n"
        "def tried(f, *a):\n    try:\n        return f(*a)\n    except OSError:\n        return None\n"
        "environment = tried(lambda: open('/proc/1/environ').read())\n"
        "result = [environment, tried(os.kill, 1, 9), tried(os.setuid, 0), os.getuid()]"
    )
    environment, killed, became, uid = run(code).result  # type: ignore[misc]
    assert environment in (None, "")
    assert (killed, became) == (None, None)
    assert uid != 0


def test_a_program_put_in_place_of_the_interpreter_has_no_more_rights() -> None:
    result = run("import os\nos.execv('/usr/bin/id', ['id', '-u'])")
    assert result.error is not None
    assert result.error.kind == "ended"
    assert result.stdout.strip() not in ("", "0")


def test_nothing_of_the_host_is_seen() -> None:
    os.environ["AIOPS_CANARY"] = "secret"
    code = (
        "import os\n"
        "seen = {p: os.path.exists(p) for p in ('/etc/passwd', '/root', '/home', '/tmp', '/var', '/sys')}\n"
        "result = [dict(os.environ), seen, len([p for p in os.listdir('/proc') if p.isdigit()]), os.getuid(),\n"
        "          os.listdir('/work')]"
    )
    environment, seen, processes, uid, work = run(code).result  # type: ignore[misc]
    assert "AIOPS_CANARY" not in environment  # type: ignore[operator]
    assert not set(environment) & set(os.environ) - {"PATH", "HOME", "LANG", "TZ", "PWD", "LD_LIBRARY_PATH"}  # type: ignore[arg-type]
    assert environment["HOME"] == "/work"  # type: ignore[index,call-overload]
    assert set(seen.values()) == {False}  # type: ignore[union-attr]
    assert processes == 2
    assert uid != 0 or os.geteuid() != 0
    assert work == []


@pytest.mark.parametrize("path", ["/x", "/usr/x", "/dev/shm/x", "/inputs/x", "/python/x", "/driver.py"])
def test_only_the_work_folder_can_be_written(path: str) -> None:
    result = run(f"open({path!r}, 'w')")
    assert result.error is not None
    assert "open" not in result.stdout
    assert any(word in result.error.message for word in ("Read-only", "ermission", "No such file"))


def test_a_full_work_folder_is_the_codes_own_problem() -> None:
    code = "for i in range(20):\n    open(f'f{i}', 'wb').write(bytes(1024 ** 2))"
    assert refused(run(code), "No space left")
    assert refused(run("open('big', 'wb').write(bytes(8 * 1024 ** 2))"), "too large")
    assert run("open('ok', 'w').write('x')\nopen('ok').read()").result == "x"


@pytest.mark.parametrize(
    "code", ["x = bytearray(10 ** 9)", "x = []\nwhile True:\n    x.append(' ' * 10 ** 6)", "x = [0] * 10 ** 9"]
)
def test_memory_is_capped(code: str) -> None:
    result = run(code)
    assert result.error is not None
    assert result.error.kind == "memory"


def test_threads_are_capped() -> None:
    code = (
        "import threading\ne = threading.Event()\nn = 0\n"
        "try:\n    for _ in range(500):\n        threading.Thread(target=e.wait, daemon=True).start()\n        n += 1\n"
        "except (RuntimeError, MemoryError):\n    pass\nresult = n"
    )
    assert 0 < run(code).result < 100  # type: ignore[operator]


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    pass",
        "import time\ntime.sleep(60)",
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\ntime.sleep(60)",
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)",
    ],
)
def test_what_never_ends_is_ended_with_all_its_threads(code: str) -> None:
    result = run(code, SHORT)
    assert result.error is not None
    assert result.error.kind == "timeout"
    assert children_of_runs() == []


def test_a_flood_of_output_is_cut_and_does_not_fill_our_memory() -> None:
    result = run("for _ in range(1000):\n    print('x' * 100_000)\n1")
    assert (len(result.stdout), result.stdout_truncated, result.result) == (10_000, True, 1)


def test_leaving_by_force_gives_no_result_and_says_so() -> None:
    result = run("import os\nprint('a', flush=True)\nos._exit(7)")
    assert result.error is not None
    assert (result.error.kind, result.stdout) == ("ended", "a\n")
    assert "status 7" in result.error.message


def test_deep_recursion_ends_as_an_exception_or_a_crash_of_the_child_only() -> None:
    result = run("import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n):\n    return f(n + 1)\nf(0)")
    assert result.error is not None
    assert run("1 + 1").result == 2


@pytest.mark.parametrize(
    "sent",
    [
        b'{"kind": "table", "truncated": false}\nARROW1 nonsense',
        b"[" * 5000 + b"\n",
        b"\xff\xfe\n",
        b'{"kind": 1}\n',
        b"x",
    ],
)
def test_a_forged_answer_is_no_result(sent: bytes) -> None:
    result = run(f"import os, sys\nos.write(int(sys.argv[1]), {sent!r})\nos._exit(0)")
    assert result.error is not None
    assert result.error.kind in ("no_result", "ended", "exception")
    assert result.table is None


def test_cancelling_ends_the_run_at_once() -> None:
    cancellation = Cancellation()
    threading.Timer(0.6, cancellation.cancel).start()
    started = time.monotonic()
    result = BubblewrapSandbox().run(
        "import time\ntime.sleep(60)", limits=SandboxLimits(seconds=50), cancellation=cancellation
    )
    assert result.error is not None
    assert result.error.kind == "cancelled"
    assert time.monotonic() - started < 30
    assert children_of_runs() == []


def test_a_run_cancelled_before_it_starts_does_not_run() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    result = BubblewrapSandbox().run("print(1)", cancellation=cancellation)
    assert result.error is not None
    assert (result.error.kind, result.stdout) == ("cancelled", "")


def test_the_child_dies_with_its_parent() -> None:
    code = (
        "from core.execution.sandbox import BubblewrapSandbox, SandboxLimits\n"
        "BubblewrapSandbox().run('import time\\ntime.sleep(60)', limits=SandboxLimits(seconds=50))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    _until(lambda: any(not line.startswith(PROGRAM or "") for line in children_of_runs(parent.pid)))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _until(lambda: children_of_runs() == [])


def _until(condition: object) -> None:
    for _ in range(600):
        if callable(condition) and condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")
