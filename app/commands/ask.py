"""`ask`: one question, one answer; the result on standard output, progress on standard error."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agents.platform import Platform, open_platform
from agents.turns import Submitted
from app.commands.rendering import render
from core.errors import PlatformError
from core.types import Response

EXIT_CODES = {
    "answered": 0,
    "needs_clarification": 3,
    "refused": 4,
    "pending_approval": 5,
    "failed": 1,
    "cancelled": 1,
}


def run(arguments: argparse.Namespace) -> int:
    question = _question(arguments.text)
    platform = open_platform(home=arguments.home, profile=arguments.profile, kind="ask", progress=_progress)
    try:
        turn = platform.submit(
            question,
            arguments.role,
            user_id=arguments.user,
            session_id=arguments.session,
            schema=arguments.schema,
            strategy=arguments.strategy,
        )
        with _stopping(platform, turn):
            response = platform.result(turn.correlation_id)
        assert response is not None, "a wait without a time limit ends with a response"
        _print(response, as_json=arguments.json)
    finally:
        _close(platform)
    return EXIT_CODES[response.status]


def _question(text: str) -> str:
    """The question itself, or standard input for `-`; bytes that are no text become a text that is refused."""
    return sys.stdin.buffer.read().decode("utf-8", errors="replace") if text == "-" else text


@contextmanager
def _stopping(platform: Platform, turn: Submitted) -> Iterator[None]:
    """Ctrl+C and SIGTERM stop the answer, which then ends as `cancelled`."""
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop(*_: object) -> None:
        # In a thread of its own: the code that the signal interrupts may hold the very locks that stopping takes.
        threading.Thread(target=platform.cancel, args=(turn.correlation_id,), daemon=True).start()

    previous = [signal.signal(name, stop) for name in signals]
    try:
        yield
    finally:
        for name, handler in zip(signals, previous, strict=True):
            signal.signal(name, handler)


def _close(platform: Platform) -> None:
    """The answer was durable before it was printed; spans and logs that cannot be written do not make it a failure."""
    try:
        try:
            platform.finish_orphans(_progress)
        finally:
            platform.close()
    except PlatformError as error:
        _progress(f"What belongs to this answer (spans, logs) could not all be written: {error.message}")


def _print(response: Response, *, as_json: bool) -> None:
    sys.stdout.write((response.model_dump_json(by_alias=True) if as_json else render(response)) + "\n")
    sys.stdout.flush()


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
