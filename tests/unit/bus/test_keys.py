import json
import stat
from pathlib import Path

import pytest

from core.bus.keys import FILE_NAME, KeyRing
from core.errors import KeyUnavailable


def test_the_key_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    KeyRing.create(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys" / FILE_NAME).stat().st_mode) == 0o600


def test_a_mode_that_others_could_read_is_set_back(tmp_path: Path) -> None:
    KeyRing.create(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)
    KeyRing.open(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_second_creation_keeps_the_first_key(tmp_path: Path) -> None:
    first = KeyRing.create(tmp_path)
    second = KeyRing.create(tmp_path)
    assert second.key_id == first.key_id
    assert second.sign(b"x") == first.sign(b"x")


def test_a_fresh_home_gets_a_key_and_keeps_it(tmp_path: Path) -> None:
    first = KeyRing.for_home(tmp_path, holds_messages=False)
    assert KeyRing.for_home(tmp_path, holds_messages=True).key_id == first.key_id


def test_a_missing_key_beside_messages_fails_closed(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="missing"):
        KeyRing.for_home(tmp_path, holds_messages=True)
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize(
    "text", ["", "{}", '{"current": "a", "keys": {}}', '{"current": "a", "keys": {"a": "00"}}', "[1]"]
)
def test_a_damaged_ring_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(KeyUnavailable):
        KeyRing.open(tmp_path)


def test_rotation_signs_with_the_new_key_and_still_verifies_the_old(tmp_path: Path) -> None:
    ring = KeyRing.create(tmp_path)
    old_id, old = ring.key_id, ring.sign(b"payload")
    new_id = ring.rotate()
    assert ring.key_id == new_id != old_id
    assert ring.sign(b"payload") != old
    assert ring.verify(b"payload", old_id, old)
    assert set(json.loads((tmp_path / FILE_NAME).read_text())["keys"]) == {old_id, new_id}


def test_a_ring_learns_a_key_that_another_process_made(tmp_path: Path) -> None:
    reader = KeyRing.create(tmp_path)
    writer = KeyRing.open(tmp_path)
    key_id = writer.rotate()
    assert reader.verify(b"payload", key_id, writer.sign(b"payload"))


def test_an_unknown_key_id_does_not_verify(tmp_path: Path) -> None:
    ring = KeyRing.create(tmp_path)
    assert not ring.verify(b"payload", "k9-ffffff", ring.sign(b"payload"))
