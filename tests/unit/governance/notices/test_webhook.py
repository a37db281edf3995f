"""A webhook against a real HTTPS server: signed, retried, never in the way of whoever has something to tell."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.notices import open_webhook
from config.settings import load_settings
from core.clock import ManualClock, SystemClock
from core.errors import SettingsError
from core.governance.notices import SIGNATURE, TIMESTAMP, Notice, Webhook, WebhookTarget, requested, signature
from core.governance.notices.delivery import Delivery
from core.governance.notices.webhook import MOST_WAITING
from tests.unit.bus.home import wait_until
from tests.unit.governance.notices.receiver import Receiver, make_certificate, receiving
from tests.unit.governance.notices.test_notice import AT, FACTS

NOTICE = requested(FACTS, AT)
QUICK = (0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def receiver(certificate: Path) -> Iterator[Receiver]:
    with receiving(certificate) as receiver:
        yield receiver


def target(receiver: Receiver, certificate: Path | None, **fields: Any) -> WebhookTarget:
    chosen: dict[str, Any] = {
        "url": receiver.url,
        "hosts": (receiver.host,),
        "secret": SecretStr("the secret"),
        "console_url": "https://console.example.com",
        "allow_private": True,
        "ca_file": certificate,
        "seconds": 5.0,
    }
    return WebhookTarget(**{**chosen, **fields})


def attempt(receiver: Receiver, certificate: Path | None, **fields: Any) -> tuple[str, str]:
    outcome = Delivery(target(receiver, certificate, **fields), SystemClock()).attempt(NOTICE)
    return outcome.verdict, outcome.sentence


def test_a_notice_arrives_signed_with_its_link(receiver: Receiver, certificate: Path) -> None:
    clock = ManualClock()
    webhook = Webhook(target(receiver, certificate), clock=clock)
    assert webhook.send(NOTICE)
    webhook.close()
    ((path, headers, body),) = receiver.requests
    timestamp = str(int(clock.now().timestamp()))
    assert (path, headers[TIMESTAMP]) == ("/hook?key=1", timestamp)
    assert headers[SIGNATURE] == signature("the secret", timestamp, body)
    assert signature("another", timestamp, body) != headers[SIGNATURE] != signature("the secret", "0", body)
    assert json.loads(body) == {
        "id": NOTICE.notice_id,
        "kind": "approval.requested",
        "title": NOTICE.title,
        "subject": NOTICE.subject,
        "text": f"{NOTICE.text}\nhttps://console.example.com/approvals?request=r%2F1%202",
        "url": "https://console.example.com/approvals?request=r%2F1%202",
        "at": "2026-05-04T12:00:00+00:00",
    }
    assert (webhook.delivered, webhook.failed, webhook.dropped) == (1, 0, 0)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, certificate: Path, status: int) -> None:
    receiver.answers.append(status)
    verdict, sentence = attempt(receiver, certificate)
    assert (verdict, sentence) == ("refused", f"localhost answered {status}; redirects are not followed.")
    assert [path for path, _, _ in receiver.requests] == ["/hook?key=1"]


def test_a_certificate_that_is_not_trusted_or_of_another_name_is_refused(
    receiver: Receiver, certificate: Path, tmp_path: Path
) -> None:
    assert attempt(receiver, None)[0] == "refused"
    with receiving(make_certificate(tmp_path, "other.example.com")) as other:
        verdict, sentence = attempt(other, tmp_path / "other.example.com.pem")
    assert (verdict, "is not trusted" in sentence) == ("refused", True)
    assert receiver.requests == other.requests == []


def test_a_private_address_is_refused_unless_it_is_allowed(receiver: Receiver, certificate: Path) -> None:
    verdict, sentence = attempt(receiver, certificate, allow_private=False)
    assert (verdict, sentence.endswith("is not a public address.")) == ("refused", True)
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"hosts": ("localhost",)}, "not in notices.webhook.hosts"),
        ({"hosts": ()}, "not in notices.webhook.hosts"),
        ({"url": "http://localhost/"}, "not https"),
        ({"secret": SecretStr("")}, "needs a secret"),
        ({"ca_file": Path("/nowhere.pem")}, "ca_file cannot be used"),
    ],
)
def test_a_target_that_may_not_be_called_is_refused_at_once(
    receiver: Receiver, certificate: Path, fields: dict[str, Any], what: str
) -> None:
    with pytest.raises(SettingsError, match=what):
        Webhook(target(receiver, certificate, **fields))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_receiver_that_is_not_able_is_tried_again_under_the_same_id(
    receiver: Receiver, certificate: Path, status: int
) -> None:
    receiver.answers.extend([status, status, status])
    webhook = Webhook(target(receiver, certificate), pauses_s=QUICK)
    webhook.send(NOTICE)
    assert wait_until(lambda: webhook.delivered == 1)
    webhook.close()
    assert [json.loads(body)["id"] for _, _, body in receiver.requests] == [NOTICE.notice_id] * 4


def test_after_three_more_attempts_it_is_given_up_and_told(receiver: Receiver, certificate: Path) -> None:
    receiver.answers.extend([500] * 4)
    told: list[tuple[Notice, str]] = []
    webhook = Webhook(target(receiver, certificate), pauses_s=QUICK, undelivered=lambda *what: told.append(what))
    webhook.send(NOTICE)
    assert wait_until(lambda: bool(told))
    webhook.send(NOTICE)
    assert wait_until(lambda: webhook.delivered == 1)
    webhook.close()
    assert (told, webhook.failed, len(receiver.requests)) == ([(NOTICE, "localhost answered 500.")], 1, 5)


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_refusal_is_not_tried_again(receiver: Receiver, certificate: Path, status: int) -> None:
    receiver.answers.append(status)
    webhook = Webhook(target(receiver, certificate), pauses_s=QUICK)
    webhook.send(NOTICE)
    assert wait_until(lambda: webhook.failed == 1)
    webhook.close()
    assert len(receiver.requests) == 1


def test_nobody_there_is_tried_again(certificate: Path) -> None:
    with receiving(certificate) as gone:
        pass
    told: list[str] = []
    webhook = Webhook(target(gone, certificate), pauses_s=QUICK, undelivered=lambda notice, why: told.append(why))
    webhook.send(NOTICE)
    assert wait_until(lambda: bool(told))
    webhook.close()
    assert told == ["localhost cannot be reached (ConnectionRefusedError)."]


@pytest.mark.parametrize("behaviour", ["hang", "drip"])
def test_a_slow_receiver_is_left_after_some_seconds(receiver: Receiver, certificate: Path, behaviour: str) -> None:
    receiver.answers.append(behaviour)
    assert attempt(receiver, certificate, seconds=0.3)[0] == "again"
    assert not receiver.release.is_set()


def test_whoever_tells_never_waits_and_what_is_too_much_is_dropped_and_counted(
    receiver: Receiver, certificate: Path
) -> None:
    receiver.answers.append("hang")
    webhook = Webhook(target(receiver, certificate))
    assert webhook.send(NOTICE)
    assert receiver.came.acquire(timeout=10)
    taken = [webhook.send(NOTICE) for _ in range(MOST_WAITING + 3)]
    assert (taken.count(True), taken.count(False), webhook.dropped) == (MOST_WAITING, 3, 3)
    webhook.close(timeout_s=0.05)
    assert (webhook.dropped, webhook.send(NOTICE)) == (MOST_WAITING + 3, False)


def test_closing_ends_the_pause_between_attempts(receiver: Receiver, certificate: Path) -> None:
    receiver.answers.append(503)
    webhook = Webhook(target(receiver, certificate), pauses_s=(600.0,))
    webhook.send(NOTICE)
    assert receiver.came.acquire(timeout=10)
    webhook.close()
    assert (webhook.failed, webhook.delivered) == (1, 0)


def test_a_listener_that_breaks_does_not_end_the_thread(receiver: Receiver, certificate: Path) -> None:
    def breaks(notice: Notice, why: str) -> None:
        raise RuntimeError("broken")

    receiver.answers.append(404)
    webhook = Webhook(target(receiver, certificate), undelivered=breaks)
    webhook.send(NOTICE)
    webhook.send(NOTICE)
    assert wait_until(lambda: webhook.delivered == 1)
    webhook.close()


def test_neither_the_address_nor_the_secret_is_logged(
    receiver: Receiver, certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers.extend([500, 404])
    chosen = target(receiver, certificate)
    with caplog.at_level(logging.DEBUG):
        webhook = Webhook(chosen, pauses_s=QUICK)
        webhook.send(NOTICE)
        assert wait_until(lambda: webhook.failed == 1)
        webhook.close()
    assert "was not delivered" in caplog.text
    for hidden in ("key=1", "the secret"):
        assert hidden not in caplog.text + repr(chosen)


def test_nothing_is_sent_by_default_and_a_webhook_needs_its_secret(
    receiver: Receiver, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(environ={})
    assert open_webhook(settings, SystemClock(), lambda notice, why: None) is None
    webhook = {"url": receiver.url, "hosts": [receiver.host], "allow_private": True, "ca_file": str(certificate)}
    chosen = type(settings).model_validate({**settings.model_dump(), "notices": {"webhook": webhook}})
    with pytest.raises(SettingsError, match="no secret"):
        open_webhook(chosen, SystemClock(), lambda notice, why: None)
    secret = load_settings(environ={"AIOPS_WEBHOOK_SECRET": "s3cret-value"}).webhook_secret
    assert "s3cret" not in repr(secret)
    opened = open_webhook(chosen.model_copy(update={"webhook_secret": secret}), SystemClock(), lambda notice, why: None)
    assert opened is not None
    opened.send(NOTICE)
    opened.close()
    assert (opened.delivered, threading.active_count() > 0) == (1, True)
