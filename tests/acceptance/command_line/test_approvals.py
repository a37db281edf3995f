"""Approvals from a terminal: who may, what is printed where, exit codes, and the run that an approval starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.command_line.test_ask_and_load import asked_here, here

SAVE = "Execute SQL to find top 5 products by sales and save to table main.sandbox.terminal"


def test_a_request_is_shown_refused_to_its_owner_approved_and_run(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, response = asked_here(demo_home, SAVE, "data_engineer", "--user", "dev")
    request = response["approval_id"]
    listed = here(demo_home, "approvals", "list", "--json")
    assert [entry["request_id"] for entry in json.loads(listed.stdout)] == [request]
    own = here(demo_home, "approvals", "approve", request, "--user", "dev")
    assert (own.returncode, own.stdout) == (4, "")
    assert "your own request" in own.stderr
    silent = here(demo_home, "approvals", "reject", request, "--user", "ada")
    assert silent.returncode == 4
    approved = here(demo_home, "approvals", "approve", request, "--user", "ada", "--json")
    assert approved.returncode == 0, approved.stderr
    ended = json.loads(approved.stdout)
    assert ended["answer"] == "Created main.sandbox.terminal: 5 rows. Approved by ada."
    late = here(demo_home, "approvals", "undo", request, "--user", "ada")
    assert (late.returncode, "the run began at" in late.stderr) == (4, True)


@pytest.mark.parametrize(("arguments", "code"), [(("approve",), 2), (("show", "no-such-request"), 1), (("dance",), 2)])
def test_what_cannot_be_done_says_so(demo_home: Path, arguments: tuple[str, ...], code: int) -> None:
    done = here(demo_home, "approvals", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr
