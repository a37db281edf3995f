"""One attempt to hand a notice over: a signed POST over TLS to a checked address, no redirects, an end after seconds.

What a receiver checks: `X-AIOps-Signature` is `v1=` and the hexadecimal HMAC-SHA256, by the shared secret, of the value
of `X-AIOps-Timestamp` (seconds since 1970), a full stop and the body. It should refuse a timestamp older than five
minutes, and an `id` that it has seen. The body is JSON: id, kind, title, subject, text, url, at.
"""

from __future__ import annotations

import hmac
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from core.clock import Clock
from core.errors import AccessDenied, SettingsError
from core.governance.notices.address import Address, allowed_address, resolve
from core.governance.notices.notice import Notice
from core.types import Frozen

SIGNATURE, TIMESTAMP = "X-AIOps-Signature", "X-AIOps-Timestamp"


class WebhookTarget(Frozen):
    """Where notices go. `hosts` are the exact names that may be called (`host:port` for another port than 443)."""

    url: str = Field(repr=False)
    hosts: tuple[str, ...]
    secret: SecretStr
    console_url: str | None = None
    seconds: float = 10.0
    """The longest that one attempt takes, beside finding the address and the handshake."""
    allow_private: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: handed over, worth trying again, or of no use."""

    verdict: Literal["delivered", "again", "refused"]
    sentence: str


class Delivery:
    """Makes single attempts. Raises SettingsError when it is made for a target that may not be called."""

    def __init__(self, target: WebhookTarget, clock: Clock) -> None:
        self._target = target
        self._clock = clock
        self._address = allowed_address(target.url, target.hosts)
        if not target.secret.get_secret_value():
            raise SettingsError("A webhook needs a secret to sign with.", next_step="Set AIOPS_WEBHOOK_SECRET.")
        try:
            self._context = ssl.create_default_context(cafile=target.ca_file)
        except OSError as error:
            raise SettingsError(f"notices.webhook.ca_file cannot be used: {error.strerror or error}.") from error

    @property
    def host(self) -> str:
        """For messages; the path of a webhook is often its secret."""
        return self._address.host

    def attempt(self, notice: Notice) -> Outcome:
        """Post `notice` once; never raises for what the network or the receiver does."""
        try:
            status = self._post(self._body(notice))
        except AccessDenied as error:
            return Outcome("refused", error.message)
        except ssl.SSLCertVerificationError as error:
            return Outcome("refused", f"The certificate of {self.host} is not trusted: {error.verify_message}.")
        except (OSError, http.client.HTTPException) as error:
            return Outcome("again", f"{self.host} cannot be reached ({type(error).__name__}).")
        if 200 <= status < 300:
            return Outcome("delivered", f"{self.host} took it.")
        if status == 429 or status >= 500:
            return Outcome("again", f"{self.host} answered {status}.")
        more = "; redirects are not followed" if 300 <= status < 400 else ""
        return Outcome("refused", f"{self.host} answered {status}{more}.")

    def _body(self, notice: Notice) -> bytes:
        console = self._target.console_url
        content = {
            "id": notice.notice_id,
            "kind": notice.kind,
            "title": notice.title,
            "subject": notice.subject,
            "text": notice.message(console),
            "url": f"{console.rstrip('/')}{notice.path}" if console else None,
            "at": notice.at.isoformat(),
        }
        return json.dumps(content, ensure_ascii=False).encode()

    def _post(self, body: bytes) -> int:
        addresses = resolve(self._address, allow_private=self._target.allow_private)
        connection = _PinnedConnection(self._address, addresses, self._context, self._target.seconds)
        end = threading.Timer(self._target.seconds, connection.cut)  # a receiver that sends a byte now and then
        end.daemon = True
        try:
            connection.connect()
            end.start()
            connection.request("POST", self._address.path, body, self._headers(body))
            status = connection.getresponse().status
            if connection.was_cut:  # what had come by then may look like an answer
                raise TimeoutError
            return status
        finally:
            end.cancel()
            connection.close()

    def _headers(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        secret = self._target.secret.get_secret_value()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "aiops-agentic-mas-platform",
            "Connection": "close",
            TIMESTAMP: timestamp,
            SIGNATURE: signature(secret, timestamp, body),
        }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-AIOps-Signature."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


class _PinnedConnection(http.client.HTTPSConnection):
    """Connects to addresses that were checked, and asks for the certificate of the name."""

    def __init__(self, address: Address, addresses: Sequence[str], context: ssl.SSLContext, seconds: float) -> None:
        super().__init__(address.host, address.port, timeout=seconds, context=context)
        self._addresses = addresses
        self._tls = context
        self._seconds = seconds
        self.was_cut = False

    def connect(self) -> None:
        self.sock = self._tls.wrap_socket(self._reach(), server_hostname=self.host)

    def cut(self) -> None:
        """End whatever is under way."""
        self.was_cut = True
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _reach(self) -> socket.socket:
        problem: OSError | None = None
        for address in self._addresses:
            try:
                return socket.create_connection((address, self.port), timeout=self._seconds)
            except OSError as error:
                problem = error
        raise problem or OSError("the host has no address")
