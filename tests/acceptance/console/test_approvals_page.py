"""The queue for every role and state, drawn by the real platform without a browser."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from app.queue import IDLE_SECONDS
from core.governance import ApprovalRequest, Proposal
from core.ids import new_id
from tests.acceptance.console.test_pages import PEOPLE, console, home, sign_in, texts

__all__ = ["console", "home"]
PAGE = "../pages/approvals.py"
TABLE = "main.sandbox.queue_test"


def ask(requester: str = "dev", **changes: object) -> ApprovalRequest:
    """A request that no agent carries out, made as the agents make theirs."""
    values = {
        "statement": f"CREATE TABLE {TABLE} AS SELECT 1 AS one",
        "target": TABLE,
        "title": f"Save one for {requester}",
        "requester": requester,
        "requester_role": PEOPLE.get(requester, "admin"),
        "rule_ids": ("data_engineer.write_with_approval.main.sandbox",) if requester == "dev" else (),
        "correlation_id": new_id(),
        "session_id": new_id(),
        "effect": {"operation": "create_table", "summary": ["Creates one table."], "creates": [TABLE], "rows": 1},
    }
    return session.platform().governance.request(Proposal.model_validate({**values, **changes}))


@pytest.fixture(autouse=True)
def empty_queue(home: object) -> None:
    """Nothing of another test is open."""
    governance = session.platform().governance
    for request in (*governance.list(status="pending"), *governance.list(status="approved")):
        governance.withdraw(request.request_id, request.requester)


def opened(console: AppTest, user_id: str, patch: pytest.MonkeyPatch, **parameters: str) -> AppTest:
    sign_in(user_id, patch)
    app = console.run().switch_page(PAGE)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def status(request: ApprovalRequest) -> str:
    return session.platform().governance.get(request.request_id).status


def keys(app: AppTest) -> set[str]:
    return {button.key or "" for button in app.button}


@pytest.mark.parametrize("user_id", PEOPLE)
def test_an_empty_queue_says_so_to_every_role(console: AppTest, monkeypatch: pytest.MonkeyPatch, user_id: str) -> None:
    app = opened(console, user_id, monkeypatch)
    assert "Nothing waits for a decision." in texts(app)
    app.button(key="queue-decided").click().run()
    assert app.query_params["show"] == "decided"
    assert not app.exception


@pytest.mark.parametrize("user_id", ["ada", "alan"])
def test_an_admin_sees_a_request_in_full_and_approves_it(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, user_id: str
) -> None:
    made = ask()
    app = opened(console, user_id, monkeypatch)
    assert "Save one for dev" in texts(app)
    assert "Creates one table" in texts(app)
    assert made.statement in [code.value for code in app.code]
    assert made.digest in [code.value for code in app.code]
    app.button(key=f"approve-{made.request_id}").click().run()
    assert not app.exception
    assert status(made) == "approved"
    assert "Approved: **Save one for dev**" in texts(app)
    app.button(key=f"undo-{made.request_id}").click().run()
    assert status(made) == "pending"
    assert "Taken back\\: Save one for dev" in texts(app)


def test_a_rejection_needs_a_reason(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ask()
    app = opened(console, "ada", monkeypatch)
    app.button(key=f"reject-{made.request_id}").click().run()
    send = next(button for button in app.button if button.label == "Reject")
    send.click().run()
    assert "Give a reason" in texts(app)
    assert status(made) == "pending"
    app.text_area(key=f"Reject-reason-{made.request_id}").set_value("Not this table.")
    next(button for button in app.button if button.label == "Reject").click().run()
    assert not app.exception
    decided = session.platform().governance.get(made.request_id)
    assert (decided.status, decided.decisions[-1].reason) == ("rejected", "Not this table.")


def test_a_requester_sees_their_own_and_may_withdraw_but_not_approve(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("ada", title="Somebody else's")
    made = ask("dev")
    app = opened(console, "dev", monkeypatch, request=made.request_id)
    assert "Somebody else" not in texts(app)
    assert app.button(key=f"approve-{made.request_id}").disabled
    assert f"reject-{made.request_id}" not in keys(app)
    assert "This is your own request" in texts(app)
    app.button(key=f"withdraw-{made.request_id}").click().run()
    next(button for button in app.button if button.label == "Withdraw").click().run()
    assert status(made) == "withdrawn"


def test_an_admins_own_request_is_for_another_admin(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ask("ada")
    app = opened(console, "ada", monkeypatch, request=made.request_id)
    assert app.button(key=f"approve-{made.request_id}").disabled
    assert "This is your own request" in texts(app)


@pytest.mark.parametrize("user_id", ["ana", "kim", "dev"])
def test_a_foreign_request_and_none_at_all_look_the_same(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, user_id: str
) -> None:
    made = ask("ada", title="Secret plan")
    pages = []
    for request_id in (made.request_id, "no such request", "' OR 1=1 --"):
        app = opened(console, user_id, monkeypatch, request=request_id)
        assert "Request not found, or not yours to see" in texts(app)
        assert "Secret plan" not in texts(app)
        pages.append((texts(app), sorted(keys(app))))
    assert pages[0] == pages[1] == pages[2]


def test_a_curator_decides_documents_and_nothing_else(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    write = ask("dev")
    document = ask("ada", kind="document", risk="any", language="document", title="Returns policy", target=None)
    app = opened(console, "kim", monkeypatch)
    assert "Returns policy" in texts(app)
    assert write.title not in texts(app)
    assert not app.button(key=f"approve-{document.request_id}").disabled
    app.button(key=f"approve-{document.request_id}").click().run()
    assert status(document) == "approved"


def test_somebody_was_faster_and_that_is_told(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    other, made = ask(title="The next one"), ask()
    app = opened(console, "alan", monkeypatch, request=made.request_id)
    session.platform().governance.decide(made.request_id, "reject", "no", made.digest, "ada", "admin")
    app.button(key=f"approve-{made.request_id}").click().run()
    assert not app.exception
    assert "decided by ada" in texts(app)
    assert "Nothing was changed by you" in texts(app)
    assert app.query_params["request"] == other.request_id
    assert status(made) == "rejected"


def test_what_a_button_does_counts_for_whoever_is_signed_in_now(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ask()
    app = opened(console, "ada", monkeypatch)
    sign_in("alan", monkeypatch)
    app.button(key=f"approve-{made.request_id}").click().run()
    assert status(made) == "pending"


def test_two_people_are_needed_for_what_destroys(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ask(risk="destructive", title="Drop it", requester="kim", requester_role="admin", rule_ids=())
    app = opened(console, "ada", monkeypatch)
    app.button(key=f"approve-{made.request_id}").click().run()
    assert status(made) == "pending"
    assert "it needs 1 more" in texts(app)
    assert app.button(key=f"approve-{made.request_id}").disabled
    assert "1 of 2" in texts(app)


def test_only_what_changes_nothing_is_approved_together(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    write = ask(title="A write")
    reads = [ask(risk="read", statement=f"SELECT {n} AS one", target=None, title=f"Read {n}") for n in range(2)]
    app = opened(console, "ada", monkeypatch)
    app.button(key="queue-several").click().run()
    assert f"tick-{write.request_id}" not in [box.key for box in app.checkbox]
    for request in reads:
        app.checkbox(key=f"tick-{request.request_id}").set_value(True)
    app.text_input(key="several-reason").set_value("Harmless.")
    next(button for button in app.button if button.label == "Approve what is ticked").click().run()
    assert not app.exception
    assert [status(request) for request in reads] == ["approved", "approved"]
    assert status(write) == "pending"


def test_filters_stand_in_the_address(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(title="A write")
    ask(risk="read", statement="SELECT 1 AS one", target=None, title="A read")
    app = opened(console, "ada", monkeypatch, risk="read")
    assert "A read" in texts(app)
    assert "A write" not in " ".join(app.radio[0].options)


def test_filters_that_fit_nothing_say_so(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    app = opened(console, "ada", monkeypatch, risk="python")
    assert "No request fits the filters." in texts(app)
    assert "queue-clear" in keys(app)


def test_an_edit_is_a_new_request_of_the_editor(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ask()
    app = opened(console, "ada", monkeypatch)
    app.button(key=f"edit-of-{made.request_id}").click().run()
    app.text_area(key=f"edit-{made.request_id}").set_value(f"CREATE TABLE {TABLE} AS SELECT 2 AS two")
    next(button for button in app.button if button.label == "Send as a new request").click().run()
    assert not app.exception
    edited = app.session_state["console"].queue.done
    response = session.platform().result(edited.correlation_id, timeout=30)
    assert response is not None
    assert response.status == "pending_approval"
    new = session.platform().governance.get(response.approval_id or "")
    assert (new.requester, new.supersedes) == ("ada", made.request_id)
    assert status(made) == "superseded"
    assert session.platform().governance.get(made.request_id).superseded_by == new.request_id
    app.run()
    assert "Somebody else has to approve it" in texts(app)


def test_an_idle_queue_costs_no_statement(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ask()
    app = opened(console, "ada", monkeypatch, request=made.request_id)
    platform = session.platform()
    before = platform.governance.news()
    reader_calls = []
    monkeypatch.setattr(platform.governance, "queue", lambda *a: reader_calls.append(a))
    monkeypatch.setattr(platform.governance, "open", lambda *a: reader_calls.append(a))
    app.run()
    app.run()
    assert not app.exception
    assert platform.governance.news() == before
    assert reader_calls == []


def test_a_page_that_nobody_uses_pauses_and_wakes_with_a_click(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(console, "ada", monkeypatch)
    assert ":material/sensors: Live" in texts(app)
    tab = app.session_state["console"].queue
    tab.used_at, tab.by_timer = time.monotonic() - IDLE_SECONDS - 1, True
    app.run()
    assert "Paused: nobody was here for a while" in texts(app)
    app.button(key="page-resume").click().run()
    app.run()
    assert ":material/sensors: Live" in texts(app)


def test_home_leads_to_what_waits(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ask()
    ask("ada", title="Ada's own")
    sign_in("ada", monkeypatch)
    app = console.run()
    assert app.button(key="to-decide").label.startswith("1 request ")
    sign_in("dev", monkeypatch)
    app = console.run()
    assert "to-decide" not in keys(app)
    app.button(key=f"waiting-{made.request_id}").click().run()
    assert app.query_params["request"] == made.request_id
