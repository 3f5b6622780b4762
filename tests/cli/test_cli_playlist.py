"""`reelscore playlist`, and `--playlist` of `recommend`: files that lead back to the songs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest

from cli_commands import Reelscore
from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.export.urls import MediaRoot
from reelscore.library.playlists import playlist_songs, playlist_text
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring
from serving import serve


def paths_of(m3u: Path) -> list[str]:
    lines = m3u.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#EXTM3U"
    return [line for line in lines if not line.startswith("#")]


def test_an_answer_is_written_as_a_playlist_too(
    reelscore: Reelscore, demo_library_home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "calm #1.m3u8"
    found = reelscore("recommend", "text", "calm piano", "-n", "4", "--playlist", out, "--json").json
    assert paths_of(out) == [song["uri"] for song in found["songs"]]
    assert all(Path(path).is_file() for path in paths_of(out))
    told = reelscore("recommend", "text", "calm piano", "--playlist", tmp_path / "a.pls")
    assert told.code == 1 and ".m3u8" in told.err and told.out == ""


def test_the_library_is_a_rekordbox_collection(
    reelscore: Reelscore, demo_library_home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "all.xml"
    told = reelscore("playlist", "--out", out, "--title", "All of it", "--media-root", "/=/Volumes/music")
    assert told.code == 0, told.err
    tracks = ET.parse(out).getroot().findall("COLLECTION/TRACK")
    wiring = Wiring(Settings(home=demo_library_home))
    songs, total = wiring.catalog.list_songs(limit=100)
    features = wiring.catalog.features([song.id for song in songs])
    structures = wiring.catalog.structures([song.id for song in songs])
    wiring.close()
    assert len(tracks) == total > 10
    for song, track in zip(songs, tracks, strict=True):
        path = unquote(track.attrib["Location"].removeprefix("file://localhost"))
        assert path == f"/Volumes/music{song.uri}"
        assert track.attrib.get("Tonality", "") == (features[song.id].key or "")
        marks = [float(mark.attrib["Start"]) for mark in track.findall("POSITION_MARK")]
        assert marks == pytest.approx([part.start for part in structures[song.id].sections], abs=1e-3)
        downbeats = structures[song.id].grid.downbeats
        if downbeats:
            assert float(track.find("TEMPO").attrib["Inizio"]) == pytest.approx(downbeats[0], abs=1e-3)  # type: ignore[union-attr]
            assert float(track.attrib["AverageBpm"]) == pytest.approx(
                structures[song.id].grid.tempo_bpm, abs=0.01
            )


def test_named_songs_in_their_order_also_beside_a_server(
    reelscore: Reelscore, demo_library_home: Path, tmp_path: Path
) -> None:
    wiring = Wiring(Settings(home=demo_library_home))
    songs = [song for song, _ in zip(wiring.catalog.songs_of_source("demo"), range(3), strict=False)]
    with serve(wiring):
        out = tmp_path / "a.m3u8"
        told = reelscore("playlist", songs[2].id, songs[0].id, "--out", out, "--relative")
        assert told.code == 0, told.err
    wanted = [wiring.catalog.song(song.id).uri for song in (songs[2], songs[0])]
    wiring.close()
    assert [str((tmp_path / path).resolve()) for path in paths_of(out)] == [
        str(Path(str(path)).resolve()) for path in wanted
    ]


def test_words_choose_songs_and_nothing_is_no_playlist(
    reelscore: Reelscore, demo_library_home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a.xspf"
    told = reelscore("playlist", "--out", out, "--search", "calm", "--sort", "-tempo", "--json")
    assert told.code == 0 and told.json["playlist"] == str(out)
    assert told.json["songs"] == len(ET.parse(out).findall(".//{*}track"))
    space = "{http://xspf.org/ns/0/}"
    tracks = ET.parse(out).getroot().findall(f"{space}trackList/{space}track")
    titles = [track.findtext(f"{space}title", "") for track in tracks]
    assert titles and all("calm" in title.lower() for title in titles)
    locations = [unquote(urlsplit(track.findtext(f"{space}location", "")).path) for track in tracks]
    assert all(Path(path).is_file() for path in locations)
    told = reelscore("playlist", "--out", tmp_path / "b.xspf", "--search", "no such song")
    assert told.code == 1 and "there is no such song, so there is nothing to play" in told.err
    assert not (tmp_path / "b.xspf").exists()
    assert reelscore("playlist", "--out", tmp_path / "gone" / "b.xspf").code == 1


def test_songs_without_a_file_are_left_out_and_told(shared_demo_wiring: Wiring) -> None:
    catalog = shared_demo_wiring.catalog
    known = next(iter(catalog.songs_of_source("demo"))).id
    songs, notes = playlist_songs(catalog, [known, "nothing"], roots=[MediaRoot("/", "D:\\")])
    assert [song.path[:3] for song in songs] == ["D:\\"]
    assert notes == ("left out, since unknown or without a file of its own: 1 song",)
    assert "file:///D:/" in playlist_text("xspf", songs)
    with pytest.raises(InvalidInputError, match="nothing to play"):
        playlist_songs(catalog, ["nothing"])


def test_a_song_of_a_cue_sheet_is_the_part_of_its_file(
    shared_demo_wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = shared_demo_wiring.catalog
    known = next(iter(catalog.songs_of_source("demo"))).id
    (whole,), _ = playlist_songs(catalog, [known])
    in_sheet = [replace(song, begin=12.5) for song in catalog.songs([known])]
    monkeypatch.setattr(catalog, "songs", lambda ids: in_sheet)
    (part,), notes = playlist_songs(catalog, [known])
    assert "VLC plays the part" in notes[0]
    assert "#EXTVLCOPT:start-time=12.500\n" in playlist_text("m3u8", [part])
    assert whole.cues and whole.first_beat is not None
    assert part.first_beat == 12.5 + whole.first_beat
    assert part.cues == tuple((12.5 + at, name) for at, name in whole.cues)


def test_videos_are_asked_for_with_a_playlist(
    reelscore: Reelscore, demo_library_home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "film.xml"
    told = reelscore("recommend", "video", demo_videos()[0], "-n", "3", "--playlist", out)
    assert told.code == 0, told.err
    assert str(out) in told.out
    assert len(ET.parse(out).getroot().findall("COLLECTION/TRACK")) == 3
