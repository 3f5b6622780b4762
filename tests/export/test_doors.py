"""The doors: `reelscore export` and `reelscore mix` on a shell, and exports over HTTP."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import av
import httpx
import opentimelineio as otio
import pytest
from films import RATE, film, onsets, picture_packets, sound_of
from typer.testing import CliRunner, Result

from patience import PATIENCE_SECONDS
from reelscore.analysis.video import analyze_file
from reelscore.cli.main import app
from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.export.formats import KINDS, ExportOptions, suffixes_of
from reelscore.files import hash_file
from reelscore.jobs.export_job import run_export
from reelscore.placement.exports import take_away
from reelscore.placement.timelines import Lay, in_own_files, lay_song, song_of_file
from reelscore.records import Song, ignore_progress
from reelscore.wiring import Wiring
from serving import serve, wait_for_task


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)


def test_export_writes_the_timeline_the_cue_and_the_credits(tmp_path: Path, click_song: Path) -> None:
    source = film(tmp_path / "film.mp4")
    click_song.with_suffix(".license").write_text("SPDX-License-Identifier: CC-BY-4.0\n")
    out = tmp_path / "out" / "my film.otio"
    out.parent.mkdir()
    root = f"{tmp_path}=/Volumes/media"
    done = run(
        "export",
        source,
        click_song,
        "--to",
        "otio",
        "--out",
        out,
        "--offset",
        "1.5",
        "--media-root",
        root,
        "--json",
    )
    assert done.exit_code == 0, done.output
    names = [Path(name).name for name in json.loads(done.stdout)["files"]]
    assert names == [
        "my film.otio",
        "my film-music-1.wav",
        "my film.credits.txt",
        "my film.cue-sheet.csv",
        "my film.cue-sheet.html",
    ]
    timeline = otio.adapters.read_from_file(str(out))
    urls = [unquote(clip.media_reference.target_url) for clip in timeline.find_clips()]
    assert urls[0] == "file:///Volumes/media/film.mp4"
    assert urls[-1] == "file:///Volumes/media/out/my film-music-1.wav"
    # 2.0 s of the song at an offset of 1.5: half a second into the film, and into the cue.
    found = onsets(sound_of(out.with_name("my film-music-1.wav")))
    assert found[0] == onsets(sound_of(click_song))[0] - round(1.5 * RATE)
    sheet = list(csv.DictReader(io.StringIO(out.with_name("my film.cue-sheet.csv").read_text())))
    assert [(row["title"], row["licence"]) for row in sheet] == [("clicks #1", "CC-BY-4.0")]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("fcpxml", "a.fcpxml"),
        ("fcp7", "a.xml"),
        ("edl", "a.edl"),
        ("mlt", "a.mlt"),
        ("kdenlive", "a.kdenlive"),
        ("markers", "a.json"),
        ("wav", "a.wav"),
    ],
)
def test_every_kind_is_written(tmp_path: Path, click_song: Path, kind: str, name: str) -> None:
    source = film(tmp_path / "film.mp4")
    done = run(
        "export", source, click_song, "--to", kind, "--out", tmp_path / name, "--no-cuts", "--no-credits"
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).stat().st_size > 100
    assert not (tmp_path / "home" / "library.sqlite3").exists()  # a file needs no library


def test_a_zip_holds_all_of_it(tmp_path: Path, click_song: Path) -> None:
    source = film(tmp_path / "film.mp4")
    done = run("export", source, click_song, "--to", "zip", "--out", tmp_path / "all.zip", "--with-picture")
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        names = set(archive.namelist())
        assert {
            "all.otio",
            "all.fcpxml",
            "all.xml",
            "all.edl",
            "all.mlt",
            "all.kdenlive",
            "all-music-1.wav",
        } <= names
        assert {"all.credits.txt", "all.cue-sheet.html", "all.m3u8", "film.mp4"} <= names
        assert archive.read("film.mp4") == source.read_bytes()
        assert str(tmp_path / "all" / "film.mp4") in unquote(archive.read("all.fcpxml").decode())


def test_mix_tells_what_came_out(tmp_path: Path, click_song: Path) -> None:
    source = film(tmp_path / "film.mp4")
    out = tmp_path / "mix.mkv"
    done = run("mix", source, click_song, "--out", out, "--lufs", "-23", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["details"]
    assert told["loudness"] == pytest.approx(-23.0, abs=0.2)
    assert picture_packets(out) == picture_packets(source)


def test_a_film_with_several_tracks_says_which_is_taken(tmp_path: Path, click_song: Path) -> None:
    source, out = film(tmp_path / "film.mov"), tmp_path / "two.mov"
    with av.open(str(source)) as read, av.open(str(out), "w") as written:
        pictures, sound = read.streams.video[0], read.streams.audio[0]
        packets = [packet for packet in read.demux(pictures, sound) if packet.dts is not None]
        copies: list[dict[int, Any]] = []
        for _ in range(2):
            streams = {each.index: written.add_stream_from_template(each) for each in (pictures, sound)}
            copies.append(streams)
        kinds = [packet.stream.index for packet in packets]
        for streams in copies:
            for packet, kind in zip(packets, kinds, strict=True):
                packet.stream = streams[kind]
                written.mux(packet)
    done = run("mix", out, click_song, "--out", tmp_path / "mix.mkv", "--json")
    for what in ("sound", "picture"):
        said = f"of the film's 2 {what} tracks, track 1 alone is in the mix"
        assert said in json.loads(done.stdout)["notes"]
    done = run("export", out, click_song, "--to", "otio", "--out", tmp_path / "a.otio", "--no-cuts")
    assert "the timeline has one of the film's 2 sound tracks; add the others in the editor" in done.output
    assert "cuts and length are those of track 1 of the film's 2 picture tracks" in done.output


def test_mistakes_are_told_before_work(tmp_path: Path, click_song: Path) -> None:
    source = film(tmp_path / "film.mp4")
    for words in (
        ["export", source, click_song, "--to", "avid", "--out", tmp_path / "x"],
        ["export", source, click_song, "--to", "wav", "--out", tmp_path / "x.wav", "--offset", "99"],
        ["export", source, click_song, "--to", "otio", "--out", tmp_path / "x", "--media-root", "nothing"],
        ["mix", source, click_song, "--out", tmp_path / "x.avi"],
        ["mix", source, click_song, "--out", tmp_path / "x.mp4", "--lufs", "loud"],
        ["mix", click_song, click_song, "--out", tmp_path / "x.mp4"],
        ["mix", source, "no-such-song", "--out", tmp_path / "x.mp4"],
    ):
        assert run(*words).exit_code == 1, words
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == [click_song.name, "film.mp4"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_export_is_written_under_the_suffix_of_something_else(
    tmp_path: Path, click_song: Path, kind: str
) -> None:
    source = film(tmp_path / "film.mp4")
    before = source.read_bytes()
    for name, right in (("x.mp3", f"x{suffixes_of(kind)[0]}"), ("film.mp4", "film."), ("x", "x.")):
        done = run("export", source, click_song, "--to", kind, "--out", tmp_path / name, "--no-cuts")
        assert done.exit_code == 1 and isinstance(done.exception, InvalidInputError)
        assert f"{name} is no name for an export to {kind}; write {right}" in str(done.exception)
    assert source.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == [click_song.name, "film.mp4"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("wav", "x-music-1.wav"), ("otio", "x.otio")],
)
def test_no_export_is_written_over_the_film_or_the_song(
    tmp_path: Path, click_song: Path, kind: str, name: str
) -> None:
    source = film(tmp_path / "film.mp4")
    song = click_song.rename(tmp_path / "x-music-1.wav")  # what the cue of x.otio would be called
    before = source.read_bytes(), song.read_bytes()
    out = tmp_path / name
    done = run("export", source, song, "--to", kind, "--out", out, "--offset", "1", "--no-cuts")
    assert (done.exit_code, source.read_bytes(), song.read_bytes()) == (1, *before)
    assert isinstance(done.exception, InvalidInputError) and "one of the sources" in str(done.exception)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == ["film.mp4", "x-music-1.wav"]


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    return Wiring(Settings(home=tmp_path / "home"))


def test_a_source_whose_terms_forbid_it_is_refused(tmp_path: Path, wiring: Wiring) -> None:
    source = film(tmp_path / "film.mp4")
    song = Song(
        "1", "itunes", "1", "A preview", uri="https://example.org/a.m4a", preview_url="https://e.org/a"
    )
    with pytest.raises(InvalidInputError, match=r"A preview.*Apple lets its previews be heard"):
        lay_song(wiring, source, song)


def test_a_song_shorter_than_the_film_ends_where_it_ends(
    tmp_path: Path, click_song: Path, wiring: Wiring
) -> None:
    source = film(tmp_path / "film.mp4")
    timeline = lay_song(wiring, source, song_of_file(click_song), Lay(offset=3.0), find_cuts=False)
    event = timeline.music[0]
    assert (event.record_in, event.source_in, event.length) == (0, 3 * RATE, 5 * RATE)
    assert event.fade_out == 0
    later = lay_song(wiring, source, song_of_file(click_song), Lay(offset=-2.0), find_cuts=False).music[0]
    assert (later.record_in, later.source_in, later.length) == (2 * RATE, 0, 6 * RATE)
    assert later.fade_out == round(1.5 * RATE)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("edl", "set the start timecode of the timeline to that of the film before importing the list"),
        ("kdenlive", "the project begins at 00:00:00:00; the film's timecode begins at 01:00:00:00"),
        ("mlt", "the project begins at 00:00:00:00; the film's timecode begins at 01:00:00:00"),
        ("otio", None),
    ],
)
def test_a_timecode_that_a_format_does_not_begin_at_is_said(
    tmp_path: Path, click_song: Path, wiring: Wiring, kind: str, said: str | None
) -> None:
    timeline = lay_song(wiring, film(tmp_path / "film.mp4"), song_of_file(click_song), find_cuts=False)
    timeline = replace(timeline, start_frame=round(3600 * timeline.rate))
    taken = take_away(timeline, kind, tmp_path / f"a{suffixes_of(kind)[0]}", options=ExportOptions())
    assert [note for note in taken.notes if "timecode" in note] == ([said] if said else [])


def test_what_a_format_has_no_room_for_leaves_nothing(
    tmp_path: Path, click_song: Path, wiring: Wiring
) -> None:
    timeline = lay_song(wiring, film(tmp_path / "film.mp4"), song_of_file(click_song), find_cuts=False)
    many = replace(timeline, frames=2000, cuts=tuple(range(1, 1500)))
    assert many.picture is not None
    many = replace(many, picture=replace(many.picture, duration=2000 / timeline.rate))
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidInputError, match="999 events"):
        take_away(many, "edl", tmp_path / "out" / "a.edl", options=ExportOptions(split=True))
    assert list((tmp_path / "out").iterdir()) == []
    # A zip is made all the same, and says what is not in it.
    taken = take_away(many, "zip", tmp_path / "out" / "a.zip", options=ExportOptions(split=True))
    said = "there is no a.edl: an EDL has room for 999 events; export it without --split, or as OTIO"
    assert said in taken.notes
    with zipfile.ZipFile(tmp_path / "out" / "a.zip") as archive:
        assert "a.edl" not in archive.namelist() and "a.otio" in archive.namelist()
        assert said in archive.read("a.readme.txt").decode().splitlines()


def test_the_playlist_of_a_zip_has_a_fitted_song_once(
    tmp_path: Path, click_song: Path, wiring: Wiring
) -> None:
    timeline = lay_song(wiring, film(tmp_path / "film.mp4"), song_of_file(click_song), find_cuts=False)
    (event,) = timeline.music
    half = event.length // 2
    pieces = (replace(event, length=half), replace(event, source_in=half, record_in=half, length=half))
    take_away(replace(timeline, music=pieces), "zip", tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        lines = archive.read("all.m3u8").decode().splitlines()
    assert lines == ["#EXTM3U", f"#EXTINF:8,{event.title}", str(click_song)]


def test_a_song_of_a_cue_sheet_is_taken_from_its_place_in_the_big_file(
    tmp_path: Path, click_song: Path, wiring: Wiring
) -> None:
    source = film(tmp_path / "film.mp4")
    song = replace(song_of_file(click_song), begin=1.5, duration=4.5)
    timeline = lay_song(wiring, source, song, Lay(offset=0.25), find_cuts=False)
    (event,) = timeline.music
    assert (event.source_in, event.length) == (RATE // 4, round(4.25 * RATE))
    (own,) = in_own_files(timeline, [song, replace(song, id="another", begin=9.0)]).music
    assert (own.media.path, own.source_in) == (str(click_song), event.source_in + round(1.5 * RATE))
    assert own.media.duration > event.media.duration
    take_away(timeline, "zip", tmp_path / "all.zip", songs=[song])
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        lines = archive.read("all.m3u8").decode().splitlines()
        assert "all.readme.txt" not in archive.namelist()  # there is nothing to say
    parts = ["#EXTVLCOPT:start-time=1.500", "#EXTVLCOPT:stop-time=6.000"]
    assert lines == ["#EXTM3U", f"#EXTINF:4,{event.title}", *parts, str(click_song)]
    taken = take_away(timeline, "wav", tmp_path / "cue.wav", with_credits=False)
    heard = onsets(sound_of(Path(taken.files[0])))
    begin = round(1.75 * RATE)
    there = [at - begin for at in onsets(sound_of(click_song)) if begin <= at < begin + event.length]
    assert len(there) == 2
    assert heard == there


def test_the_cuts_of_a_film_that_was_analysed_are_not_looked_for_again(
    tmp_path: Path, demo_wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = film(tmp_path / "film.mp4")
    analysis, _ = analyze_file(demo_wiring, source)
    assert analysis.measurements is not None

    def look_again(*_: object, **__: object) -> None:
        raise AssertionError("the film is measured again")

    monkeypatch.setattr("reelscore.placement.timelines.measure_video", look_again)
    asked = {
        "video_path": str(source),
        "filename": source.name,
        "content_hash": hash_file(source),
        "song": next(iter(demo_wiring.catalog.songs_of_source("demo"))).id,
        "to": "markers",
    }
    made = run_export(demo_wiring, asked, ignore_progress)
    with zipfile.ZipFile(made["file"]) as archive:
        (table,) = (archive.read(name).decode() for name in archive.namelist() if name == "film.csv")
    assert table.count("cut ") == len(analysis.measurements.cuts)
    with pytest.raises(AssertionError, match="measured again"):  # it is another one
        run_export(demo_wiring, asked | {"content_hash": "0" * 64}, ignore_progress)
    demo_wiring.close()
    done = run("export", source, asked["song"], "--to", "markers", "--out", tmp_path / "a.csv")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "a.csv").read_text().count("cut ") == len(analysis.measurements.cuts)


@pytest.mark.slow
def test_exports_over_http(tmp_path: Path, demo_library_home: Path) -> None:
    source = film(tmp_path / "my film.mp4")
    wiring = Wiring(Settings(home=demo_library_home))
    song = next(iter(wiring.catalog.songs_of_source("demo"))).id
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:

        def ask(**fields: object) -> httpx.Response:
            with source.open("rb") as video:
                form = {"song_id": song, "to": "otio", **{k: str(v) for k, v in fields.items()}}
                form = {name: value for name, value in form.items() if value}
                return client.post("/api/exports", files={"video": (source.name, video)}, data=form)

        answer = ask(media_folder="D:\\films", offset=2)
        assert answer.status_code == 202, answer.text
        task = wait_for_task(client, answer.json()["task_id"])
        assert task["state"] == "succeeded", task
        file = client.get(f"/api/exports/{task['task_id']}/file")
        assert "my%20film.zip" in file.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            assert {"my film.otio", "my film-music-1.wav", "my film.credits.txt"} <= set(archive.namelist())
            read = otio.adapters.read_from_string(archive.read("my film.otio").decode())
        urls = [clip.media_reference.target_url for clip in read.find_clips()]
        assert urls[0] == "file:///D:/films/my%20film.mp4"
        assert urls[-1] == "file:///D:/films/my%20film-music-1.wav"
        mixed = wait_for_task(client, ask(to="mkv", mix='{"loudness": -16, "duck": null}').json()["task_id"])
        assert mixed["result"]["details"]["loudness"] == pytest.approx(-16.0, abs=0.3)
        body = client.get(f"/api/exports/{mixed['task_id']}/file").content
        (tmp_path / "mix.mkv").write_bytes(body)
        assert picture_packets(tmp_path / "mix.mkv") == picture_packets(source)
        plan = client.post("/api/fit", json={"song_id": song, "seconds": 8.0}).json()["data"]["id"]
        fitted = wait_for_task(client, ask(song_id="", plan_id=plan, to="mix-wav").json()["task_id"])
        assert fitted["state"] == "succeeded", fitted
        assert ask(plan_id=plan).status_code == 400  # and a song
        assert ask(song_id="", plan_id="nothing").status_code == 404
        assert ask(to="avid").status_code == 422
        assert ask(mix="{").status_code == 422
        assert ask(to="mp4", mix='{"loudness": 5}').status_code == 400
        assert ask(to="mp4", mix='{"volume": 5}').status_code == 400
        assert ask(song_id="00000000-0000-0000-0000-000000000000").status_code == 404
        assert client.get("/api/exports/nothing/file").status_code == 404
        assert not list((demo_library_home / "uploads").glob("*/*"))
    wiring.close()
