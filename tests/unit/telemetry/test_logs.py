"""Log lines carry the correlation id and no secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import HomeError, SettingsError
from core.telemetry import configure_logging, redact, within


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield root
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_each_line_has_level_name_and_correlation_id(tmp_path: Path, root_logger: logging.Logger) -> None:
    file = tmp_path / "logs" / "aiops.log"
    configure_logging("info", file)
    log = logging.getLogger("agents.rag")
    log.info("started")
    log.debug("not kept")
    with within("0199-c1"):
        log.error("failed")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "INFO agents.rag [-] started",
        "ERROR agents.rag [0199-c1] failed",
    ]
    assert file.stat().st_mode & 0o077 == 0


def test_configured_twice_a_line_comes_once(tmp_path: Path, root_logger: logging.Logger) -> None:
    configure_logging("DEBUG", tmp_path / "a.log")
    configure_logging("DEBUG", tmp_path / "b.log")
    logging.getLogger("x").debug("once")
    assert (tmp_path / "a.log").read_text() == ""
    assert len((tmp_path / "b.log").read_text().splitlines()) == 1


def test_secrets_are_masked_in_messages_and_tracebacks(
    tmp_path: Path, root_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "canary-4711")
    file = tmp_path / "aiops.log"
    configure_logging("INFO", file)
    log = logging.getLogger("x")
    try:
        raise ValueError("header Authorization: Bearer abcdef1234567890")
    except ValueError:
        log.exception("with %s", "canary-4711")
    text = file.read_text(encoding="utf-8")
    assert "canary-4711" not in text
    assert "abcdef1234567890" not in text
    assert text.count("[redacted]") == 3, "the message, the source line and the error of the traceback"


def test_short_values_and_other_variables_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_PASSWORD", "on")
    monkeypatch.setenv("MY_COLOUR", "ultramarine")
    assert redact("one ultramarine moon") == "one ultramarine moon"
    assert redact("dapi" + "0" * 32) == "[redacted]"


def test_a_wrong_level_and_an_unusable_file_are_told(tmp_path: Path, root_logger: logging.Logger) -> None:
    with pytest.raises(SettingsError, match="Allowed: DEBUG, INFO, ERROR"):
        configure_logging("LOUD")
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="cannot be written"):
        configure_logging("INFO", tmp_path / "file" / "x.log")
