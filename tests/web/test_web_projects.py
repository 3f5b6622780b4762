"""A film with its shortlist, in a real browser: kept, found again, copied, deleted, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_web_access import axe, faults_of_layout, not_reached, violations  # noqa: F401  the fixture and what reads

from reelscore.accounts.service import Accounts
from reelscore.config import Settings
from reelscore.records import Role
from reelscore.wiring import Wiring
from serving import serve

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]


@pytest.fixture
def url(demo_library_home: Path) -> Iterator[str]:
    wiring = Wiring(Settings(home=demo_library_home))
    with serve(wiring) as url:
        yield url
    wiring.close()


def only_project(url: str) -> dict[str, Any]:
    (short,) = httpx.get(f"{url}/api/projects").json()["data"]
    project: dict[str, Any] = httpx.get(f"{url}/api/projects/{short['id']}").json()["data"]
    return project


def analysed(page: Any, video: Path | list[Path]) -> None:
    page.set_input_files("#video-file", video)
    page.locator(".song .keep").first.wait_for(timeout=120_000)


def settled(page: Any) -> None:
    """Wait until nothing is on its way to the server."""
    page.wait_for_load_state("networkidle")


def test_questions_teach_under_the_film(url: str, open_page: OpenPage, video_path: Path) -> None:
    page = open_page(url)
    analysed(page, video_path)
    page.click("#shortlist summary:has-text('Ten questions')")
    panel = page.locator(".questions")
    panel.get_by_text("1 of 10").wait_for()
    panel.locator("button").nth(1).click()  # B is heard, under the film
    page.locator(".take[aria-pressed=true]").wait_for()
    panel.get_by_role("button", name="B", exact=True).click()
    panel.get_by_text("2 of 10").wait_for()
    panel.get_by_role("button", name="Skip").click()
    panel.get_by_role("button", name="Neither").click()
    panel.get_by_text("4 of 10").wait_for()
    settled(page)
    project = only_project(url)["id"]
    events = httpx.get(f"{url}/api/taste/events").json()["data"]
    told = [event["kind"] for event in events if event["project_id"] == project]
    assert sorted(kind for kind in told if kind in ("more", "less")) == ["less", "less", "less", "more"]


def test_what_is_kept_is_there_after_a_reload_and_elsewhere(
    url: str, open_page: OpenPage, video_path: Path
) -> None:
    page = open_page(url)
    assert page.locator("#recent").is_hidden()
    analysed(page, video_path)
    first, second, third = (page.locator(".song").nth(place) for place in range(3))
    first.locator(".keep").click()
    page.locator(".kept-songs li").wait_for()
    second.locator(".play-cell .play-button").click()
    page.locator(".take[aria-pressed=true]").wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(".")  # the song a frame earlier
    page.keyboard.press("s")
    page.locator(".kept-songs li").nth(1).wait_for()
    page.keyboard.press("m")
    third.locator(".reject").click()
    page.locator(".song.rejected").wait_for()
    page.locator(".kept-songs .stars").first.select_option("4")
    note = page.locator(".kept-songs input").first
    note.fill("the strings")
    note.blur()
    page.locator(".project-more > summary").click()
    page.get_by_label("Name of the project").fill("Street at noon")
    page.get_by_label("Name of the project").blur()
    page.locator("#shortlist h2", has_text="Shortlist of Street at noon").wait_for()
    settled(page)

    project = only_project(url)
    names = [card.get_attribute("data-id") for card in (first, second, third)]
    assert [song["song_id"] for song in project["songs"]] == names
    kept, placed, rejected = project["songs"]
    (film,) = project["films"]
    assert (kept["stars"], kept["note"], kept["places"]) == (4, "the strings", {})
    was = placed["places"][film["id"]]["offset"]
    assert was is not None and rejected["rejected"] and project["kept"] == 2
    assert len(film["hits"]) == 1 and f"project={project['id']}" in page.url

    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.method) if request.method != "GET" else None)
    page.reload()
    page.locator(".kept-songs li").nth(1).wait_for()
    page.locator(".song.rejected").wait_for()
    page.locator(".cut-mark[data-kind=hit]").wait_for(state="attached")
    assert page.locator(".song.rejected").count() == page.locator(".cut-mark[data-kind=hit]").count() == 1
    settled(page)
    assert set(posts) <= {"POST"}  # the search and the plan: nothing is changed by looking

    other = open_page(url, width=390)  # another computer
    card = other.locator(".recent-project")
    card.locator("img").wait_for()
    assert card.inner_text().splitlines()[0] == "Street at noon" and "2 songs kept" in card.inner_text()
    card.click()
    other.locator(".kept-songs li").nth(1).wait_for()
    assert other.evaluate("document.documentElement.scrollWidth") == 390
    other.set_input_files("#picture-file", video_path)
    other.locator(".kept-songs li").nth(1).locator(".step-button").first.click()
    other.locator(".take[aria-pressed=true]").wait_for()
    assert (
        other.locator(".kept-songs li").nth(1).locator(".keep-place").is_hidden()
    )  # it lies where it was kept
    other.keyboard.press(",")
    other.locator(".kept-songs .keep-place:visible").click()
    settled(other)
    assert only_project(url)["songs"][1]["places"][film["id"]]["offset"] != was

    analysed(page, video_path)  # the same film again: its project, not another one
    page.locator(".kept-songs li").nth(1).wait_for()
    only_project(url)


def test_a_project_is_copied_saved_and_deleted(
    url: str, open_page: OpenPage, video_path: Path, tmp_path: Path
) -> None:
    page = open_page(url)
    analysed(page, video_path)
    page.locator(".song .keep").first.click()
    page.locator(".kept-songs li").wait_for()
    page.locator(".project-more > summary").click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as a file").click()
    saved = json.loads(Path(saving.value.path()).read_text(encoding="utf-8"))
    assert saved["songs"] == only_project(url)["songs"]
    page.get_by_role("button", name="Copy").click()
    page.locator("#shortlist h2", has_text="(copy)").wait_for()
    assert httpx.get(f"{url}/api/projects").json()["total"] == 2
    page.get_by_role("button", name="Delete").click()
    page.locator("dialog").get_by_role("button", name="Delete").click()
    page.locator(".recent-project").wait_for()
    assert page.locator(".recent-project").count() == 1
    assert only_project(url)["id"] == saved["id"]


def test_what_could_not_be_kept_is_said(url: str, open_page: OpenPage, video_path: Path) -> None:
    page = open_page(url)
    analysed(page, video_path)
    page.route("**/api/projects/*/songs/*", lambda route: route.abort())
    page.locator(".song .keep").first.click()
    page.locator("#shortlist [role=alert]", has_text="was not kept: The server does not answer").wait_for()
    assert page.locator(".kept-songs li").count() == 0
    page.unroute("**/api/projects/*/songs/*")
    page.locator(".song .keep").first.click()
    page.locator(".kept-songs li").wait_for()
    assert page.locator("#shortlist [role=alert]").text_content() == ""

    broken = {"success": False, "error": {"code": "storage", "message": "the disk is full"}}
    page.route("**/api/projects/*", lambda route: route.fulfill(status=503, json=broken))
    page.reload()
    page.locator("#notices", has_text="The disk is full").wait_for()
    page.locator(".song").first.wait_for()  # the answer does not need it


def test_films_that_are_dropped_together_share_a_question_and_a_shortlist(
    url: str, open_page: OpenPage, video_path: Path, tmp_path: Path
) -> None:
    second, broken = tmp_path / "second.mp4", tmp_path / "broken.mov"
    second.write_bytes(video_path.read_bytes() + b"\0\0\0\x08free")  # another file with the same picture
    broken.write_bytes(b"no film")
    page = open_page(url)
    analysed(page, [video_path, broken, second])
    films = page.locator(".films li")
    page.locator(".films .failed", has_text="broken.mov").wait_for(timeout=120_000)
    page.locator(".films button.chip", has_text="second.mp4").wait_for(timeout=120_000)
    page.get_by_role("button", name="Leave broken.mov out").click()
    assert films.count() == 2
    page.locator(".song .play-cell .play-button").first.click()
    page.locator(".take[aria-pressed=true]").wait_for()
    page.keyboard.press("s")
    page.locator(".kept-songs li").wait_for()
    page.locator("#about input").first.fill("sea")
    page.locator("#about input").first.press("Enter")
    page.wait_for_url("**about=sea**")
    settled(page)

    page.locator(".films button.chip", has_text="second.mp4").click()
    page.locator(".films [aria-current]", has_text="second.mp4").wait_for()
    page.locator(".results:not([aria-busy]) .song").first.wait_for()
    assert "about=sea" in page.url and "second.mp4" in page.url
    assert page.locator(".kept-songs li").count() == 1
    assert page.locator(".kept-songs .place span").inner_text() == ""  # it has no place under this film
    page.locator(".song .play-cell .play-button").first.click()
    page.locator(".take[aria-pressed=true]").wait_for()  # the picture is at hand
    page.keyboard.press("m")
    settled(page)
    project = only_project(url)
    one, two = project["films"]
    assert (one["hits"], len(two["hits"])) == ([], 1)
    assert list(project["songs"][0]["places"]) == [one["id"]]

    page.locator(".project-more > summary").click()
    page.set_input_files(".project-more input[type=file]", broken)
    page.locator(".films .failed").wait_for(timeout=60_000)
    page.get_by_role("button", name="Leave broken.mov out").click()
    page.get_by_role("button", name="Take this film out").click()
    page.locator("dialog").get_by_role("button", name="Take out").click()
    page.locator(".films").wait_for(state="hidden")
    page.locator(".cut-mark[data-kind=hit]").wait_for(state="detached")
    assert [film["id"] for film in only_project(url)["films"]] == [one["id"]]


def test_a_project_of_another_library_is_opened_and_takes_its_film(
    url: str, open_page: OpenPage, video_path: Path
) -> None:
    song = httpx.get(f"{url}/api/songs", params={"limit": 1}).json()["data"][0]["id"]
    film = {"id": "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11", "name": video_path.name, "hits": [2.0]}
    kept = {"song_id": song, "title": "Sea", "places": {film["id"]: {"offset": 3.0}}}
    httpx.post(f"{url}/api/projects", json={"name": "Far", "films": [film], "songs": [kept]})
    page = open_page(url)
    page.locator(".recent-project", has_text="Far").click()
    page.locator("#notices", has_text=f"Drop {video_path.name} here").wait_for()
    page.locator(".kept-songs li", has_text="Sea").wait_for()
    analysed(page, video_path)
    page.locator(".kept-songs .place", has_text="from 3.0 s").wait_for()
    page.locator(".cut-mark[data-kind=hit]").wait_for(state="attached")
    settled(page)
    assert only_project(url)["films"][0]["hits"] == [2.0]


def test_a_project_is_shared_by_a_link_and_taken_back(
    demo_library_home: Path,
    open_page: OpenPage,
    video_path: Path,
    axe: str,  # noqa: F811
) -> None:
    wiring = Wiring(Settings(home=demo_library_home))
    Accounts(wiring.catalog.accounts).add("anna", Role.EDITOR, "correct horse")
    with serve(wiring, asks=True) as url:
        page = open_page(f"{url}/")
        page.fill("#sign-in-name", "anna")
        page.fill("#sign-in-password", "correct horse")
        page.click("#sign-in button")
        page.locator("#drop-zone").wait_for()
        analysed(page, video_path)
        page.locator(".song .keep").first.click()
        page.locator(".kept-songs li").wait_for()
        page.locator(".project-more > summary").click()
        page.locator(".sharing > summary").click()
        page.get_by_role("button", name="Make a link").click()
        link = page.get_by_label("The link; it is shown once").input_value()

        guest = open_page(link, width=390)
        guest.locator(".kept-songs li").wait_for()
        assert guest.locator(":is(.views, .desk, .song, .project-more):visible").count() == 0
        assert guest.locator(".kept-songs .stars").is_disabled()
        assert violations(guest, axe) == [] == not_reached(guest)
        assert faults_of_layout(guest) == []
        guest.set_input_files("#picture-file", video_path)  # no copy is kept of a film that browsers show
        guest.locator(".kept-songs .step-button").click()
        guest.locator(".take[aria-pressed=true]").wait_for()
        guest.keyboard.press("m")  # for themselves
        settled(guest)
        assert guest.locator("#shortlist [role=alert]").text_content() == ""

        page.get_by_label("What the link lets people do").select_option("change")
        page.get_by_role("button", name="Make a link").click()
        page.locator(".links li").nth(1).wait_for()
        judge = open_page(page.get_by_label("The link; it is shown once").input_value())
        judge.locator(".kept-songs .stars").select_option("5")
        settled(judge)
        page.reload()
        page.locator(".kept-songs .stars").wait_for()
        assert page.locator(".kept-songs .stars").input_value() == "5"
        page.locator(".project-more > summary").click()
        page.locator(".sharing > summary").click()
        page.get_by_role("button", name="Withdraw").first.click()
        page.locator(".links li").nth(1).wait_for(state="detached")
        guest.goto(link)
        guest.get_by_text("withdrawn").wait_for()
    wiring.close()
