"""Spans to a collector: those of the tables when somebody asks for it, each flush's where the settings name one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from config.settings import Settings

if TYPE_CHECKING:
    from agents.platform import Platform
    from core.telemetry.otlp import Exporter, Sent


def open_exporter(settings: Settings) -> Exporter | None:
    """The exporter of the settings; None when they name no collector. Asks nobody; raises SettingsError."""
    if settings.otel_endpoint is None:
        return None
    from core.telemetry.otlp import Collector, Exporter  # the HTTP client is imported where something is exported only

    collector = Collector(settings.otel_endpoint, headers_of(settings))
    return Exporter(collector, content=settings.telemetry.export_content)


def headers_of(settings: Settings) -> dict[str, str]:
    """What OTEL_EXPORTER_OTLP_HEADERS says, as `name=value,name=value` with percent-encoded values."""
    given = settings.otel_headers.get_secret_value() if settings.otel_headers is not None else ""
    pairs = (pair.partition("=") for pair in given.split(",") if "=" in pair)
    return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs if name.strip()}


@dataclass(frozen=True)
class StoredExport:
    """What is sent, and where to."""

    address: str
    since: datetime
    content: bool = False
    """Whether the text that went in and came out goes along."""


def check_address(address: str) -> str:
    """The host that an address names; raises SettingsError for one that cannot be a collector's."""
    from core.telemetry.otlp import Collector

    collector = Collector(address)
    collector.close()
    return collector.host


def export_stored(platform: Platform, wanted: StoredExport) -> Sent:
    """Send what the tables hold since a moment, and note it in the audit log. Raises ExportFailed."""
    from core.telemetry.otlp import Collector, Sent, StoredSpans

    collector = Collector(wanted.address, headers_of(platform.settings))
    stored = StoredSpans(platform.warehouse, platform.settings.state)
    taken = refused = 0
    try:
        for rows, texts in stored.pages(wanted.since, content=wanted.content):
            sent = collector.send(rows, texts)
            taken, refused = taken + sent.spans - sent.refused, refused + sent.refused
    finally:
        collector.close()
        platform.note(
            "content.exported",
            actor=platform.acting_user(None),
            actor_role="",
            object_kind="trace",
            object_id=collector.host,
            detail={"since": wanted.since.isoformat(), "spans": taken, "refused": refused, "text": wanted.content},
        )
    return Sent(taken, refused)
