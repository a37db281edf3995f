"""Every page for every role, drawn by the real platform without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest

from agents.loading import load_path
from app import session
from app.identity import COOKIE
from core.ids import new_id
from core.types import Turn
from tests.acceptance.console.server import ROOT

PEOPLE = {"ada": "admin", "dev": "data_engineer", "ana": "data_analyst", "kim": "knowledge_curator"}
SAVE = "Execute SQL to find top 10 customers by sales and save to table"
EXPORT = "Who may approve a data export?"


@pytest.fixture(scope="module")
def home(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The process's own platform, over a home of this module."""
    folder = Path(shutil.copytree(demo_template, tmp_path_factory.mktemp("pages") / "home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIOPS_HOME", str(folder))
        session.settings.cache_clear()
        session.sign_ins.cache_clear()
        yield folder
        session.close()
    session.settings.cache_clear()
    session.sign_ins.cache_clear()


@pytest.fixture
def console(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A tab without a sign-in."""
    monkeypatch.setattr(ContextProxy, "cookies", StreamlitCookies({}))
    return AppTest.from_file(str(ROOT / "app" / "console.py"), default_timeout=60)


def sign_in(user_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sign-in route does: a recorded sign-in, and its cookie with every further request."""
    cookies = StreamlitCookies({COOKIE: session.sign_ins().create(user_id)})
    monkeypatch.setattr(ContextProxy, "cookies", cookies)


def texts(app: AppTest) -> str:
    parts = (*app.title, *app.subheader, *app.markdown, *app.text, *app.caption)
    return "\n".join(str(part.value) for part in parts)


def chat(console: AppTest) -> AppTest:
    """The chat page of this tab."""
    app = console.run().switch_page("../pages/chat.py").run()
    assert not app.exception
    return app


def test_nobody_gets_a_page_without_a_sign_in(console: AppTest) -> None:
    app = console.run()
    assert "Sign in to continue." in texts(app)
    assert not app.chat_input
    assert not app.button


@pytest.mark.parametrize("user_id", PEOPLE)
def test_home_greets_shows_health_and_offers_what_the_role_can_ask(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, user_id: str
) -> None:
    sign_in(user_id, monkeypatch)
    app = console.run()
    assert not app.exception
    assert f"Hello, {user_id.capitalize()}" in texts(app)
    assert "**Warehouse** :green[ok]" in texts(app)
    examples = [button.label for button in app.button if button.key and button.key.startswith("example-")]
    assert len(examples) == len(session.platform().example_questions(PEOPLE[user_id]))
    assert "Who may approve a data export?" in examples


@pytest.mark.parametrize("user_id", PEOPLE)
def test_chat_answers_from_the_handbook_for_every_role(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, user_id: str
) -> None:
    sign_in(user_id, monkeypatch)
    app = chat(console)
    assert "What would you like to know?" in texts(app)
    app.chat_input(key="question").set_value(EXPORT).run()
    assert not app.exception
    assert "data protection officer" in texts(app)
    assert app.query_params["conversation"]
    turns = session.platform().conversations.turns(app.query_params["conversation"], user_id)
    assert [turn.question for turn in turns] == [EXPORT]


def test_conversation_of_somebody_else_does_not_open(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = session.platform().submit(EXPORT, "admin", user_id="ada")
    session.platform().result(turn.correlation_id, timeout=30)
    sign_in("ana", monkeypatch)
    app = chat(console)
    app.query_params["conversation"] = turn.session_id
    app.run()
    assert "Conversation not found, or not yours" in texts(app)
    assert "data protection officer" not in texts(app)


def test_sign_out_elsewhere_counts_at_once(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ana", monkeypatch)
    app = chat(console)
    session.sign_ins().end(ContextProxy.cookies[COOKIE])
    app.run()
    assert "Sign in to continue." in texts(app)


def test_question_from_a_tab_that_is_signed_out_is_not_asked(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("alan", monkeypatch)
    app = chat(console)
    session.sign_ins().end(ContextProxy.cookies[COOKIE])
    app.chat_input(key="question").set_value(EXPORT).run()
    assert "Sign in to continue." in texts(app)
    assert session.platform().conversations.list("alan") == ()


def test_question_that_is_too_long_is_refused_in_words_and_keeps_the_page(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in("ana", monkeypatch)
    app = chat(console)
    app.chat_input(key="question").set_value("x" * 100_000).run()
    assert not app.exception
    assert "10,000" in texts(app).replace("\\", "")
    assert "What would you like to know?" in texts(app)


def test_answer_whose_process_has_ended_is_told_and_can_be_asked_again(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = Turn(
        correlation_id=new_id(),
        session_id=new_id(),
        user_id="ana",
        user_role="data_analyst",
        question=EXPORT,
        asked_at=datetime.now(UTC) - timedelta(hours=1),
    )
    session.platform().conversations.asked(turn)
    sign_in("ana", monkeypatch)
    app = chat(console)
    app.query_params["conversation"] = turn.session_id
    app.run()
    assert "This answer was interrupted" in texts(app)
    assert turn.correlation_id in [code.value for code in app.code]
    app.button(key=f"again-{turn.correlation_id}").click().run()
    assert "data protection officer" in texts(app)


def test_request_for_approval_is_a_card_in_the_chat_and_waits_on_home(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in("dev", monkeypatch)
    app = chat(console)
    app.chat_input(key="question").set_value(SAVE).run()
    assert "Waiting for approval" in texts(app)
    (waiting,) = session.platform().governance.list(status="pending", requester="dev")
    assert f"digest {waiting.digest[:8]}" in texts(app)
    app.button(key=f"queue-{waiting.request_id}").click().run()
    assert app.query_params["request"] == waiting.request_id
    home = console.switch_page("../pages/home.py").run()
    home.button(key=f"waiting-{waiting.request_id}").click().run()
    assert home.query_params["request"] == waiting.request_id


def test_what_a_role_may_not_do_is_refused_with_its_rule(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("ana", monkeypatch)
    app = chat(console)
    app.chat_input(key="question").set_value(SAVE).run()
    assert "Not allowed" in texts(app)
    assert "rule data" in texts(app).replace("\\", "")
    assert session.platform().governance.list(requester="ana") == ()


def test_questions_can_be_limited_to_one_schema(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "fleet.csv"
    file.write_text("van,kilometres\nA,120\nB,80\n", encoding="utf-8")
    load_path(session.platform(), file, schema=None, role=None, progress=lambda text: None)
    sign_in("ana", monkeypatch)
    app = chat(console)
    app.radio(key="schema-choice").set_value("main.fleet").run()
    assert session.platform().schemas("data_analyst") == ("main.demo", "main.fleet")
    assert app.radio(key="schema-choice").value == "main.fleet"
    app.chat_input(key="question").set_value("What are the top 10 customers by sales?").run()
    assert not app.exception
    turns = session.platform().conversations.turns(app.query_params["conversation"], "ana")
    assert turns[0].response is not None
    assert turns[0].response.status != "answered"
