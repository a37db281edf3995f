from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bus.envelope import COLUMNS, from_row, response_to, to_row
from core.bus.keys import KeyRing
from core.bus.message import Content
from core.bus.signing import Signer
from core.warehouse.port import Value
from tests.unit.bus.home import MESSAGES, Home, ask


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(KeyRing.create(tmp_path / "keys"))


def _other(value: Value) -> Value:
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, int):
        return value + 1
    return "x" if value is None else f"{value}x"


@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_of_any_column_breaks_the_signature(signer: Signer, column: str) -> None:
    request = ask("Echo", body={"a": [1, 2.5, "ü"]}, expires_in_s=60)
    _, row = signer.sign(response_to(request, "Echo", Content(kind="done", body={})))
    assert signer.verifies(row)
    assert not signer.verifies({**row, column: _other(row[column])})


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_set_to_null_breaks_the_signature(signer: Signer, column: str) -> None:
    _, row = signer.sign(ask("Echo", expires_in_s=60).model_copy(update={"reply_to": "r", "process_id": "p"}))
    assert not signer.verifies({**row, column: None})


def test_a_time_without_zone_is_read_as_utc(signer: Signer) -> None:
    _, row = signer.sign(ask("Echo"))
    assert isinstance(row["timestamp"], datetime)
    assert signer.verifies({**row, "timestamp": row["timestamp"].replace(tzinfo=None)})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(body=st.dictionaries(st.text(), json_values, max_size=4), priority=st.integers(1, 10))
def test_a_message_survives_its_row(body: dict[str, object], priority: int) -> None:
    message = ask("Echo", body=body, priority=priority, expires_in_s=5)
    assert from_row(to_row(message)) == message


def test_an_unsigned_row_in_the_table_is_ignored_and_reported(home: Home) -> None:
    with home.bus() as bus:
        bus.register("Echo", lambda message, delivery: message.content)
        alerts: list[str] = []
        bus.subscribe("Watch", "bus.signature_invalid", lambda event: alerts.append(event.payload["message_id"]))
        genuine = bus.request(ask("Echo", body={"n": 1})).result(5)
        bus.flush()
        forged = {**to_row(ask("Echo", body={"n": 2})), "key_id": "k1", "signature": "00" * 32}
        warehouse = home.open_warehouse()
        warehouse.append(MESSAGES, [forged])
        warehouse.close()
        ids = [message.message_id for message in bus.history("session")]
        assert ids == [genuine.reply_to, genuine.message_id]
        bus.history("session")
        bus.flush()
    assert alerts == [forged["message_id"]]


def test_a_row_changed_in_the_table_is_not_returned(home: Home) -> None:
    from core.types import PLATFORM

    with home.bus() as bus:
        bus.register("Echo", lambda message, delivery: message.content)
        reply = bus.request(ask("Echo")).result(5)
        bus.flush()
    warehouse = home.open_warehouse()
    warehouse.execute(
        f"UPDATE {MESSAGES} SET user_role = 'admin' WHERE message_id = :id",
        {"id": reply.message_id},
        principal=PLATFORM,
    )
    warehouse.close()
    with home.bus() as bus:
        assert [message.message_id for message in bus.history("session")] == [reply.reply_to]


def test_signatures_verify_after_the_tables_were_written_and_read(home: Home) -> None:
    moment = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
    with home.bus() as bus:
        bus.publish(ask("Nobody", body={"deep": {"x": [1.5, None, True, "\u202eright to left 🧭"]}}))
        event = ask("Nobody").model_copy(update={"message_type": "event", "timestamp": moment})
        bus.publish(event)
        bus.flush()
    with home.bus() as bus:
        assert len(bus.history("session")) == 3
        assert moment in [message.timestamp for message in bus.history("session")]
