"""Views of a first day (no song, one song, a project without its film), and where people sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from test_web_access import axe, faults_of_layout, not_reached, violations  # noqa: F401  the fixture and what reads

from library_copies import copy_home
from reelscore.accounts.service import Accounts
from reelscore.api.routes.page import VIEWS
from reelscore.config import Settings
from reelscore.records import Role
from reelscore.wiring import Wiring
from serving import serve

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
PASSWORD = "correct horse"
QUESTIONS = ("/?q=calm", "/mixes?kind=set&words=calm&count=5")
SCRIPTS = ("Zähler", "夜来香", "موسيقى", "ทะเล")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server without a song, which has a project of a long name without its film; with its id."""
    wiring = Wiring(Settings(home=tmp_path_factory.mktemp("empty") / "home"))
    with serve(wiring) as url:
        made = httpx.post(f"{url}/api/projects", json={"name": " ".join(SCRIPTS * 6)}).json()["data"]
        yield url, made["id"]
    wiring.close()


@pytest.fixture(scope="module")
def one_song(tmp_path_factory: pytest.TempPathFactory, _demo_library: Path) -> Iterator[tuple[str, str]]:
    """A server with one song, and the id of it."""
    home = tmp_path_factory.mktemp("one") / "home"
    copy_home(_demo_library, home)
    wiring = Wiring(Settings(home=home))
    with serve(wiring) as url:
        kept, *others = httpx.get(f"{url}/api/songs", params={"limit": 100}).json()["data"]
        for song in others:
            httpx.delete(f"{url}/api/songs/{song['id']}").raise_for_status()
        yield url, kept["id"]
    wiring.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server where people sign in."""
    wiring = Wiring(Settings(home=tmp_path_factory.mktemp("guarded") / "home"))
    Accounts(wiring.catalog.accounts).add("anna", Role.EDITOR, PASSWORD)
    with serve(wiring, asks=True) as url:
        yield url
    wiring.close()


def faults_of(page: Any, axe: str) -> list[str]:  # noqa: F811
    """What is wrong with a view as it is shown: for axe-core, on each width, and for a keyboard."""
    page.wait_for_load_state("networkidle")
    return [*violations(page, axe), *not_reached(page), *faults_of_layout(page)]


@pytest.mark.parametrize("path", [*VIEWS, "/docs", "/nosuchpage", *QUESTIONS, "/?project={project}"])
def test_views_of_an_empty_library(
    empty: tuple[str, str],
    open_page: OpenPage,
    axe: str,  # noqa: F811
    path: str,
) -> None:
    url, project = empty
    page = open_page(url + path.format(song_id="nothing", project=project))
    page.locator(".view:not([hidden]), .route").first.wait_for()
    if path == "/":
        page.locator(".recent-project").wait_for()
    assert faults_of(page, axe) == []


@pytest.mark.parametrize("path", ["/", "/library", "/songs/{song_id}", "/map", *QUESTIONS])
def test_views_of_one_song(
    one_song: tuple[str, str],
    open_page: OpenPage,
    axe: str,  # noqa: F811
    path: str,
) -> None:
    url, song = one_song
    page = open_page(url + path.format(song_id=song))
    page.locator(".view:not([hidden])").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert "near the top" not in page.locator("main").inner_text()  # of one song that says nothing
    assert faults_of(page, axe) == []


def test_views_of_who_signs_in(guarded: str, open_page: OpenPage, axe: str) -> None:  # noqa: F811
    page = open_page(f"{guarded}/account")
    page.locator("#sign-in-name").wait_for()
    assert faults_of(page, axe) == []
    page.fill("#sign-in-name", "anna")
    page.fill("#sign-in-password", PASSWORD)
    page.click("#sign-in button")
    page.locator(".account .card").nth(1).wait_for()
    assert faults_of(page, axe) == []


def test_every_view_and_the_flow_of_a_film_live_under_a_path(
    demo_library_home: Path, open_page: OpenPage, video_path: Path
) -> None:
    """Each request of the page is below the path, whichever view is shown and whatever is done."""
    root = "/studio/music"
    wiring = Wiring(Settings(home=demo_library_home, root_path=root))
    asked: list[str] = []
    with serve(wiring) as url:
        song = httpx.get(f"{url}/api/songs", params={"limit": 1}).json()["data"][0]["id"]
        page = open_page("about:blank")
        page.on("request", lambda request: asked.append(request.url))
        for path in (
            *VIEWS,
            "/docs",
            "/nosuchpage",
            "/?q=calm",
            "/mixes?kind=path&from=calm&to=fast&count=3",
        ):
            page.goto(url + root + path.format(song_id=song))
            page.locator(".view:not([hidden]), .route").first.wait_for()
            page.wait_for_load_state("networkidle")
        page.goto(f"{url}{root}/songs/{song}")
        page.locator("#view-song").get_by_role("button", name="Play").first.click()
        page.locator("#player .play-button[aria-pressed=true]").wait_for()
        page.click(".brand")
        page.wait_for_url(f"{url}{root}/")
        page.locator("#drop-zone").wait_for()  # its field is there before what listens to it
        page.set_input_files("#video-file", video_path)
        page.locator(".song .keep").first.click()
        page.locator(".kept-songs li").wait_for()
        page.locator(".song .play-cell .play-button").first.click()
        page.locator(".take[aria-pressed=true]").wait_for()
        page.locator(".take-it > summary").click()
        page.locator('.take-way[data-to="otio"]').click()
        with page.expect_download():
            page.locator(".take-state a[download]").click()
        page.click(".brand")
        page.locator(".recent-project img").wait_for()
        page.locator(".recent-project").click()
        page.locator(".song").first.wait_for()
        assert urlsplit(page.url).path == f"{root}/"
    wiring.close()
    paths = [urlsplit(address).path for address in asked if urlsplit(address).scheme == "http"]
    assert len(paths) > 200 and [path for path in paths if not path.startswith(f"{root}/")] == []
