"""`ask`: one question, one answer; the result on standard output, progress on standard error."""

from __future__ import annotations

import argparse
import signal
import sys

from agents.platform import open_platform
from app.commands.rendering import render
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
    with open_platform(home=arguments.home, profile=arguments.profile, kind="ask", progress=_progress) as platform:
        turn = platform.submit(
            question,
            arguments.role,
            user_id=arguments.user,
            session_id=arguments.session,
            schema=arguments.schema,
            strategy=arguments.strategy,
        )
        previous = signal.signal(signal.SIGINT, lambda *_: platform.cancel(turn.correlation_id))
        try:
            response = platform.result(turn.correlation_id)
        finally:
            signal.signal(signal.SIGINT, previous)
        assert response is not None, "a wait without a time limit ends with a response"
        _print(response, as_json=arguments.json)
    return EXIT_CODES[response.status]


def _question(text: str) -> str:
    """The question itself, or standard input for `-`; bytes that are no text become a text that is refused."""
    return sys.stdin.buffer.read().decode("utf-8", errors="replace") if text == "-" else text


def _print(response: Response, *, as_json: bool) -> None:
    sys.stdout.write((response.model_dump_json(by_alias=True) if as_json else render(response)) + "\n")
    sys.stdout.flush()


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
