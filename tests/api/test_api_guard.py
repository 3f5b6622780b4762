from __future__ import annotations

import httpx
import pytest

from reelscore.api.guard import host_is_allowed, origin_is_own
from reelscore.api.uploads import clean_filename


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "192.168.1.5", "studio", "a.localhost"],
)
def test_own_names_and_addresses_are_answered(host: str) -> None:
    assert host_is_allowed(host, {"studio"})


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "1"]
)
def test_strange_names_are_not_answered(host: str) -> None:
    assert not host_is_allowed(host, {"studio"})


def test_a_star_answers_to_every_name() -> None:
    assert host_is_allowed("music.example", {"*"})


def test_origin_must_have_the_host_and_port_of_the_request() -> None:
    assert origin_is_own("http://127.0.0.1:8000", "127.0.0.1:8000")
    assert origin_is_own("https://music.example", "music.example")
    assert not origin_is_own("http://127.0.0.1:3000", "127.0.0.1:8000")
    assert not origin_is_own("null", "127.0.0.1:8000")


def test_own_page_and_programs_may_change_things(client: httpx.Client) -> None:
    path, body = "/api/recommendations/text-recommendations", {"query": "calm"}
    own = f"http://{client.base_url.host}:{client.base_url.port}"
    assert client.post(path, json=body, headers={"origin": own}).status_code == 200
    assert client.post(path, json=body).status_code == 200


def test_no_other_site_may_read_an_answer(client: httpx.Client) -> None:
    response = client.get("/health", headers={"origin": "http://evil.example"})
    assert "access-control-allow-origin" not in response.headers
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("clip.mp4", "clip.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\cut 3.mov", "cut 3.mov"),
        ("", "upload"),
        ("a\nb\x00.mp4", "a b .mp4"),
    ],
)
def test_file_names_of_clients_are_only_names(sent: str, kept: str) -> None:
    assert clean_filename(sent) == kept
