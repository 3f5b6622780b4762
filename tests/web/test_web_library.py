"""The library as a list, one song's page, and the map, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.records import AnalysedTrack, MusicFeatures, Track, song_id
from reelscore.wiring import Wiring
from serving import serve

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
MANY = 5_000
MARKUP = "<img src=x onerror=alert(1)> & <b>bold</b>"
PLAYING = "!document.querySelector('#audio').paused && document.querySelector('#audio').currentTime > 0"


def wait_until(page: Any, expression: str) -> None:
    """Wait for an expression to hold; the driver's own way would evaluate text, which our policy forbids."""
    for _ in range(1200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


def numbered(number: int) -> AnalysedTrack:
    return AnalysedTrack(
        track=Track(
            source="folder",
            source_id=str(number),
            title=f"Song {number:05d}",
            artists=(f"Artist {number % 70}",),
            genre=("Rock", "Jazz", "Folk")[number % 3],
            duration=100.0 + number % 200,
        ),
        content_hash=f"{number:064x}",
        features=MusicFeatures(duration=30.0, tempo_bpm=60.0 + number % 120, key="A minor", energy=0.5),
        embeddings=(),
    )


@pytest.fixture(scope="module")
def many_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over 5,000 songs, of which there is no sound."""
    wiring = Wiring(Settings(home=tmp_path_factory.mktemp("many") / "home"))
    wiring.catalog.add([numbered(number) for number in range(MANY)])
    with serve(wiring) as url:
        yield url
    wiring.close()


def rows(page: Any) -> list[str]:
    """The titles of the rows in sight, from the top."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".list-row")].filter((row) => !row.hidden)
          .sort((a, b) => a.dataset.index - b.dataset.index)
          .map((row) => row.querySelector("a").textContent)"""
    )
    return found


def first_row(page: Any, title: str) -> None:
    page.locator(".list-row .row-title", has_text=re.compile(f"^{title}$")).wait_for()


# --- the list ----------------------------------------------------------------------------------------


def test_only_rows_in_sight_exist_and_the_end_is_reached(many_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{many_url}/library")
    first_row(page, "Song 00000")
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == str(MANY + 1)
    page.locator(".list-row").first.focus()
    page.keyboard.press("End")
    first_row(page, "Song 04999")
    assert page.locator(".list-row").count() < 80
    assert page.evaluate("document.activeElement.dataset.index") == str(MANY - 1)
    page.keyboard.press("Home")
    first_row(page, "Song 00000")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowDown")
    assert int(page.evaluate("document.activeElement.dataset.index")) > 5


def test_rows_are_those_of_their_places_wherever_one_scrolls(many_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{many_url}/library")
    first_row(page, "Song 00000")
    for share in (0.5, 0.999, 0.2, 0.731):
        page.evaluate(f"(f => f.scrollTop = f.scrollHeight * {share})(document.querySelector('.list-frame'))")
        wait_until(page, "!document.querySelector('.list-row:not([hidden]).waiting-row')")
        wait_until(
            page,
            """[...document.querySelectorAll(".list-row:not([hidden])")].every((row) =>
              row.querySelector("a").textContent === `Song ${row.dataset.index.padStart(5, "0")}`)""",
        )
        assert len(rows(page)) >= 8


def test_words_order_and_filters_are_in_the_address(many_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{many_url}/library")
    page.get_by_label("Search", exact=True).fill("artist 7 rock")
    page.get_by_text("songs found").wait_for()
    wait_until(page, "location.search.includes('q=artist+7+rock')")
    page.get_by_role("columnheader", name="Tempo").get_by_role("button").click()
    wait_until(page, "location.search.includes('sort=tempo')")
    page.get_by_role("columnheader", name="Tempo").get_by_role("button").click()
    wait_until(page, "location.search.includes('sort=-tempo')")
    assert page.get_by_role("columnheader", name="Tempo").get_attribute("aria-sort") == "descending"
    wait_until(page, "!document.querySelector('.list[aria-busy]')")
    before = rows(page)
    assert len(before) > 5
    page.reload()
    first_row(page, before[0])
    assert rows(page) == before
    assert page.get_by_label("Search", exact=True).input_value() == "artist 7 rock"

    page.goto(f"{many_url}/library?genres=jazz&tempo_bpm=100-110")
    page.get_by_text("songs found").wait_for()
    genres = page.locator(".list-row:not([hidden]) .cell.genre").all_text_contents()
    assert genres and set(genres) == {"Jazz"}
    page.goto(f"{many_url}/library?q=nothing+like+this")
    page.get_by_text("No song matches").wait_for()


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_filters_of_the_list_are_whole(many_url: str, open_page: OpenPage, width: int) -> None:
    page = open_page(f"{many_url}/library", width=width)
    page.locator("#view-library .filters > summary").click()
    page.locator("#view-library .filter").first.wait_for()
    form = "document.querySelector('#view-library .filter-form')"
    assert page.evaluate(
        f"{form}.scrollHeight <= {form}.clientHeight && {form}.scrollWidth <= {form}.clientWidth"
    )


def test_back_comes_back_to_the_place_in_the_list(many_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{many_url}/library")
    first_row(page, "Song 00000")
    page.evaluate("document.querySelector('.list-frame').scrollTop = 44 * 3000")
    wait_until(page, "location.search === '?at=3000'")
    first_row(page, "Song 03001")
    page.locator(".row-title", has_text="Song 03001").click()
    page.get_by_role("heading", name="Song 03001").wait_for()
    page.go_back()
    first_row(page, "Song 03001")
    assert "Song 00000" not in rows(page)


def test_server_that_goes_while_one_scrolls_is_told(demo_wiring: Wiring, open_page: OpenPage) -> None:
    demo_wiring.catalog.add([numbered(number) for number in range(1_000)])
    with serve(demo_wiring) as url:
        page = open_page(f"{url}/library")
        first_row(page, "Calm acoustic 1")
    page.evaluate("document.querySelector('.list-frame').scrollTop = 44 * 800")
    notice = page.locator("#view-library").get_by_role("alert")
    notice.get_by_text("The server does not answer", exact=True).wait_for()
    with serve(demo_wiring, urlsplit(url).port or 0):
        notice.get_by_role("button", name="Try again").click()
        notice.wait_for(state="detached")
        wait_until(page, "document.querySelectorAll('.list-row:not([hidden]):not(.waiting-row)').length > 5")


def test_song_plays_from_the_list_and_another_view_leaves_it_playing(
    server_url: str, open_page: OpenPage
) -> None:
    page = open_page(f"{server_url}/library")
    page.locator(".list-row").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    wait_until(page, PLAYING)
    name = page.locator(".list-row.current .row-title").inner_text()
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.get_by_role("heading", name="Map", exact=True).wait_for()
    assert page.locator("#player .now").inner_text().startswith(name)
    assert page.evaluate(PLAYING)


# --- one song ----------------------------------------------------------------------------------------


@pytest.fixture
def folder_library(tmp_path: Path, heard_once: None) -> Iterator[tuple[Wiring, Path]]:
    """A library of three files in a folder, one of which has markup for a name."""
    import immich_memories_music

    music = tmp_path / "music"
    music.mkdir()
    tracks = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))
    for number, track in enumerate(tracks[:3]):
        shutil.copy(track, music / f"{number}.opus")
    wiring = Wiring(Settings(home=tmp_path / "library"))
    assert ingest(wiring, "folder", {"paths": [str(music)]}).added == 3
    song = wiring.catalog.list_songs()[0][0]
    wiring.catalog.refresh(
        [
            Track(
                "folder",
                song.source_id,
                MARKUP,
                artists=(MARKUP,),
                album=MARKUP,
                genre="<i>g</i>",
                uri=song.uri,
            )
        ]
    )
    yield wiring, music
    wiring.close()


def test_page_of_a_song_shows_what_is_known_of_it(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/library?q=calm+acoustic")
    page.locator(".row-title").first.click()
    page.get_by_role("heading", name="Measured").wait_for()
    assert page.title().startswith("Calm acoustic")
    view = page.locator("#view-song")
    for words in ("Tempo", "bpm", "Key", "LUFS", "Energy", "beats as fine lines", "acoustic"):
        assert words in view.inner_text()
    wait_until(page, "document.querySelector('.spectrogram img').naturalWidth > 500")
    wait_until(page, "document.querySelector('#view-song .waveform').classList.contains('drawn')")
    assert view.locator(".song-rows li").count() == 12
    view.get_by_label("In a key that mixes").check()
    view.get_by_label("Near its tempo").check()
    wait_until(page, "document.querySelectorAll('#view-song .song-rows li').length < 12")
    view.get_by_role("button", name="Play", exact=True).click()
    wait_until(page, PLAYING)
    view.get_by_role("button", name="Pause", exact=True).click()
    wait_until(page, "document.querySelector('#audio').paused")
    view.get_by_role("link", name="Find music like this").click()
    page.locator("#songs-title", has_text="Calm acoustic").wait_for()


def test_corrections_are_kept_on_the_page_of_a_song_and_taken_back(
    many_url: str, open_page: OpenPage
) -> None:
    page = open_page(f"{many_url}/songs/{song_id('folder', '37')}")
    view = page.locator("#view-song")
    facts = view.get_by_role("region", name="Measured")

    def keep(**values: str) -> None:
        view.get_by_role("heading", level=1).wait_for()
        if not view.locator("#correct-title").is_visible():
            view.locator(".correct > summary").click()
        for name, value in values.items():
            view.locator(f"#correct-{name}").fill(value)
        view.get_by_role("button", name="Keep").click()

    page.get_by_role("heading", name="Song 00037").wait_for()
    assert "97.0 bpm" in facts.inner_text()
    keep(tempo="fast")
    view.get_by_text("no tempo").wait_for()
    keep(tempo="x2", key="c#m", title="Ümlaut & <b>Sons</b>")
    for _ in range(2):  # at once, and read anew
        page.get_by_role("heading", name="Ümlaut & <b>Sons</b>").wait_for()
        told = facts.inner_text()
        assert "194.0 bpm" in told and "C# minor" in told, told
        page.reload()
    page.get_by_role("heading", name="Ümlaut & <b>Sons</b>").wait_for()
    keep(tempo="", key="", title="")
    for _ in range(2):
        page.get_by_role("heading", name="Song 00037").wait_for()
        told = facts.inner_text()
        assert "97.0 bpm" in told and "A minor" in told, told
        page.reload()


def test_text_of_tags_is_shown_as_text_everywhere(
    folder_library: tuple[Wiring, Path], open_page: OpenPage
) -> None:
    wiring, _ = folder_library
    with serve(wiring) as url:
        page = open_page(f"{url}/library")
        page.locator(".row-title", has_text="onerror").click()
        page.get_by_role("heading", name=MARKUP).wait_for()
        page.get_by_role("heading", name="Like it").wait_for()
        page.goto(f"{url}/map")
        page.locator(".song-rows li", has_text="onerror").wait_for()
        assert page.locator("main b, main i, main img[src=x]").count() == 0


def test_song_whose_file_is_gone_says_so_and_can_be_removed(
    folder_library: tuple[Wiring, Path], open_page: OpenPage
) -> None:
    wiring, music = folder_library
    (music / "1.opus").unlink()
    gone = next(song for song in wiring.catalog.list_songs()[0] if (song.uri or "").endswith("1.opus"))
    with serve(wiring) as url:
        page = open_page(f"{url}/songs/{gone.id}")
        page.get_by_text("No spectrogram").wait_for()
        assert "1.opus" in page.locator(".spectrogram").inner_text()
        remove = page.get_by_role("button", name="Remove from the library")
        remove.click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        remove.click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        page.get_by_role("grid").wait_for()
        wait_until(
            page, "document.querySelectorAll('.list-row:not([hidden]):not(.waiting-row)').length === 2"
        )
        page.goto(f"{url}/songs/{gone.id}")
        page.get_by_role("alert").get_by_text("Not found").wait_for()


# --- the map -----------------------------------------------------------------------------------------


def test_map_makes_itself_and_a_click_plays(demo_wiring: Wiring, open_page: OpenPage) -> None:
    with serve(demo_wiring) as url:
        page = open_page(f"{url}/map")
        page.get_by_label("Map of the library").wait_for()
        page.locator(".map-legend", has_text="acoustic").wait_for()
        page.locator(".song-rows li").first.wait_for()
        painted = """(canvas => {
          const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          for (let at = 3; at < data.length; at += 4) if (data[at]) {
            const ratio = width / canvas.clientWidth, pixel = (at - 3) / 4;
            return [(pixel % width) / ratio, Math.floor(pixel / width) / ratio + 3];
          }
          return null;
        })(document.querySelector("#view-map canvas"))"""
        wait_until(page, f"{painted} !== null")
        x, y = page.evaluate(painted)
        canvas = page.locator("#view-map canvas")
        canvas.hover(position={"x": x, "y": y})
        page.locator(".map-tip strong").wait_for()
        name = page.locator(".map-tip strong").inner_text()
        canvas.click(position={"x": x, "y": y})
        wait_until(page, PLAYING)
        assert page.locator("#player .now").inner_text().startswith(name)


def test_map_is_used_by_the_keyboard_and_coloured_as_one_likes(
    demo_wiring: Wiring, open_page: OpenPage
) -> None:
    with serve(demo_wiring) as url:
        page = open_page(f"{url}/map?colour=tempo", width=420)
        page.locator(".map-legend", has_text="180 bpm or more").wait_for()
        page.locator(".song-rows li").first.wait_for()
        around = page.locator("#view-map .song-rows").inner_text()
        page.locator("#view-map canvas").focus()
        for key in ("+", "+", "+", "ArrowUp", "ArrowUp", "ArrowUp"):
            page.keyboard.press(key)
        wait_until(page, f"document.querySelector('#view-map .song-rows').innerText !== {around!r}")
        page.get_by_label("Colour").select_option("energy")
        page.locator(".map-legend", has_text="energetic").wait_for()
        assert "colour=energy" in page.url
        page.locator("#view-map .song-rows button").first.focus()
        page.keyboard.press("Enter")
        wait_until(page, PLAYING)


def test_map_that_cannot_be_read_says_so(demo_wiring: Wiring, open_page: OpenPage) -> None:
    with serve(demo_wiring) as url:
        page = open_page(f"{url}/map")
        page.locator(".song-rows li").first.wait_for()
    page.get_by_role("button", name="Draw again").click()
    notice = page.locator("#view-map").get_by_role("alert")
    notice.get_by_text("The server does not answer", exact=True).wait_for()
    with serve(demo_wiring, urlsplit(url).port or 0):
        notice.get_by_role("button", name="Try again").click()
        notice.wait_for(state="detached")
