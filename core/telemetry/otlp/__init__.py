"""Spans to a collector of OpenTelemetry: OTLP over HTTP, protobuf. Figures only, unless their text is allowed."""

from core.telemetry.otlp.collector import Collector, Sent
from core.telemetry.otlp.exporter import Exporter
from core.telemetry.otlp.stored import StoredSpans

__all__ = ["Collector", "Exporter", "Sent", "StoredSpans"]
