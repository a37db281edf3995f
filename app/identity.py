"""Who is asking, in the embedded mode: a sign-in route sets an HttpOnly, SameSite=Strict cookie that holds a random id
and nothing else; the id's hash is a file in HOME/run, so that a restart keeps people signed in. On Databricks the
workspace says who a token belongs to (agents/people.py)."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.sign_in_page import refusal_page, sign_in_page
from config.settings import Settings
from core.clock import Clock, SystemClock

log = logging.getLogger(__name__)
COOKIE = "aiops_session"
LIFETIME = timedelta(days=7)
SIGN_IN = "/auth/sign-in"
_FORM_BYTES = 4096


@dataclass(frozen=True)
class User:
    """The signed-in person; the role is looked up at every reading, never taken from the browser. '' is none."""

    user_id: str
    role: str
    display_name: str


class SignIns:
    """The sign-ins of one home: a file each, named by the SHA-256 of the cookie's value, readable by its owner only."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()

    def create(self, user_id: str) -> str:
        """Record a sign-in and return the cookie's value (256 random bits)."""
        token = secrets.token_urlsafe(32)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        expires = self._clock.now() + LIFETIME
        descriptor = os.open(self._file(token), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"user_id": user_id, "expires_at": expires.isoformat()}, file)
        return token

    def find(self, token: str | None) -> str | None:
        """Whose sign-in this is; None when it is unknown, ended or damaged."""
        if not token:
            return None
        try:
            record = json.loads(self._file(token).read_text(encoding="utf-8"))
            expires = datetime.fromisoformat(record["expires_at"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if expires <= self._clock.now():
            self.end(token)
            return None
        return str(record["user_id"])

    def end(self, token: str | None) -> None:
        """Sign out: the cookie's value is worth nothing from now on."""
        if token:
            self._file(token).unlink(missing_ok=True)

    def _file(self, token: str) -> Path:
        return self._folder / f"{hashlib.sha256(token.encode()).hexdigest()}.json"


def configured(settings: Settings) -> tuple[User, ...]:
    """The people of the settings, in the roles that these give."""
    return tuple(User(entry.user_id, entry.role, entry.display_name) for entry in settings.demo_users)


def sign_in_routes(
    settings: Settings, sign_ins: SignIns, people: Callable[[], Sequence[User]] | None = None
) -> list[Route]:
    """The sign-in page and its form; none on Databricks, where the token says who it is.

    `people` are those who may sign in, in their present roles; without it the settings' people are.
    """
    if settings.profile == "databricks":
        return []
    everybody = people or (lambda: configured(settings))

    async def show(request: Request) -> Response:
        users = await run_in_threadpool(everybody)
        return HTMLResponse(sign_in_page(users, local_path(request.query_params.get("next"))))

    async def sign_in(request: Request) -> Response:
        if not same_origin(request.headers):
            return HTMLResponse(refusal_page("This form was sent from another site."), status_code=403)
        form = await _form(request)
        users = await run_in_threadpool(everybody)
        user = next((known for known in users if known.user_id == form.get("user_id")), None)
        if user is None:
            return HTMLResponse(refusal_page("There is no such person in this installation."), status_code=400)
        sign_ins.end(request.cookies.get(COOKIE))
        try:
            token = await run_in_threadpool(sign_ins.create, user.user_id)
        except OSError as error:
            log.error("a sign-in could not be kept: %s", error)
            return HTMLResponse(
                refusal_page("The home folder cannot be written to: check its permissions and free space."),
                status_code=507,
            )
        response = RedirectResponse(local_path(form.get("next")), status_code=303)
        response.set_cookie(
            COOKIE, token, max_age=int(LIFETIME.total_seconds()), httponly=True, samesite="strict", path="/"
        )
        return response

    return [Route(SIGN_IN, show, methods=["GET"]), Route(SIGN_IN, sign_in, methods=["POST"])]


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=8)
    return {name: values[0] for name, values in fields.items()}


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a form was sent by our own page: what the browser says of the request's site, else its Origin."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def local_path(target: str | None) -> str:
    """`target` when it is a path of this server, else `/`: a sign-in never sends anybody to another site."""
    if not target or not target.startswith("/") or target.startswith(("//", SIGN_IN, "/sign-out")):
        return "/"
    if "\\" in target or any(ord(character) < 32 for character in target):
        return "/"
    return target
