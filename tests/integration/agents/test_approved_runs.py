"""From a question to an approved run: it runs once, only as approved, and the chat tells how it went."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.platform import Platform, open_platform
from core.errors import AccessDenied, ApprovalClosed, PlatformError
from core.execution import RunLimits
from core.execution.sandbox import find_bubblewrap
from core.governance import ApprovalRequest
from core.types import PLATFORM, Response
from tests.integration.agents.test_platform import rows

REPOSITORY = Path(__file__).resolve().parents[3]
SAVE = "Execute SQL to find top 10 customers by sales and save to table main.sandbox.{name}"


@pytest.fixture(scope="module")
def platform(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    home = Path(shutil.copytree(demo_template, tmp_path_factory.mktemp("approved") / "home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIOPS_UNDO_SECONDS", "0.3")
        with open_platform(home=home, kind="run") as opened:
            yield opened


def ask(platform: Platform, text: str, user: str = "dev", role: str = "data_engineer") -> Response:
    return platform.process_request(text, role, user)


def pending(platform: Platform, text: str) -> ApprovalRequest:
    response = ask(platform, text)
    assert response.status == "pending_approval", response.answer
    request = platform.governance.get(response.approval_id or "")
    assert response.code is None or response.code.text == request.statement
    assert response.sql in (None, request.statement)
    return request


def approve(platform: Platform, request: ApprovalRequest, user: str = "ada") -> ApprovalRequest:
    return platform.governance.decide(request.request_id, "approve", "", request.digest, user)


def ended(platform: Platform, request: ApprovalRequest) -> Response:
    response = platform.result(request.correlation_id, timeout=60)
    assert response is not None
    return response


def test_a_write_runs_once_after_its_approval_and_its_chat_goes_on(platform: Platform) -> None:
    request = pending(platform, SAVE.format(name="kept"))
    assert (request.risk, request.target, request.runner) == ("write", "main.sandbox.kept", "ExecutionAgent")
    assert request.effect["summary"] == ["Creates table main.sandbox.kept: 10 rows, 2 columns."]
    approved = approve(platform, request)
    assert approved.status == "approved"
    response = ended(platform, request)
    assert (response.status, response.rung) == ("answered", "execution")
    assert response.answer == "Created main.sandbox.kept: 10 rows. Approved by ada."
    assert response.sql == request.statement
    assert rows(platform, "SELECT count(*) AS n FROM main.sandbox.kept") == [{"n": 10}]
    [turn] = platform.conversations.turns(request.session_id, "dev")
    assert turn.response is not None
    assert turn.response.answer == response.answer
    now = platform.governance.get(request.request_id)
    assert (now.status, now.run_status) == ("consumed", "done")
    with pytest.raises(ApprovalClosed):
        approve(platform, request, "alan")
    runs = rows(platform, f"SELECT * FROM main.aiops.execution_runs WHERE request_id = '{request.request_id}'")
    assert [(run["status"], run["run_id"], run["user_id"]) for run in runs] == [("done", now.consumed_by, "dev")]


def test_every_step_is_in_the_audit_log_under_one_correlation(platform: Platform) -> None:
    request = pending(platform, SAVE.format(name="audited"))
    approve(platform, request)
    ended(platform, request)
    found = rows(
        platform,
        "SELECT action, actor FROM main.aiops.audit_log "
        f"WHERE correlation_id = '{request.correlation_id}' ORDER BY seq",
    )
    assert [(row["action"], row["actor"]) for row in found] == [
        ("approval.requested", "dev"),
        ("approval.decided", "ada"),
        ("approval.consumed", "ExecutionAgent"),
        ("run.finished", "ExecutionAgent"),
    ]
    assert platform.audit.verify().problems == ()


def test_a_read_that_a_person_wrote_needs_a_grant_and_its_owner_gets_all_of_it(platform: Platform) -> None:
    request = pending(platform, "Execute SQL: SELECT order_id, net_amount FROM main.demo.order_lines LIMIT 120")
    assert request.risk == "read"
    approve(platform, request)
    response = ended(platform, request)
    assert response.status == "answered"
    assert response.rows is not None
    assert (len(response.rows), response.row_count) == (50, 120)
    assert response.run_id is not None
    assert platform.results.read(response.run_id, "dev").num_rows == 120
    for stranger in ("ada", "ana", ""):
        with pytest.raises(PlatformError):
            platform.results.read(response.run_id, stranger)


def test_a_rejection_runs_nothing_and_says_why(platform: Platform) -> None:
    request = pending(platform, SAVE.format(name="rejected"))
    platform.governance.decide(request.request_id, "reject", "not that table", request.digest, "ada")
    time.sleep(0.6)
    assert platform.warehouse.tables("main.sandbox", principal=PLATFORM) is not None
    assert "rejected" not in [info.name for info in platform.warehouse.tables("main.sandbox", principal=PLATFORM)]
    assert platform.governance.get(request.request_id).status == "rejected"


def test_an_approval_that_was_taken_back_runs_nothing_and_can_be_given_again(platform: Platform) -> None:
    drafts = platform.rights().approvals._drafts
    drafts._undo_seconds = 60.0  # enough on a busy machine; the turn need not wait for it
    request = pending(platform, SAVE.format(name="undone"))
    drafts._undo_seconds = 0.3
    approve(platform, request)
    assert platform.governance.undo(request.request_id, "ada").status == "pending"
    assert ended(platform, request).status == "pending_approval"
    assert "undone" not in [info.name for info in platform.warehouse.tables("main.sandbox", principal=PLATFORM)]
    assert platform.governance.get(request.request_id).status == "pending"


def test_what_moved_too_far_since_the_dry_run_is_asked_again(platform: Platform) -> None:
    platform.warehouse.execute("CREATE TABLE main.sandbox.moving (n BIGINT)", principal=PLATFORM)
    platform.warehouse.execute("INSERT INTO main.sandbox.moving VALUES (1), (2)", principal=PLATFORM)
    request = pending(platform, "Execute SQL: INSERT INTO main.sandbox.moving SELECT n FROM main.sandbox.moving")
    platform.warehouse.execute("INSERT INTO main.sandbox.moving VALUES (3), (4), (5)", principal=PLATFORM)
    approve(platform, request)
    response = ended(platform, request)
    assert response.status == "pending_approval"
    assert "rows went from 2 to 5" in response.answer
    assert platform.governance.get(request.request_id).status == "superseded"
    again = platform.governance.get(response.approval_id or "")
    assert (again.supersedes, again.effect["rows"]) == (request.request_id, 5)
    assert rows(platform, "SELECT count(*) AS n FROM main.sandbox.moving") == [{"n": 5}]
    approve(platform, again)
    assert ended(platform, again).answer == "Wrote 5 rows into main.sandbox.moving. Approved by ada."


def test_what_would_fail_is_not_asked_for(platform: Platform) -> None:
    response = ask(platform, "Execute SQL: INSERT INTO main.sandbox.absent SELECT 1")
    assert response.status == "failed"
    assert response.approval_id is None
    assert "nobody is asked to approve it" in response.answer


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("DELETE FROM main.sandbox.kept", "data_engineer.denied_operations.delete"),
        ("INSERT INTO main.demo.orders SELECT * FROM main.demo.orders", "data_engineer.write_with_approval"),
        ("SELECT * FROM main.aiops.approval_requests", "forbidden_for_all.state_schema"),
        ("INSERT INTO main.sandbox.x SELECT * FROM main.aiops.agent_messages", "forbidden_for_all.state_schema"),
    ],
)
def test_what_the_policy_forbids_is_not_asked_for(platform: Platform, statement: str, rule: str) -> None:
    response = ask(platform, f"Execute SQL: {statement}")
    assert response.status == "refused"
    assert rule in (response.reason or "")


def test_an_analyst_may_not_ask_for_a_run(platform: Platform) -> None:
    response = ask(platform, "Execute SQL: SELECT 1 AS one FROM main.demo.orders", "ana", "data_analyst")
    assert response.status == "refused"


def test_an_edit_is_a_new_request_and_closes_the_old_one(platform: Platform) -> None:
    request = pending(platform, SAVE.format(name="edited"))
    turn = platform.submit(
        "Execute SQL: CREATE TABLE main.sandbox.edited AS SELECT 1 AS one",
        "admin",
        user_id="ada",
        supersedes=request.request_id,
    )
    response = platform.result(turn.correlation_id, 30)
    assert response is not None
    edited = platform.governance.get(response.approval_id or "")
    assert (edited.supersedes, edited.requester) == (request.request_id, "ada")
    assert platform.governance.get(request.request_id).status == "superseded"
    with pytest.raises(AccessDenied, match="your own request"):
        approve(platform, edited, "ada")


def test_a_switch_that_is_pulled_stops_what_is_approved(platform: Platform) -> None:
    request = pending(platform, SAVE.format(name="switched"))
    platform.parts.switchboard.move("ExecutionAgent", enabled=False, reason="looks odd", user_id="alan")
    try:
        approve(platform, request)
        response = ended(platform, request)
        assert response.status in ("refused", "failed")
        assert "switched off by alan: looks odd" in (response.answer + (response.reason or ""))
        assert ask(platform, "What are the top 10 customers by sales?").status == "failed"
    finally:
        platform.parts.switchboard.move("ExecutionAgent", enabled=True, reason="fine", user_id="alan")
    assert ask(platform, "What are the top 10 customers by sales?").status == "answered"


def test_python_runs_in_a_sandbox_after_its_approval(platform: Platform) -> None:
    request = pending(platform, "Run this Python: print(sum(range(10)))")
    assert (request.language, request.risk, request.statement) == ("python", "python", "print(sum(range(10)))")
    assert "no files, no network" in request.effect["summary"][0]
    approve(platform, request)
    response = ended(platform, request)
    assert response.status == "answered", response.answer
    assert response.answer == "The code has run. Approved by ada.\n\n45"


def test_written_code_runs_in_the_sandbox_after_its_approval(platform: Platform) -> None:
    written = ask(platform, "write Python to compute sales by region")
    assert written.suggestions == ("Execute Python for sales by region",)
    assert "Keeps rows where orders.status != 'cancelled'" in written.answer
    request = pending(platform, written.suggestions[0])
    assert request.statement == ast.unparse(ast.parse(written.code.text if written.code else ""))
    assert "main.demo.order_lines" in request.effect["summary"][0]
    approve(platform, request)
    response = ended(platform, request)
    assert response.status == "answered", response.answer
    assert response.rows == ask(platform, "sales by region").rows


def test_a_table_that_does_not_fit_into_the_sandbox_is_not_cut_down(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.execution_parts._OF_CODE", RunLimits(rows=10))
    request = pending(platform, "Execute Python for sales by region")
    approve(platform, request)
    response = ended(platform, request)
    assert response.status == "failed"
    assert "more than the 10 rows" in response.answer


@pytest.mark.parametrize("code", ["import os\nprint(os.environ)", "open('/etc/passwd').read()", "__import__('socket')"])
def test_python_that_reaches_out_is_not_asked_for(platform: Platform, code: str) -> None:
    response = ask(platform, f"Run this:\n```python\n{code}\n```")
    assert response.status == "refused", response.answer


def test_pyspark_is_refused_here_with_the_reason(platform: Platform) -> None:
    response = ask(platform, 'Run this:\n```pyspark\nprint(spark.table("main.demo.orders").count())\n```')
    assert response.status == "failed"
    assert "no Spark on this machine" in response.answer


def test_a_result_that_cannot_be_kept_is_told_and_the_run_is_done(platform: Platform) -> None:
    request = pending(platform, "Execute SQL: SELECT order_id FROM main.demo.order_lines LIMIT 60")
    folder = platform.home.folder / "results"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("a file where the folder should be", encoding="utf-8")
    try:
        approve(platform, request)
        response = ended(platform, request)
    finally:
        folder.unlink()
    assert (response.status, response.run_id, response.row_count) == ("answered", None, 60)
    assert "The whole result could not be kept" in response.answer
    assert platform.governance.get(request.request_id).run_status == "done"


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_a_sandbox_that_is_gone_by_the_run_is_a_failure_and_not_unknown(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = pending(platform, "Run this Python: import statistics; print(statistics.mean([1, 2]))")
    monkeypatch.setenv("PATH", "/nowhere")  # bubblewrap was removed meanwhile
    find_bubblewrap.cache_clear()
    approve(platform, request)
    response = ended(platform, request)
    find_bubblewrap.cache_clear()
    assert response.status == "failed"
    assert "cannot be isolated here" in response.answer
    assert platform.governance.get(request.request_id).run_status == "failed"


def test_approved_work_that_nobody_began_is_picked_up_once(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.approving.LEFT_BEHIND_S", 0.0)
    request = pending(platform, SAVE.format(name="left"))
    platform.rights().approvals.decide(request.request_id, "approve", "", request.digest, "ada")  # and its process ends
    time.sleep(0.5)
    assert platform.governance.pick_up() == 1
    assert ended(platform, request).answer == "Created main.sandbox.left: 10 rows. Approved by ada."
    assert platform.governance.pick_up() == 0


def test_a_process_that_ends_after_the_licence_leaves_unknown_and_nothing_is_run_again(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOPS_UNDO_SECONDS", "0")
    with open_platform(home=demo_home, kind="test") as platform:
        request = pending(platform, SAVE.format(name="crashed"))
    script = (
        "import sys\nfrom agents.platform import open_platform\n"
        "with open_platform(home=sys.argv[1], kind='test') as p:\n"
        "    r = p.governance.get(sys.argv[2])\n"
        "    p.governance.decide(r.request_id, 'approve', '', r.digest, 'ada')\n"
        "    p.result(r.correlation_id, 60)\n"
    )
    environment = {**os.environ, "AIOPS_FAULT": "after_consume:1=kill"}
    command = [sys.executable, "-c", script, str(demo_home), request.request_id]
    child = subprocess.run(command, env=environment, cwd=REPOSITORY, timeout=120, check=False, capture_output=True)
    assert child.returncode == -9, child.stderr.decode()[-2000:]
    with open_platform(home=demo_home, kind="test") as platform:
        platform.finish_orphans()
        now = platform.governance.get(request.request_id)
        assert (now.status, now.run_status) == ("unknown", "unknown")
        [turn] = platform.conversations.turns(request.session_id, "dev")
        assert turn.response is not None
        assert turn.response.status == "failed"
        assert "what became of it is not known" in turn.response.answer
        assert platform.warehouse.tables("main.sandbox", principal=PLATFORM) == ()
        assert platform.audit.verify().problems == ()
