"""Who gets in: the table of routes and roles held against the app, and ways around it that must not be."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from raw_sql import run_sql
from reelscore.accounts import passwords, service
from reelscore.accounts.attempts import ATTEMPTS
from reelscore.accounts.service import Accounts
from reelscore.api.access import ROLES_OF_FOLDERS, ROLES_OF_ROUTES, role_for, route_of
from reelscore.api.admission import COOKIE, check_can_sign_in, is_loopback, sign_in_is_asked
from reelscore.api.app import create_app
from reelscore.config import Settings
from reelscore.errors import ConfigurationError
from reelscore.records import ROLES, Role
from reelscore.wiring import Wiring

PASSWORD = "correct horse"
LINES = [(method, path, role) for path, roles in ROLES_OF_ROUTES.items() for method, role in roles.items()]
GUARDED = [line for line in LINES if line[2] is not Role.NOBODY]


class House(NamedTuple):
    app: FastAPI
    wiring: Wiring
    tokens: dict[Role, str]
    url: str

    def client(self, token: str | None = None) -> TestClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, base_url="http://localhost", headers=headers, follow_redirects=False)

    def signed_in(self, name: str) -> TestClient:
        client = self.client()
        answer = client.post("/api/account/sign-in", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An app that asks for a sign-in, with a user and a token of each role. Its jobs are not run."""
    patch = pytest.MonkeyPatch()
    patch.setattr(passwords, "_N", 16)
    service._nobodys.cache_clear()
    settings = Settings(
        home=tmp_path_factory.mktemp("house"), trusted_proxies="10.0.0.0/8", proxy_user_header="Remote-User"
    )
    wiring = Wiring(settings)
    accounts = Accounts(wiring.catalog.accounts)
    users = {role: accounts.add(role.word, role, PASSWORD) for role in ROLES.values()}
    tokens = {role: accounts.make_token(user, "test", scope=role, days=1)[0] for role, user in users.items()}
    yield House(create_app(wiring, asks=True), wiring, tokens, settings.sql_url)
    wiring.close()
    service._nobodys.cache_clear()
    patch.undo()


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "0f3b5a4c-1111-2222-3333-444455556666", path)


def test_the_table_has_every_route_of_the_app_and_no_other(house: House) -> None:
    routes, folders = {("GET", "/mcp"), ("POST", "/mcp"), ("DELETE", "/mcp")}, set()  # it takes any method
    routes.add(("GET", "/api/live/sockets/{ticket}"))  # a socket
    for context in iter_route_contexts(house.app.router.routes):
        if context.methods:
            routes |= {(method, context.path) for method in context.methods if method != "HEAD"}
        elif context.path not in ("/mcp", "/api/live/sockets/{ticket}"):
            folders.add(context.path)
    # The router of a path sees the methods of the others too: what is asked for is what it answers.
    assert {(method, path) for method, path, _ in LINES} == routes
    assert folders == set(ROLES_OF_FOLDERS)


@pytest.mark.parametrize("path", ROLES_OF_ROUTES)
def test_a_path_belongs_to_the_line_that_the_app_routes_it_by(path: str) -> None:
    assert route_of(concrete(path)) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//",
        "/api",
        "/api/songs/",
        "/api//songs",
        "/api/songs/x/audio/",
        "/API/songs",
        "/static",
        "/staticky/x",
    ],
)
def test_what_is_in_no_line_has_no_role(path: str) -> None:
    assert role_for("GET", path) is None
    assert role_for("TRACE", "/api/songs") is None


@pytest.mark.parametrize(("method", "path", "role"), LINES, ids=str)
def test_every_route_wants_its_role(house: House, method: str, path: str, role: Role) -> None:
    address, body = concrete(path), {} if method in ("POST", "PUT", "PATCH") else None
    refused = {"code": "sign_in_needed"}

    def status(token: str | None) -> tuple[int, str]:
        answer = house.client(token).request(method, address, json=body)
        code = (
            answer.json().get("error", {}).get("code", "")
            if "json" in answer.headers.get("content-type", "")
            else ""
        )
        return answer.status_code, code

    # An answer that does not end is not begun.
    allowed = [each for each in house.tokens if path != "/api/live/events" or each < role]
    others = {each: status(house.tokens[each]) for each in allowed}
    assert status(None) == (401, refused["code"]) if role else status(None)[0] not in (401, 403)
    if role:
        assert status("rs_" + "x" * 43) == (401, "token_refused")
        assert status("something") == (401, "token_refused")
    for each, (number, code) in others.items():
        assert number != 500 or path == "/mcp", (number, code)  # which answers in the life of the app alone
        if each < role:
            assert (number, code) == (403, "role_too_low"), each
        else:
            assert code not in ("role_too_low", "sign_in_needed", "token_refused") or path.startswith(
                "/api/account"
            )


