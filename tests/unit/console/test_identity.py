"""Sign-ins: random, hashed on disk, ended by time or person; nothing from the browser gives a role."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from agents.people import DemoPeople
from app.identity import LIFETIME, SignIns, User, configured, local_path, same_origin
from config.settings import DemoUser, Settings
from core.clock import ManualClock
from core.errors import AccessDenied

ANA = DemoUser(user_id="ana", role="data_analyst", display_name="Ana")


def settings(tmp_path: Path, profile: str = "embedded") -> Settings:
    return Settings(home_folder=tmp_path, profile=profile, demo_users=(ANA,))  # type: ignore[arg-type]


def test_sign_in_is_found_after_a_restart_and_only_its_hash_is_on_disk(tmp_path: Path) -> None:
    token = SignIns(tmp_path).create("ana")
    assert SignIns(tmp_path).find(token) == "ana"
    (file,) = tmp_path.iterdir()
    assert token not in file.name
    assert token not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_sign_in_ends_with_its_lifetime(tmp_path: Path) -> None:
    clock = ManualClock()
    sign_ins = SignIns(tmp_path, clock)
    token = sign_ins.create("ana")
    clock.advance(LIFETIME.total_seconds() - 1)
    assert sign_ins.find(token) == "ana"
    clock.advance(timedelta(seconds=2).total_seconds())
    assert sign_ins.find(token) is None
    assert list(tmp_path.iterdir()) == []


def test_signed_out_cookie_is_worth_nothing(tmp_path: Path) -> None:
    sign_ins = SignIns(tmp_path)
    token = sign_ins.create("ana")
    sign_ins.end(token)
    assert sign_ins.find(token) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"user_id": "ada", "expires_at": 5}', "\x00"])
def test_damaged_sign_in_counts_as_none(tmp_path: Path, content: str) -> None:
    sign_ins = SignIns(tmp_path)
    token = sign_ins.create("ana")
    next(tmp_path.iterdir()).write_text(content)
    assert sign_ins.find(token) is None


@pytest.mark.parametrize("token", [None, "", "x", "../../etc/passwd"])
def test_unknown_cookie_is_nobody(tmp_path: Path, token: str | None) -> None:
    assert SignIns(tmp_path).find(token) is None


def test_role_comes_from_the_settings_not_from_the_sign_in(tmp_path: Path) -> None:
    SignIns(tmp_path / "s").create("ana")
    (file,) = (tmp_path / "s").iterdir()
    assert set(json.loads(file.read_text())) == {"user_id", "expires_at"}
    assert configured(settings(tmp_path)) == (User("ana", "data_analyst", "Ana"),)


def test_person_without_a_role_is_turned_away_and_of_several_roles_the_first_counts() -> None:
    people = DemoPeople([ANA])
    assert people.named("ana").role == "data_analyst"
    people.prefer(lambda user: {"ana": (), "zoe": ("admin", "data_engineer")}.get(user, ()))
    assert (people.named("zoe").role, people.named("zoe").display_name) == ("admin", "zoe")
    with pytest.raises(AccessDenied, match="Ana has no role here"):
        people.named("ana")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/chat?conversation=1", "/chat?conversation=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/sign-out", "/"),
        (None, "/"),
    ],
)
def test_sign_in_leads_to_a_path_of_this_server_only(target: str | None, expected: str) -> None:
    assert local_path(target) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://127.0.0.1:8501", "host": "127.0.0.1:8501"}, True),
        ({"origin": "http://127.0.0.1:9999", "host": "127.0.0.1:8501"}, False),
        ({"origin": "null", "host": "127.0.0.1:8501"}, False),
    ],
)
def test_forms_of_other_sites_are_recognised(headers: dict[str, str], expected: bool) -> None:
    assert same_origin(headers) is expected
