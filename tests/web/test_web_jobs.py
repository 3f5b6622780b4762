"""Adding music, the list of jobs, and the state of the parts, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reelscore.config import Settings
from reelscore.wiring import Wiring
from serving import serve

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]


@pytest.fixture
def music(tmp_path: Path, heard_once: None) -> Path:
    """A folder with two songs, the same song again, and two files that are no music."""
    import immich_memories_music

    folder = tmp_path / "music"
    folder.mkdir()
    tracks = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))
    shutil.copy(tracks[0], folder / "one.opus")
    shutil.copy(tracks[1], folder / "two.opus")
    shutil.copy(tracks[1], folder / "two again.opus")
    (folder / "broken.mp3").write_text("no sound")
    (folder / "<b>worse.flac").write_text("no sound either")
    return folder


@pytest.fixture
def wiring(tmp_path: Path, music: Path) -> Iterator[Wiring]:
    wiring = Wiring(Settings(home=tmp_path / "home", music_folders=str(music)))
    yield wiring
    wiring.close()


def test_folder_is_added_and_every_file_is_accounted_for(
    wiring: Wiring, music: Path, open_page: OpenPage
) -> None:
    with serve(wiring) as url:
        page = open_page(f"{url}/jobs?add=music")
        page.get_by_label("Folders or files").wait_for()
        assert page.get_by_label("Folders or files").input_value() == str(music)
        page.get_by_role("button", name="Add", exact=True).click()
        job = page.locator(".job", has_text=f"Adding music · {music}")
        job.get_by_text("done", exact=True).wait_for()
        counts = job.locator(".job-counts").inner_text()
        offered, *parts = map(int, re.findall(r"\d+", counts))
        assert offered == sum(parts) == 5, counts
        assert "2 added" in counts
        job.get_by_text("Reasons").click()
        reasons = job.locator(".job-report")
        reasons.get_by_text("broken.mp3").first.wait_for()
        assert "<b>worse.flac" in reasons.inner_text() and reasons.locator("b").count() == 0
        page.locator("#library-state", has_text="2 songs").wait_for()


def test_job_that_waits_has_an_empty_bar_and_says_what_for(tmp_path: Path, open_page: OpenPage) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    with serve(wiring) as url:
        page = open_page(f"{url}/jobs")
        page.evaluate(
            """async () => {
              for (const one of [1, 2]) await fetch("/api/library/ingest", {
                method: "POST", headers: {"content-type": "application/json"}, body: '{"source": "demo"}',
              });
            }"""
        )
        page.reload()
        waits = page.locator(".job", has=page.locator("[data-state=queued]"))
        waits.get_by_text("Waiting for the ingest from demo.").wait_for()
        assert waits.locator("progress").evaluate("bar => [bar.position, bar.value]") == [0, 0]
        page.evaluate(
            """async () => {
              for (const task of (await (await fetch("/api/tasks")).json()).data.toReversed())
                await fetch(`/api/tasks/${task.task_id}`, {method: "DELETE"});
            }"""
        )
        page.locator("[data-state=queued], [data-state=running]").first.wait_for(state="detached")
    wiring.close()


def test_folder_elsewhere_is_refused_with_the_reason(wiring: Wiring, open_page: OpenPage) -> None:
    with serve(wiring) as url:
        page = open_page(f"{url}/jobs?add=music")
        page.get_by_label("Folders or files").fill("/etc")
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_role("alert").get_by_text("REELSCORE_MUSIC_FOLDERS").wait_for()
        page.get_by_text("Nothing has been worked on yet").wait_for()


def test_job_that_fails_says_why_and_is_tried_again(wiring: Wiring, open_page: OpenPage) -> None:
    wiring.catalog.create_job("ingest", {"source": "gramophone"})  # as a later version may have left it
    with serve(wiring) as url:
        page = open_page(f"{url}/jobs")
        failed = page.locator(".job", has=page.locator("[data-state=failed]"))
        failed.first.wait_for()
        assert "gramophone" in failed.first.locator(".step").inner_text()
        failed.first.get_by_role("button", name="Try again").click()
        failed.nth(1).wait_for()
        assert page.locator(".job").count() == 2


def test_job_is_followed_and_cancelled(tmp_path: Path, open_page: OpenPage) -> None:
    wiring = Wiring(Settings(home=tmp_path / "empty"))
    with serve(wiring) as url:
        page = open_page(f"{url}/jobs?add=music")
        page.get_by_label("Demo").check()
        page.get_by_role("button", name="Add", exact=True).click()
        job = page.locator(".job").first
        job.get_by_text(re.compile(r"\d+ %")).wait_for()
        job.get_by_role("button", name="Cancel").click()
        job.get_by_text("cancelled", exact=True).wait_for()
        assert "Stopped" in job.inner_text()
        job.get_by_role("button", name="Try again").wait_for()
    wiring.close()


def test_source_that_is_not_set_up_says_what_it_needs(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/jobs?add=music")
    page.get_by_label("Folder").check()
    page.get_by_text("REELSCORE_MUSIC_FOLDERS").wait_for()
    assert page.get_by_role("button", name="Add", exact=True).is_disabled()
    page.get_by_label("YouTube").check()
    page.get_by_text("REELSCORE_YOUTUBE_AUDIO=1").wait_for()


def test_server_that_is_gone_is_told_and_the_list_comes_back(
    demo_wiring: Wiring, open_page: OpenPage
) -> None:
    with serve(demo_wiring) as url:
        page = open_page(f"{url}/jobs")
        page.get_by_text("Nothing has been worked on yet").wait_for()
    notice = page.locator("#view-jobs").get_by_role("alert")
    notice.get_by_text("The server does not answer", exact=True).wait_for()
    with serve(demo_wiring, urlsplit(url).port or 0):
        notice.get_by_role("button", name="Try again").click()
        notice.wait_for(state="detached")


def test_state_of_the_parts_is_shown_and_no_key(demo_library_home: Path, open_page: OpenPage) -> None:
    wiring = Wiring(Settings(home=demo_library_home, youtube_api_key="very-secret"))
    with serve(wiring) as url:
        page = open_page(f"{url}/state")
        page.get_by_role("heading", name="Search index").wait_for()
        text = page.locator("#view-health").inner_text()
        for words in (
            "All is well",
            "sqlite",
            "lite-1",
            "YOUTUBE_API_KEY",
            "GEMINI_API_KEY",
            "not set",
            "10,000",
        ):
            assert words in text
        assert "very-secret" not in page.content()
    page.get_by_role("button", name="Refresh").click()
    page.get_by_role("alert").get_by_text("The server does not answer", exact=True).wait_for()
    wiring.close()


def test_empty_library_offers_to_fill_itself_on_every_view(tmp_path: Path, open_page: OpenPage) -> None:
    wiring = Wiring(Settings(home=tmp_path / "empty"))
    with serve(wiring) as url:
        for path in ("/", "/library", "/map"):
            page = open_page(f"{url}{path}")
            page.get_by_text("The library has no music yet").wait_for()
            assert page.get_by_role("button", name="Add the demo music").is_visible()
        page.get_by_role("link", name="Add music of your own").click()
        page.get_by_label("Demo").wait_for()
    wiring.close()
