"""Monitoring of a real home: one tick after another, told of on the bus and by a webhook that may hang, and silence."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agents.monitoring import Duties, Monitoring
from agents.platform import Platform, open_platform
from app.command_line import build_parser, run
from config.settings import ROOT
from core.bus import Event
from core.errors import AccessDenied, AlertInvalid, NotFound, WarehouseUnavailable
from core.governance.audit import AuditFilter
from core.governance.notices import Outcome
from tests.unit.governance.notices.receiver import Receiver, make_certificate, receiving
from tests.unit.telemetry.alerts.place import span

FAILED = {"kind": "agent", "agent": "CodeAgent", "status": "error"}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    certificate = make_certificate(tmp_path_factory.mktemp("certificate"))
    with receiving(certificate) as receiver, pytest.MonkeyPatch.context() as patch:
        from config import settings

        webhook = settings.WebhookSettings(
            url=receiver.url, hosts=(receiver.host,), seconds=5, allow_private=True, ca_file=certificate
        )
        load = settings.load_settings

        def told(**flags: object) -> settings.Settings:
            update = {"notices": settings.NoticeSettings(webhook=webhook), "webhook_secret": settings.SecretStr("s")}
            return load(**flags).model_copy(update=update)  # type: ignore[arg-type]

        patch.setattr("agents.platform.load_settings", told)
        yield receiver


@pytest.fixture(scope="module")
def platform(receiver: Receiver, empty_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    import shutil

    home = Path(shutil.copytree(empty_template, tmp_path_factory.mktemp("monitoring") / "home"))
    with open_platform(home=home, kind="run", demo=False) as platform:
        yield platform


def add_failures(platform: Platform, agent: str, minutes_ago: float) -> None:
    start = platform.clock.now() - timedelta(minutes=minutes_ago)
    rows = [span(start, **{**FAILED, "agent": agent}) for _ in range(20)]
    platform.warehouse.append(f"{platform.settings.state}.agent_spans", rows)


def test_a_failing_agent_is_announced_on_the_bus_and_by_a_notice_though_the_receiver_hangs(
    platform: Platform, receiver: Receiver
) -> None:
    events: list[Event] = []
    came = threading.Event()
    platform.bus.subscribe("LLMOpsAgent", "alert.raised", lambda event: (events.append(event), came.set()))
    receiver.answers.append("hang")
    platform.monitoring.tick()
    add_failures(platform, "CodeAgent", 20)
    report = platform.monitoring.tick()  # returns while the receiver hangs: it is released further down
    assert (report.told, report.problems) == (1, ())
    assert [(alert.rule_id, alert.series, alert.value) for alert in report.raised] == [
        ("agent-failures", "CodeAgent", 1.0)
    ]
    assert came.wait(10)
    assert (events[0].payload["rule_id"], events[0].payload["level"]) == ("agent-failures", "alert")
    receiver.release.set()
    assert receiver.came.acquire(timeout=10)
    body = json.loads(receiver.requests[0][2])
    assert body["kind"] == "alert.raised"
    assert body["title"] == "Alert: Failures of an agent, CodeAgent"
    assert "share of failures was 100 %" in body["text"]
    assert platform.monitoring.tick().told == 0
    assert [state.series for state in platform.alerting.raised("ada", "admin")] == ["CodeAgent"]


def test_only_who_may_see_and_manage_alerts_does(platform: Platform) -> None:
    alerting = platform.alerting
    assert alerting.raised("ana", "data_analyst") == ()
    with pytest.raises(AccessDenied):
        alerting.board("ana", "data_analyst")
    assert len(alerting.board("dev", "data_engineer").rules) == 8
    for attempt in (
        lambda: alerting.switch("response-time", "dev", "data_engineer", enabled=False),
        lambda: alerting.silence("response-time", platform.clock.now(), "x", "dev", "data_engineer"),
        lambda: alerting.test_notice("dev", "data_engineer"),
        lambda: alerting.board("dev", "admin"),
    ):
        with pytest.raises(AccessDenied):
            attempt()


def test_a_change_is_kept_with_what_was_before_and_after(platform: Platform) -> None:
    alerting = platform.alerting
    rule = next(kept.rule for kept in alerting.board("ada", "admin").rules if kept.rule.rule_id == "daily-cost")
    changed = alerting.save({**rule.model_dump(), "alert": 80.0}, "ada", "admin")
    assert (changed.rule.alert, changed.saved_by) == (80.0, "ada")
    entry = platform.audit.list(AuditFilter(action="alert.changed"))[0]
    assert (entry.actor, entry.object_id) == ("ada", "daily-cost")
    detail = json.loads(entry.detail)
    assert (detail["before"], detail["after"]) == ({"alert": 50.0}, {"alert": 80.0})
    with pytest.raises(AlertInvalid, match="Nothing would change"):
        alerting.save(changed.rule.model_dump(), "ada", "admin")
    with pytest.raises(AlertInvalid, match="can never come"):
        alerting.save({**rule.model_dump(), "metric": "failure_share", "warn": None, "alert": 1.0}, "ada", "admin")
    with pytest.raises(NotFound):
        alerting.switch("nothing", "ada", "admin", enabled=False)


def test_a_silence_needs_a_reason_and_an_end_and_can_be_ended(platform: Platform) -> None:
    alerting, now = platform.alerting, platform.clock.now()
    with pytest.raises(AlertInvalid, match="reason"):
        alerting.silence("daily-cost", now + timedelta(hours=1), "  ", "ada", "admin")
    with pytest.raises(AlertInvalid, match="future"):
        alerting.silence("daily-cost", now - timedelta(hours=1), "why", "ada", "admin")
    alerting.silence("daily-cost", now + timedelta(hours=1), "a load test", "ada", "admin")
    assert alerting.board("ada", "admin").written.silences["daily-cost"].reason == "a load test"
    alerting.end_silence("daily-cost", "ada", "admin")
    with pytest.raises(AlertInvalid, match="not silenced"):
        alerting.end_silence("daily-cost", "ada", "admin")
    assert [entry.action for entry in platform.audit.list(AuditFilter(action="alert.silenced"))] == [
        "alert.silenced"
    ] * 2


def test_a_test_notice_says_how_it_ended(platform: Platform, receiver: Receiver) -> None:
    receiver.answers.append(302)
    outcome = platform.alerting.test_notice("ada", "admin")
    assert outcome == Outcome("refused", "localhost answered 302; redirects are not followed.")


def test_a_part_that_fails_does_not_keep_the_others_from_being_done(platform: Platform) -> None:
    def broken() -> None:
        raise WarehouseUnavailable("The disk is full.")

    duties = Duties(broken, broken, platform.alerting.tick, platform.alerting.forget)  # type: ignore[arg-type]
    monitoring = Monitoring(duties, lambda: "same", platform.clock)
    report = monitoring.tick()
    assert (report.problems, report.rules) == (("The disk is full.", "The disk is full."), 8)
    assert monitoring.is_due, "it is tried again"


def test_the_thread_ticks_while_there_is_activity_and_is_silent_when_there_is_none(platform: Platform) -> None:
    ticks: list[float] = []
    duties = Duties(lambda: ticks.append(time.monotonic()), *(lambda *_: None,) * 3)  # type: ignore[arg-type]
    written = ["1"]
    monitoring = Monitoring(duties, lambda: written[0], platform.clock, pause_s=0.02)
    monitoring.start()
    _until(lambda: len(ticks) == 1)
    time.sleep(0.2)
    assert len(ticks) == 1
    written[0] = "2"
    _until(lambda: len(ticks) == 2)
    monitoring.close()


def _until(condition: object) -> None:
    end = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_job_ticks_once_and_prints_what_it_did(empty_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(empty_home), "job", "monitoring", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["rules"], report["raised"], report["problems"]) == (8, [], [])


def test_the_job_definition_is_hourly_and_names_the_command() -> None:
    job = json.loads((ROOT / "jobs" / "monitoring.job.json").read_text(encoding="utf-8"))
    (task,) = job["tasks"]
    assert job["schedule"]["quartz_cron_expression"].split()[2:] == ["*", "*", "*", "?"]
    assert job["max_concurrent_runs"] == 1
    assert task["environment_key"] == job["environments"][0]["environment_key"]
    called = task["spark_python_task"]
    assert (ROOT / "jobs" / called["python_file"].split("/jobs/")[1]).is_file()
    words = [word for word in called["parameters"] if "=" not in word]
    parsed = build_parser().parse_args(words)
    assert (parsed.verb, parsed.what, parsed.profile, parsed.json) == ("job", "monitoring", "databricks", True)
