"""Log lines with correlation ids, and without secrets."""

from __future__ import annotations

import logging
import os
import re
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from core.errors import HomeError, SettingsError
from core.telemetry.context import current

LEVELS = ("DEBUG", "INFO", "ERROR")
_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(correlation_id)s] %(message)s"
_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSWORD", re.IGNORECASE)
_SECRET_SHAPE = re.compile(r"(?i)\bbearer\s+[a-z0-9._~+/=-]{8,}|\bdapi[0-9a-f]{32}(?:-\d+)?\b")
_SHORTEST_SECRET = 6
_MASK = "[redacted]"


class RedactingFormatter(logging.Formatter):
    """Formats a record with its correlation id ('-' outside of a question); secrets are masked, tracebacks included.

    A secret is the value of an environment variable whose name says TOKEN, SECRET or PASSWORD, or has a token's shape.
    """

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        record.correlation_id = getattr(record, "correlation_id", None) or current().correlation_id or "-"
        return redact(super().format(record))


class _LogFile(RotatingFileHandler):
    """A log file whose own trouble (a full disk) costs the line, not a traceback on somebody's terminal."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the line; what could not be logged is counted."""
        self.dropped = getattr(self, "dropped", 0) + 1


def redact(text: str) -> str:
    """`text` with every known secret masked."""
    for name in list(os.environ):
        value = os.environ.get(name, "")  # another thread may take a name away meanwhile
        if len(value) >= _SHORTEST_SECRET and _SECRET_NAME.search(name):
            text = text.replace(value, _MASK)
    return _SECRET_SHAPE.sub(_MASK, text)


def configure_logging(level: str = "INFO", file: Path | str | None = None) -> None:
    """Send every log line to `file` (5 files of 5 MB, made readable by its owner only) or to standard error.

    Called again, it replaces what it set before. Raises SettingsError for an unknown level and HomeError for a file
    that cannot be written.
    """
    name = level.upper()
    if name not in (*LEVELS, "WARNING"):
        raise SettingsError(f"The log level '{level}' is unknown. Allowed: {', '.join(LEVELS)}.")
    handler = _handler(file)
    handler.setFormatter(RedactingFormatter())
    handler.set_name("aiops")
    root = logging.getLogger()
    for old in [item for item in root.handlers if item.get_name() == "aiops"]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(name)


def _handler(file: Path | str | None) -> logging.Handler:
    if file is None:
        return logging.StreamHandler(sys.stderr)
    path = Path(file)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(path, maxBytes=5_000_000, backupCount=4, encoding="utf-8")
        path.chmod(0o600)
    except OSError as error:
        raise HomeError(f"The log file {path} cannot be written ({error.strerror}).") from error
    return handler
