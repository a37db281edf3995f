"""One collector: requests that end in time, are repeated a few times, and never follow where they are sent to."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from core.errors import ExportFailed, SettingsError

PATH = "/v1/traces"
PAUSES_S = (0.5, 2.0, 5.0)
"""Before the second, third and fourth attempt."""
_AGAIN = frozenset((408, 429, 502, 503, 504))
_LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class Sent:
    """What a collector took and what it refused of a request."""

    spans: int
    refused: int = 0


class Collector:
    """Posts to one address; safe from one thread at a time. Raises SettingsError for an address that cannot be one."""

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = 10.0,
        pauses_s: Sequence[float] = PAUSES_S,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`seconds` is the longest that one attempt may take, whatever the other side does meanwhile."""
        self.address = _checked(address)
        self._headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip", **(headers or {})}
        self._seconds = seconds
        self._pauses_s = tuple(pauses_s)
        self._sleep = sleep
        self._client = httpx.Client(follow_redirects=False, trust_env=False)

    @property
    def host(self) -> str:
        """Where the spans go, without what the address may hold beside it."""
        return urlsplit(self.address).netloc.rsplit("@", 1)[-1]

    def send(self, rows: Sequence[Mapping[str, object]], content: Mapping[str, Mapping[str, object]]) -> Sent:
        """Export these rows of agent_spans. Raises ExportFailed when it did not work out, after the repetitions."""
        from core.telemetry.otlp.encoding import encoded  # protobuf is imported where something is exported only

        body = gzip.compress(encoded(rows, content), compresslevel=1)
        for pause in (*self._pauses_s, None):
            try:
                return Sent(len(rows), self._post(body))
            except _Again as failure:
                if pause is None:
                    raise ExportFailed(f"The collector at {self.host} {failure}.") from failure
                self._sleep(pause)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _post(self, body: bytes) -> int:
        """How many spans were refused of a request that was taken."""
        end = time.monotonic() + self._seconds
        try:
            with self._client.stream(
                "POST", self.address, content=body, headers=self._headers, timeout=self._seconds
            ) as response:
                status, answer = response.status_code, self._read(response, end)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise _Again(f"cannot be reached ({type(error).__name__})") from error
        if status in _AGAIN:
            raise _Again(f"answered with HTTP {status}")
        if 300 <= status < 400:
            raise ExportFailed(
                f"The collector at {self.host} sends elsewhere (HTTP {status}), and spans do not follow.",
                next_step="Name the address that takes them.",
            )
        if status != 200:
            raise ExportFailed(f"The collector at {self.host} refused the spans (HTTP {status}).")
        return _refused(answer)

    @staticmethod
    def _read(response: httpx.Response, end: float) -> bytes:
        answer = b""
        for piece in response.iter_bytes():
            answer += piece
            if len(answer) > _LARGEST_ANSWER:
                return b""
            if time.monotonic() > end:
                raise _Again("did not finish its answer in time")
        return answer


class _Again(Exception):
    """It may work out later."""


def _refused(answer: bytes) -> int:
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    response = ExportTraceServiceResponse()
    try:
        response.ParseFromString(answer)
    except DecodeError:  # what it says besides 200 is of no use, but it has taken them
        return 0
    return max(0, int(response.partial_success.rejected_spans))


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(
            "The address of the OTLP collector is not one.", next_step="Give it as http(s)://host[:port][/v1/traces]."
        )
    return address if parts.path.rstrip("/").endswith(PATH) else address.rstrip("/") + PATH
