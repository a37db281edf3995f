"""`doctor --audit` in a workspace: the heads are printed and kept in a volume, and a cut tail is found by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.command_line import run
from core.types import PLATFORM
from tests.integration.on_workspace.conftest import VARIABLES
from tests.workspace import Workspace

TABLE = "main.aiops.audit_log"


def audited(home: Path, said: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any], str]:
    said.readouterr()
    code = run(["doctor", "--audit", "--json", "--profile", "databricks", "--home", str(home)])
    out, err = said.readouterr()
    return code, json.loads(out)["audit"], err


@pytest.mark.long
def test_heads_are_printed_and_kept_in_the_volume_and_find_a_removed_chain(
    demo_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    volume = demo_workspace.make_volume("main.aiops.audit")
    environment = demo_workspace.environment("ana") | {"AIOPS_AUDIT_VOLUME": f"{volume}/heads"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert audited(tmp_path / "home", capsys)[:2][1]["rows"] == 0
    code, found, err = audited(tmp_path / "home", capsys)
    assert (code, found["ok"], found["rows"], found["heads"], found["heads_place"]) == (
        0,
        True,
        1,
        1,
        f"{volume}/heads",
    )
    printed = next(line for line in err.splitlines() if "audit_head" in line)
    assert json.loads(printed)["audit_head"]["seq"] == 1
    demo_workspace.engine.execute(f"DELETE FROM {TABLE}", principal=PLATFORM)
    code, found, _ = audited(tmp_path / "home", capsys)
    assert (code, [problem["kind"] for problem in found["problems"]]) == (1, ["chain_missing"] * 2)
