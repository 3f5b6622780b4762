"""The page in a real browser, over the real demo library."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from patience import PATIENCE_SECONDS

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]

AUDIO = "document.querySelector('#audio')"

DROP = """async ([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "video/mp4" }));
  for (const type of ["dragenter", "dragover", "drop"]) {
    document.querySelector("#drop-zone").dispatchEvent(
      new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def wait_until(page: Any, expression: str) -> None:
    """Wait for an expression to hold. The driver's own way would evaluate text, which our policy forbids."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(25)


def wait_for_title(page: Any, part: str) -> None:
    page.locator("#songs-title", has_text=part).wait_for()


def wait_until_playing(page: Any) -> None:
    wait_until(page, f"!{AUDIO}.paused && {AUDIO}.currentTime > 0")


def titles(page: Any) -> list[str]:
    found: list[str] = page.locator(".song h3").all_text_contents()
    return found


def test_dropped_video_gets_songs_that_play(server_url: str, open_page: OpenPage, video_path: Path) -> None:
    page = open_page(server_url)
    page.evaluate(DROP, [video_path.name, base64.b64encode(video_path.read_bytes()).decode()])
    page.locator(".song").first.wait_for()
    assert "analysis=" in page.url
    assert page.locator("#songs-title").inner_text() == f"Songs for {video_path.name}"
    assert page.locator(".song").count() == 10
    page.get_by_role("button", name=re.compile(r"Show \d+ more")).click()
    assert page.locator(".song").count() == 28

    analysis = page.locator("#analysis")
    analysis.get_by_text("What was seen").click()
    for words in ("Mood", "Tempo", "Energy", "Search for", "Avoid", "Analysed by local"):
        assert words in analysis.inner_text()
    assert page.locator("#picture video").count() == 1
    assert "cut" in str(page.locator("#picture svg[role=img]").get_attribute("aria-label"))

    page.locator(".song .play-button").first.click()
    wait_until(page, "!document.querySelector('#picture video').paused")
    assert titles(page)[0] in page.locator(".take[aria-pressed=true]").inner_text()
    assert not page.locator("#player").is_visible(), "the song plays under the picture"


def test_sentence_gets_songs_and_the_address_holds_it(server_url: str, open_page: OpenPage) -> None:
    page = open_page(server_url)
    page.get_by_role("tab", name="Words").click()
    page.get_by_label("Describe the music").fill("calm acoustic guitar")
    page.keyboard.press("Enter")
    page.locator(".song").first.wait_for()
    assert "q=calm+acoustic+guitar" in page.url
    first = page.locator(".song").first
    facts = first.locator(".facts").inner_text()
    assert "bpm" in facts
    # Each fact once, and the rest of the reasons in the details.
    assert first.inner_text().count(facts.split()[0]) == 1
    page.get_by_role("button", name="Details").first.click()
    assert first.locator(".why-list li").count() >= 1
    found = titles(page)

    page.get_by_label("Describe the music").fill("happy and bright")
    page.keyboard.press("Enter")
    wait_for_title(page, "happy")
    page.go_back()
    wait_for_title(page, "calm")
    page.locator(".song").first.wait_for()
    assert titles(page) == found
    assert page.get_by_label("Describe the music").input_value() == "calm acoustic guitar"
    page.go_back()
    page.get_by_role("heading", name="Music for your picture").wait_for()
    assert page.locator(".song").count() == 0


def test_only_one_song_plays_and_the_keyboard_reaches_all(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/?q=energetic+electronic")
    page.locator(".song").first.wait_for()
    buttons = page.locator(".song .play-button")
    buttons.nth(0).focus()
    page.keyboard.press("Space")
    wait_until_playing(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_until(page, "document.querySelectorAll('.song .play-button[aria-pressed=true]').length === 1")
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.querySelectorAll('audio').length") == 1
    wait_until_playing(page)

    page.locator("#seek").fill("20")
    wait_until(page, f"{AUDIO}.currentTime >= 20")
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowLeft")
    wait_until(page, f"{AUDIO}.currentTime < 19")
    page.keyboard.press("Space")
    wait_until(page, f"{AUDIO}.paused")
    page.get_by_role("button", name="Previous song").click()
    wait_until(page, "document.querySelector('.song .play-button').getAttribute('aria-pressed') === 'true'")


def test_skip_link_goes_to_the_songs_and_asks_nothing_again(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/?q=calm", width=360)
    first = page.locator(".song").first.element_handle()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_until(page, "document.activeElement.id === 'songs'")
    page.wait_for_timeout(300)
    assert first.evaluate("card => card.isConnected")


def test_song_of_the_library_leads_to_similar_ones(server_url: str, open_page: OpenPage) -> None:
    page = open_page(server_url)
    page.get_by_role("tab", name="Video").focus()
    page.keyboard.press("End")  # to the last tab
    box = page.get_by_role("combobox", name="Start from a song")
    box.fill("tender")
    wait_until(
        page,
        "[...document.querySelectorAll('.option .name')].length && "
        "[...document.querySelectorAll('.option .name')].every((row) => /tender/i.test(row.textContent))",
    )
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".option[aria-selected=true] .name").inner_text().split(" – ")[0]
    page.keyboard.press("Enter")
    page.locator(".song").first.wait_for()
    assert "song=" in page.url and chosen in page.locator("#songs-title").inner_text()
    assert chosen not in titles(page)

    first = titles(page)[0]
    page.get_by_role("button", name="More like this").first.click()
    wait_for_title(page, first)
    page.locator(".song").first.wait_for()
    assert first not in titles(page)
    assert box.input_value() == first


def test_audio_file_of_this_computer_leads_to_similar_songs(server_url: str, open_page: OpenPage) -> None:
    import immich_memories_music

    tracks = Path(immich_memories_music.__file__).parent / "tracks"
    path = sorted(tracks.rglob("calm_acoustic_*.opus"))[0]
    page = open_page(server_url)
    page.set_input_files("#song-file", path)
    page.locator(".song").first.wait_for()
    assert page.locator("#songs-title").inner_text() == f"Songs like “{path.name}”"


def test_progress_is_asked_for_where_events_do_not_get_through(
    server_url: str, open_page: OpenPage, video_path: Path
) -> None:
    page = open_page(server_url)
    page.route("**/events", lambda route: route.abort())
    page.set_input_files("#video-file", video_path)
    page.locator(".song").first.wait_for()


def test_upload_shows_its_progress_and_can_be_cancelled(
    server_url: str, open_page: OpenPage, video_path: Path
) -> None:
    page = open_page(server_url)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 40_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.set_input_files("#video-file", video_path)
    card = page.locator("#video-progress .progress-card")
    card.wait_for()
    assert f"Sending {video_path.name}" in card.inner_text()
    card.get_by_role("button", name="Cancel").click()
    page.get_by_role("heading", name="Music for your picture").wait_for()
    assert card.count() == 0 and page.locator(".notice").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 3840])
def test_nothing_is_wider_than_the_window(
    server_url: str, open_page: OpenPage, width: int, scheme: str
) -> None:
    page = open_page(f"{server_url}/?q=calm", width=width, scheme=scheme)
    page.locator(".song").first.wait_for()
    page.get_by_role("button", name="Details").first.click()
    page.locator(".song .play-button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(re.findall(r"\d+", background)[0]) < 60) == (scheme == "dark")


def test_reference_of_the_api_shows_every_route(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/docs")
    page.locator(".route").first.wait_for()
    assert page.locator(".route").count() >= 14
    page.locator(".route summary").first.click()
    assert "curl" in page.locator(".route").first.inner_text()
