"""A song laid under the cuts, in a real browser: the plan is what is shown, and to the sample what sounds."""

from __future__ import annotations

import base64
import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from desk_media import write_cut_film, write_drone, write_song
from listening import PROBE, sounds

from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.wiring import Wiring
from serving import PATIENCE_SECONDS, serve, wait_for_task

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]

RATE = 48_000
FILM_SECONDS = 14.0
CUTS = [1.2, 2.6, 4.0, 4.88, 6.72, 8.2, 9.6, 11.2, 12.4]
VIDEO = "document.querySelector('#picture video')"

# Renders what the page's own modules would let sound, for as many seconds as the film has.
RENDER = """async ([id, pieces, seconds]) => {
  const { Voice } = await import("/static/js/audition/voice.js");
  const context = new OfflineAudioContext(2, seconds * 48000, 48000);
  const bytes = await (await fetch(`/api/songs/${id}/audio`)).arrayBuffer();
  const buffer = await context.decodeAudioData(bytes);
  const voice = new Voice(context, buffer, context.destination, { pieces, position: 0, when: 0, rate: 1 });
  const goOn = () => { voice.startNext(); context.resume(); };
  for (let at = 0.5; at < seconds; at += 0.5) context.suspend(at).then(goOn);
  const sound = new Uint8Array((await context.startRendering()).getChannelData(0).buffer);
  let text = "";
  for (let at = 0; at < sound.length; at += 8192) {
    text += String.fromCharCode(...sound.subarray(at, at + 8192));
  }
  return btoa(text);
}"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server over a song with beats and one without any, and a film with cuts."""
    import immich_memories_music

    folder = tmp_path_factory.mktemp("laying")
    music = folder / "music"
    music.mkdir()
    tracks = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))
    energetic = [track for track in tracks if track.stem == "energetic_acoustic_1"]
    write_song(music / "Beats.flac", energetic, 60.0)
    write_drone(music / "Drone.flac", 40.0)
    film = folder / "a film.mp4"
    write_cut_film(film, FILM_SECONDS, CUTS)
    wiring = Wiring(Settings(home=folder / "home"))
    assert ingest(wiring, "folder", {"paths": [str(music)]}).added == 2
    with serve(wiring) as url:
        yield url, film
    wiring.close()


@pytest.fixture(scope="module")
def analysis_id(desk: tuple[str, Path]) -> str:
    url, film = desk
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client, film.open("rb") as file:
        started = client.post("/api/recommendations/analyze-video", files={"video": file}).json()
        result: str = wait_for_task(client, started["task_id"])["result"]["analysis_id"]
    return result


@pytest.fixture
def open_desk(desk: tuple[str, Path], analysis_id: str, open_page: OpenPage) -> Callable[..., Any]:
    url, film = desk

    def build(title: str | None = "Beats", *, before: Callable[[Any], None] = lambda page: None) -> Any:
        page = open_page("about:blank", width=1440, height=1000)
        page.add_init_script(PROBE)
        before(page)
        page.goto(f"{url}/?analysis={analysis_id}&video=a+film.mp4")
        page.set_input_files("#picture-file", film)
        page.locator(".song").nth(1).wait_for()
        if title:
            page.locator(".song", has_text=title).locator(".play-cell .play-button").click()
            page.locator(".take", has_text=title).wait_for()
        return page

    return build


def plan_of(desk: tuple[str, Path], analysis_id: str, song: str, hits: list[float] | None = None) -> Any:
    body = {"analysis_id": analysis_id, "song_ids": [song], "hits": hits or []}
    return httpx.post(f"{desk[0]}/api/sync", json=body, timeout=PATIENCE_SECONDS).json()["data"]["plans"][0]


def song_of(page: Any, title: str) -> str:
    return str(page.locator(".song", has_text=title).get_attribute("data-id"))


def samples(page: Any) -> int:
    """Where the song lies at the beginning of the picture."""
    return int(page.locator(".song-lane").get_attribute("data-samples"))


