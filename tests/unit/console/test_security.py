"""The front door: who gets in, what every answer carries, and what is nobody's business."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.identity import COOKIE, SignIns, sign_in_routes
from app.security import Safeguards, host_name
from config.settings import DemoUser, Settings

ANA = DemoUser(user_id="ana", role="data_analyst", display_name="Ana <b>")


async def page(request: Request) -> PlainTextResponse:
    return PlainTextResponse("page")


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("open")
    await socket.close()


def client(
    tmp_path: Path, profile: str = "embedded", base_url: str = "http://127.0.0.1:8501", app_name: str | None = None
) -> TestClient:
    settings = Settings(home_folder=tmp_path, profile=profile, app_name=app_name, demo_users=(ANA,))  # type: ignore[arg-type]
    sign_ins = SignIns(tmp_path / "sign-ins")
    app = Starlette(
        routes=[
            *sign_in_routes(settings, sign_ins),
            WebSocketRoute("/_stcore/stream", stream),
            Route("/{rest:path}", page),
        ],
        middleware=[Middleware(Safeguards, settings=settings, sign_ins=sign_ins)],
    )
    return TestClient(app, base_url=base_url, follow_redirects=False)


def signed_in(tmp_path: Path) -> TestClient:
    browser = client(tmp_path)
    assert browser.post("/auth/sign-in", data={"user_id": "ana"}).status_code == 303
    return browser


def test_page_without_sign_in_leads_to_the_form_and_back(tmp_path: Path) -> None:
    answer = client(tmp_path).get("/chat?conversation=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/sign-in?next=%2Fchat%3Fconversation%3D1"


def test_form_leads_back_to_the_page_and_names_are_escaped(tmp_path: Path) -> None:
    browser = client(tmp_path)
    form = browser.get("/auth/sign-in?next=/chat%3Fconversation%3D1").text
    assert 'name="next" value="/chat?conversation=1"' in form
    assert "Ana &lt;b&gt;" in form
    answer = browser.post("/auth/sign-in", data={"user_id": "ana", "next": "/chat?conversation=1"})
    assert answer.headers["location"] == "/chat?conversation=1"
    assert browser.get("/chat").text == "page"


def test_cookie_is_out_of_reach_of_scripts_and_of_other_sites_and_names_nobody(tmp_path: Path) -> None:
    cookie = client(tmp_path).post("/auth/sign-in", data={"user_id": "ana"}).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "ana" not in cookie.split(";")[0]
    assert "data_analyst" not in cookie


def test_form_of_another_site_signs_nobody_in(tmp_path: Path) -> None:
    answer = client(tmp_path).post("/auth/sign-in", data={"user_id": "ana"}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("data", [{}, {"user_id": "eve"}, {"user_id": "a" * 10_000}])
def test_unknown_person_is_not_signed_in(tmp_path: Path, data: dict[str, str]) -> None:
    answer = client(tmp_path).post("/auth/sign-in", data=data)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


def test_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "sign-ins").write_text("a file where the folder should be")
    answer = client(tmp_path).post("/auth/sign-in", data={"user_id": "ana"})
    assert answer.status_code == 507
    assert "The home folder cannot be written to" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8501", ""])
def test_other_host_names_are_refused_even_with_a_cookie(tmp_path: Path, host: str) -> None:
    assert signed_in(tmp_path).get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST"])
def test_loopback_names_are_served(tmp_path: Path, host: str) -> None:
    assert client(tmp_path).get("/auth/sign-in", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/chat/_stcore/metrics"])
def test_inner_workings_are_closed_to_everybody(tmp_path: Path, path: str) -> None:
    assert signed_in(tmp_path).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/media/abc.csv", "/_stcore/upload_file/x", "/other.json"])
def test_files_need_a_sign_in(tmp_path: Path, path: str) -> None:
    assert client(tmp_path).get(path).status_code == 401
    assert signed_in(tmp_path).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/_stcore/health", "/chat/_stcore/host-config", "/static/js/index.js"])
def test_what_the_first_paint_needs_is_open(tmp_path: Path, path: str) -> None:
    assert client(tmp_path).get(path).status_code == 200


def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    for answer in (client(tmp_path).get("/"), client(tmp_path).get("/auth/sign-in"), signed_in(tmp_path).get("/")):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_websocket_of_another_site_is_refused(tmp_path: Path) -> None:
    browser = client(tmp_path)
    with browser.websocket_connect("/_stcore/stream", headers={"host": "127.0.0.1:8501"}) as socket:
        assert socket.receive_text() == "open"
    with (
        pytest.raises(WebSocketDisconnect),
        browser.websocket_connect(
            "/_stcore/stream", headers={"host": "127.0.0.1:8501", "origin": "http://evil.example"}
        ),
    ):
        pass


def test_in_an_app_the_proxy_signs_in_and_any_host_is_served(tmp_path: Path) -> None:
    browser = client(tmp_path, "databricks", "https://app.example.com", app_name="aiops")
    assert browser.get("/").text == "page"
    assert browser.get("/auth/sign-in").text == "page"


def test_a_laptop_on_a_workspace_has_no_sign_in_and_still_answers_on_its_own_machine_only(tmp_path: Path) -> None:
    assert client(tmp_path, "databricks").get("/").text == "page"
    assert client(tmp_path, "databricks", "http://evil.example").get("/").status_code == 421
    elsewhere = {"origin": "http://evil.example"}
    with (
        pytest.raises(WebSocketDisconnect),
        client(tmp_path, "databricks").websocket_connect("/_stcore/stream", headers=elsewhere),
    ):
        pass


@pytest.mark.parametrize(
    ("host", "expected"), [("A.B:1", "a.b"), ("[::1]:5", "::1"), ("[", ""), ("localhost.", "localhost")]
)
def test_host_name(host: str, expected: str) -> None:
    assert host_name(host) == expected
