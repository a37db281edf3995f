"""The front door of a Databricks App, on loopback: one person comes in, and the app is told who it is.

    with AppProxy(app_port, workspace.principals["ana"]) as door:
        door.url

Every request gets the forwarded headers that the platform's proxy sets; those that a client sent itself are removed.
Web sockets go through. A plain request has a connection of its own, so that no head passes unread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any

from tests.workspace.principals import Person

LONGEST_HEAD = 65_536
_OURS = ("x-forwarded-", "x-real-ip", "x-request-id")
_REFUSED = "HTTP/1.1 {} {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class AppProxy:
    """Use as a context manager.

    Without user authorization the platform says who came but forwards no token. `token` is what it forwards: another
    one counts from the next request on, as after a new sign-in.
    """

    def __init__(self, app_port: int, person: Person, *, user_authorization: bool = True) -> None:
        self.app_port = app_port
        self.person = person
        self.token: str | None = person.token if user_authorization else None
        self.url = ""
        self._visits: set[asyncio.Task[None]] = set()
        """Held here, because the loop itself would let a visit that waits be collected."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"door of {person.name}", daemon=True)

    def __enter__(self) -> AppProxy:
        self._thread.start()
        listening = asyncio.start_server(self._knock, "127.0.0.1", 0, limit=LONGEST_HEAD)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _leave(self) -> None:
        self._server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    def _knock(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        visit = self._loop.create_task(self._visit(client, to_client))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _visit(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """One connection of the browser: a plain request, or a web socket for as long as it lasts."""
        to_app: asyncio.StreamWriter | None = None
        try:
            head = Head(await client.readuntil(b"\r\n\r\n"))
            if "transfer-encoding" in head.fields:
                to_client.write(_REFUSED.format(411, "Length Required").encode())
                return
            try:
                app, to_app = await asyncio.open_connection("127.0.0.1", self.app_port)
            except OSError:
                to_client.write(_REFUSED.format(502, "Bad Gateway").encode())
                return
            to_app.write(head.forwarded(self._says()))
            if head.upgrades:
                await _first(_pipe(client, to_app), _pipe(app, to_client))
            else:
                to_app.write(await client.readexactly(int(head.fields.get("content-length", "0"))))
                await _pipe(app, to_client)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # a browser that goes away, or speaks no HTTP
        finally:
            for writer in (to_client, to_app):
                if writer is not None:
                    writer.close()

    def _says(self) -> dict[str, str]:
        """What the platform tells the app of the person."""
        name = self.person.name
        says = {"X-Forwarded-Email": name, "X-Forwarded-Preferred-Username": name, "X-Forwarded-User": name}
        return says | ({"X-Forwarded-Access-Token": self.token} if self.token else {})


class Head:
    """The head of one request."""

    def __init__(self, text: bytes) -> None:
        self.request, *lines = text.decode("latin-1").split("\r\n")[:-2]
        self.lines = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        self.fields = {name.lower(): value for name, value in self.lines}

    @property
    def upgrades(self) -> bool:
        """Whether a web socket is asked for."""
        return self.fields.get("upgrade", "").lower() == "websocket"

    def forwarded(self, says: dict[str, str]) -> bytes:
        """The head for the app: the platform's word in place of the client's."""
        kept = [(name, value) for name, value in self.lines if not self._is_replaced(name.lower())]
        host = {"X-Forwarded-Host": self.fields.get("host", ""), "X-Forwarded-Proto": "http"}
        closing = {} if self.upgrades else {"Connection": "close"}
        sent = [*kept, *(host | says | closing).items()]
        return "\r\n".join([self.request, *(f"{name}: {value}" for name, value in sent), "", ""]).encode("latin-1")

    def _is_replaced(self, name: str) -> bool:
        # With an underscore it would be the same header to a server that reads them as variables.
        return name.replace("_", "-").startswith(_OURS) or (name == "connection" and not self.upgrades)


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        target.write(data)
        await target.drain()


async def _first(*ways: Coroutine[Any, Any, None]) -> None:
    """Until one side has ended; then the other one ends too."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