def test_a_token_that_is_over_opens_nothing(house: House) -> None:
    accounts = Accounts(house.wiring.catalog.accounts)
    user = accounts.store.user("admin")
    assert user is not None
    secret, kept = accounts.make_token(user, "over", scope=Role.ADMIN, days=1)
    assert house.client(secret).get("/api/songs").status_code == 200
    run_sql(house.url, f"UPDATE api_tokens SET expires_at = '2020-01-01' WHERE id LIKE '{kept.id}%'")
    assert house.client(secret).get("/api/songs").status_code == 401


def test_a_route_that_the_table_lacks_is_for_administrators(house: House) -> None:
    for path in ("/api/unheard-of", "/api/songs/a/b/c"):
        assert house.client().get(path).status_code == 401
        for role in ROLES.values():
            answer = house.client(house.tokens[role]).get(path)
            assert answer.status_code == 404
            assert ("for you" in answer.json()["error"]["message"]) is (role is not Role.ADMIN)


def test_a_browser_is_sent_to_sign_in_and_back(house: House) -> None:
    answer = house.client().get("/library", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/library")
    answer = house.client().get("/?q=calm+piano", headers={"accept": "text/html"})
    assert answer.headers["location"] == "/sign-in?next=/%3Fq%3Dcalm%2Bpiano"
    assert house.client().get("/sign-in").status_code == 200
    assert house.signed_in("viewer").get("/library", headers={"accept": "text/html"}).status_code == 200


@pytest.mark.parametrize("path", ["//evil.example", "/%2F%2Fevil.example/x", "/\\evil.example"])
def test_the_way_back_stays_on_this_server(house: House, path: str) -> None:
    answer = house.client().get(f"http://localhost{path}", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/")


def test_a_session_has_a_safe_cookie_and_ends(house: House) -> None:
    client = house.client()
    answer = client.post("/api/account/sign-in", json={"name": "Editor", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie and "secure" not in cookie
    assert client.get("/api/account").json()["data"] == {
        "name": "editor",
        "role": "editor",
        "by": "session",
        "asks": True,
        "exposed": False,
        "oidc": False,
        "has_password": True,
    }
    kept = client.cookies[COOKIE]
    assert client.post("/api/account/sign-out", json={}).status_code == 200
    assert house.client().get("/api/songs", headers={"cookie": f"{COOKIE}={kept}"}).status_code == 401


def test_signing_out_everywhere_ends_every_browser_of_the_user_alone(house: House) -> None:
    one, two, other = house.signed_in("viewer"), house.signed_in("viewer"), house.signed_in("editor")
    assert one.post("/api/account/sign-out", json={"everywhere": True}).status_code == 200
    assert (two.get("/api/songs").status_code, other.get("/api/songs").status_code) == (401, 200)


def test_a_session_that_somebody_else_chose_is_never_taken(house: House) -> None:
    for planted in ("planted", house.signed_in("viewer").cookies[COOKIE]):
        client = house.client()
        answer = client.post(
            "/api/account/sign-in",
            json={"name": "editor", "password": PASSWORD},
            headers={"cookie": f"{COOKIE}={planted}"},
        )
        assert answer.cookies[COOKIE] != planted
        assert house.client().get("/api/songs", headers={"cookie": f"{COOKIE}={planted}"}).status_code == 401


def test_a_page_of_another_site_cannot_use_a_session(house: House) -> None:
    client = house.signed_in("editor")
    for origin in ("http://evil.example", "null", "http://localhost.evil.example", "http://localhost:81"):
        for method, path in (
            ("POST", "/api/projects"),
            ("POST", "/api/account/sign-out"),
            ("DELETE", "/api/tasks"),
        ):
            answer = client.request(method, path, json={}, headers={"origin": origin})
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_not_allowed")


def test_a_name_that_leads_here_by_accident_is_refused_before_anything(house: House) -> None:
    answer = house.client(house.tokens[Role.ADMIN]).get("/api/songs", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "host_not_allowed")


@pytest.mark.parametrize("path", ["/sign-in", "/", "/api/songs", "/static/js/main.js", "/nowhere"])
def test_no_site_may_frame_an_answer(house: House, path: str) -> None:
    answer = house.client().get(path)
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../config.py",
        "/static/%2e%2e/%2e%2e/config.py",
        "/static/..%2f..%2fconfig.py",
        "/static/%2fetc/passwd",
    ],
)
def test_no_path_leads_out_of_the_files_of_the_page(house: House, path: str) -> None:
    answer = house.client().get(path)
    assert answer.status_code in (401, 404)
    assert b"root:" not in answer.content and b"BaseSettings" not in answer.content


@pytest.mark.parametrize(
    "path", ["/static/../api/songs", "/static/%2e%2e/api/songs", "/static//../api/songs"]
)
def test_no_way_leads_over_an_open_folder_into_the_library(house: House, path: str) -> None:
    # Sent as it is, which most clients would not do.
    messages: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        messages.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path.replace("%2e", "."),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("192.0.2.7", 1),
        "scheme": "http",
        "root_path": "",
    }
    anyio.run(house.app, scope, receive, send)
    assert messages[0]["status"] in (401, 404)


def test_guessing_is_slowed_and_a_password_is_in_no_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    app = create_app(house.wiring, asks=True)  # of which nobody tried to guess yet
    client = TestClient(app, base_url="http://localhost")
    wrong = {"name": "admin", "password": "not the right one"}
    answers = [client.post("/api/account/sign-in", json=wrong) for _ in range(ATTEMPTS + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
    with_token = house.client(house.tokens[Role.ADMIN])
    with_token.get("/api/songs/unknown")
    made = house.signed_in("admin").post("/api/account/tokens", json={"label": "x"}).json()["data"]["token"]
    assert caplog.text  # the tests log something
    for secret in ("not the right one", PASSWORD, made, house.tokens[Role.ADMIN]):
        assert secret not in caplog.text


def test_one_user_asks_so_often_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelscore.api.admission.REQUESTS_PER_MINUTE", 3)
    app = create_app(house.wiring, asks=True)
    headers = {"authorization": f"Bearer {house.tokens[Role.VIEWER]}"}
    client, other = (
        TestClient(app, base_url="http://localhost", headers=headers),
        TestClient(app, base_url="http://localhost"),
    )
    found = [client.get("/api/songs").status_code for _ in range(4)]
    assert found == [200, 200, 200, 429]
    assert other.get("/api/songs").status_code == 401  # another one has turns of their own
    assert [client.get("/health").status_code, client.get("/static/js/main.js").status_code] == [200, 200]


def test_a_user_changes_their_password_and_a_program_cannot(house: House) -> None:
    accounts = Accounts(house.wiring.catalog.accounts)
    accounts.add("changing", Role.VIEWER, PASSWORD)
    client, elsewhere = house.signed_in("changing"), house.signed_in("changing")
    body = {"password": PASSWORD, "new_password": "another horse"}
    assert client.post("/api/account/password", json={**body, "password": "wrong one"}).status_code == 401
    assert client.post("/api/account/password", json={**body, "new_password": "short"}).status_code == 400
    token = client.post("/api/account/tokens", json={"label": "farm"}).json()["data"]["token"]
    for path, given in (("/api/account/password", body), ("/api/account/tokens", {"label": "more"})):
        assert house.client(token).post(path, json=given).status_code == 403
    assert client.post("/api/account/password", json=body).status_code == 200
    assert (client.get("/api/songs").status_code, elsewhere.get("/api/songs").status_code) == (200, 401)


def test_tokens_are_made_shown_once_and_removed(house: House) -> None:
    client = house.signed_in("editor")
    made = client.post("/api/account/tokens", json={"label": "farm", "scope": "editor", "days": 7})
    token = made.json()["data"]
    assert made.status_code == 201 and house.client(token["token"]).get("/api/songs").status_code == 200
    listed = client.get("/api/account/tokens")
    assert token["id"] in {each["id"] for each in listed.json()["data"]} and token["token"] not in listed.text
    too_much = client.post("/api/account/tokens", json={"label": "farm", "scope": "admin"})
    assert too_much.status_code == 400
    assert client.delete(f"/api/account/tokens/{token['id']}").status_code == 200
    assert house.client(token["token"]).get("/api/songs").status_code == 401


@pytest.mark.parametrize(
    ("peer", "name", "status", "role"),
    [
        ("10.1.2.3", "anna@studio.example", 200, "viewer"),
        ("10.1.2.3", "Admin", 200, "admin"),
        ("10.1.2.3", "not a name", 401, None),
        ("::ffff:10.1.2.3", "admin", 200, "admin"),
        ("192.0.2.7", "admin", 401, None),  # anybody
        ("127.0.0.1", "admin", 401, None),
    ],
)
def test_only_a_trusted_proxy_names_a_user(
    house: House, peer: str, name: str, status: int, role: str
) -> None:
    client = TestClient(house.app, base_url="http://localhost", client=(peer, 5000))
    answer = client.get("/api/songs", headers={"Remote-User": name})
    assert answer.status_code == status
    if role:
        assert client.get("/api/account", headers={"Remote-User": name}).json()["data"]["role"] == role


def test_a_trusted_proxy_says_that_it_was_asked_over_tls(house: House) -> None:
    body = {"name": "viewer", "password": PASSWORD}
    for peer, secure in (("10.1.2.3", True), ("192.0.2.7", False)):
        client = TestClient(house.app, base_url="http://localhost", client=(peer, 5000))
        answer = client.post("/api/account/sign-in", json=body, headers={"x-forwarded-proto": "https"})
        assert ("secure" in answer.headers["set-cookie"].lower()) is secure


@pytest.mark.parametrize("sent", ["/library", "/music/library"])
def test_under_a_path_every_address_has_it(house: House, tmp_path: Path, sent: str) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home", root_path="/music"))
    client = TestClient(create_app(wiring, asks=True), base_url="http://localhost", follow_redirects=False)
    answer = client.get(sent, headers={"accept": "text/html"})
    assert answer.headers["location"] == "/music/sign-in?next=/library"
    page = client.get("/music/sign-in").text
    assert 'data-root="/music"' in page and 'src="/music/static/js/sign-in/main.js"' in page
    assert client.get("/music/static/js/main.js").status_code == 200
    assert client.get("/musical/static/js/main.js").status_code == 401
    wiring.close()


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/a/../b c", '/"><script>', "music", "/" + "a" * 3 + "?x"]
)
def test_a_path_that_is_none_is_not_taken_from_a_proxy(house: House, prefix: str) -> None:
    for peer in ("10.1.2.3", "192.0.2.7"):
        client = TestClient(house.app, base_url="http://localhost", client=(peer, 1), follow_redirects=False)
        for stated in (prefix, "/music" if peer != "10.1.2.3" else prefix):
            answer = client.get("/sign-in", headers={"x-forwarded-prefix": stated})
            assert "data-root" not in answer.text and stated not in answer.text.replace("/static", "")


def test_the_secret_of_this_machines_user_opens_everything(house: House) -> None:
    ownership = house.wiring.ownership
    assert ownership is not None
    client = house.client(ownership.token)
    assert client.get("/api/tasks").status_code == 200
    assert client.get("/api/account").json()["data"]["by"] == "owner"


def test_on_this_machine_nobody_is_asked(house: House) -> None:
    client = TestClient(create_app(house.wiring), base_url="http://localhost")
    assert client.get("/api/songs").status_code == 200
    state = client.get("/api/account").json()["data"]
    assert (state["asks"], state["exposed"], state["name"]) == (False, False, None)


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("fe80::1%eth0", False),
        ("studio", False),
    ],
)
def test_who_reaches_an_address(tmp_path: Path, host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own
    for setting, asked in (("auto", not is_own), ("always", True), ("never", False)):
        settings = Settings.model_validate({"home": tmp_path, "sign_in": setting})
        assert sign_in_is_asked(settings, host) is asked


def test_a_server_that_nobody_could_sign_in_to_is_refused_in_one_line(tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    accounts = Accounts(wiring.catalog.accounts)
    with pytest.raises(ConfigurationError, match=r"users add NAME.*--insecure-open"):
        check_can_sign_in(wiring.settings, accounts)
    with pytest.raises(ConfigurationError, match="REELSCORE_TRUSTED_PROXIES"):
        check_can_sign_in(Settings(home=tmp_path, proxy_user_header="Remote-User"), accounts)
    accounts.store.add_user("anna", Role.ADMIN)
    check_can_sign_in(wiring.settings, accounts)
    wiring.close()
