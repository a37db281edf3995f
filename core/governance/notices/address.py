"""Where a webhook may lead to: https, a host by its exact name from a list, and no address of a private network.

Every attempt resolves the name itself and connects to the very address that was checked, so that a name whose address
changes in between (DNS rebinding) leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import AccessDenied, SettingsError

_NUMERIC = re.compile(r"(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+)){0,3}\.?", re.IGNORECASE)
_PRINTABLE = re.compile(r"[!-~]+")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for any IPv4 address."""


@dataclass(frozen=True)
class Address:
    """A URL that may be called, in its parts."""

    host: str
    port: int
    path: str
    """With its query; may be a secret of the receiver's."""


def allowed_address(url: str, hosts: Sequence[str]) -> Address:
    """The parts of `url`; raises SettingsError when it may not be called. The message never repeats the URL."""
    if not _PRINTABLE.fullmatch(url):  # before it is taken apart, which drops some of them
        raise _wrong("has characters that must be written as %… (in a host: as xn--…)")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        raise _wrong("is no URL") from None
    if parts.scheme != "https":
        raise _wrong("is not https")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _wrong("has a user, a password or a fragment")
    if ":" in host or _NUMERIC.fullmatch(host):
        raise _wrong("names a number instead of a host")
    if not _NAME.fullmatch(host):
        raise _wrong("has no plain host name")
    if (host if port == 443 else f"{host}:{port}") not in [name.lower() for name in hosts]:
        raise _wrong(f"leads to {host}:{port}, which is not in notices.webhook.hosts")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(host, port, path)


def resolve(address: Address, *, allow_private: bool) -> tuple[str, ...]:
    """The network addresses of the host; raises AccessDenied when one is not public, OSError when there are none."""
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    for one in addresses:
        if not allow_private and not is_public(one):
            raise AccessDenied(f"{address.host} leads to {one}, which is not a public address.")
    return addresses


def is_public(text: str) -> bool:
    """Whether a network address is one of the public internet, whichever way it is written."""
    address = ipaddress.ip_address(text.split("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if address.sixtofour is not None or address.teredo is not None or address in _TRANSLATED:
            return False
    return address.is_global and not address.is_multicast


def _wrong(what: str) -> SettingsError:
    return SettingsError(f"notices.webhook.url {what}.")
