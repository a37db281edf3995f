"""The front door itself: what it tells the app of a person, and that nobody else can say it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.workspace import Person
from tests.workspace.app_proxy import AppProxy

ANA = Person("ana", token="dapi-ana")
FORGED = "X-Forwarded-Access-Token: dapi-ada\r\nx-forwarded-email: ada\r\nX_Forwarded_Access_Token: dapi-ada\r\n"
SOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\n"


@pytest.fixture
def app() -> Iterator[socket.socket]:
    """A listening socket in the place of the app."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield listening


def sent(door: AppProxy, text: str) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", int(door.url.rsplit(":", 1)[1])), timeout=10)
    client.sendall(text.encode())
    return client


def received(app: socket.socket, *, ending: bytes = b"\r\n\r\n") -> tuple[socket.socket, str]:
    connection, _ = app.accept()
    connection.settimeout(10)
    text = b""
    while not text.endswith(ending):
        text += connection.recv(65_536)
    return connection, text.decode()


@pytest.mark.parametrize("more", ["", SOCKET])
def test_what_a_client_says_of_itself_is_replaced(app: socket.socket, more: str) -> None:
    with AppProxy(app.getsockname()[1], ANA) as door, sent(door, f"GET / HTTP/1.1\r\nHost: x\r\n{FORGED}{more}\r\n"):
        connection, head = received(app)
        connection.close()
    assert "ada" not in head
    assert head.count("X-Forwarded-Access-Token: dapi-ana\r\n") == 1
    assert "X-Forwarded-Email: ana\r\n" in head


def test_without_user_authorization_no_token_is_forwarded(app: socket.socket) -> None:
    door = AppProxy(app.getsockname()[1], ANA, user_authorization=False)
    with door, sent(door, f"GET / HTTP/1.1\r\nHost: x\r\n{FORGED}\r\n"):
        connection, head = received(app)
        connection.close()
    assert "access-token" not in head.lower()
    assert "X-Forwarded-Email: ana\r\n" in head


def test_a_body_goes_through_and_a_second_request_behind_it_does_not(app: socket.socket) -> None:
    first = "POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nbody"
    with AppProxy(app.getsockname()[1], ANA) as door, sent(door, f"{first}GET / HTTP/1.1\r\n{FORGED}\r\n") as client:
        connection, text = received(app, ending=b"body")
        assert "Connection: close\r\n" in text
        assert "keep-alive" not in text
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        connection.close()
        assert client.recv(100) == b"HTTP/1.1 204 No Content\r\n\r\n"
        assert client.recv(100) == b""


def test_a_web_socket_is_piped_both_ways_until_one_side_ends(app: socket.socket) -> None:
    with (
        AppProxy(app.getsockname()[1], ANA) as door,
        sent(door, f"GET / HTTP/1.1\r\nHost: x\r\n{SOCKET}\r\n") as client,
    ):
        connection, _ = received(app)
        for _ in range(2):
            connection.sendall(b"from the app")
            assert client.recv(100) == b"from the app"
            client.sendall(b"from the browser")
            assert connection.recv(100) == b"from the browser"
        connection.close()
        assert client.recv(100) == b""


def test_an_app_that_is_gone_and_a_body_of_unknown_length_are_refused(app: socket.socket) -> None:
    port = app.getsockname()[1]
    with AppProxy(port, ANA) as door:
        with sent(door, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n") as client:
            assert client.recv(100).startswith(b"HTTP/1.1 411 ")
        app.close()
        with sent(door, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") as client:
            assert client.recv(100).startswith(b"HTTP/1.1 502 ")
