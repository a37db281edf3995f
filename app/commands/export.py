"""`export --otlp URL`: sends stored spans to a collector of OpenTelemetry; their text only with --content."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import UTC, datetime, timedelta

from agents.otlp import StoredExport, check_address, export_stored
from agents.platform import open_platform
from core.errors import SettingsError

EXIT_FAILED = 1
_SPAN = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def run(arguments: argparse.Namespace) -> int:
    since = moment(arguments.since, datetime.now(UTC))
    host = check_address(arguments.otlp)  # told before a platform is opened
    with open_platform(home=arguments.home, profile=arguments.profile, kind="job") as platform:
        sys.stderr.write(f"Sending spans since {since:%Y-%m-%d %H:%M} UTC to {host} …\n")
        sent = export_stored(platform, StoredExport(arguments.otlp, since, arguments.content))
    sys.stdout.write(json.dumps({"spans": sent.spans, "refused": sent.refused}) + "\n")
    return EXIT_FAILED if sent.refused else 0


def moment(text: str, now: datetime) -> datetime:
    """`7d`, `12h` or `30m` before now, or a time as ISO 8601 (UTC when it does not say). Raises SettingsError."""
    ago = _SPAN.fullmatch(text)
    try:
        if ago is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        named = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise SettingsError(
            f"--since {text[:40]!r} is not a time.", next_step="Give 7d, 12h, 30m, or a date such as 2026-11-01."
        ) from error
    return named if named.tzinfo else named.replace(tzinfo=UTC)
