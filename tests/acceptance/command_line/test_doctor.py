"""`doctor`: what is wrong, in words and by its exit code, also for whoever tampered with the audit log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.command_line import run
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

Said = pytest.CaptureFixture[str]


def doctor(home: Path, said: Said, *flags: str) -> tuple[int, str]:
    said.readouterr()
    code = run(["doctor", *flags, "--home", str(home)])
    return code, said.readouterr().out


def audited(home: Path, said: Said) -> tuple[int, dict[str, Any]]:
    code, out = doctor(home, said, "--audit", "--json")
    return code, json.loads(out)["audit"]


@contextmanager
def tables(home: Path) -> Iterator[EmbeddedWarehouse]:
    with EmbeddedWarehouse(home / "tables") as warehouse:
        yield warehouse


def test_a_healthy_home_is_told_so(empty_home: Path, capsys: Said) -> None:
    code, out = doctor(empty_home, capsys)
    assert code == 0
    assert [line.split("  ")[0].strip() for line in out.splitlines()][:3] == ["ok", "ok", "ok"]
    assert "As written" not in out
    code, out = doctor(empty_home, capsys, "--audit")
    assert (code, out.splitlines()[-1][:42]) == (0, "ok    As written: 0 rows in 0 chains, comp")


def test_each_verification_is_recorded_and_verified_by_the_next(empty_home: Path, capsys: Said) -> None:
    assert audited(empty_home, capsys)[1]["rows"] == 0
    code, found = audited(empty_home, capsys)
    assert (code, found["ok"], found["rows"], found["chains"], found["heads"]) == (0, True, 1, 1, 1)


def test_a_tampered_log_is_told_with_exit_code_one(empty_home: Path, capsys: Said) -> None:
    for _ in range(3):
        audited(empty_home, capsys)
    with tables(empty_home) as warehouse:
        first, second, third = (
            row["chain_id"]
            for row in warehouse.query(
                "SELECT chain_id FROM main.aiops.audit_log ORDER BY chain_id", principal=PLATFORM
            ).to_pylist()
        )
        warehouse.execute(
            "UPDATE main.aiops.audit_log SET detail = '{}' WHERE chain_id = :c", {"c": first}, principal=PLATFORM
        )
        warehouse.execute("DELETE FROM main.aiops.audit_log WHERE chain_id = :c", {"c": third}, principal=PLATFORM)
    code, out = doctor(empty_home, capsys, "--audit")
    assert code == 1
    assert out.splitlines()[-3:] == [
        "bad   2 problems in the audit log (2 rows in 2 chains).",
        f"      edited: chain {first}, row 1. The row is not what was written.",
        f"      chain_missing: chain {third}. A whole chain of at least 1 rows is gone.",
    ]
    with tables(empty_home) as warehouse:
        warehouse.execute(
            "INSERT INTO main.aiops.agent_switches (switch_id, agent, enabled) VALUES ('s1', 'SemanticAgent', TRUE)",
            principal=PLATFORM,
        )
    code, found = audited(empty_home, capsys)
    kinds = [problem["kind"] for problem in found["problems"]]
    assert (code, kinds) == (1, ["edited", "chain_missing", "entry_missing"])
    assert found["problems"][2]["sentence"].startswith("The switch of SemanticAgent at an unknown time stands in")
    assert second not in out


def test_it_makes_no_home(tmp_path: Path, capsys: Said) -> None:
    assert doctor(tmp_path / "none", capsys, "--audit") == (1, "")
    assert not (tmp_path / "none").exists()


def test_a_home_without_its_audit_table_is_told(empty_home: Path, capsys: Said) -> None:
    shutil.rmtree(empty_home / "tables" / "main" / "aiops" / "audit_log")
    assert run(["doctor", "--audit", "--home", str(empty_home)]) == 1
    assert "has lost 1 of its state tables: audit_log" in capsys.readouterr().err
