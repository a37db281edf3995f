"""Who somebody is in a workspace: the token says who, the groups give the roles, and a role can only narrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.people import FRESH_SECONDS, WorkspacePeople
from config.settings import ROOT
from core.clock import ManualClock
from core.errors import AccessDenied, SignInExpired
from core.governance import Policy
from core.workspace import WorkspaceApi, workspace_config
from tests.workspace import Person, Workspace

STRANGER = Person("eve", token="dapi-eve")
BOTH = Person("max", groups=("data_analysts", "Admins"), token="dapi-max")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    from tests.workspace.principals import PEOPLE

    with Workspace(tmp_path_factory.mktemp("people"), people=(*PEOPLE, STRANGER, BOTH)) as running:
        yield running


class Desk:
    """People of a workspace, and the tokens that were kept."""

    def __init__(self, workspace: Workspace, own: str | None = None) -> None:
        self.clock = ManualClock()
        self.kept: dict[str, str] = {}
        config = workspace_config(workspace.url, workspace.token(own or "app"))
        policy = Policy.from_file(ROOT / "config" / "rbac_roles.yaml")
        self.people = WorkspacePeople(
            WorkspaceApi(config).me, self.kept.__setitem__, policy, self.clock, own=own is not None
        )


def test_forwarded_token_names_the_person_and_the_groups_give_the_role(workspace: Workspace) -> None:
    desk = Desk(workspace)
    person = desk.people.arrive(workspace.token("dev"))
    assert (person.user_id, person.role, person.display_name) == ("dev", "data_engineer", "Dev")
    assert desk.kept == {"dev": "dapi-dev"}
    desk.people.check("dev", "data_engineer")
    with pytest.raises(AccessDenied, match="dev may not ask as admin"):
        desk.people.check("dev", "admin")


def test_of_several_roles_the_first_of_the_policy_counts_and_each_may_be_taken(workspace: Workspace) -> None:
    desk = Desk(workspace)
    assert desk.people.arrive("dapi-max").role == "admin"
    desk.people.check("max", "data_analyst")
    with pytest.raises(AccessDenied):
        desk.people.check("max", "knowledge_curator")


def test_whoever_is_in_no_group_with_a_role_is_turned_away(workspace: Workspace) -> None:
    with pytest.raises(AccessDenied, match="no group"):
        Desk(workspace).people.arrive("dapi-eve")


def test_somebody_who_never_came_may_ask_as_nobody(workspace: Workspace) -> None:
    with pytest.raises(AccessDenied, match="has no role here"):
        Desk(workspace).people.check("ana", "data_analyst")


def test_wrong_token_is_nobody(workspace: Workspace) -> None:
    desk = Desk(workspace)
    with pytest.raises(SignInExpired):
        desk.people.arrive("dapi-made-up")
    assert desk.kept == {}


def test_an_app_has_no_person_of_its_own(workspace: Workspace) -> None:
    desk = Desk(workspace)
    assert desk.people.default_user() is None
    with pytest.raises(AccessDenied, match="without a person's sign-in"):
        desk.people.owner()


def test_on_a_laptop_the_person_is_whoever_the_token_belongs_to(workspace: Workspace) -> None:
    desk = Desk(workspace, own="ana")
    assert desk.people.default_user() == "ana"
    assert desk.people.owner().role == "data_analyst"


def test_a_token_is_asked_about_again_after_five_minutes(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        desk = Desk(workspace)
        desk.people.arrive(workspace.token("kim"))
        workspace.principals.expire("kim")
        assert desk.people.arrive("dapi-kim").role == "knowledge_curator"
        desk.clock.advance(FRESH_SECONDS + 1)
        with pytest.raises(SignInExpired):
            desk.people.arrive("dapi-kim")


def test_the_token_that_came_last_stays_when_an_older_tab_is_drawn_again(workspace: Workspace) -> None:
    older, newer = workspace.token("dev"), workspace.principals.renew("dev")
    desk = Desk(workspace)
    desk.people.arrive(older)
    desk.people.arrive(newer)
    assert desk.people.arrive(older).user_id == "dev"
    assert desk.kept == {"dev": newer}
    desk.clock.advance(FRESH_SECONDS + 1)
    desk.people.arrive(older)
    assert desk.kept == {"dev": newer}
