"""What happens once a process."""

import asyncio
import logging
import sys

import pytest

from app import lifespan, session
from core.errors import HomeError


def test_failure_to_open_is_logged_and_drawing_is_warm_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: object) -> None:
        raise HomeError("HOME is not writable.")

    monkeypatch.setattr(session, "open_platform", refuse)
    with caplog.at_level(logging.ERROR):
        lifespan.warm()
    assert "HOME is not writable." in caplog.text
    assert "plotly.graph_objects" in sys.modules


def test_server_stops_quietly_when_nothing_was_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise HomeError("HOME is not writable.")

    async def start_and_stop() -> None:
        async with lifespan.lifespan(None):
            pass

    monkeypatch.setattr(session, "open_platform", refuse)
    asyncio.run(start_and_stop())
    assert not session.is_open()
