"""What the page says when something is wrong, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import pytest

from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.wiring import Wiring
from serving import serve

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
MARKUP = "<img src=x onerror=alert(1)> & <b>bold</b>"


def retitle(source: Path, target: Path, title: str) -> None:
    """Copy the sound of a file into another with a title in its tags."""
    with av.open(str(source)) as reader, av.open(str(target), "w", format="ogg") as writer:
        track = reader.streams.audio[0]
        copy = writer.add_stream_from_template(track)
        copy.metadata["title"] = title
        writer.metadata["title"] = title
        for packet in reader.demux(track):
            if packet.dts is not None:
                packet.stream = copy
                writer.mux(packet)


@pytest.fixture
def folder_library(tmp_path: Path, heard_once: None) -> Iterator[tuple[Wiring, Path]]:
    """A library of three files in a folder, one of which has markup for a title."""
    import immich_memories_music

    music = tmp_path / "music"
    music.mkdir()
    tracks = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))
    retitle(tracks[0], music / "marked.ogg", MARKUP)
    for track in tracks[1:3]:
        shutil.copy(track, music)
    wiring = Wiring(Settings(home=tmp_path / "library"))
    assert ingest(wiring, "folder", {"paths": [str(music)]}).added == 3
    yield wiring, music
    wiring.close()


def test_text_of_tags_is_shown_as_text_and_a_vanished_file_is_told(
    folder_library: tuple[Wiring, Path], open_page: OpenPage
) -> None:
    wiring, music = folder_library
    with serve(wiring) as url:
        page = open_page(f"{url}/?q=calm")
        page.locator(".song").first.wait_for()
        assert MARKUP in page.locator(".song h3").all_text_contents()
        assert page.locator(".song b, .song h3 img, .song p img").count() == 0

        (music / "marked.ogg").unlink()
        page.locator(".song", has_text="onerror").locator(".play-button").click()
        problem = page.locator("#player .problem")
        problem.wait_for()
        assert "marked.ogg" in problem.inner_text()
        assert page.locator("#player img, #player b").count() == 0


def test_server_that_is_gone_is_told_and_asked_again(demo_wiring: Wiring, open_page: OpenPage) -> None:
    with serve(demo_wiring) as url:
        page = open_page(f"{url}/?q=calm")
        page.locator(".song").first.wait_for()
        page.wait_for_load_state("networkidle")  # no connection is being opened while the server goes
    page.get_by_label("Describe the music").fill("happy and bright")
    page.keyboard.press("Enter")
    notice = page.get_by_role("alert")
    notice.get_by_text("The server does not answer", exact=True).wait_for()
    with serve(demo_wiring, urlsplit(url).port or 0):
        notice.get_by_role("button", name="Try again").click()
        page.locator(".song").first.wait_for()
        assert "happy" in page.locator("#songs-title").inner_text()


def test_file_that_is_no_video_is_refused_with_the_reason(
    server_url: str, open_page: OpenPage, tmp_path: Path
) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("these are words, not pictures")
    page = open_page(server_url)
    page.set_input_files("#video-file", path)
    notice = page.get_by_role("alert")
    notice.wait_for()
    assert re.search(r"This file cannot be read\s+notes\.mp4 is not a video", notice.inner_text())
    assert page.locator(".progress-card").count() == 0 and page.locator(".song").count() == 0


def test_empty_file_is_refused_before_it_is_sent(
    server_url: str, open_page: OpenPage, tmp_path: Path
) -> None:
    path = tmp_path / "nothing.mp4"
    path.touch()
    page = open_page(server_url)
    page.set_input_files("#video-file", path)
    assert "nothing.mp4 is empty" in page.get_by_role("alert").inner_text()


def test_words_that_say_nothing_and_ids_that_are_unknown_are_told(
    server_url: str, open_page: OpenPage
) -> None:
    page = open_page(f"{server_url}/?q=%3F%21")
    page.locator("#songs-note").get_by_text("name a genre, a mood, an instrument or a tempo").wait_for()
    for address, words in (("?song=nothing", "Not found"), ("?task=nothing", "Not found")):
        page = open_page(f"{server_url}/{address}")
        notice = page.get_by_role("alert")
        notice.wait_for()
        assert words in notice.inner_text()


def test_empty_library_says_how_to_fill_it_and_does(tmp_path: Path, open_page: OpenPage) -> None:
    wiring = Wiring(Settings(home=tmp_path / "empty"))
    with serve(wiring) as url:
        page = open_page(url)
        page.get_by_text("The library has no music yet").wait_for()
        assert "reelscore ingest folder" in page.locator("#notices").inner_text()
        page.get_by_role("button", name="Add the demo music").click()
        card = page.locator("#notices .progress-card")
        card.get_by_text("of 28 songs").wait_for()
        card.get_by_role("button", name="Cancel").click()
        card.wait_for(state="detached")
        songs = wiring.catalog.counts()["songs"]
        expected = "The library is ready" if songs else "The library has no music yet"
        page.get_by_text(expected).wait_for()
    wiring.close()


def test_server_that_falls_silent_during_an_analysis_is_told_and_the_songs_come(
    server_url: str, open_page: OpenPage, video_path: Path
) -> None:
    page = open_page(server_url)
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:  # the work goes on, whatever a quick server would say
            progress = {"done": 1, "total": 4, "message": "looking at pictures"}
            task = {"task_id": "x", "state": "running", "progress": progress, "cancel_requested": False}
            route.fulfill(json={"success": True, "data": task})
        elif len(asked) < 4:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/tasks/*/events", lambda route: route.abort())
    page.route("**/api/tasks/*", answer)
    page.set_input_files("#video-file", video_path)
    page.locator(".progress-card .step", has_text="The server does not answer; trying again…").wait_for()
    page.locator(".song").first.wait_for()
    assert page.locator(".progress-card").count() == 0


def test_video_that_is_too_large_is_refused_before_and_after_it_is_sent(
    server_url: str, open_page: OpenPage, video_path: Path
) -> None:
    page = open_page(server_url)
    limits = {"status": "ok", "songs": 28, "limits": {"max_upload_mb": 0.4}}
    page.route("**/health", lambda route: route.fulfill(json={"success": True, "data": limits}))
    page.reload()
    page.locator("#library-state", has_text="28 songs").wait_for()
    page.set_input_files("#video-file", video_path)
    notice = page.get_by_role("alert")
    notice.get_by_text("larger than the 0.4 MB that this server takes").wait_for()

    page.unroute("**/health")
    page.reload()
    error = {"code": "too_large", "message": "the file is larger than 1 MB; cut it down"}
    refusal = {"success": False, "error": error}
    page.route("**/analyze-video", lambda route: route.fulfill(status=413, json=refusal))
    page.locator("#library-state", has_text="28 songs").wait_for()
    page.set_input_files("#video-file", video_path)
    notice.get_by_text("The file is larger than 1 MB; cut it down.").wait_for()
    assert page.locator(".progress-card").count() == 0


def test_server_that_is_gone_when_the_words_are_edited_is_told_and_asked_again(
    server_url: str, open_page: OpenPage, video_path: Path
) -> None:
    page = open_page(server_url)
    page.set_input_files("#video-file", video_path)
    page.locator(".song").first.wait_for()
    page.route("**/recommendations/search", lambda route: route.abort())
    phrase = page.get_by_label("Search for", exact=True).first
    phrase.fill("slow strings")
    phrase.press("Enter")
    notice = page.get_by_role("alert")
    notice.get_by_text("The server does not answer", exact=True).wait_for()
    assert page.locator("#picture video").count() == 1 and phrase.input_value() == "slow strings"
    page.unroute("**/recommendations/search")
    notice.get_by_role("button", name="Try again").click()
    page.locator(".song").first.wait_for()
    assert notice.count() == 0
