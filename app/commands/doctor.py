"""`doctor`: the health of every part, and with `--audit` whether the audit log is as it was written."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from agents.audit import Verification, verify_and_record
from agents.engines import home_of
from agents.health import PartHealth
from agents.platform import open_platform
from agents.turns import login
from app.command_line import EXIT_FAILED
from config.settings import load_settings
from core.errors import HomeError

SHOWN = 20
"""Problems printed; `--json` has them all."""


def run(arguments: argparse.Namespace) -> int:
    _require_home(arguments)
    with open_platform(home=arguments.home, profile=arguments.profile, kind="job", demo=False) as platform:
        parts = platform.health()
        verification = verify_and_record(platform.audit, f"local:{login()}") if arguments.audit else None
    text = _as_json(parts, verification) if arguments.json else _report(parts, verification)
    sys.stdout.write(text + "\n")
    is_fine = all(part.status != "bad" for part in parts) and (verification is None or verification.ok)
    return 0 if is_fine else EXIT_FAILED


def _require_home(arguments: argparse.Namespace) -> None:
    """Looking after a home must not make one."""
    settings = load_settings(home=arguments.home, profile=arguments.profile)
    home = home_of(settings)
    if settings.profile == "embedded" and not home.is_made:
        raise HomeError(f"There is no home at {home.folder}.", next_step="Make one with `python3 -m app init`.")


def _report(parts: tuple[PartHealth, ...], verification: Verification | None) -> str:
    widest = max(len(part.name) for part in parts)
    lines = [f"{part.status:<4}  {part.name:<{widest}}  {part.detail}" for part in parts]
    return "\n".join([*lines, *(_audit_lines(verification) if verification is not None else ())])


def _audit_lines(found: Verification) -> list[str]:
    lines = ["", f"{'ok  ' if found.ok else 'bad '}  {found.sentence}"]
    for problem in found.problems[:SHOWN]:
        where = f"chain {problem.chain_id}" + (f", row {problem.seq:,}" if problem.seq else "")
        lines.append(
            f"      {problem.kind}: {where if problem.chain_id else 'outside of the chains'}. {problem.sentence}"
        )
    more = len(found.problems) + found.more - SHOWN
    return [*lines, *([f"      … and {more:,} more (--json prints the first 1,000)"] if more > 0 else [])]


def _as_json(parts: tuple[PartHealth, ...], verification: Verification | None) -> str:
    content: dict[str, Any] = {"health": [vars(part) for part in parts]}
    if verification is not None:
        content["audit"] = {**verification.model_dump(mode="json"), "ok": verification.ok}
    return json.dumps(content, indent=1, ensure_ascii=False)
