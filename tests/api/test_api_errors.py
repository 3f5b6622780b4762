"""Every failure has the one shape, says what to do, and tells nothing of the insides."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

UNKNOWN_ID = "00000000-0000-5000-8000-000000000000"
SEARCH = "/api/recommendations/search"
TEXT = "/api/recommendations/text-recommendations"
VIDEO = "/api/recommendations/analyze-video"
FILE = ("clip.mp4", b"x")
CALM = {"query": "calm"}
JSON = {"content-type": "application/json"}
FORM = {"content-type": "multipart/form-data"}
NOT_TAKEN = "unsupported_media_type"


def assert_is_error(response: httpx.Response, status: int, code: str | None = None) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" in response.headers
    body = response.json()
    assert body["success"] is False and set(body) == {"success", "error"}
    assert set(body["error"]) == {"code", "message"}
    message: str = body["error"]["message"]
    assert message and "\n" not in message
    assert "Traceback" not in response.text and 'File "' not in response.text
    if code is not None:
        assert body["error"]["code"] == code
    return message


BAD_REQUESTS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/nothing/here", {}, 404, "not_found"),
    ("GET", "/api/nothing", {}, 404, "not_found"),
    ("GET", "/static/js/nothing.js", {}, 404, "not_found"),
    ("GET", "/static/../../secret", {}, 404, "not_found"),
    ("GET", "/static/%00", {}, 404, "not_found"),
    ("GET", TEXT, {}, 405, "method_not_allowed"),
    ("DELETE", "/", {}, 405, "method_not_allowed"),
    ("POST", "/static/js/main.js", {}, 405, "method_not_allowed"),
    ("PUT", "/api/songs", {}, 405, "method_not_allowed"),
    ("GET", "/health", {"params": {"verbose": 1}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": CALM, "params": {"limit": 1}}, 422, "invalid_input"),
    ("POST", TEXT, {}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": []}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": ""}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": None}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": "a" * 1001}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": "   "}}, 400, "invalid_input"),
    ("POST", TEXT, {"json": {"query": "calm", "limit": 0}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": "calm", "limit": 1001}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": "calm", "limit": "many"}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": "calm", "limit": 1.5}}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": "calm", "limitt": 1}}, 422, "invalid_input"),
    ("POST", SEARCH, {"json": {"phrases": [{"text": "a", "wieght": 2}]}}, 422, "invalid_input"),
    ("POST", "/api/library/ingest", {"json": {"source": "demo", "max_videos": 1}}, 422, "invalid_input"),
    ("POST", "/api/account/tokens", {"json": {"label": "farm", "day": 1}}, 422, "invalid_input"),
    ("POST", TEXT, {"content": b"{oops", "headers": JSON}, 422, "invalid_input"),
    ("POST", TEXT, {"json": {"query": "calm", "x": "a" * 1_100_000}}, 413, "too_large"),
    ("POST", VIDEO, {}, 415, NOT_TAKEN),
    ("POST", VIDEO, {"json": {"video": "clip.mp4"}}, 415, NOT_TAKEN),
    ("POST", VIDEO, {"files": {"film": FILE}}, 400, "invalid_input"),
    ("POST", VIDEO, {"files": {"video": ("clip.mp4", b"")}}, 400, "invalid_input"),
    ("POST", VIDEO, {"files": {"video": FILE}, "data": {"limit": "0"}}, 422, "invalid_input"),
    ("POST", VIDEO, {"files": {"video": FILE}, "data": {"limit": "ten"}}, 422, "invalid_input"),
    ("POST", VIDEO, {"files": {"video": FILE}, "data": {"abuot": "a walk"}}, 422, "invalid_input"),
    ("POST", VIDEO, {"files": {"video": FILE}, "data": {"x": "a" * 70_000}}, 413, "too_large"),
    (
        "POST",
        VIDEO,
        {"content": b"--b\r\nno form", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        400,
        "invalid_input",
    ),
    (
        "POST",
        VIDEO,
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\ncut',
            "headers": {"content-type": "multipart/form-data; boundary=b"},
        },
        400,
        "invalid_input",
    ),
    ("POST", VIDEO, {"content": b"", "headers": FORM}, 415, NOT_TAKEN),
    ("POST", "/recommend", {}, 415, NOT_TAKEN),
    ("POST", "/recommend", {"json": {}}, 422, "invalid_input"),
    ("POST", "/recommend", {"json": {"song_id": UNKNOWN_ID}}, 404, "not_found"),
    ("POST", "/recommend", {"json": {"song_id": "/etc/passwd"}}, 404, "not_found"),
    ("POST", "/recommend", {"json": {"song_id": UNKNOWN_ID, "limit": 1001}}, 422, "invalid_input"),
    ("POST", "/recommend", {"content": b"nope", "headers": JSON}, 422, "invalid_input"),
    ("POST", "/recommend", {"files": {"song": ("notes.mp3", b"these are words")}}, 422, "unreadable_media"),
    ("POST", "/api/recommendations/initialize-database", {"json": {"max_videos": 0}}, 422, "invalid_input"),
    ("GET", f"/api/songs/{UNKNOWN_ID}", {}, 404, "not_found"),
    ("GET", "/api/songs/%20", {}, 404, "not_found"),
    ("GET", f"/api/songs/{UNKNOWN_ID}/audio", {}, 404, "not_found"),
    ("HEAD", f"/api/songs/{UNKNOWN_ID}/audio", {}, 404, "not_found"),
    ("GET", f"/api/songs/{UNKNOWN_ID}/similar", {}, 404, "not_found"),
    ("GET", "/api/songs/%2Fetc%2Fpasswd/similar", {}, 404, "not_found"),
    ("GET", "/api/songs?limit=0", {}, 422, "invalid_input"),
    ("GET", "/api/songs?limit=101", {}, 422, "invalid_input"),
    ("GET", "/api/songs?offset=-1", {}, 422, "invalid_input"),
    ("GET", "/api/songs?sort=colour", {}, 400, "unknown_name"),
    ("GET", f"/api/tasks/{UNKNOWN_ID}", {}, 404, "not_found"),
    ("DELETE", f"/api/tasks/{UNKNOWN_ID}", {}, 404, "not_found"),
    ("GET", f"/api/tasks/{UNKNOWN_ID}/events", {}, 404, "not_found"),
    ("DELETE", "/api/tasks", {}, 422, "invalid_input"),
    ("DELETE", "/api/tasks?older_than_days=-1", {}, 422, "invalid_input"),
    ("GET", "/api/tasks?limit=x", {}, 422, "invalid_input"),
    ("GET", "/health", {"headers": {"host": "evil.example"}}, 403, "host_not_allowed"),
    ("GET", "/", {"headers": {"host": "evil.example:8000"}}, 403, "host_not_allowed"),
    ("POST", TEXT, {"json": CALM, "headers": {"origin": "http://evil.example"}}, 403, "origin_not_allowed"),
    ("POST", TEXT, {"json": CALM, "headers": {"origin": "null"}}, 403, "origin_not_allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "request_", "status", "code"), BAD_REQUESTS)
def test_bad_request_gets_the_error_shape(
    client: httpx.Client, method: str, path: str, request_: dict[str, Any], status: int, code: str
) -> None:
    response = client.request(method, path, **request_)
    if method == "HEAD":
        assert response.status_code == status and response.content == b""
    else:
        assert_is_error(response, status, code)


def test_visitor_of_an_unknown_page_gets_the_page_which_says_so(client: httpx.Client) -> None:
    browser = {"Accept": "text/html,*/*;q=0.8"}
    shown = client.get("/nothing/here", headers=browser)
    assert shown.status_code == 404 and shown.headers["content-type"].startswith("text/html")
    for path in ("/api/nothing", "/static/js/nothing.js"):
        assert_is_error(client.get(path, headers=browser), 404, "not_found")


def test_message_names_an_upload_as_its_sender_does(client: httpx.Client) -> None:
    files = {"song": ("notes.mp3", b"these are words")}
    message = assert_is_error(client.post("/recommend", files=files), 422)
    assert message.startswith("notes.mp3 ") and "uploads" not in message


def test_message_names_the_argument_and_its_limits(client: httpx.Client) -> None:
    message = assert_is_error(client.post(TEXT, json={"query": "calm", "limit": 1001}), 422)
    assert "limit" in message and "1000" in message


def test_unknown_parameter_of_an_address_is_refused_with_those_that_it_takes(client: httpx.Client) -> None:
    message = assert_is_error(client.get("/api/songs", params={"limit": 1, "q": "piano"}), 422)
    assert "'q'" in message and "filters, limit, offset, search, sort" in message
    assert client.get("/", params={"query": "piano"}).status_code == 200  # the page reads its own


def test_missing_method_says_which_ones_there_are(client: httpx.Client) -> None:
    response = client.get(TEXT)
    assert "POST" in assert_is_error(response, 405)
    assert "POST" in response.headers["allow"]


def test_words_without_meaning_are_answered_with_advice(client: httpx.Client) -> None:
    response = client.post(TEXT, json={"query": "?! …"})
    assert response.status_code == 200 and response.json()["data"] == []
    assert "genre" in response.json()["notes"][0]


def test_empty_library_says_how_to_fill_it(empty_client: httpx.Client, video_path: Any) -> None:
    asked = [
        empty_client.post(TEXT, json={"query": "calm"}),
        empty_client.post(VIDEO, files={"video": (video_path.name, video_path.read_bytes())}),
    ]
    for response in asked:
        assert "ingest" in assert_is_error(response, 409, "empty_library")


def test_upload_over_the_limit_is_refused_and_leaves_nothing(
    empty_client: httpx.Client, tmp_path: Any
) -> None:
    large = b"\0" * 1_200_000
    assert "1 MB" in assert_is_error(empty_client.post("/recommend", files={"song": ("a.wav", large)}), 413)

    head = b'--b\r\nContent-Disposition: form-data; name="song"; filename="a.wav"\r\n\r\n'
    chunked = empty_client.post(
        "/recommend",
        content=(piece for piece in [head, large, b"\r\n--b--\r\n"]),  # no length is known beforehand
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    assert_is_error(chunked, 413, "too_large")
    uploads = tmp_path / "empty" / "uploads"
    assert not uploads.exists() or list(uploads.iterdir()) == []


def guarded(app: Any, home: Path) -> httpx.AsyncClient:
    """A client of an app behind the guard."""
    from reelscore.api.admission import Admission
    from reelscore.api.guard import Guard
    from reelscore.config import Settings

    def no_accounts() -> Any:
        raise AssertionError("nobody has to sign in")

    def no_links(*_: str) -> None:
        raise AssertionError("nobody has a link")

    admission = Admission(Settings(home=home), no_accounts, no_links)
    transport = httpx.ASGITransport(Guard(app, admission=admission))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def test_unforeseen_error_is_told_without_detail(tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("the secret of the house")

    async def get() -> httpx.Response:
        async with guarded(broken, tmp_path) as client:
            return await client.get("/")

    assert "secret" not in assert_is_error(asyncio.run(get()), 500, "internal")
    assert "the secret of the house" in caplog.text


def test_what_is_cut_off_since_the_server_stops_is_no_fault_of_the_server(tmp_path: Path) -> None:
    async def endless(*_: Any) -> None:
        await asyncio.sleep(60)

    async def get() -> httpx.Response:
        async with guarded(endless, tmp_path) as client:
            asking = asyncio.create_task(client.get("/"))
            await asyncio.sleep(0.05)
            asking.cancel()  # as uvicorn does
            return await asking

    assert "stopping" in assert_is_error(asyncio.run(get()), 503, "stopping")


def test_a_browser_that_is_refused_gets_a_page_and_a_program_json(client: httpx.Client) -> None:
    wrong = {"Host": "<b>evil.example"}
    page = client.get("/", headers={**wrong, "Accept": "text/html,*/*"})
    assert page.status_code == 403 and page.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;evil.example" in page.text and "<b>" not in page.text
    assert "REELSCORE_ALLOWED_HOSTS" in page.text and page.headers["content-security-policy"]
    for path, accept in (("/", "application/json"), ("/api/songs", "text/html")):
        answer = client.get(path, headers={**wrong, "Accept": accept})
        assert answer.json()["error"]["code"] == "host_not_allowed"