def wait_until(page: Any, expression: str) -> None:
    """Wait for an expression to hold. The driver's own way would evaluate text, which our policy forbids."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(25)


def press(page: Any, *keys: str) -> None:
    page.evaluate("document.activeElement.blur()")
    for key in keys:
        page.keyboard.press(key)


def stop_at(page: Any, seconds: float) -> None:
    page.evaluate(f"() => {{ {VIDEO}.pause(); {VIDEO}.currentTime = {seconds}; }}")
    wait_until(page, f"!{VIDEO}.seeking && Math.abs({VIDEO}.currentTime - {seconds}) < 0.001")


def test_cuts_are_shown_as_the_plan_has_them(
    desk: tuple[str, Path], analysis_id: str, open_desk: Callable[..., Any]
) -> None:
    page = open_desk()
    plan = plan_of(desk, analysis_id, song_of(page, "Beats"))["plan"]
    assert len(plan["cuts"]) == len(CUTS) and 0 < plan["hits"] < len(CUTS), "the film has both kinds"
    verdict = page.locator(".verdict")
    page.locator(".verdict", has_text="Best place").wait_for()
    assert plan["verdict"] in verdict.inner_text()

    press(page, "c")
    page.get_by_role("button", name=re.compile("^Next good place")).wait_for()
    assert samples(page) == plan["offset"]
    assert verdict.inner_text().rstrip(".").lower() == plan["verdict"].lower()
    marks = page.locator(".cut-mark")
    assert marks.count() == len(plan["cuts"])
    for mark, cut in zip(marks.all(), plan["cuts"], strict=True):
        wanted = "miss" if not cut["hit"] else "beat" if cut["level"] == "beat" else "bar"
        words = mark.get_attribute("aria-label")
        assert mark.get_attribute("data-mark") == wanted, words
        off = abs(cut["error_frames"])
        assert ("to the frame" if off < 0.05 else f"{off:.1f} frame") in words
        assert off < 0.05 or ("after" if cut["error_frames"] > 0 else "before") in words
    lines = page.locator(".plot .cut")
    assert [line.get_attribute("data-mark") for line in lines.all()] == [
        mark.get_attribute("data-mark") for mark in marks.all()
    ]

    # One stop for the tab key, arrows from cut to cut, and what a mark says is seen.
    marks.first.focus()
    page.keyboard.press("ArrowRight")
    assert marks.nth(1).evaluate("mark => mark === document.activeElement")
    assert page.locator(".mark-words").inner_text() == marks.nth(1).get_attribute("aria-label")
    assert page.locator(".cut-mark[tabindex='0']").count() == 1
    press(page, "c")
    places = [plan["offset"], *(each["offset"] for each in plan["alternatives"])]
    assert samples(page) == places[1 % len(places)]


def test_song_is_nudged_by_frame_beat_and_bar(desk: tuple[str, Path], open_desk: Callable[..., Any]) -> None:
    page = open_desk()
    page.locator(".verdict", has_text="Best place").wait_for()
    stop_at(page, 5.0)
    beats = httpx.get(f"{desk[0]}/api/songs/{song_of(page, 'Beats')}/beats", timeout=PATIENCE_SECONDS).json()
    before = samples(page)
    press(page, ",", ",", ".")
    assert samples(page) - before == RATE / 25
    page.get_by_role("button", name="Song later by a frame").click()
    assert samples(page) == before
    times = np.array([each["time"] for each in beats["data"]])
    press(page, "<")
    moved = (samples(page) - before) / RATE
    assert min(abs(np.diff(times) - moved)) < 1e-4, "from one beat to the next"
    page.get_by_role("button", name="Song later by a beat").click()
    assert abs(samples(page) - before) <= 1
    page.get_by_role("button", name="Song earlier by a bar").click()
    moved = (samples(page) - before) / RATE
    assert min(abs(np.diff(beats["downbeats"]) - moved)) < 0.07
    page.locator(".verdict", has_text="Here:").wait_for()


def test_moves_and_hit_points_are_taken_back_and_done_again(open_desk: Callable[..., Any]) -> None:
    page = open_desk()
    page.locator(".verdict", has_text="Best place").wait_for()
    stop_at(page, 5.0)
    before = samples(page)
    press(page, ".")
    moved = samples(page)
    press(page, "m")
    page.locator(".cut-mark[data-kind=hit]").wait_for()
    press(page, "Control+z")
    page.locator(".cut-mark[data-kind=hit]").wait_for(state="detached")
    assert samples(page) == moved != before
    press(page, "Control+z")
    assert samples(page) == before
    press(page, "Control+Shift+z")
    assert samples(page) == moved
    page.get_by_role("button", name="Fit to the film").click()
    page.get_by_role("button", name="Whole song").wait_for()
    press(page, "Control+z")
    page.get_by_role("button", name="Whole song").wait_for(state="detached")
    assert samples(page) == moved


def test_hit_point_is_set_sent_with_the_plan_and_taken_away(
    desk: tuple[str, Path], analysis_id: str, open_desk: Callable[..., Any]
) -> None:
    page = open_desk()
    page.locator(".verdict", has_text="Best place").wait_for()
    stop_at(page, 7.52)
    with page.expect_request("**/api/sync") as sent:
        press(page, "m")
    assert sent.value.post_data_json["hits"] == [7.52]
    hit = page.locator(".cut-mark[data-kind=hit]")
    page.locator(".verdict", has_text=f"of {len(CUTS) + 1} cuts").wait_for()
    assert hit.count() == 1
    press(page, "c")
    plan = plan_of(desk, analysis_id, song_of(page, "Beats"), [7.52])["plan"]
    assert samples(page) == plan["offset"]
    hit.focus()
    page.keyboard.press("Delete")
    page.locator(".verdict", has_text=f"of {len(CUTS)} cuts").wait_for()
    assert hit.count() == 0


def test_song_that_is_over_is_told_and_fitted_by_a_click(open_desk: Callable[..., Any]) -> None:
    page = open_desk()
    page.locator(".verdict", has_text="Best place").wait_for()
    stop_at(page, 1.0)
    lane = page.locator(".song-lane")
    lane.focus()
    state = page.locator(".song-state")
    for _ in range(20):
        page.keyboard.press("PageUp")
        page.wait_for_timeout(400)  # the panel tells of the song twice a second at the least
        if "The song ends at" in state.inner_text():
            break
    page.locator(".song-state", has_text=re.compile(r"^The song ends at 00:00:\d\d:\d\d, ")).wait_for()
    stop_at(page, 12.0)
    page.locator(".song-state", has_text="The song is over.").wait_for()
    page.get_by_role("button", name="Fit it").click()
    page.locator(".song-lane.fitted").wait_for()
    wait_until(page, "!document.querySelector('.song-state').textContent.includes('over')")
    assert "ends at" not in state.inner_text()


def test_drawn_song_snaps_where_its_passage_begins_with_the_film(open_desk: Callable[..., Any]) -> None:
    page = open_desk()
    page.locator(".verdict", has_text="Best place").wait_for()
    before = samples(page)
    box = page.locator(".song-lane").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 200, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 204, middle)
    assert samples(page) == before
    assert page.locator(".mark-words").inner_text() == "passage on the start"
    page.keyboard.down("Alt")
    page.mouse.move(box["x"] + 205, middle)
    assert samples(page) != before
    page.keyboard.up("Alt")
    page.mouse.up()
    assert page.locator(".mark-words").inner_text() == ""


def test_timeline_is_looked_at_from_near_and_from_far(open_desk: Callable[..., Any]) -> None:
    page = open_desk()
    page.locator(".verdict", has_text="Best place").wait_for()
    width = page.locator(".lanes").evaluate("lanes => lanes.clientWidth")
    page.get_by_role("button", name="Nearer").click()
    assert page.locator(".lanes").evaluate("lanes => lanes.clientWidth") == 2 * width
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440, "the lanes scroll, not the page"
    press(page, "-")
    assert page.locator(".lanes").evaluate("lanes => lanes.clientWidth") == width
    assert page.get_by_role("button", name="Farther").is_disabled()


def test_fitted_song_is_heard_with_its_joins_as_it_is_exported(
    desk: tuple[str, Path], analysis_id: str, open_desk: Callable[..., Any]
) -> None:
    url, film = desk
    page = open_desk()
    page.get_by_role("button", name="Fit to the film").click()
    joins = page.locator(".join-mark")
    joins.first.wait_for()
    song = song_of(page, "Beats")
    made = httpx.post(
        f"{url}/api/fit", json={"song_id": song, "analysis_id": analysis_id}, timeout=PATIENCE_SECONDS
    ).json()["data"]
    fit = made["fit"]
    assert joins.count() == len(fit["seams"]) >= 1
    told = page.locator(".fit-words").inner_text()
    assert all(words.lower() in told.lower() for words in fit["degraded"])
    assert page.locator(".song-lane").get_attribute("aria-disabled") == "true"

    page.evaluate(f"{VIDEO}.pause()")
    count = len(sounds(page))
    joins.first.click()
    at = fit["seams"][0]["at"] / RATE
    # Both sides of the join are started by one clock: their distance is that of the plan, to the sample.
    wait_until(page, f"window.soundList().length >= {count + 2}")
    left, entered = sounds(page)[-2:]
    events = fit["events"]
    left_at = (left["when"], left["offset"] - events[0]["source_in"] / RATE + events[0]["record_in"] / RATE)
    assert entered["offset"] == pytest.approx(events[1]["source_in"] / RATE, abs=1e-9)
    wanted = events[1]["record_in"] / RATE - left_at[1]
    assert entered["when"] - left_at[0] == pytest.approx(wanted, abs=0.5 / RATE)
    assert abs(page.evaluate(f"{VIDEO}.currentTime") - (at - 2)) < 2.5

    pieces = [
        {"source": e["source_in"], "record": e["record_in"], "length": e["length"]}
        | {"fadeIn": e["fade_in"], "fadeOut": e["fade_out"]}
        for e in events
    ]
    heard = np.frombuffer(base64.b64decode(page.evaluate(RENDER, [song, pieces, FILM_SECONDS])), np.float32)
    wanted_sound = exported_cue(url, film, plan_id=made["id"])
    size = min(len(heard), len(wanted_sound))
    assert size >= (FILM_SECONDS - 0.1) * RATE
    begin = round(0.05 * RATE)  # the page lets a song in softly
    assert np.abs(heard[begin:size] - wanted_sound[begin:size]).max() < 1e-3

    page.get_by_role("button", name="Whole song").click()
    assert joins.count() == 0 and page.locator(".song-lane").get_attribute("aria-disabled") == "false"


def test_plan_is_heard_as_it_is_exported(
    desk: tuple[str, Path], analysis_id: str, open_desk: Callable[..., Any]
) -> None:
    url, film = desk
    page = open_desk()
    song = song_of(page, "Beats")
    made = plan_of(desk, analysis_id, song)
    pieces = [
        {"source": 0, "record": -made["plan"]["offset"], "length": 60 * RATE, "fadeIn": 0, "fadeOut": 0}
    ]
    heard = np.frombuffer(base64.b64decode(page.evaluate(RENDER, [song, pieces, FILM_SECONDS])), np.float32)
    wanted = exported_cue(url, film, plan_id=made["id"])
    size = min(len(heard), len(wanted))
    begin = round(0.05 * RATE)
    assert np.abs(heard[begin:size] - wanted[begin:size]).max() < 1e-3


def exported_cue(url: str, film: Path, **fields: str) -> Any:
    """The left channel of the WAV that an export writes."""
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        with film.open("rb") as file:
            started = client.post("/api/exports", data={"to": "wav", **fields}, files={"video": file}).json()
        task = wait_for_task(client, started["task_id"])
        assert task["state"] == "succeeded", task["error"]
        content = client.get(f"/api/exports/{started['task_id']}/file").content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".wav"))
            content = archive.read(name)
    with av.open(io.BytesIO(content)) as reader:
        assert reader.streams.audio[0].rate == RATE
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        frames = [part for frame in reader.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def test_song_without_beats_says_so_and_is_nudged_by_frames_only(open_desk: Callable[..., Any]) -> None:
    page = open_desk("Drone")
    page.locator(".verdict", has_text="no steady beat").wait_for()
    assert page.get_by_role("button", name="Lay on the cuts").is_disabled()
    assert page.get_by_role("button", name="Song later by a beat").is_disabled()
    assert page.locator(".cut-mark[data-mark=none]").count() == len(CUTS)
    before = samples(page)
    page.get_by_role("button", name="Song later by a frame").click()
    assert before - samples(page) == RATE / 25


def test_fault_of_the_server_is_told_and_tried_again(open_desk: Callable[..., Any]) -> None:
    broken = '{"success": false, "error": {"code": "storage", "message": "the disk is full"}}'

    def break_plans(page: Any) -> None:
        page.route("**/api/sync", lambda route: route.fulfill(status=503, body=broken))

    page = open_desk(before=break_plans)
    problem = page.locator(".laying .problem")
    problem.get_by_text("The disk is full.").wait_for()
    assert page.locator(".cut-mark[data-mark=miss]").count() > 0, (
        "cuts are held against the beats all the same"
    )
    page.unroute("**/api/sync")
    page.locator(".laying").get_by_role("button", name="Try again").click()
    page.locator(".verdict", has_text="Best place").wait_for()
    assert not problem.is_visible()
    page.route(
        "**/api/fit", lambda route: route.fulfill(status=422, body=broken.replace("storage", "invalid_input"))
    )
    page.get_by_role("button", name="Fit to the film").click()
    problem.wait_for()
    assert page.get_by_role("button", name="Fit to the film").is_enabled()
