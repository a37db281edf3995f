import subprocess
import sys

import pytest


def _run(setting: str, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"from core.faults import reach\n{code}"],
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
        ("before_commit=kill; after_commit:3=kill", -9, "01"),
        ("*:2=kill", -9, "0"),
        ("after_commit:0%seed1=kill", 0, "012"),
        ("after_commit:100%=kill", -9, ""),
    ],
)
def test_a_point_is_silent_unless_it_is_the_armed_one(setting: str, status: int, printed: str) -> None:
    code = "for n in range(3):\n    reach('after_commit')\n    print(n, end='', flush=True)"
    result = _run(setting, code)
    assert (result.returncode, result.stdout) == (status, printed)


def test_raise_makes_a_passing_error_once() -> None:
    code = "try:\n    reach('after_commit')\nexcept Exception as e:\n    print(e.code)\nreach('after_commit')"
    assert _run("after_commit=raise", code).stdout == "warehouse_unavailable\n"


@pytest.mark.parametrize(
    "setting", ["nowhere=kill", "after_commit", "after_commit=explode", "after_commit:5%seedx=raise"]
)
def test_what_is_no_fault_is_refused(setting: str) -> None:
    result = _run(setting, "")
    assert result.returncode == 1
    assert "before_commit" in result.stderr


def test_chance_is_drawn_from_the_seed_and_strikes_at_statements_only() -> None:
    code = """
from core.faults import POINTS, STATEMENT_POINTS
struck = []
for point in POINTS * 40:
    try:
        reach(point)
    except Exception:
        struck.append(point)
print(len(struck), set(struck) <= set(STATEMENT_POINTS), hash(tuple(struck)) and struck[:3])
"""
    first, again, other = (_run(f"*:10%seed{seed}=raise", code).stdout for seed in (7, 7, 8))
    count, only_statements, _ = first.split(" ", 2)
    assert first == again != other
    assert only_statements == "True"
    assert 60 < int(count) < 160  # of 1,040 passages


def test_each_kind_of_table_has_its_own_points() -> None:
    from core.faults import POINTS, _kind

    tables = ("agent_messages", "agent_events", "event_cursors", "agent_shared_memory", "dead_letters", "agent_spans")
    kinds = [_kind(f"main.aiops.{table}") for table in tables]
    assert kinds == ["messages", "events", "cursors", "memory", "dead_letters", "other"]
    assert all(f"{side}_commit_{kind}" in POINTS for side in ("before", "after") for kind in kinds)
