"""Admin and Audit for every role, drawn by the real platform without a browser."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from core.errors import AccessDenied
from core.governance.audit import AuditFilter
from core.ids import new_id
from core.telemetry import within
from core.types import Principal
from tests.acceptance.console.test_pages import PEOPLE, console, home, sign_in, texts

__all__ = ["console", "home"]
ADA = Principal(user_id="ada", role="admin")
REFUSED = [user for user, role in PEOPLE.items() if role != "admin"]


def page(console: AppTest, name: str, **query: str) -> AppTest:
    app = console.run().switch_page(f"../pages/{name}.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return texts(app).replace("\\", "")


@pytest.mark.parametrize("name", ["admin", "audit"])
@pytest.mark.parametrize("user_id", REFUSED)
def test_pages_by_address_say_who_may_open_them_and_the_attempt_is_recorded(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, user_id: str, name: str
) -> None:
    sign_in(user_id, monkeypatch)
    app = page(console, name)
    app.run()
    assert f"No access to {name.capitalize()}" in words(app)
    assert f"rule {PEOPLE[user_id]}.pages" in words(app)
    assert [button.key for button in app.button] == []
    entries = session.platform().audit.list(AuditFilter(actor=user_id, action="access.refused", object_id=name))
    assert [entry.object_kind for entry in entries] == ["page"], "once a tab, not once a run"


def test_agent_is_switched_off_with_a_reason_and_on_again(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "admin")
    assert "Orchestrator" in words(app)
    app.button(key="switch-RAGAgent").click().run()
    assert app.button(key="switch-off-now").disabled
    app.text_area(key="switch-reason").set_value("quotes the wrong page").run()
    app.button(key="switch-off-now").click().run()
    assert "Switched off by ada: quotes the wrong page" in words(app)
    assert (
        "quotes the wrong page" in session.platform().process_request("Who may approve a data export?", "admin").answer
    )
    app.button(key="switch-RAGAgent").click().run()
    assert "Switched off" not in words(app)


def test_role_change_is_asked_for_waits_and_is_the_person_s_role_after_the_approval(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "admin", section="People")
    app.button(key="change-roles-ana").click().run()
    app.checkbox(key="roles-ana-data_analyst").uncheck().run()
    app.checkbox(key="roles-ana-data_engineer").check().run()
    app.button(key="change-ask").click().run()
    assert "ana: role data_engineer instead of data_analyst." in words(app)
    assert "waits for approval" in words(app)
    (request,) = session.platform().administration.open_changes("ada", "admin")
    session.platform().governance.decide(request.request_id, "approve", "", request.digest, "alan")
    session.platform().administration.wait(request.request_id, 30)
    app.run()
    assert "waits for approval" not in words(app)
    assert "asked for by ada" in words(app)
    assert any(request.request_id in element.proto.body for element in app.get("html"))
    sign_in("ana", monkeypatch)
    assert session.current_user() == session.User("ana", "data_engineer", "Ana")


def assign(user_id: str, role: str) -> None:
    """Give somebody a role, or none ('') in place of what they have."""
    if {user.user_id: user.role for user in session.people()}.get(user_id) == role:
        return
    administration, governance = session.platform().administration, session.platform().governance
    request = administration.propose_roles(user_id, [role] if role else [], by="ada", by_role="admin")
    governance.decide(request.request_id, "approve", "", request.digest, "alan")
    administration.wait(request.request_id, 30)


def test_somebody_new_signs_in_and_somebody_without_a_role_gets_no_page(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assign("zoe", "data_analyst")
    assign("kim", "")
    assert {user.user_id: user.role for user in session.people()}.items() >= {"zoe": "data_analyst", "kim": ""}.items()
    sign_in("zoe", monkeypatch)
    assert "Hello, zoe" in texts(console.run())
    sign_in("kim", monkeypatch)
    app = console.run()
    assert "You have no access yet" in texts(app)
    assert "Kim has no role here" in texts(app)
    assert not app.chat_input


def test_change_that_is_refused_says_why_in_the_dialog(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "admin", section="People")
    app.button(key="change-roles-alan").click().run()
    app.checkbox(key="roles-alan-admin").uncheck().run()
    app.button(key="change-ask").click().run()
    assert "nobody could approve another change of roles" in words(app)
    assert session.platform().directory.roles_of("alan") == ("admin",)


def test_readers_of_a_schema_are_changed_through_a_request(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "admin", section="Data scopes")
    assert "main.demo" in words(app)
    app.button(key="change-readers-main.demo").click().run()
    app.checkbox(key="readers-main.demo-data_analyst").uncheck().run()
    app.button(key="change-ask").click().run()
    assert "main.demo: read by admin and data_engineer instead of" in words(app)


def test_approval_rules_are_a_table(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "admin", section="Approval rules")
    assert "| execution | destructive | admin | 2 | 8 h | – | 24 h | never |" in words(app)


def test_why_somebody_may_not_names_the_rule(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "admin", section="Rights", who="dev", what="execution.request", table="main.demo.orders")
    assert "role data_engineer may not write main.demo.orders" in words(app)
    assert "`data_engineer.write_with_approval`" in words(app)
    assert "`audit.read`" in words(app)
    app.text_input(key="table").set_value("a.b.c.d").run()
    assert "not a table's name" in words(app)


def test_audit_is_filtered_opened_verified_and_looking_is_recorded(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = session.platform()
    platform.note("run.finished", actor="dev", actor_role="data_engineer", object_kind="run", object_id="r1",
                  correlation_id="c-77", session_id="s-77", detail={"request": "q-77"})  # fmt: skip
    sign_in("ada", monkeypatch)
    app = page(console, "audit", correlation="c-77")
    assert list(app.dataframe[0].value["Who"]) == ["dev"]
    assert list(app.dataframe[0].value["What"]) == ["a run finished"]
    (row,) = platform.audit.list(AuditFilter(correlation_id="c-77"))
    app.query_params["entry"] = row.audit_id
    app.run()
    links = [element.proto.body for element in app.get("html")]
    assert any("/approvals?show=decided&request=q-77" in link for link in links)
    assert any("/chat?conversation=s-77" in link for link in links)
    app.button(key="audit-verify").click().run()
    assert re.search(r"Verified\*\* As written: [\d,]+ rows in 1 chain", words(app))
    assert platform.audit.list(AuditFilter(action="audit.verified"))[0].actor == "ada"
    looks = platform.audit.list(AuditFilter(action="content.viewed", actor="ada"))
    assert [look.details["rows"] for look in looks if look.details.get("correlation_id") == "c-77"] == [1]


def test_audit_without_an_entry_offers_everything_and_pages_go_back_in_time(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(52):
        session.platform().note("run.finished", actor="paging", actor_role="", object_kind="run", object_id=str(number))
    sign_in("ada", monkeypatch)
    app = page(console, "audit", actor="paging")
    assert list(app.dataframe[0].value["Object"])[:2] == ["run 51", "run 50"]
    assert len(app.dataframe[0].value) == 50
    app.button(key="audit-older").click().run()
    assert list(app.dataframe[0].value["Object"]) == ["run 1", "run 0"]
    app.text_input(key="actor").set_value("nobody at all").run()
    assert "No entry fits." in words(app)
    app.button(key="audit-clear").click().run()
    assert len(app.dataframe[0].value) == 50


def test_semantic_models_are_opened_changed_by_key_saved_and_confirmed(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "admin", section="Semantic models")
    assert "comes with the demo" in words(app)
    app.button(key="open-main.demo").click().run()
    assert "average order value" in words(app)
    assert "What share of the orders placed since January 2026" in words(app)
    app.button(key="model-edit").click().run()
    text = app.text_area(key="edit-model-text").value
    assert app.button(key="model-save-confirm").disabled, "nothing is changed yet"
    app.text_area(key="edit-model-text").set_value(text.replace("source.net_amount", "source.net_amont", 1)).run()
    assert "models > sales > measures > sales > expr: net_amont is not a column of main.demo.order_lines" in words(app)
    assert app.button(key="model-save-draft").disabled
    app.text_area(key="edit-model-text").set_value(text.replace("- client", "- patron", 1)).run()
    app.button(key="model-save-draft").click().run()
    assert "Saved by ada" in words(app)
    app.button(key="model-confirm").click().run()
    assert "Confirmed by ada" in words(app)
    assert not app.exception


def test_an_answer_is_kept_as_verified_and_run_again_with_another_value(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in("ada", monkeypatch)
    app = console.run().switch_page("../pages/chat.py").run()
    app.chat_input(key="question").set_value("Sales in North since March 2025").run()
    correlation = next(b.key for b in app.button if (b.key or "").startswith("keep-")).removeprefix("keep-")
    app.button(key=f"keep-{correlation}").click().run()
    assert app.checkbox(key="keep-parameter-region").value
    app.button(key="keep-now").click().run()
    app.chat_input(key="question").set_value("revenue in South since March 2025").run()
    assert "Verified query" in words(app)
    assert "confirmed by ada" in words(app)
    (region,) = [box for box in app.selectbox if (box.key or "").endswith("-region")]
    region.set_value("West")
    next(b for b in app.button if (b.key or "").startswith("run-again-")).click().run()
    assert "Again with region = West" in words(app)
    turns = session.platform().conversations.turns(app.query_params["conversation"], "ada")
    assert [turn.response.rung for turn in turns if turn.response] == [
        "semantic_query", "verified_query", "verified_query",
    ]  # fmt: skip
    assert not app.exception


def test_a_price_is_entered_for_what_has_none_and_ended(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ada", monkeypatch)
    platform = session.platform()
    with within(new_id()), platform.telemetry.span("chat", kind="model", provider="acme", model="acme-7b") as span:
        span.set(tokens_in=2_000_000, tokens_out=1_000)
    platform.flush()
    app = page(console, "admin", section="Prices")
    assert "1 call without a price" in words(app)
    assert "databricks-meta-llama-3-1-70b-instruct" in words(app)
    assert "$1.00 in · $3.00 out" in words(app)
    app.button(key="enter-0").click().run()
    assert app.text_input(key="price-model").value == "acme-7b"
    assert app.button(key="price-add").disabled
    for key, value in (("input_per_million", "much"), ("output_per_million", "1.2"), ("source", "the offer")):
        app.text_input(key=f"price-{key}").set_value(value)
    app.run().button(key="price-add").click().run()
    assert "'much' is not an amount" in words(app)
    app.button(key="enter-0").click().run()
    for key, value in (("input_per_million", "0.25"), ("output_per_million", "1.2"), ("source", "the offer")):
        app.text_input(key=f"price-{key}").set_value(value)
    app.run().button(key="price-add").click().run()
    assert not app.exception
    [price] = [price for price in platform.prices.list(ADA) if price.model == "acme-7b"]
    assert (price.entered_by, price.provider, str(price.input_per_million)) == ("ada", "acme", "0.250000")
    assert "$0.25 in · $1.20 out" in words(app)
    assert "| 1 :red[(1 unpriced)] | unpriced | $0.5012 | $0.5012 | unpriced |" in words(app)
    app.button(key=f"end-{price.price_id}").click().run()
    app.button(key="price-end-now").click().run()
    assert f"end-{price.price_id}" not in [button.key for button in app.button]
    noted = platform.audit.list(AuditFilter(actor="ada", object_id=price.price_id))
    assert [entry.action for entry in noted] == ["price.ended", "price.added"]
    with pytest.raises(AccessDenied):
        platform.prices.add(Principal(user_id="dev", role="data_engineer"), model="x")


@pytest.mark.parametrize(
    ("user_id", "role", "says"),
    [
        ("kim", "knowledge_curator", "No access to Alerts"),
        ("ana", "data_analyst", "everybody's figures, which your role does not see"),
        ("dev", "data_engineer", "Nothing is raised."),
    ],
)
def test_alerts_are_for_those_who_see_figures_of_all(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, user_id: str, role: str, says: str
) -> None:
    assign(user_id, role)
    sign_in(user_id, monkeypatch)
    app = page(console, "alerts")
    assert says in words(app)
    assert not {"alerts-add", "alerts-tick", "alerts-test"} & {button.key for button in app.button}


def test_a_rule_is_changed_refused_silenced_and_disabled(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "alerts")
    assert "not evaluated yet" in words(app)
    assert "check_circle" not in words(app)
    app.button(key="alerts-tick").click().run()
    assert "check_circle" in words(app)
    app.button(key="alerts-test").click().run()
    assert "No webhook is named" in app.info[0].value
    app.button(key="open-daily-cost").click().run()
    assert "cost > $50.00 (alert) · > $25.00 (warning) in a day" in words(app)
    app.button(key="alert-edit").click().run()
    app.number_input(key="rule-warn-dollars").set_value(90.0).run()
    app.button(key="rule-save").click().run()
    assert "The threshold to warn at must be below the one to alert at" in words(app)
    app.number_input(key="rule-alert-dollars").set_value(120.0).run()
    app.button(key="rule-save").click().run()
    assert "cost > $120.00 (alert) · > $90.00 (warning) in a day · saved by ada" in words(app)
    app.button(key="alert-silence").click().run()
    assert app.button(key="silence-now").disabled
    app.text_input(key="rule-reason").set_value("a load test").run()
    app.button(key="silence-now").click().run()
    assert "a load test" in words(app)
    app.button(key="alert-unsilence").click().run()
    app.button(key="alert-switch").click().run()
    assert "disabled" in words(app)
    actions = [
        entry.action for entry in session.platform().audit.list(AuditFilter(actor="ada", object_id="daily-cost"))
    ]
    assert sorted(actions) == ["alert.changed"] * 2 + ["alert.silenced"] * 2


def test_an_address_of_no_rule_says_so(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ada", monkeypatch)
    assert "There is no such alert rule" in words(page(console, "alerts", rule="nothing<b>"))
