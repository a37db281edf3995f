"""Which sandbox a piece of code gets, and that it is refused, with what to install, when there is none."""

from __future__ import annotations

import importlib.util
import os

import pyarrow as pa
import pytest

from core.errors import SandboxUnavailable
from core.execution.sandbox import SandboxLadder, SandboxLimits, find_bubblewrap

HAS_BUBBLEWRAP = find_bubblewrap()[0] is not None
HAS_MONTY = importlib.util.find_spec("pydantic_monty") is not None
ABSENT = "/nonexistent/bwrap"


@pytest.mark.skipif(not HAS_MONTY, reason="pydantic-monty is not installed")
def test_plain_shaping_gets_the_narrowest_rung() -> None:
    ladder = SandboxLadder(bubblewrap=ABSENT)
    result = ladder.run(
        "import json\nprint('a')\nresult = {'n': json.loads(text)['n'] * 2}", inputs={"text": '{"n": 4}'}
    )
    assert (result.rung, result.result, result.stdout, result.error) == ("monty", {"n": 8}, "a\n", None)


@pytest.mark.skipif(not HAS_MONTY, reason="pydantic-monty is not installed")
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("while True:\n    pass", "timeout"),
        ("[0] * 10 ** 9", "memory"),
        ("open('/etc/passwd')", "exception"),
        ("1 / 0", "exception"),
        ("def f(:", "syntax"),
        ("'x' * 5000", "result_too_large"),
    ],
)
def test_the_narrowest_rung_stops(code: str, kind: str) -> None:
    limits = SandboxLimits(seconds=0.3, memory_bytes=50_000_000, result_bytes=1000)
    result = SandboxLadder(bubblewrap=ABSENT).run(code, limits=limits)
    assert result.error is not None
    assert (result.rung, result.error.kind) == ("monty", kind)


@pytest.mark.skipif(not HAS_BUBBLEWRAP, reason="bubblewrap is not installed")
@pytest.mark.parametrize(
    "code", ["import pandas as pd", "import numpy", "import statistics", "from pandas import Series"]
)
def test_libraries_get_the_rung_with_a_wall(code: str) -> None:
    assert SandboxLadder(allow_weak_isolation=True).choose(code).rung == "bubblewrap"


@pytest.mark.skipif(not HAS_BUBBLEWRAP, reason="bubblewrap is not installed")
def test_a_table_needs_pandas_whatever_the_code_imports() -> None:
    assert SandboxLadder().choose("orders.shape", {"orders": pa.table({"a": [1]})}).rung == "bubblewrap"


def test_without_bubblewrap_pandas_is_refused_with_what_to_install() -> None:
    with pytest.raises(SandboxUnavailable) as refusal:
        SandboxLadder(bubblewrap=ABSENT).run("import pandas as pd")
    assert "bubblewrap cannot be started" in refusal.value.message
    assert "apt-get install bubblewrap" in refusal.value.next_step
    assert refusal.value.code == "sandbox_unavailable"


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is not None, reason="Spark is here")
@pytest.mark.parametrize("code", ["from pyspark.sql import functions as F", "spark.table('a').show()", "import delta"])
def test_pyspark_is_refused_where_there_is_no_spark(code: str) -> None:
    with pytest.raises(SandboxUnavailable, match="no Spark on this machine"):
        SandboxLadder(allow_weak_isolation=True).run(code)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take another user's id")
def test_the_weak_rung_is_marked_and_keeps_processes_sockets_and_rights_out() -> None:
    ladder = SandboxLadder(allow_weak_isolation=True, bubblewrap=ABSENT)
    code = (
        "import os, socket, statistics\n"
        "def tried(f, *a):\n    try:\n        f(*a)\n        return 'done'\n"
        "    except OSError as e:\n        return e.strerror\n"
        "result = [tried(os.fork), tried(socket.socket), tried(os.setuid, 0), tried(open, '/root/x'), dict(os.environ)]"
    )
    result = ladder.run(code)
    assert (result.rung, result.isolated, result.error) == ("weak", False, None)
    refusals, environment = result.result[:4], result.result[4]  # type: ignore[index]
    assert set(refusals) == {"Operation not permitted", "Permission denied"}  # type: ignore[arg-type]
    assert set(environment) <= {"LC_CTYPE"}  # type: ignore[arg-type]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take another user's id")
@pytest.mark.parametrize(("code", "kind"), [("while True:\n    pass", "timeout"), ("bytearray(10 ** 10)", "memory")])
def test_the_weak_rung_ends_what_takes_too_much(code: str, kind: str) -> None:
    result = SandboxLadder(allow_weak_isolation=True, bubblewrap=ABSENT).run(
        f"import statistics\n{code}", limits=SandboxLimits(seconds=0.5)
    )
    assert result.error is not None
    assert result.error.kind == kind
