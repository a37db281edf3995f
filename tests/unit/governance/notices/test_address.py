"""A webhook leads to the named host over https, and to no private network, however the address is written."""

from __future__ import annotations

import pytest

from core.errors import AccessDenied, SettingsError
from core.governance.notices.address import Address, allowed_address, is_public, resolve

HOSTS = ("hooks.example.com", "other.example.com:8443")


def test_a_listed_host_is_allowed() -> None:
    assert allowed_address("https://HOOKS.example.com/a/b?c=d", HOSTS) == Address("hooks.example.com", 443, "/a/b?c=d")
    assert allowed_address("https://other.example.com:8443", HOSTS) == Address("other.example.com", 8443, "/")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "hooks.example.com",
        "https://",
        "https://evil.com/",
        "https://hooks.example.com.evil.com/",
        "https://sub.hooks.example.com/",
        "https://hooks.example.com./",
        "https://hooks.example.com:444/",
        "https://hooks.example.com:x/",
        "https://other.example.com/",
        "https://user@hooks.example.com/",
        "https://hooks.example.com@evil.com/",
        "https://evil.com\\@hooks.example.com/",
        "https://hooks.example.com#@evil.com/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX",
        "https://hooks.example\t.com/",
        "https://hooks.example.com/ü",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://ｈooks.example.com/",
    ],
)
def test_anything_else_is_refused_and_the_url_is_not_repeated(url: str) -> None:
    hosts = (*HOSTS, "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "::1", "[::1]")
    with pytest.raises(SettingsError) as refused:
        allowed_address(url, hosts)
    assert "/" not in refused.value.message.replace("notices.webhook", "")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "2002:a00:1::", "2001:0:a00:1::",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


def test_a_name_that_leads_to_this_machine_is_refused_unless_allowed() -> None:
    address = Address("localhost", 443, "/")
    with pytest.raises(AccessDenied, match="not a public address"):
        resolve(address, allow_private=False)
    assert "127.0.0.1" in resolve(address, allow_private=True)
