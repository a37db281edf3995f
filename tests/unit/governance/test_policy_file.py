"""The policy file is held to the letter; a mapping is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.governance import Policy


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rbac_roles.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ("roles: {a: {actions: [data.sak]}}", "roles.a.actions 'data.sak' is unknown", "data.ask"),
        ("roles: {a: {denied_operations: [erase]}}", "roles.a.denied_operations 'erase' is unknown", "truncate"),
        ("roles: {a: {pages: [hom]}}", "roles.a.pages 'hom' is unknown", "dashboards"),
        ("roles: {a: {reads: [main]}}", "roles.a.reads is unknown", "write_with_approval"),
        ("roles: {a: {read: [a.b.c.d]}}", "roles.a.read 'a.b.c.d' must have one to three parts", "catalog.schema"),
        ("roles: {a: {read: 7}}", "roles.a.read is not a list of words", "a list of words"),
        ("roles: {a: {}}\nrole: {}", "role is unknown", "default_catalog"),
        ("default_catalog: main", "roles is missing", "a mapping of role name to rights"),
        ("- a", "(top) is not a mapping", "roles"),
        ("roles: {a: {}}\ndefault_schema: ''", "default_schema is not a name", "one name"),
        ("roles: {a: {}}\napprovals: {}", "approvals is not a list", "a list of rules"),
        ("roles: {a: {}}\napprovals: [{kind: x}]", "approvals[0].kind 'x' is unknown", "execution"),
        (
            "roles: {a: {}}\napprovals: [{kind: execution, approver_roles: [b]}]",
            "approvals[0].approver_roles 'b' is unknown",
            "Allowed: a.",
        ),
        (
            "roles: {admin: {}}\napprovals: [{kind: execution, quorum: 0}]",
            "approvals[0].quorum input should be greater than or equal to 1",
            "ttl_hours",
        ),
    ],
)
def test_error_names_file_key_and_what_is_allowed(tmp_path: Path, text: str, key: str, allowed: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as raised:
        Policy.from_file(path)
    assert raised.value.message.startswith(f"{path}: {key}")
    assert allowed in raised.value.message


def test_broken_yaml_and_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not YAML"):
        Policy.from_file(write(tmp_path, "roles: {a: ["))
    with pytest.raises(SettingsError, match="cannot be read"):
        Policy.from_file(tmp_path / "missing.yaml")


def test_remarks_are_allowed_anywhere(tmp_path: Path) -> None:
    roles = "roles: {a: {description: y, note: z, read: [main]}}"
    approvals = "approvals: [{kind: any, note: n, approver_roles: [a]}]"
    policy = Policy.from_file(write(tmp_path, f"note: x\n{roles}\n{approvals}"))
    assert policy.can_read("a", "main.b.c")


def test_a_mapping_with_an_unknown_key_grants_nothing_by_it(caplog: pytest.LogCaptureFixture) -> None:
    policy = Policy.from_mapping({"roles": {"a": {"reed": ["main"]}}, "colour": "red"})
    assert not policy.can_read("a", "main.b.c")
    assert "roles.a.reed is unknown" in caplog.text


def test_a_single_word_is_a_list_of_one() -> None:
    assert Policy.from_mapping({"roles": {"a": {"read": "main.demo"}}}).can_read("a", "main.demo.t")


def test_the_empty_role_has_no_right() -> None:
    policy = Policy.from_mapping({"roles": {"a": None}})
    assert not policy.decide("a", "data.ask").permitted
