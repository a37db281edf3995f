"""Rows of agent_spans as an ExportTraceServiceRequest; names as core.telemetry.attributes gives them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from core.telemetry.attributes import OPERATIONS, content_name, exported_name

Row = Mapping[str, object]
SERVICE = "aiops"
_OWN_FIELDS = frozenset(
    {"span_id", "trace_id", "parent_span_id", "name", "start_time", "duration_ms", "attributes", "linked_span_id"}
)
"""Columns that a span of OpenTelemetry has fields of its own for."""
_KINDS = {"request": Span.SPAN_KIND_SERVER, "model": Span.SPAN_KIND_CLIENT, "statement": Span.SPAN_KIND_CLIENT}
_INT64 = 2**63


def encoded(rows: Sequence[Row], content: Mapping[str, Row]) -> bytes:
    """The body of one request; `content` has rows of span_payloads by span."""
    spans = [_span(row, content.get(str(row["span_id"]))) for row in rows]
    scope = ScopeSpans(scope=InstrumentationScope(name="core.telemetry"), spans=spans)
    resource = Resource(attributes=[_attribute("service.name", SERVICE)])
    whole = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scope])])
    return bytes(whole.SerializeToString())


def _span(row: Row, content: Row | None) -> Span:
    kind, attributes = str(row.get("kind") or ""), _json(row.get("attributes"))
    start = _nanoseconds(row["start_time"])
    lasted = _milliseconds(row.get("duration_ms")) + _milliseconds(attributes.get("waited_ms"))
    named = {name: value for name, value in row.items() if name not in _OWN_FIELDS and value is not None}
    pairs = [_attribute(exported_name(name), value) for name, value in named.items()]
    pairs += [_attribute(f"aiops.{name}", value) for name, value in attributes.items() if value is not None]
    if kind in OPERATIONS:
        pairs.append(_attribute("gen_ai.operation.name", OPERATIONS[kind]))
    for side in ("input", "output"):
        if content is not None and content.get(side) is not None:
            pairs.append(_attribute(content_name(kind, side), content[side]))
    return Span(
        trace_id=_id(row["trace_id"], 16),
        span_id=_id(row["span_id"], 8),
        parent_span_id=_id(row["parent_span_id"], 8) if row.get("parent_span_id") else b"",
        name=str(row.get("name") or kind),
        kind=_KINDS.get(kind, Span.SPAN_KIND_INTERNAL),
        start_time_unix_nano=start,
        end_time_unix_nano=start + int(lasted * 1_000_000),
        attributes=pairs,
        links=list(_links(row, attributes)),
        status=_status(row),
    )


def _links(row: Row, attributes: Mapping[str, object]) -> Iterator[Span.Link]:
    if row.get("linked_span_id"):
        trace = attributes.get("linked_trace_id") or row["trace_id"]
        yield Span.Link(trace_id=_id(trace, 16), span_id=_id(row["linked_span_id"], 8))


def _status(row: Row) -> Status:
    if row.get("status") in (None, "ok"):
        return Status(code=Status.STATUS_CODE_OK)
    return Status(code=Status.STATUS_CODE_ERROR, message=str(row.get("error_code") or row["status"]))


def _attribute(name: str, value: object) -> KeyValue:
    if isinstance(value, bool):
        return KeyValue(key=name, value=AnyValue(bool_value=value))
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return KeyValue(key=name, value=AnyValue(int_value=value))
    if isinstance(value, (float, Decimal)):
        return KeyValue(key=name, value=AnyValue(double_value=float(value)))
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return KeyValue(key=name, value=AnyValue(string_value=text.encode("utf-8", "replace").decode()))


def _json(text: object) -> dict[str, object]:
    if not isinstance(text, str) or not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _milliseconds(value: object) -> float:
    """A duration; what is negative or no number lasts no time."""
    number = float(value) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else 0.0
    return number if math.isfinite(number) and number > 0 else 0.0


def _nanoseconds(moment: object) -> int:
    assert isinstance(moment, datetime)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return max(0, (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000)


def _id(value: object, size: int) -> bytes:
    """The bytes of an id of ours; one that is not of the form is told apart by its hash."""
    text = str(value)
    try:
        given = bytes.fromhex(text)
    except ValueError:
        given = b""
    return given if len(given) == size and any(given) else hashlib.sha256(text.encode()).digest()[:size]
