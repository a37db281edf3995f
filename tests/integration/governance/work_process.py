"""A process that asks for a write, approves it and has it run, again and again, until it is killed.

It says on stdout what it was told: `asked ID NUMBER`, `approved ID`, `ended ID STATUS`.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from agents.platform import Platform, open_platform


def _say(*words: object) -> None:
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def _once(platform: Platform, number: int) -> None:
    question = f"Execute SQL: INSERT INTO main.sandbox.ledger VALUES ({os.getpid()}, {number})"
    response = platform.process_request(question, "data_engineer", "dev")
    request = platform.governance.get(response.approval_id or "")
    _say("asked", request.request_id, number)
    platform.governance.decide(request.request_id, "approve", "", request.digest, "ada")
    _say("approved", request.request_id)
    ended = platform.result(request.correlation_id, 60)
    _say("ended", request.request_id, ended.status if ended else "open")


def main(home: Path) -> None:
    with open_platform(home=home, kind="test") as platform:
        for number in count():
            _once(platform, number)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
