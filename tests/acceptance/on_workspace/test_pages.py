"""Who the pages take somebody for in app mode and on a laptop, drawn by the real platform without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitHeaders
from streamlit.testing.v1 import AppTest

from app import session
from core.errors import AccessDenied
from tests.acceptance.console.server import ROOT
from tests.acceptance.on_workspace.conftest import BOB, EVE
from tests.workspace import Workspace
from tests.workspace.__main__ import set_up_platform
from tests.workspace.principals import PEOPLE

pytestmark = pytest.mark.xdist_group("on_workspace_pages")


@pytest.fixture(scope="module")
def workspace(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("pages-on-workspace")
    with Workspace(Path(shutil.copytree(demo_template, folder / "storage")), people=(*PEOPLE, EVE, BOB)) as running:
        set_up_platform(running)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**running.environment(), "DATABRICKS_APP_NAME": "aiops"}.items():
                patch.setenv(name, value)
            patch.setenv("AIOPS_HOME", str(folder / "home"))
            session.settings.cache_clear()
            yield running
            session.close()
        session.settings.cache_clear()


@pytest.fixture
def tab(workspace: Workspace) -> AppTest:
    return AppTest.from_file(str(ROOT / "app" / "console.py"), default_timeout=60)


def comes_with(token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The headers with which the browser's socket was opened."""
    headers = [(session.TOKEN_HEADER, token)] if token else []
    monkeypatch.setattr(ContextProxy, "headers", StreamlitHeaders(headers))


def texts(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(part.value) for part in (*app.title, *app.subheader, *app.markdown, *app.text, *app.caption))


def test_account_page_is_of_the_forwarded_token(
    tab: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes_with(workspace.token("dev"), monkeypatch)
    app = tab.run().switch_page("../pages/account.py").run()
    assert "**Dev**" in texts(app)
    assert "**data engineer**" in texts(app)
    assert "sign out of the workspace" in texts(app)


@pytest.mark.parametrize(
    ("token", "told"),
    [(None, "switch on user authorization"), ("dapi-made-up", "wrong or has expired"), (BOB.token, "in no group")],
)
def test_whoever_the_workspace_does_not_know_gets_no_page(
    tab: AppTest, monkeypatch: pytest.MonkeyPatch, token: str | None, told: str
) -> None:
    comes_with(token, monkeypatch)
    app = tab.run()
    assert told in texts(app)
    assert not app.chat_input
    assert not app.button


def test_button_of_a_tab_whose_person_has_changed_does_nothing(
    tab: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes_with(workspace.token("dev"), monkeypatch)
    app = tab.run().switch_page("../pages/chat.py").run()
    comes_with(workspace.token("ana"), monkeypatch)
    app.chat_input(key="question").set_value("How many orders are there?").run()
    assert "You are not signed in as Dev any more" in texts(app)
    assert session.platform().conversations.list("dev") == ()
    assert session.platform().conversations.list("ana") == ()


def test_on_a_laptop_nobody_is_taken_at_their_word(
    tab: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session.close()
    session.settings.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABRICKS_APP_NAME")
        patch.setenv("AIOPS_PROFILE", "databricks")
        patch.setenv("DATABRICKS_TOKEN", workspace.token("ana"))
        comes_with(workspace.token("ada"), monkeypatch)
        try:
            assert session.platform().engine.people.default_user() == "ana"
            with pytest.raises(AccessDenied, match="role_assignments"):  # ana may not see what was assigned: no role
                session.current_user()
        finally:
            session.close()
    session.settings.cache_clear()
