"""What may stand in an entry: a closed vocabulary, texts without secrets, cut to a length, always storable."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.governance.audit import ACTIONS, AuditAction, AuditEntry
from core.governance.audit.entry import DETAIL_CHARACTERS, TEXT_CHARACTERS, detail_json, plain_text, plain_texts


def test_every_action_has_its_words() -> None:
    assert tuple(ACTIONS) == get_args(AuditAction)


@pytest.mark.parametrize("fields", [{"action": "approval.granted"}, {"object_kind": "Big Thing"}, {"extra": 1}])
def test_an_entry_outside_of_the_vocabulary_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AuditEntry(**{"action": "run.finished", "actor": "ana", **fields})


def test_of_a_long_text_its_beginning_its_length_and_its_hash_are_kept() -> None:
    code = "SELECT 1; " * 1000
    kept = plain_text(code)
    assert kept.startswith(code[:TEXT_CHARACTERS] + " … (10,000 characters, sha256 ")
    assert len(kept) < TEXT_CHARACTERS + 120
    assert plain_text("x" * TEXT_CHARACTERS) == "x" * TEXT_CHARACTERS


@pytest.mark.parametrize(
    "secret",
    [
        "dapi" + "0123456789abcdef" * 2,
        "Bearer abcdefgh.ijklmnop",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "AKIA" + "A1B2C3D4E5F6G7H8",
        "ghp_" + "a" * 36,
        "sk-" + "a1" * 20,
        "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
        "canary-of-the-environment",
    ],
)
def test_secrets_do_not_get_into_an_entry(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "canary-of-the-environment")
    texts = plain_texts({"actor": "ana", "object_id": f"before {secret} after"})
    assert texts == {"actor": "ana", "object_id": "before [redacted] after"}
    stored = detail_json({"reason": secret, "deep": [{"x": {"y": f"a {secret}"}}], secret: 1})
    assert secret not in stored
    assert stored.count("[redacted]") >= 3


def test_a_secret_that_a_cut_would_leave_the_half_of_is_masked_before() -> None:
    secret = "dapi" + "0123456789abcdef" * 2
    assert "dapi0" not in plain_text("x" * (TEXT_CHARACTERS - 10) + " " + secret)


def test_what_is_called_a_secret_is_masked_and_a_count_of_that_name_is_not() -> None:
    detail = {"password": "hunter2", "api_key": ["a"], "tokens": 12, "secret_found": True, "token": None}
    assert json.loads(detail_json(detail)) == {
        "password": "[redacted]",
        "api_key": "[redacted]",
        "tokens": 12,
        "secret_found": True,
        "token": None,
    }


def test_a_password_in_an_address_is_masked() -> None:
    assert plain_text("https://user:pass@host/path") == "https://[redacted]@host/path"


def test_values_of_other_kinds_become_plain_json() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    detail = {"at": moment, "share": Decimal("0.10"), "roles": {"b", "a"}, "nan": float("nan"), "n": 1.5, "raw": b"x"}
    assert json.loads(detail_json(detail)) == {
        "at": "2026-01-02T03:04:05+00:00",
        "share": "0.10",
        "roles": ["a", "b"],
        "nan": "nan",
        "n": 1.5,
        "raw": "b'x'",
    }


def test_a_detail_that_is_too_long_is_replaced_by_its_names_and_its_hash() -> None:
    kept = json.loads(detail_json({f"name {n}": "y" * 400 for n in range(40)}))
    assert kept["too_long"] > DETAIL_CHARACTERS
    assert (kept["names"][0], len(kept["names"]), len(kept["sha256"])) == ("name 0", 20, 64)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(), _JSON, max_size=5))
def test_any_detail_is_storable(detail: dict[str, Any]) -> None:
    text = detail_json(detail)
    text.encode()
    assert "\x00" not in text
    assert isinstance(json.loads(text), dict)
    assert len(text) <= DETAIL_CHARACTERS
