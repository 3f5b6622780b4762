from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from reelscore.errors import InvalidInputError, MediaNotFoundError
from reelscore.records import Track, TrackIssue, song_id
from reelscore.sources.folder.source import FolderSource
from sound_files import encode, music

FORMATS = {"flac": "flac", "mp3": "libmp3lame", "opus": "libopus", "m4a": "aac", "wav": "pcm_s16le"}


def write_audio(path: Path, **tags: str) -> Path:
    """A second of a tone, with tags."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = (np.sin(np.arange(22_050) * 0.1) * 8_000).astype(np.int16)[None, :]
    with av.open(str(path), "w", format={"m4a": "ipod"}.get(path.suffix[1:], path.suffix[1:])) as container:
        container.metadata.update(tags)
        stream: Any = container.add_stream(FORMATS[path.suffix[1:]], rate=24_000, layout="mono")
        if path.suffix == ".opus":
            stream.metadata.update(tags)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 22_050
        for piece in [*av.AudioResampler(stream.format.name, "mono", 24_000, 480).resample(frame), None]:
            container.mux(stream.encode(piece))
    return path


def tracks_of(source: FolderSource) -> list[Track]:
    return [offer for offer in source.offer() if isinstance(offer, Track)]


def issues_of(source: FolderSource) -> dict[str, TrackIssue]:
    return {Path(offer.name).name: offer for offer in source.offer() if isinstance(offer, TrackIssue)}


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_tags_of_every_format_are_read(suffix: str, tmp_path: Path) -> None:
    tags = {
        "title": "Ein Lied",
        "artist": "Die Band feat. Gast",
        "album": "Platte",
        "genre": "Folk",
        "date": "1999",
    }
    write_audio(tmp_path / f"x.{suffix}", **tags)
    (track,) = tracks_of(FolderSource([tmp_path]))
    assert (track.title, track.artists, track.album) == ("Ein Lied", ("Die Band", "Gast"), "Platte")
    assert (track.genre, track.year) == ("Folk", 1999)
    assert track.uri == track.source_id == str((tmp_path / f"x.{suffix}").resolve())
    assert track.id == song_id("folder", track.source_id)


def test_the_file_name_speaks_where_tags_are_silent(tmp_path: Path) -> None:
    write_audio(tmp_path / "02 - Somebody - Something.wav")
    write_audio(tmp_path / "tagged.flac", title="Named")
    named, tagged = tracks_of(FolderSource([tmp_path]))
    assert (named.title, named.artists) == ("Something", ("Somebody",))
    assert (tagged.title, tagged.artists) == ("Named", ())


def test_folders_are_walked_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ["b/2.wav", "b/1.wav", "a/z/deep.wav", "a.wav", "c.WAV", ".hidden/x.wav", "b/.y.wav"]:
        write_audio(tmp_path / name.lower()).rename(tmp_path / name)
    (tmp_path / "notes.txt").write_text("not music")
    (tmp_path / "film.mp4").write_bytes(b"not music")
    found = [
        Path(track.source_id).relative_to(tmp_path).as_posix()
        for track in tracks_of(FolderSource([tmp_path]))
    ]
    assert found == ["a/z/deep.wav", "a.wav", "b/1.wav", "b/2.wav", "c.WAV"]
    assert set(issues_of(FolderSource([tmp_path]))) == {"film.mp4"}


def test_bins_and_thumbnails_of_file_servers_are_left_out(tmp_path: Path) -> None:
    names = ["#recycle", "@eaDir", "$RECYCLE.BIN", "lost+found", "System Volume Information", ".Trash-1000"]
    for name in [*names, "#Recycle/deep", "@eaDir/song.mp3"]:
        write_audio(tmp_path / name / "deleted.wav")
    kept = write_audio(tmp_path / "#1 hits" / "song.wav")
    assert [track.uri for track in tracks_of(FolderSource([tmp_path]))] == [str(kept.resolve())]
    assert not issues_of(FolderSource([tmp_path]))
    named = FolderSource([tmp_path / "#recycle"])  # whoever names one wants it
    assert len(tracks_of(named)) == 1


def test_sound_in_containers_of_films_is_offered_and_films_are_named(tmp_path: Path) -> None:
    for name, codec in (("a.mp4", "aac"), ("b.webm", "libopus"), ("c.mov", "aac"), ("d.mkv", "libopus")):
        encode(tmp_path / name, music(1.0), codec, out_rate=48_000)
    with av.open(str(tmp_path / "film.mp4"), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    (tmp_path / "notes.mid").write_bytes(b"MThd")
    (tmp_path / "bought.m4p").write_bytes(b"locked")
    (tmp_path / "cover.jpg").write_bytes(b"picture")
    source = FolderSource([tmp_path])
    assert [Path(track.source_id).name for track in tracks_of(source)] == [
        "a.mp4",
        "b.webm",
        "c.mov",
        "d.mkv",
    ]
    issues = issues_of(source)
    assert set(issues) == {"film.mp4", "notes.mid", "bought.m4p"}
    assert "moving pictures" in issues["film.mp4"].reason
    assert "notes and no sound" in issues["notes.mid"].reason
    assert "locked" in issues["bought.m4p"].reason


def test_folders_stand_in_for_the_tags_that_a_file_lacks(tmp_path: Path) -> None:
    root = tmp_path / "Music"
    write_audio(root / "Miles Away" / "Blue Hours" / "track26.wav")
    write_audio(root / "Miles Away" / "CD 2" / "track27.wav")
    write_audio(root / "Blue Hours" / "named.flac", title="T", artist="A")
    write_audio(root / "loose.wav")
    found = {track.title: (track.album, track.untagged) for track in tracks_of(FolderSource([root]))}
    assert found == {
        "track26": ("Miles Away / Blue Hours", True),
        "track27": ("Miles Away", True),
        "T": (None, False),
        "loose": (None, True),
    }


def test_a_file_is_offered_once_however_many_ways_lead_to_it(tmp_path: Path) -> None:
    song = write_audio(tmp_path / "music" / "song.wav")
    (tmp_path / "music" / "loop").symlink_to(tmp_path / "music", target_is_directory=True)
    (tmp_path / "music" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "music" / "again.wav").symlink_to(song)
    source = FolderSource([tmp_path, tmp_path / "music", song, str(song)])
    assert [track.source_id for track in tracks_of(source)] == [str(song.resolve())]
    assert not issues_of(source)


def test_one_file_is_a_source_too(tmp_path: Path) -> None:
    song = write_audio(tmp_path / "song.wav")
    (track,) = tracks_of(FolderSource([song]))
    assert track.title == "song"
    with FolderSource([song]).fetch(track) as path:
        assert path.read_bytes() == song.read_bytes()
    song.unlink()
    with pytest.raises(MediaNotFoundError, match="gone"), FolderSource([tmp_path]).fetch(track):
        pass


def test_what_does_not_exist_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nowhere"):
        FolderSource([tmp_path / "nowhere"])
    with pytest.raises(InvalidInputError, match="at least one"):
        FolderSource([])


def test_a_named_file_that_is_no_audio_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words")
    issue = issues_of(FolderSource([tmp_path / "notes.txt"]))["notes.txt"]
    assert "not taken for audio" in issue.reason


def test_text_named_as_music_is_offered_and_empty_files_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("these are words, not sound")
    (tmp_path / "empty.mp3").touch()
    source = FolderSource([tmp_path])
    assert [track.title for track in tracks_of(source)] == ["text"]
    assert issues_of(source)["empty.mp3"].reason == "empty file"


@pytest.mark.parametrize("suffix", ["mp3", "flac", "m4a"])
def test_broken_tags_stop_nothing(suffix: str, tmp_path: Path) -> None:
    path = write_audio(tmp_path / f"A - B.{suffix}", title="T" * 300, artist="X" * 300)
    content = bytearray(path.read_bytes())
    content[12:200] = np.random.default_rng(1).bytes(188)
    path.write_bytes(bytes(content))
    (track,) = tracks_of(FolderSource([tmp_path]))
    assert track.title


def test_odd_names_are_no_obstacle(tmp_path: Path) -> None:
    names = [
        "new\nline.wav",
        "Größe – ☃ 🎵.wav",
        "e\u0301.wav",
        "quote\"'`$.wav",
        " space .wav",
        "%s %d.wav",
        "a" * 200 + ".wav",
    ]
    song = write_audio(tmp_path / "song.wav").read_bytes()
    (tmp_path / "song.wav").unlink()
    for name in names:
        (tmp_path / name).write_bytes(song)
    tracks = tracks_of(FolderSource([tmp_path]))
    assert {Path(track.source_id).name for track in tracks} == set(names)
    assert all(track.title and "\n" not in track.title for track in tracks)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name themselves")
def test_a_name_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.mp3")).write_bytes(b"x")
    (issue,) = issues_of(FolderSource([tmp_path])).values()
    assert "UTF-8" in issue.reason
    assert "caf\\udce9.mp3" in issue.name


def test_what_is_no_regular_file_is_told_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "dangling.mp3").symlink_to(tmp_path / "gone.mp3")
    (tmp_path / "itself.mp3").symlink_to(tmp_path / "itself.mp3")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(tmp_path)  # the path of a socket may be no longer than 100 characters
        try:
            listener.bind("socket.mp3")
        finally:
            os.chdir(here)
        issues = issues_of(FolderSource([tmp_path]))
    assert issues["pipe.mp3"].reason == issues["socket.mp3"].reason == "not a regular file"
    assert "cannot be read" in issues["dangling.mp3"].reason
    assert "cannot be read" in issues["itself.mp3"].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_and_folders_without_permission_are_told(tmp_path: Path) -> None:
    locked = write_audio(tmp_path / "locked.wav")
    write_audio(tmp_path / "open.wav")
    write_audio(tmp_path / "private" / "inside.wav")
    locked.chmod(0)
    (tmp_path / "private").chmod(0)
    try:
        source = FolderSource([tmp_path])
        issues = issues_of(source)
        assert issues["locked.wav"].code == issues["private"].code == "media_not_found"
        assert "Permission denied" in issues["locked.wav"].reason
        assert [track.title for track in tracks_of(source)] == ["open"]
    finally:
        (tmp_path / "private").chmod(0o700)


def test_a_large_folder_is_read_quickly(tmp_path: Path) -> None:
    song = write_audio(tmp_path / "song.mp3", title="Song", artist="Band").read_bytes()
    for number in range(2000):
        folder = tmp_path / f"{number // 100:02d}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.mp3").write_bytes(song)
    began = time.process_time()
    assert len(tracks_of(FolderSource([tmp_path]))) == 2001
    assert time.process_time() - began < 4.0
