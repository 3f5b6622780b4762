"""Signing in on the page, what the bar says then, and a server that asks nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from patience import PATIENCE_SECONDS
from reelscore.accounts.service import Accounts
from reelscore.config import Settings
from reelscore.records import Role
from reelscore.wiring import Wiring
from serving import serve

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]


def test_one_signs_in_goes_on_where_one_was_and_signs_out(open_page: OpenPage, tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    Accounts(wiring.catalog.accounts).add("anna", Role.EDITOR, "correct horse")
    with serve(wiring, asks=True) as url:
        page = open_page(f"{url}/library")
        page.fill("#sign-in-name", "anna")
        page.fill("#sign-in-password", "wrong horse")
        page.click("#sign-in button")
        page.wait_for_selector("#sign-in-problem [role=alert]")
        page.fill("#sign-in-password", "correct horse")
        page.click("#sign-in button")
        page.wait_for_url(f"{url}/library")
        page.click("#top-links a:text('anna')")
        page.fill("#view-account [name=label]", "farm")
        page.click("text=Make a token")
        page.wait_for_selector(".token-shown:has-text('rs_')")
        page.click("text=Sign out everywhere")
        page.wait_for_url(f"{url}/sign-in")
        page.goto(f"{url}/")
        page.wait_for_url(f"{url}/sign-in?next=/")
    wiring.close()


@contextmanager
def proxy(url: str, root: str) -> Iterator[str]:
    """A proxy that has a server under a path of its host, and nothing else; gives that address."""
    there = urlsplit(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def _pass_on(self) -> None:
            if not self.path.startswith(root + "/"):
                outside.append(self.path)
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = HTTPConnection(str(there.hostname), there.port, timeout=PATIENCE_SECONDS)
            headers = {**dict(self.headers), "X-Forwarded-Prefix": root, "Connection": "close"}
            connection.request(self.command, self.path.removeprefix(root), body, headers)
            with connection.getresponse() as answer:  # what the server's end cuts off is closed, too
                data = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815

    outside: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{root}"
        assert set(outside) <= {"/favicon.ico"}, f"the page asked outside of its path: {outside}"
    finally:
        server.shutdown()
        server.server_close()


def test_the_page_lives_under_a_path(open_page: OpenPage, tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home", trusted_proxies="127.0.0.1"))
    Accounts(wiring.catalog.accounts).add("anna", Role.EDITOR, "correct horse")
    with serve(wiring, asks=True) as url, proxy(url, "/studio/music") as outer:
        page = open_page(f"{outer}/library")
        page.fill("#sign-in-name", "anna")
        page.fill("#sign-in-password", "correct horse")
        page.click("#sign-in button")
        page.wait_for_url(f"{outer}/library")
        page.click("#views a:text('Health')")
        page.wait_for_url(f"{outer}/state")
        page.wait_for_selector(".hour-graphs")
        page.click(".brand")
        page.wait_for_url(f"{outer}/")
        page.goto(f"{outer}/docs")
        page.wait_for_selector(".route")
        assert {cookie["path"] for cookie in page.context.cookies()} == {"/studio/music"}
    wiring.close()


def test_a_server_that_asks_nobody_says_so_on_every_page(open_page: OpenPage, tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    with serve(wiring, is_exposed=True) as url:
        page = open_page(url)
        for path in ("/", "/library", "/docs"):
            page.goto(url + path)
            page.wait_for_selector(".notice.warn:has-text('Everybody may come in')")
    with serve(wiring) as url:
        page.goto(url)
        page.wait_for_selector("#library-state:has-text('songs')")
        assert page.query_selector(".notice.warn") is None
    wiring.close()
