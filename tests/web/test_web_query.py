"""Questions that are changed: words beside a video, filters, songs to lean to; and their address."""

from __future__ import annotations

import re
import shutil
import struct
import time
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from patience import PATIENCE_SECONDS
from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.wiring import Wiring
from serving import serve

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]


def query_of(page: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def titles(page: Any) -> list[str]:
    found: list[str] = page.locator(".song h3").all_text_contents()
    return found


def wait_for_change(page: Any, act: Callable[[], Any]) -> list[str]:
    """Do something that asks anew, and wait for its answer; gives the titles."""
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        act()
    settled(page)
    return titles(page)


def settled(page: Any) -> None:
    page.locator(".results:not([aria-busy]) .song").first.wait_for()


@pytest.fixture
def video_page(server_url: str, open_page: OpenPage, video_path: Path) -> Any:
    """The desk with an analysed video."""
    page = open_page(server_url)
    page.set_input_files("#video-file", video_path)
    page.locator(".song").first.wait_for()
    page.locator("#analysis[open] .wishes").wait_for()
    return page


def test_address_of_a_video_holds_its_analysis_and_a_reload_shows_the_same(video_page: Any) -> None:
    assert query_of(video_page).keys() == {"analysis", "video", "project"}
    before = titles(video_page)
    video_page.reload()
    settled(video_page)
    assert titles(video_page) == before
    assert video_page.locator("#picture .timeline").count() == 1
    assert "keeps the analysis of bikes.mp4, not its picture" in video_page.locator("#picture").inner_text()


def test_compact_list_shows_nine_songs_at_once_and_marks_where_weaker_ones_begin(video_page: Any) -> None:
    page = video_page
    page.set_viewport_size({"width": 1440, "height": 900})
    button = page.get_by_role("button", name="Compact list")
    button.click()
    in_sight = (
        "[...document.querySelectorAll('.song')].filter(s => s.getBoundingClientRect().bottom <= innerHeight)"
    )
    assert page.evaluate(f"{in_sight}.length") >= 9
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    page.get_by_role("button", name="Details").first.click()
    page.get_by_role("button", name="More like this").first.wait_for()
    page.reload()
    settled(page)
    assert button.get_attribute("aria-pressed") == "true", "it is kept"
    button.click()

    page.goto(f"{page.url.partition('?')[0]}?q=dark+tense+ambient")
    settled(page)
    page.locator("#song-list > .weaker").wait_for()
    before = page.locator("#song-list > *").all_text_contents().index("Weaker matches")
    fits = [int(text.split()[1]) for text in page.locator(".song .fit .visually-hidden").all_text_contents()]
    assert fits[before - 1] >= 35 and all(fit < 35 for fit in fits[before:])


def test_songs_begin_on_the_first_screen_of_a_telephone(
    server_url: str, open_page: OpenPage, video_path: Path
) -> None:
    page = open_page(server_url, width=390, height=844)
    page.set_input_files("#video-file", video_path)
    page.locator(".song").first.wait_for()
    page.locator("#picture .at").wait_for()
    assert page.evaluate("document.querySelector('.song').getBoundingClientRect().top + scrollY") < 844
    line = page.locator("#picture .timeline")
    assert not line.is_visible()
    page.locator(".under-picture > summary").click()
    assert line.is_visible()
    page.locator(".under-picture > summary").click()
    page.locator(".song .play-cell .play-button").first.click()
    page.locator(".take[aria-pressed=true]").wait_for()
    assert line.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_file_is_chosen_again_after_a_reload_and_nothing_is_sent(video_page: Any, video_path: Path) -> None:
    video_page.reload()
    settled(video_page)
    posts: list[str] = []
    video_page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    video_page.set_input_files("#picture-file", video_path)
    video_page.locator("#picture video").wait_for()
    video_page.locator(".song .play-cell .play-button").first.click()
    video_page.locator(".take[aria-pressed=true]").wait_for()
    assert [
        url for url in posts if not url.endswith("/api/sync")
    ] == []  # the plan of what is heard needs no film


def test_another_film_than_was_analysed_is_said_below_its_picture(video_page: Any, video_path: Path) -> None:
    video_page.reload()
    settled(video_page)
    video_page.set_input_files("#picture-file", video_path.with_name("carphone_pristine.mp4"))
    video_page.locator("#picture .notice", has_text="Another video?").wait_for()
    video_page.wait_for_function("() => document.querySelector('#picture video').videoHeight > 0")
    boxes = [
        video_page.locator(f"#picture {part}").bounding_box() for part in ("video", ".notice", ".transport")
    ]
    column = video_page.locator("#picture").bounding_box()
    assert all(box["x"] + box["width"] <= column["x"] + column["width"] for box in boxes)
    for above, below in pairwise(boxes):
        assert above["y"] + above["height"] <= below["y"]


def test_edited_words_search_again_within_a_second_and_back_undoes_it(video_page: Any) -> None:
    page = video_page
    before = titles(page)
    phrase = page.get_by_label("Search for", exact=True).first
    phrase.fill("dark tense ambient")
    after = wait_for_change(page, lambda: phrase.press("Enter"))
    assert after != before
    assert any(text.endswith("dark tense ambient") for text in query_of(page)["phrase"])
    seconds = re.search(r"found in (\d+\.\d+) s", page.locator("#songs-note").get_attribute("title"))
    # The second counts on a machine that does nothing else, which this one may not be.
    assert seconds and float(seconds[1]) < 5.0
    assert page.locator("#picture video").count() == 1, "the picture stays"

    page.go_back()
    settled(page)
    page.locator(".song h3", has_text=before[0]).first.wait_for()
    assert titles(page) == before
    assert phrase.input_value() != "dark tense ambient"


def test_wishes_weights_and_what_to_avoid_are_in_the_address(video_page: Any) -> None:
    page = video_page
    weights = page.locator(".phrases").first.locator("input[type=range]")
    wait_for_change(page, lambda: weights.nth(1).fill("0.05"))
    assert any(text.startswith("0.05 ") for text in query_of(page)["phrase"])

    wait_for_change(page, lambda: page.get_by_label("Energy", exact=True).last.fill("0.1"))
    assert query_of(page)["energy"] == ["0.1"]
    wait_for_change(page, lambda: page.locator(".wish label", has_text="Tempo").locator("input").uncheck())
    assert query_of(page)["tempo"] == ["any"]

    page.get_by_role("button", name="Avoid something").click()
    avoid = page.get_by_label("Avoid", exact=True).last
    avoid.fill("guitar")
    without = wait_for_change(page, lambda: avoid.press("Enter"))
    assert query_of(page)["avoid"] == ["0.5 guitar"]

    address = page.url
    page.reload()
    settled(page)
    assert page.url == address and titles(page) == without
    assert page.get_by_label("Avoid", exact=True).last.input_value() == "guitar"
    assert not page.locator(".wish label", has_text="Tempo").locator("input").is_checked()

    wait_for_change(page, lambda: page.get_by_role("button", name="Back to what the analysis says").click())
    assert query_of(page).keys() == {"analysis", "video", "project"}


def test_what_a_film_is_leads_its_songs_and_is_in_the_address(video_page: Any) -> None:
    page = video_page
    told = page.locator("#about [role=status]")
    assert "say what the film shows" in told.inner_text()
    before = titles(page)
    field = page.get_by_label("What is it?")
    field.fill("nightclub")
    after = wait_for_change(page, lambda: field.press("Enter"))
    assert after != before
    assert query_of(page)["about"] == ["nightclub"]
    assert "style and mood: your words" in told.inner_text()
    phrase = page.get_by_label("Search for", exact=True).first
    assert "techno" in phrase.input_value()
    page.get_by_text("Choose words").click()
    wait_for_change(page, lambda: page.get_by_role("button", name="dancing", exact=True).click())
    assert field.input_value() == "nightclub, dancing"
    assert page.get_by_role("button", name="dancing", exact=True).get_attribute("aria-pressed") == "true"

    page.reload()
    settled(page)
    assert page.get_by_label("What is it?").input_value() == "nightclub, dancing"
    page.get_by_label("What is it?").fill("")
    assert wait_for_change(page, lambda: page.get_by_label("What is it?").press("Enter")) == before
    assert query_of(page).keys() == {"analysis", "video", "project"}


def test_who_types_what_a_film_is_gives_way_to_the_picture_when_done(
    server_url: str, open_page: OpenPage, video_path: Path
) -> None:
    page = open_page(server_url, width=1440, height=900)
    page.set_input_files("#video-file", video_path)
    page.fill("#about-input", "city, bicycles")
    page.locator(".results:not([aria-busy]) .song").first.wait_for()
    page.locator("#songs-note", has_text="bicycles").wait_for()
    tops = "['picture', 'about'].map((id) => document.getElementById(id).getBoundingClientRect().top)"
    picture, about = page.evaluate(tops)
    assert about < picture and page.evaluate("document.activeElement.id") == "about-input"
    page.locator(".song .play-cell .play-button").first.click()
    page.locator(".take[aria-pressed=true]").wait_for()
    page.wait_for_function(f"(([picture, about]) => picture < about)({tops})")
    assert not page.locator("#about .about-row").first.is_visible()


def test_phrase_is_added_and_taken_out(video_page: Any) -> None:
    page = video_page
    count = page.locator(".phrases").first.locator("li").count()
    page.get_by_role("button", name="Add a phrase").click()
    page.get_by_label("Search for", exact=True).last.fill("solo piano")
    wait_for_change(page, lambda: page.keyboard.press("Enter"))
    assert len(query_of(page)["phrase"]) == count + 1
    wait_for_change(page, lambda: page.get_by_role("button", name="Remove solo piano").click())
    assert len(query_of(page).get("phrase", [])) in (0, count), "what the analysis says needs no words"


def test_sentence_guides_the_search_for_a_video(video_page: Any) -> None:
    page = video_page
    guide = page.get_by_label("A sentence that guides the search")
    guide.fill("but with piano and no guitar")
    wait_for_change(page, lambda: guide.press("Enter"))
    assert query_of(page)["guide"] == ["but with piano and no guitar"]


def test_words_that_say_nothing_are_told_and_the_editor_stays(video_page: Any) -> None:
    page = video_page
    for _ in range(page.locator(".phrases").first.locator("li").count() - 1):
        wait_for_change(page, page.locator(".phrases .step-button").first.click)
    phrase = page.get_by_label("Search for", exact=True).first
    phrase.fill("?!")
    phrase.press("Enter")
    page.locator("#songs-note").get_by_text("name a genre, a mood, an instrument or a tempo").wait_for()
    assert page.locator("#songs-note").inner_text().startswith("no songs") and not titles(page)
    phrase.fill("calm piano")
    phrase.press("Enter")
    page.locator(".song").first.wait_for()
    assert page.get_by_role("alert").count() == 0


def test_filters_are_set_shown_as_chips_and_taken_off(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/?q=calm")
    settled(page)
    page.get_by_label("Tempo bpm").fill("60-95")
    wait_for_change(page, lambda: page.get_by_label("Tempo bpm").press("Tab"))
    wait_for_change(page, lambda: page.locator("#filters").get_by_label("Instrumental").check())
    assert query_of(page)["tempo_bpm"] == ["60-95"] and query_of(page)["vocals"] == ["no"]
    tempi = [float(text.split()[0]) for text in page.locator(".facts [title=Tempo] dd").all_inner_texts()]
    assert tempi and all(59.5 <= tempo <= 95.5 for tempo in tempi)
    assert page.locator("#filters .count").inner_text() == "2"

    address, found = page.url, titles(page)
    page.goto("about:blank")
    page.goto(address)
    settled(page)
    assert titles(page) == found
    chips = page.locator("#question-chips .chip")
    assert chips.all_inner_texts() != []
    wait_for_change(page, lambda: chips.filter(has_text="tempo").get_by_role("button").click())
    wait_for_change(page, lambda: chips.filter(has_text="instrumental").get_by_role("button").click())
    assert query_of(page).keys() == {"q"} and len(page.locator("#question-chips:visible").all()) == 0


def test_every_filter_reaches_the_server_as_it_was_typed(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/?q=calm")
    settled(page)
    form = page.locator("#filters")
    form.get_by_label("Tempo bpm").fill("120")
    form.get_by_label("Tolerance, ± %").fill("50")
    form.get_by_label("Half and double too").check()
    form.get_by_label("Key", exact=True).select_option("A minor")
    form.get_by_label("Keys that mix well too").check()
    form.get_by_label("Energy of 100").fill("0-100")
    form.get_by_label("Length").fill("0:10-1:00")
    form.get_by_label("Not heard in it").fill("opera, choir")
    form.get_by_label("acoustic").check()
    form.get_by_label("demo").check()
    with page.expect_request(lambda request: "adventurous" in (request.post_data or "")) as asked:
        form.get_by_label("Adventurous").fill("0.5")
        form.get_by_label("Adventurous").press("Tab")
    body = asked.value.post_data_json
    assert body["filters"] == {
        "tempo_bpm": 120,
        "tempo_tolerance": 50,
        "half_double": True,
        "key": "A minor",
        "compatible_keys": True,
        "energy": "0..1",
        "duration": "0:10-1:00",
        "not_tags": ["opera", "choir"],
        "genres": ["acoustic"],
        "sources": ["demo"],
    }
    assert body["options"] == {"adventurous": 0.5}
    settled(page)
    form.get_by_label("Year").fill("long ago")
    form.get_by_label("Year").press("Tab")
    page.get_by_role("alert").get_by_text("is no range for year").wait_for()
    form.get_by_role("button", name="Clear all").click()
    settled(page)
    assert query_of(page).keys() == {"q"}


def test_more_and_less_like_a_result_lean_the_answer(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/?q=energetic")
    settled(page)
    first, second = titles(page)[:2]
    card = page.locator(".song").nth(0)
    own = card.get_attribute("data-id")
    wait_for_change(page, lambda: card.get_by_role("button", name="More like this").click())
    assert query_of(page)["like"] == [own] and first not in titles(page)
    page.locator("#question-chips", has_text=f"Like “{first}”").wait_for()

    card = page.locator(".song").nth(0)
    away, title = card.get_attribute("data-id"), titles(page)[0]
    wait_for_change(page, lambda: card.get_by_role("button", name="Less like this").click())
    assert query_of(page)["unlike"] == [away] and title not in titles(page)
    page.reload()
    settled(page)
    page.locator("#question-chips", has_text=f"Not like “{title}”").wait_for()
    page.locator(".song").first.get_by_role("button", name="Details").click()
    assert "like the song" in page.locator(".breakdown").first.inner_text()
    wait_for_change(page, page.locator("#question-chips button").first.click)
    assert "like" not in query_of(page) and second


def test_less_like_works_beside_a_song_and_a_file_too(server_url: str, open_page: OpenPage) -> None:
    import immich_memories_music

    with httpx.Client(base_url=server_url) as client:
        song = client.get("/api/songs?limit=1").json()["data"][0]["id"]
    page = open_page(f"{server_url}/?song={song}")
    settled(page)
    title = titles(page)[0]
    wait_for_change(page, page.get_by_role("button", name="Less like this").first.click)
    assert title not in titles(page) and query_of(page)["song"] == [song]

    path = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))[0]
    page.set_input_files("#song-file", path)
    page.locator("#songs-title", has_text=path.name).wait_for()
    settled(page)
    title = titles(page)[0]
    wait_for_change(page, page.get_by_role("button", name="Less like this").first.click)
    assert title not in titles(page) and query_of(page)["file"] == [path.name]
    page.reload()
    page.get_by_text(f"Choose {path.name} again").wait_for()


def test_clip_of_the_demo_needs_no_file_and_is_there_after_a_reload(
    server_url: str, open_page: OpenPage
) -> None:
    page = open_page(server_url)
    page.get_by_role("button", name="Street with bikes").click()
    page.locator(".song").first.wait_for()
    assert query_of(page)["demo"] == ["bikes.mp4"]
    page.reload()
    page.locator(".song").first.wait_for()
    page.locator("#picture video").wait_for()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate("document.querySelector('#picture video').readyState >= 2"):
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def test_waveforms_are_drawn_and_a_click_plays_from_there(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/?q=calm")
    wave = page.locator(".song .waveform.drawn").first
    wave.wait_for()
    pixels = wave.locator("canvas").evaluate(
        "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
        ".data.filter((value, index) => index % 4 === 3 && value > 0).length"
    )
    assert pixels > 500
    wave.click()  # in its middle
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate("document.querySelector('#audio').currentTime > 10"):
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def write_png(path: Path) -> None:
    """A red picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b""))


def test_cover_beside_the_file_of_a_song_is_shown_and_a_drawn_one_where_there_is_none(
    tmp_path: Path, open_page: OpenPage
) -> None:
    import immich_memories_music

    tracks = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))[:2]
    for name, track in zip(("with", "without"), tracks, strict=True):
        (tmp_path / name).mkdir()
        shutil.copy(track, tmp_path / name)
    write_png(tmp_path / "with" / "cover.png")
    wiring = Wiring(Settings(home=tmp_path / "home"))
    folders = [str(tmp_path / "with"), str(tmp_path / "without")]
    assert ingest(wiring, "folder", {"paths": folders}).added == 2
    with serve(wiring) as url:
        page = open_page(f"{url}/?q=calm")
        settled(page)
        page.locator(".song .artwork > img:only-child").wait_for()
        page.locator(".song .artwork > svg:only-child").wait_for()
        assert page.locator(".song .artwork img").count() == 1
        page.wait_for_load_state("networkidle")
        page.close()
    wiring.close()
