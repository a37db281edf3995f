import subprocess
import sys

import pytest


def _run(setting: str, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"from core.bus.faults import reach\n{code}"],
        env={"AIOPS_FAULT": setting, "PYTHONPATH": "."} if setting else {"PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("setting", "status", "printed"),
    [
        ("", 0, "012"),
        ("after_commit:2=kill", -9, "0"),
        ("before_commit=kill", 0, "012"),
        ("after_commit=sleep0", 0, "012"),
    ],
)
def test_a_point_is_silent_unless_it_is_the_armed_one(setting: str, status: int, printed: str) -> None:
    code = "for n in range(3):\n    reach('after_commit')\n    print(n, end='', flush=True)"
    result = _run(setting, code)
    assert (result.returncode, result.stdout) == (status, printed)


def test_raise_makes_a_passing_error_once() -> None:
    code = "try:\n    reach('after_commit')\nexcept Exception as e:\n    print(e.code)\nreach('after_commit')"
    assert _run("after_commit=raise", code).stdout == "warehouse_unavailable\n"


def test_an_unknown_point_is_refused() -> None:
    result = _run("nowhere=kill", "")
    assert result.returncode == 1
    assert "before_commit" in result.stderr
