"""Safeguards around every request: allowed hosts (DNS rebinding), sign-in before anything but the front door, and the
security headers that Streamlit's own pages lack."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote, urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.identity import COOKIE, SIGN_IN, SignIns
from config.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OPEN = re.compile(
    r"^/(auth/|static/|console/|favicon|manifest)|/_stcore/(health|host-config|stream)$|^/_stcore/script-health"
)
_FILES = re.compile(r"^/media/|/_stcore/")
_CLOSED = re.compile(r"/_stcore/(metrics|agent)")
"""Session counts and the remote-control description: nobody's business, signed in or not."""


class Safeguards:
    """ASGI middleware. In a Databricks App the proxy checks host and person, so only the headers are added there; on a
    laptop that works on a workspace the person is the token's owner, so the host is checked and no sign-in."""

    def __init__(self, app: ASGIApp, *, settings: Settings, sign_ins: SignIns) -> None:
        self._app = app
        self._behind_proxy = settings.app_name is not None
        self._signs_in = settings.profile == "embedded"
        self._sign_ins = sign_ins
        self._headers = security_headers() | instance_header()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, self._with_headers(send))

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        path = scope["path"]
        if _CLOSED.search(path):
            return PlainTextResponse("Not found", status_code=404)
        if self._behind_proxy:
            return None
        if host_name(headers.get("host", "")) not in LOOPBACK:
            return PlainTextResponse(
                "This server answers on its own machine only: open it as http://localhost with its port.",
                status_code=421,
            )
        if scope["type"] == "websocket":
            return None if _same_site(headers) else PlainTextResponse("Wrong origin", status_code=403)
        if (
            not self._signs_in
            or _OPEN.search(path)
            or self._sign_ins.find(cookie_parser(headers.get("cookie", "")).get(COOKIE))
        ):
            return None
        return _to_sign_in(scope, path)

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        return send_with_headers


def host_name(host: str) -> str:
    """The Host header without its port and brackets, lower case; empty when it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _same_site(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _to_sign_in(scope: Scope, path: str) -> ASGIApp:
    is_page = scope["method"] == "GET" and "." not in path.rsplit("/", 1)[-1] and not _FILES.search(path)
    if not is_page:
        return PlainTextResponse("Sign in first.", status_code=401)
    query = scope.get("query_string", b"").decode("latin-1")
    target = f"{path}?{query}" if query else path
    suffix = "" if target == "/" else f"?next={quote(target, safe='')}"
    return RedirectResponse(SIGN_IN + suffix, status_code=303)


def security_headers() -> dict[str, str]:
    """Everything from this server only; scripts by file or by the hash of what Streamlit's own page holds inline."""
    scripts = " ".join(f"'sha256-{digest}'" for digest in _inline_scripts())
    policy = (
        "default-src 'self'",
        f"script-src 'self' {scripts}".rstrip(),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-src 'self'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    }


def instance_header() -> dict[str, str]:
    """Which start of the console answers, so that `run` never takes another server on the same port for its own."""
    instance = os.environ.get("AIOPS_INSTANCE")
    return {"X-Console-Instance": instance} if instance else {}


def _inline_scripts() -> list[str]:
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
