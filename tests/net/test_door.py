"""Addresses that other people name lead to the public internet alone."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from fake_web import Answer, FakeWeb, serve_web
from reelscore.errors import SourceError
from reelscore.net.http import HttpClient
from reelscore.net.outgoing import check_public


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a",
        "http://localhost:8000/a",
        "http://[::1]/a",
        "http://10.0.0.7/a",
        "http://192.168.1.1/a",
        "http://169.254.169.254/latest",
        "http://0.0.0.0/a",
        "http://[::ffff:127.0.0.1]/a",
        "http://2130706433/a",
        "ftp://example.org/a",
        "file:///etc/hosts",
        "https:///a",
    ],
)
def test_what_is_not_public_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match=r"it leads to|cannot be read"):
        check_public(url)


def test_a_name_is_what_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"good.example": ["93.184.216.34"], "bad.example": ["93.184.216.34", "192.168.0.9"]}

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        if host not in found:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in found[host]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    check_public("https://good.example/a")
    check_public("https://unknown.example/a")  # the request itself says that there is no such host
    check_public("http://bad.example/a", trusted={"bad.example"})
    with pytest.raises(SourceError, match=r"bad\.example, which is not on the public internet"):
        check_public("http://bad.example/a")


def test_each_step_of_a_redirect_is_looked_at(tmp_path: Path) -> None:
    with serve_web(FakeWeb()) as web:
        client = HttpClient("the store", trusted={"127.0.0.1"})
        web.routes["/there"] = lambda request: Answer(b"sound")
        web.routes["/near"] = lambda request: Answer(status=302, headers={"Location": "/there"})
        with client.download(f"{web.url}/near", folder=tmp_path, max_bytes=10) as path:
            assert path.read_bytes() == b"sound"
        asked = len(web.seen)
        for target in (f"http://localhost:{web.port}/there", "file:///etc/hosts"):
            web.routes["/away"] = lambda request, to=target: Answer(status=302, headers={"Location": to})
            with (
                pytest.raises(SourceError, match="it leads to"),
                client.download(f"{web.url}/away", folder=tmp_path, max_bytes=10),
            ):
                pass
        assert [request.path for request in web.seen[asked:]] == ["/away", "/away"]
    assert not list(tmp_path.iterdir())
