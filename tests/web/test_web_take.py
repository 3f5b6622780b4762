"""The song under the film is taken away from the desk, in a real browser: each way, and what goes wrong."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import opentimelineio as otio
import pytest
from desk_media import unfold_tools, write_cut_film, write_song

from reelscore.audio.decode import load
from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.wiring import Wiring
from serving import PATIENCE_SECONDS, serve, wait_for_task

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]

RATE = 48_000
FILM_SECONDS = 8.0
FILM_RATE = 25  # pictures a second
CUTS = [1.2, 2.6, 4.0, 5.48, 6.72]
# What was put into the last form: the driver keeps no bodies that have files in them.
NOTE_FIELDS = """(() => {
  const { append } = FormData.prototype;
  const forms = new WeakMap();
  FormData.prototype.append = function (name, value, ...rest) {
    window.sentFields = forms.get(this) ?? {};
    forms.set(this, window.sentFields);
    if (typeof value === "string") window.sentFields[name] = value;
    return append.call(this, name, value, ...rest);
  };
})()"""
STALE = {"code": "stale", "message": "the video has changed since the plan 1 was made; make it again"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, str]]:
    """A server over one song, a film, and the id of its analysis."""
    import immich_memories_music

    folder = tmp_path_factory.mktemp("take")
    (folder / "music").mkdir()
    tracks = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))
    write_song(folder / "music" / "Beats.flac", tracks[:1], 40.0)
    film = folder / "a film #1.mp4"
    write_cut_film(film, FILM_SECONDS, CUTS)
    wiring = Wiring(Settings(home=folder / "home"))
    assert ingest(wiring, "folder", {"paths": [str(folder / "music")]}).added == 1
    with serve(wiring) as url:
        with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client, film.open("rb") as file:
            started = client.post("/api/recommendations/analyze-video", files={"video": file}).json()
            analysis: str = wait_for_task(client, started["task_id"])["result"]["analysis_id"]
        yield url, film, analysis
    wiring.close()


@pytest.fixture
def open_desk(desk: tuple[str, Path, str], open_page: OpenPage) -> Callable[..., Any]:
    url, film, analysis = desk

    def build(film: Path = film, **how: Any) -> Any:
        page = open_page("about:blank", **how)
        page.add_init_script(NOTE_FIELDS)
        page.goto(f"{url}/?analysis={analysis}&video=a+film")
        page.set_input_files("#picture-file", film)
        page.locator(".song .play-cell .play-button").first.click()
        page.locator(".take[aria-pressed=true]").wait_for()
        page.locator(".verdict", has_text="Best place").wait_for()
        page.evaluate("document.activeElement.blur()")
        unfold_tools(page)
        page.locator(".take-it > summary").click()
        return page

    return build


def take(page: Any, to: str) -> bytes:
    """Take it one way, and save what the page offers."""
    page.locator(f".take-way[data-to={to}]").click()
    link = page.locator(".taken a")
    link.wait_for(timeout=PATIENCE_SECONDS * 1000)
    with page.expect_download() as saved:
        link.click()
    assert link.get_attribute("download") == saved.value.suggested_filename
    return Path(saved.value.path()).read_bytes()


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def song_of(desk: tuple[str, Path, str]) -> Path:
    return desk[1].parent / "music" / "Beats.flac"


def plan_of(desk: tuple[str, Path, str], page: Any) -> Any:
    song = page.locator(".song").first.get_attribute("data-id")
    body = {"analysis_id": desk[2], "song_ids": [song]}
    return httpx.post(f"{desk[0]}/api/sync", json=body, timeout=PATIENCE_SECONDS).json()["data"]["plans"][0]


def test_timeline_has_the_song_where_it_is_heard(desk: tuple[str, Path, str], open_desk: Any) -> None:
    page = open_desk()
    page.get_by_label("Folder of the film on the editing machine").fill("D:\\films")
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    files = files_of(take(page, "otio"))
    lies = int(page.locator(".song-lane").get_attribute("data-samples"))
    assert float(sent(page)["offset"]) * RATE == pytest.approx(lies, abs=1e-3)
    (name,) = (name for name in files if name.endswith(".otio"))
    timeline = otio.adapters.read_from_string(files[name].decode(), "otio_json")
    assert "D:/films" in files[name].decode() or "D:\\\\films" in files[name].decode()
    picture = next(iter(timeline.video_tracks()))
    assert sum(clip.duration().to_seconds() for clip in picture) == pytest.approx(FILM_SECONDS, abs=0.05)
    assert any(each.endswith(".wav") for each in files) and any("credits" in each for each in files)

    # At the best place it is the plan that is taken; fitted, the fit.
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("c")
    made = plan_of(desk, page)
    files_of(take(page, "edl"))
    assert sent(page)["plan_id"] == made["id"]
    page.get_by_role("button", name="Fit to the film").click()
    page.locator(".take-it", has_text="fitted to the film").wait_for()
    take(page, "wav")
    assert sent(page)["plan_id"] not in ("", made["id"])


def sent(page: Any) -> dict[str, str]:
    """The text fields of the last form."""
    found: dict[str, str] = page.evaluate("window.sentFields")
    return found


def test_what_editors_read_back_is_the_plan_of_the_desk(
    desk: tuple[str, Path, str], open_desk: Any, tmp_path: Path
) -> None:
    """Where the music begins, how long it is, which sample of the song is heard there, and the cuts."""
    page = open_desk()
    page.keyboard.press("c")
    plan = plan_of(desk, page)["plan"]
    assert int(page.locator(".song-lane").get_attribute("data-samples")) == plan["offset"]
    taken = files_of(take(page, "zip"))
    files = {Path(name).suffix: content for name, content in taken.items() if "markers" not in name}
    (tmp_path / "cue.wav").write_bytes(files[".wav"])
    song, cue = (load(path, sample_rate=RATE).samples for path in (song_of(desk), tmp_path / "cue.wav"))
    for suffix, adapter in ((".otio", "otio_json"), (".xml", "fcp_xml"), (".edl", "cmx_3600")):
        how = {"rate": FILM_RATE} if suffix == ".edl" else {}
        read = otio.adapters.read_from_string(files[suffix].decode(), adapter, **how)
        read = read[0] if isinstance(read, otio.schema.SerializableCollection) else read
        (music, *_) = (clip for clip in read.find_clips() if "music" in str(clip.to_json_string()))
        placed = music.range_in_parent()
        begin = placed.start_time.to_frames() * RATE // FILM_RATE
        assert begin <= plan["record_in"] < begin + RATE // FILM_RATE, suffix
        length = placed.duration.to_frames() * RATE // FILM_RATE
        assert length == pytest.approx(plan["length"], abs=2 * RATE // FILM_RATE), suffix
        # A second of the cue, looked for in the whole song.
        second = cue[2 * RATE : 3 * RATE]
        size = len(song) + len(second)
        alike = np.fft.irfft(np.fft.rfft(song, size) * np.fft.rfft(second, size).conj(), size)
        assert int(np.argmax(alike[: len(song)])) - 2 * RATE - begin == plan["offset"], suffix
        if suffix == ".edl":
            marks = [marker.marked_range.start_time.to_frames() for marker in read.find_clips()[0].markers]
            assert plan["cuts"] and {cut["frame"] for cut in plan["cuts"]} <= set(marks)


def test_mix_has_picture_and_sound_and_the_volumes_of_the_desk(open_desk: Any) -> None:
    page = open_desk()
    page.get_by_label("Music", exact=True).fill("0.5")
    content = take(page, "mp4")
    with av.open(io.BytesIO(content)) as reader:
        assert len(reader.streams.video) == 1 and len(reader.streams.audio) == 1
    mix = json.loads(sent(page)["mix"])
    matched = float(page.locator(".take[aria-pressed=true] .gain").inner_text().split()[0].replace("−", "-"))
    assert mix["music_db"] == pytest.approx(-6.02 + matched, abs=0.06) and mix["picture_db"] == pytest.approx(
        -4.44, abs=0.01
    )


def test_credits_and_bundle_are_whole(open_desk: Any) -> None:
    page = open_desk(width=390)
    assert any("credits" in name for name in files_of(take(page, "credits")))
    files = files_of(take(page, "zip"))
    for suffix in (".otio", ".fcpxml", ".xml", ".edl", ".mlt", ".wav", ".m3u8", ".credits.txt"):
        assert any(name.endswith(suffix) for name in files), suffix
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_file_is_dragged_to_the_desktop_by_its_address(open_desk: Any) -> None:
    page = open_desk()
    take(page, "markers")
    dragged = page.locator(".taken a").evaluate(
        """link => {
          const data = new DataTransfer();
          link.dispatchEvent(new DragEvent("dragstart", { dataTransfer: data, bubbles: true }));
          return data.getData("DownloadURL");
        }"""
    )
    assert re.fullmatch(
        r"application/octet-stream:[^:]+:http://127\.0\.0\.1:\d+/api/exports/[^/]+/file", dragged
    )


def test_film_that_is_gone_is_asked_for(desk: tuple[str, Path, str], open_desk: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    shutil.copy(desk[1], copy)
    page = open_desk(film=copy)
    copy.unlink()
    page.locator(".take-way[data-to=wav]").click()
    told = page.locator(".take-state [role=alert]")
    told.wait_for()
    assert "copy.mp4 cannot be read any more" in told.inner_text() and "choose" in told.inner_text()


def test_faults_are_told_with_what_to_do(open_desk: Any) -> None:
    page = open_desk()
    broken = {"error": {"code": "storage", "message": "the disk is full"}}
    page.route("**/api/exports", lambda route: route.fulfill(status=503, json=broken))
    page.locator(".take-way[data-to=wav]").click()
    page.locator(".take-state [role=alert]", has_text="The disk is full.").wait_for()
    page.unroute("**/api/exports")
    page.locator(".take-state").get_by_role("button", name="Try again").click()
    page.locator(".taken a").wait_for(timeout=PATIENCE_SECONDS * 1000)

    # A stale plan is made anew, and nothing else is taken in its place.
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("c")
    page.route("**/api/exports", lambda route: route.fulfill(status=409, json={"error": STALE}))
    with page.expect_request("**/api/sync"):
        page.locator(".take-way[data-to=otio]").click()
    told = page.locator(".take-state [role=alert]")
    told.wait_for()
    assert "has changed since" in told.inner_text() and "planned anew" in told.inner_text()
    page.unroute("**/api/exports")
    take(page, "otio")


def test_export_is_cancelled(open_desk: Any) -> None:
    page = open_desk()
    page.route("**/api/exports", lambda route: None)  # it never gets through
    page.locator(".take-way[data-to=mp4]").click()
    page.locator(".take-state").get_by_role("button", name="Cancel").click()
    page.locator(".take-state .progress-card").wait_for(state="detached")
    assert page.locator(".take-state").inner_text() == ""


def test_a_song_is_saved_and_its_path_copied(desk: tuple[str, Path, str], open_page: OpenPage) -> None:
    with httpx.Client(base_url=desk[0]) as client:
        (song,) = client.get("/api/songs").json()["data"]
    page = open_page(f"{desk[0]}/songs/{song['id']}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the path").click()
    page.locator("[role=status]", has_text="The path is copied").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == str(song_of(desk))
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save the song").click()
    assert saved.value.suggested_filename == "Beats.flac"
    assert Path(saved.value.path()).read_bytes() == song_of(desk).read_bytes()
