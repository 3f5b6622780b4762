"""What the files of the page promise, read from the files themselves."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from reelscore.api.routes.page import VIEWS, PageFiles
from reelscore.web import STATIC_DIR
from reelscore.web.modules import modules_of, styles_of

JS = STATIC_DIR / "js"
SCRIPTS = sorted(JS.rglob("*.js"))
STYLES = sorted((STATIC_DIR / "css").glob("*.css"))
PAGES = sorted(STATIC_DIR.glob("*.html"))


class Tags(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_has_no_inline_code_and_no_remote_file(path: Path) -> None:
    for tag, attributes in Tags(path).tags:
        assert tag != "style", "styles belong in a file"
        assert tag != "script" or attributes.get("src"), "scripts belong in a file"
        for name, value in attributes.items():
            assert name != "style" and not name.startswith("on"), f"{name} of <{tag}>"
            if name in ("src", "href"):
                assert value is not None and value.startswith(("/", "#")), f"{value} comes from elsewhere"
                if value.startswith("/static/"):
                    assert (STATIC_DIR / value.removeprefix("/static/")).is_file(), value


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(JS).as_posix())
def test_script_puts_text_in_as_text_and_stays_small(path: Path) -> None:
    text = path.read_text()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in text, f"{way} can turn a tag of a file into markup"
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text
    assert len(text.splitlines()) <= 250


def test_every_view_is_in_the_table_with_a_file_and_an_address(server_url: str) -> None:
    table = (JS / "views.js").read_text()
    found = re.findall(r"path: \"([^\"]+)\".*load: \(\) => import\(\"\./([\w/-]+\.js)\"\)", table)
    assert len(found) == table.count("load:") >= 6
    assert {re.sub(r"\{\w+\}", ":id", path): module for path, module in VIEWS.items()} == dict(found)
    with httpx.Client(base_url=server_url) as client:
        page = client.get("/").text
        for path, module in found:
            assert client.get(re.sub(r":\w+", "some-id", path)).text == page, path
            text = (JS / module).read_text()
            assert re.search(r"export (async )?function mount\(", text), module
        assert client.get("/nowhere").status_code == 404


def test_every_style_is_used() -> None:
    named = "".join(path.read_text() for path in [*PAGES, *STYLES])
    assert [path.name for path in STYLES if not re.search(rf"[/\"]{path.name}\"", named)] == []


def test_styles_come_as_one_in_their_order_and_a_changed_one_is_sent_again(
    server_url: str, tmp_path: Path
) -> None:
    names = styles_of((STATIC_DIR / "css" / "page.css").read_text())
    text = httpx.get(f"{server_url}/static/css/page.css").text
    places = [text.index((STATIC_DIR / "css" / name).read_text()) for name in names]
    assert len(names) > 15 and names[0] == "tokens.css" and places == sorted(places)
    assert "@import" not in text
    app = Starlette(routes=[Mount("/", PageFiles(directory=tmp_path))])
    (tmp_path / "one.css").write_text("p { color: red }")
    (tmp_path / "all.css").write_text('@import "one.css";\n@import "one.css";\nb { top: 0 }')
    with TestClient(app) as client:
        first = client.get("/all.css")
        assert first.text == "p { color: red }\np { color: red }\nb { top: 0 }"
        (tmp_path / "one.css").write_text("p { color: blue; }")
        again = client.get("/all.css", headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 200 and again.text.count("blue") == 2


def test_every_element_that_a_script_looks_for_is_in_the_page() -> None:
    ids = {attributes.get("id") for path in PAGES for _, attributes in Tags(path).tags}
    wanted = {name for path in SCRIPTS for name in re.findall(r"byId\(\"([\w-]+)\"\)", path.read_text())}
    assert wanted <= ids


def test_every_colour_and_size_that_a_style_uses_has_a_token() -> None:
    text = "\n".join(path.read_text() for path in STYLES)
    used = set(re.findall(r"var\((--[\w-]+)", text))
    given = set(re.findall(r"(--[\w-]+):", text))
    set_by_scripts = {"--at", "--level", "--from", "--to", "--hue", "--bar", "--zoom", "--own-height"}
    assert used - given <= set_by_scripts
    others = "\n".join(path.read_text() for path in STYLES if path.name != "tokens.css")
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", others)) <= {"#000"}, "colours belong in tokens.css"


def routes_of(client: httpx.Client) -> set[str]:
    paths: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    return {re.sub(r"\{\w+\}", "*", path) for path in paths} | {"/", "/docs", "/openapi.json"}


def test_every_route_that_the_page_calls_exists(server_url: str) -> None:
    with httpx.Client(base_url=server_url) as client:
        routes = routes_of(client)
    called = set()
    for path in SCRIPTS:
        for literal in re.findall(r"[\"`](/(?:api|health|recommend|openapi)[^\"`]*)[\"`]", path.read_text()):
            called.add(re.sub(r"\$\{[^}]*\}", "*", literal).partition("?")[0])
    assert len(called) >= 8
    assert called <= routes


def test_files_are_kept_by_the_browser_and_asked_about(server_url: str) -> None:
    with httpx.Client(base_url=server_url) as client:
        for path in ("/", "/docs", "/static/js/main.js", "/static/css/tokens.css"):
            first = client.get(path)
            assert first.status_code == 200 and first.headers["cache-control"] == "no-cache"
            again = client.get(path, headers={"if-none-match": first.headers["etag"]})
            assert again.status_code == 304 and again.content == b""
            assert client.head(path).status_code == 200


def preloaded(url: str) -> list[str]:
    return re.findall(r"</static/js/([^>]+)>; rel=modulepreload", httpx.get(url).headers["link"])


def test_page_names_the_modules_of_its_view_so_that_they_come_at_once(server_url: str) -> None:
    common = modules_of("main.js")
    assert {"shared/dom.js", "shared/router.js", "views.js"} <= set(common)
    assert "main.js" not in common and "desk/view.js" not in common
    for path, module in VIEWS.items():
        found = preloaded(server_url + path.replace("{song_id}", "some-id"))
        assert set(found) == {*common, module, *modules_of(module)} and len(found) == len(set(found))
        assert all((JS / name).is_file() for name in found)
    assert {"desk/work.js", "audition/audition.js"} <= set(preloaded(f"{server_url}/?q=calm"))
    unknown = httpx.get(f"{server_url}/nowhere", headers={"accept": "text/html"})
    assert unknown.status_code == 404 and "views.js" in unknown.headers["link"]


def test_start_is_few_files(server_url: str) -> None:
    """Each is a request, and what only an answer needs can wait."""
    assert len(preloaded(server_url)) <= 35
    assert not [name for name in preloaded(server_url) if re.match(r"audition/|laying/|export/|map/", name)]


def test_file_that_changed_is_read_again(tmp_path: Path) -> None:
    app = Starlette(routes=[Mount("/", PageFiles(directory=tmp_path))])
    (tmp_path / "a.js").write_text("one")
    with TestClient(app) as client:
        first = client.get("/a.js")
        assert (first.text, first.headers["content-type"]) == ("one", "text/javascript; charset=utf-8")
        (tmp_path / "a.js").write_text("another")
        again = client.get("/a.js", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.text) == (200, "another")
        assert client.head("/a.js").text == ""
        assert client.post("/a.js").status_code == 405
        (tmp_path / "a.js").unlink()
        assert client.get("/a.js").status_code == 404
        assert client.get("/..%2f..%2fetc/passwd").status_code == 404


def test_content_policy_allows_only_our_own_files(server_url: str) -> None:
    policy = httpx.get(server_url).headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "*" not in policy
    # Only a store's previews and covers may come from elsewhere, from the store itself and encrypted.
    elsewhere = [rule for rule in policy.split("; ") if "http" in rule]
    assert elsewhere == ["img-src 'self' blob: https:", "media-src 'self' blob: https:"]
