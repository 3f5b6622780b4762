"""Two libraries as owners have them: every container, tags by many hands, and what lies between the songs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from asked import matching
from reelscore.audio.decode import load
from reelscore.audio.formats import FORMATS, Kind
from reelscore.config import Settings
from reelscore.filters.table import Filters
from reelscore.ingest import service
from reelscore.library.service import Library
from reelscore.records import IngestReport, Song
from reelscore.wiring import Wiring
from sound_files import (
    ape,
    dsf_bytes,
    encode,
    flac_with_comments,
    id3,
    music,
    remux,
    text,
    vorbis,
    wav_bytes,
)

Stated = dict[str, Any]


def sound(number: int, seconds: float = 3.3) -> np.ndarray:
    """A song that no other file holds."""
    return music(seconds, bpm=90 + 3 * number, seed=number)


class Layout:
    """A folder that is filled file by file, with what each file is known to say."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.stated: dict[Path, Stated] = {}
        self.lines: dict[Path, str] = {}  # files that get a line, and a word of it
        self.silent: list[Path] = []  # left out without one
        self._number = 0

    def add(self, name: str, codec: str, *, tags: bool = True, **form: Any) -> Path:
        self._number += 1
        path = self.root / name
        title, artist = f"Song {self._number}", f"Band {self._number % 7}"
        written = {"title": title, "artist": artist, "genre": "Folk", "date": str(1960 + self._number)}
        stated = {"title": title, "artists": (artist,), "genre": "Folk", "year": 1960 + self._number}
        samples = sound(self._number)[: 1 if form.get("layout") == "mono" else 2]
        encode(path, samples, codec, tags=written if tags else {}, **form)
        self.stated[path] = stated if tags else {}
        return path

    def make(self, name: str, write: Callable[[Path, np.ndarray], object], **stated: Any) -> Path:
        self._number += 1
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, sound(self._number))
        self.stated[path] = stated
        return path

    def refuse(self, name: str, content: bytes, word: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.lines[path] = word


COMMON = (
    ("mp3", "libmp3lame", {}),
    ("flac", "flac", {}),
    ("m4a", "aac", {"form": "ipod"}),
    ("opus", "libopus", {"out_rate": 48_000}),
    ("wma", "wmav2", {"form": "asf"}),
    ("mka", "libmp3lame", {"form": "matroska"}),
    ("wav", "pcm_s16le", {}),
)


OPUS = {"out_rate": 48_000}
# The other containers of the table: suffix, codec, form.
RARE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("m4r", "aac", {"form": "ipod"}),
    ("adts", "aac", {"form": "adts"}),
    ("mpga", "libmp3lame", {"form": "mp3"}),
    ("oga", "libopus", OPUS | {"form": "ogg"}),
    ("wave", "pcm_s16le", {"form": "wav"}),
    ("bwf", "pcm_s24le", {"form": "wav"}),
    ("rf64", "pcm_s16le", {"form": "wav", "options": {"rf64": "always"}}),
    ("aif", "pcm_s16be", {"form": "aiff"}),
    ("afc", "pcm_s16be", {"form": "aiff"}),
    ("snd", "pcm_s16be", {"form": "au"}),
    ("voc", "pcm_u8", {}),
    ("wv", "wavpack", {}),
    ("tta", "tta", {}),
    ("ec3", "eac3", {"form": "eac3"}),
    ("ra", "real_144", {"form": "rm", "out_rate": 8_000, "layout": "mono"}),
    ("rm", "real_144", {"form": "rm", "out_rate": 8_000, "layout": "mono"}),
    ("m4v", "aac", {"form": "mp4"}),
    ("qt", "aac", {"form": "mov"}),
    ("3g2", "aac", {"form": "3g2"}),
    ("3gpp", "aac", {"form": "3gp"}),
    ("avi", "libmp3lame", {}),
    ("asf", "wmav2", {}),
    ("wmv", "wmav2", {"form": "asf"}),
    ("flv", "libmp3lame", {}),
    ("f4v", "aac", {"form": "f4v"}),
    ("mpg", "mp2", {"form": "mpeg"}),
    ("mpeg", "mp2", {"form": "mpeg"}),
    ("vob", "ac3", {"form": "vob"}),
    ("m2ts", "ac3", {"form": "mpegts"}),
    ("mts", "ac3", {"form": "mpegts"}),
    ("ogv", "libopus", OPUS | {"form": "ogg"}),
    ("ogx", "libopus", OPUS | {"form": "ogg"}),
)
# Of these FFmpeg's builds for Python have no encoder, or none without pictures.
NO_ENCODER = frozenset(".mp1 .spx .ape .tak .mpc .mp+ .mpp .dts .dff .rmvb .mxf".split())


def fill_up(layout: Layout, folder: str, count: int) -> None:
    """Songs in the formats that most have."""
    for number in range(count):
        suffix, codec, form = COMMON[number % len(COMMON)]
        layout.add(f"{folder}/{number:02d}.{suffix}", codec, **form)


def tagged(path: Path, samples: np.ndarray, *frames: tuple[str, bytes], **form: Any) -> None:
    encode(path, samples, "libmp3lame", options={"id3v2_version": "0"}, form="mp3")
    path.write_bytes(id3(list(frames), **form) + path.read_bytes())


def comments(path: Path, samples: np.ndarray, *lines: tuple[str, str]) -> None:
    flac_with_comments(encode(path, samples, "flac"), list(lines))


def streamer(layout: Layout) -> None:
    """Whoever records streams, rips films and talks to phones: odd containers, joined and cut files."""
    layout.add("phone/memo.m4a", "aac", form="ipod")
    layout.add("phone/memo lossless.m4a", "alac", form="ipod")
    layout.add("phone/book.m4b", "aac", form="ipod")
    layout.add("phone/old.3gp", "aac", form="3gp", tags=False)
    layout.add("phone/call.amr", "libopencore_amrnb", out_rate=8_000, tags=False, layout="mono")
    layout.add("net/only sound.mp4", "aac")
    layout.add("net/yt.webm", "libopus", **OPUS)
    layout.add("net/yt.weba", "libopus", form="webm", **OPUS)
    layout.add("net/yt.opus", "libopus", **OPUS)
    layout.add("net/clip.mov", "aac")
    layout.add("net/clip.mkv", "aac", form="matroska")
    layout.add("net/radio.aac", "aac", form="adts", tags=False)
    layout.add("net/radio.mp2", "mp2", tags=False)
    layout.add("net/dvb.ts", "mp2", form="mpegts", tags=False)
    layout.add("net/dash.m4a", "aac", form="mp4", options={"movflags": "frag_keyframe+empty_moov"})
    layout.add("studio/take.wav", "pcm_s16le")
    layout.add("studio/take float.wav", "pcm_f32le")
    layout.add("studio/take 24.wav", "pcm_s24le")
    layout.add("studio/take 8.wav", "pcm_u8")
    layout.add("studio/telephone.wav", "pcm_mulaw", tags=False)
    layout.add("studio/adpcm.wav", "adpcm_ms", tags=False)
    layout.add("studio/take.w64", "pcm_s16le", tags=False)
    layout.add("studio/take.aiff", "pcm_s16be", options={"write_id3v2": "1"})
    layout.add("studio/take.aifc", "pcm_s16be", form="aiff", options={"write_id3v2": "1"})
    layout.add("studio/take.caf", "pcm_s16le", tags=False)
    layout.add("studio/alac.caf", "alac", tags=False)
    layout.add("studio/take.au", "pcm_s16be", tags=False)
    layout.add("studio/take.mka", "pcm_s24le", form="matroska")
    layout.add("studio/surround.ac3", "ac3", tags=False)
    layout.add("studio/surround.eac3", "eac3", tags=False)
    layout.make("studio/piped.wav", lambda p, s: p.write_bytes(wav_bytes(s, sizes=0xFFFFFFFF)))
    layout.make("studio/unfinished.wav", lambda p, s: p.write_bytes(wav_bytes(s, sizes=0)))
    layout.make("studio/large.wav", lambda p, s: p.write_bytes(wav_bytes(s, rf64=True)))
    layout.make("joined/set.mp3", join_mp3)
    layout.make("joined/set.ogg", join_vorbis)
    layout.add(
        "joined/no header.mp3",
        "libmp3lame",
        options={"write_xing": "0"},
        stream_options={"global_quality": "0", "flags": "+qscale"},
    )
    layout.make("joined/piped.flac", streamed_flac)
    layout.make("hires/dsd.dsf", lambda p, s: p.write_bytes(dsf_bytes(3.6)))
    for suffix, codec, form in RARE:
        layout.add(f"rare/sound.{suffix}", codec, tags=False, **form)
    fill_up(layout, "more", len(COMMON))
    layout.refuse("net/film.mp4", film(layout.root / "film.tmp.mp4"), "moving pictures")
    layout.refuse("phone/tone.mid", b"MThd\x00\x00", "notes")
    layout.refuse("phone/bought.aax", b"\x00" * 64, "locked")
    layout.refuse("net/broken.mp4", b"\x00" * 4096, "damaged")
    layout.refuse("net/empty.mp3", b"", "empty")
    layout.refuse("net/page.mp3", b"<html>not found</html>" * 50, "damaged")
    layout.refuse("studio/nothing.wav", wav_bytes(np.zeros((1, 4 * 44_100))), "silent")
    layout.refuse("studio/click.wav", wav_bytes(sound(99, 1.0)), "too short")
    for name in ("#recycle/gone.flac", "@eaDir/thumb.mp3", "$RECYCLE.BIN/x.wav", ".hidden/y.wav"):
        layout.silent.append(encode(layout.root / name, sound(98), "flac", form="flac"))


def collector(layout: Layout) -> None:
    """Whoever tags carefully, with every tagger there is."""
    titled = ("TIT2", text("A Title"))
    layout.make(
        "id3/two genres.mp3",
        lambda p, s: tagged(p, s, titled, ("TCON", text("Rock", "Jazz"))),
        genre="Rock; Jazz",
    )
    layout.make("id3/yt-dlp.mp3", lambda p, s: tagged(p, s, titled, ("TDRC", text("20141108"))), year=2014)
    layout.make("id3/original only.mp3", lambda p, s: tagged(p, s, titled, ("TDOR", text("1975"))), year=1975)
    layout.make("id3/release only.mp3", lambda p, s: tagged(p, s, titled, ("TDRL", text("1988"))), year=1988)
    layout.make(
        "id3/reissue.mp3",
        lambda p, s: tagged(p, s, titled, ("TDRC", text("2011")), ("TDOR", text("1974"))),
        year=2011,
        original_year=1974,
    )
    layout.make(
        "id3/picard.mp3",
        lambda p, s: tagged(
            p, s, titled, ("TPE1", text("Iota & Kappa")), ("TXXX", text("ARTISTS", "Iota", "Kappa"))
        ),
        artists=("Iota", "Kappa"),
    )
    layout.make(
        "id3/guest.mp3",
        lambda p, s: tagged(p, s, titled, ("TPE1", text("Bet (feat. Gimel)"))),
        artists=("Bet", "Gimel"),
    )
    layout.make(
        "id3/itunes.mp3",
        lambda p, s: tagged(p, s, ("COMM", b"\x03eng\x00" + b"c" * 300), titled, plain=True),
        title="A Title",
    )
    layout.make(
        "id3/disco.mp3",
        lambda p, s: tagged(p, s, ("TCON", text("(4)Eurodisco")), version=3),
        genre="Disco; Eurodisco",
    )
    layout.make("id3/really mp3.wav", lambda p, s: tagged(p, s, titled), title="A Title")
    layout.make(
        "id3/v22.mp3",
        lambda p, s: tagged(p, s, ("TT2", b"\x00Old"), ("TYE", b"\x001999"), version=2),
        title="Old",
        year=1999,
    )
    layout.make("id3/raw.aac", adts_with_id3, title="A Title", year=1999)
    layout.make("id3/true.tta", tta_with_id3, title="A Title")
    layout.make(
        "ape/monkey tags.mp3", ape_at_the_end, title="T", artists=("A", "B"), genre="Rock; Jazz", year=2003
    )
    layout.make("ape/wave.wv", wavpack, title="T", artists=("A",), year=1999)
    pairs: dict[str, tuple[list[tuple[str, str]], Stated]] = {
        "genres": ([("GENRE", "Electronic"), ("GENRE", "Ambient")], {"genre": "Electronic; Ambient"}),
        "year": ([("YEAR", "1966")], {"year": 1966}),
        "dates": ([("DATE", "2015-02-03"), ("ORIGINALDATE", "1971")], {"year": 2015, "original_year": 1971}),
        "artists": (
            [("ARTIST", "Iota & Kappa"), ("ARTISTS", "Iota"), ("ARTISTS", "Kappa")],
            {"artists": ("Iota", "Kappa")},
        ),
        "two artists": ([("ARTIST", "A"), ("ARTIST", "B")], {"artists": ("A", "B")}),
        "a dot": ([("TITLE", "e.t.c."), ("ARTIST", "!!!")], {"title": "e.t.c.", "artists": ("!!!",)}),
    }
    for name, (lines, stated) in pairs.items():
        layout.make(f"flac/{name}.flac", lambda p, s, lines=lines: comments(p, s, *lines), **stated)
    layout.make("ogg/flac.oga", flac_in_ogg)
    layout.make("ogg/vorbis.ogg", vorbis)
    layout.add("ogg/opus.opus", "libopus", out_rate=48_000)
    layout.add("other/windows.wma", "wmav2", form="asf")
    layout.add("other/matroska.mka", "aac", form="matroska")
    layout.add("other/named.mp3", "aac", form="ipod")
    layout.make(
        "Miles Away/Blue Hours/track26.wav",
        lambda p, s: p.write_bytes(wav_bytes(s)),
        album="Miles Away / Blue Hours",
    )
    fill_up(layout, "albums", 35)
    record = layout.root / "whole/record.flac"
    encode(record, music(16.0, seed=77), "flac")
    (record.parent / "record.cue").write_text(
        'PERFORMER "The Band"\nTITLE "The Record"\nFILE "record.flac" WAVE\n'
        '  TRACK 01 AUDIO\n    TITLE "One"\n    INDEX 01 00:00:00\n'
        '  TRACK 02 AUDIO\n    TITLE "Two"\n    INDEX 01 00:06:00\n'
        '  TRACK 03 AUDIO\n    TITLE "Three"\n    INDEX 01 00:10:37\n'
    )


def join_mp3(path: Path, samples: np.ndarray) -> None:
    first = encode(path.with_suffix(".1.mp3"), samples, "libmp3lame")
    second = encode(path.with_suffix(".2.mp3"), samples[:, ::-1], "libmp3lame", out_rate=22_050)
    path.write_bytes(first.read_bytes() + second.read_bytes())
    first.unlink()
    second.unlink()


def streamed_flac(path: Path, samples: np.ndarray) -> None:
    """A FLAC from a pipe: its header states no length."""
    data = bytearray(encode(path, samples, "flac").read_bytes())
    data[21] &= 0xF0
    data[22:26] = b"\x00" * 4
    path.write_bytes(bytes(data))


def join_vorbis(path: Path, samples: np.ndarray) -> None:
    parts = [
        vorbis(path.with_suffix(f".{n}.ogg"), part) for n, part in enumerate((samples, samples[:, ::-1]))
    ]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    for part in parts:
        part.unlink()


def flac_in_ogg(path: Path, samples: np.ndarray) -> None:
    whole = encode(path.with_suffix(".flac"), samples, "flac")
    remux(whole, path, "ogg")
    whole.unlink()


def adts_with_id3(path: Path, samples: np.ndarray) -> None:
    encode(path, samples, "aac", form="adts")
    path.write_bytes(id3([("TIT2", text("A Title")), ("TDRC", text("1999"))]) + path.read_bytes())


def tta_with_id3(path: Path, samples: np.ndarray) -> None:
    encode(path, samples, "tta")
    path.write_bytes(id3([("TIT2", text("A Title"))]) + path.read_bytes())


def ape_at_the_end(path: Path, samples: np.ndarray) -> None:
    encode(path, samples, "libmp3lame", options={"id3v2_version": "0"})
    tag = ape({"Title": "T", "Artist": "A\x00B", "Genre": "Rock\x00Jazz", "Year": "2003-05-01"})
    path.write_bytes(path.read_bytes() + tag)


def wavpack(path: Path, samples: np.ndarray) -> None:
    encode(path, samples, "wavpack")
    path.write_bytes(path.read_bytes() + ape({"Title": "T", "Artist": "A", "Year": "1999"}))


def film(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        for _ in range(25):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    content = path.read_bytes()
    path.unlink()
    return content


def ingest(wiring: Wiring, layout: Layout) -> tuple[IngestReport, list[Song]]:
    report = service.ingest(wiring, "folder", {"paths": [str(layout.root)]})
    songs, _ = wiring.catalog.list_songs(limit=500)
    return report, songs


@pytest.mark.parametrize("fill", [streamer, collector])
def test_a_library_of_every_kind_of_file_is_read_right(
    fill: Callable[[Layout], None], tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "Music")
    fill(layout)
    assert len(layout.stated) + len(layout.lines) + len(layout.silent) >= 60
    if fill is streamer:
        looked_at = {s for line in FORMATS if line.kind is not Kind.REFUSED for s in line.suffixes}
        assert {path.suffix for path in layout.stated} == looked_at - NO_ENCODER
    wiring = Wiring(Settings(home=tmp_path / "home"))
    report, songs = ingest(wiring, layout)

    # No file is lost: each is a song, or has a line that says why not.
    whole = {song.uri: song for song in songs if song.begin is None}
    lines = {Path(issue.name).resolve(): issue.reason for issue in (*report.skipped, *report.failed)}
    assert set(lines) == {path.resolve() for path in layout.lines}
    for path, word in layout.lines.items():
        assert word in lines[path.resolve()], path
    assert set(whole) == {str(path.resolve()) for path in layout.stated}
    assert report.offered == report.added + len(report.skipped) + len(report.failed)
    assert not any(str(path.resolve()) in whole for path in layout.silent)

    for path, stated in layout.stated.items():
        song = whole[str(path.resolve())]
        for name, value in stated.items():
            assert getattr(song, name) == value, (path, name)
        clip = load(path)
        assert song.duration == pytest.approx(clip.start + clip.duration, abs=0.1), path

    # A second run changes nothing.
    again, after = ingest(wiring, layout)
    assert (again.added, again.changed, again.already_known) == (0, 0, report.added)
    assert {song.id: song.duration for song in after} == {song.id: song.duration for song in songs}
    wiring.close()


def test_songs_of_a_sheet_are_measured_and_played_from_their_own_beginning(tmp_path: Path) -> None:
    folder = tmp_path / "Music"
    parts = [music(6.0, bpm=100, seed=1), music(5.0, bpm=140, seed=2) * 0.2]
    encode(folder / "record.flac", np.concatenate(parts, axis=1), "flac")
    (folder / "record.cue").write_text(
        'FILE "record.flac" WAVE\nTRACK 01 AUDIO\nTITLE "Loud"\nINDEX 01 00:00:00\n'
        'TRACK 02 AUDIO\nTITLE "Soft"\nINDEX 01 00:06:00\n'
    )
    wiring = Wiring(Settings(home=tmp_path / "home"))
    report = service.ingest(wiring, "folder", {"paths": [str(folder)]})
    assert (report.added, report.failed, report.skipped) == (2, (), ())
    loud, soft = sorted(wiring.catalog.list_songs(limit=5)[0], key=lambda song: song.begin or 0.0)
    assert (loud.title, soft.title) == ("Loud", "Soft")
    assert (loud.duration, soft.duration) == pytest.approx((6.0, 5.0), abs=0.01)
    features = wiring.catalog.features([loud.id, soft.id])
    assert features[soft.id].duration == pytest.approx(5.0, abs=0.01)
    assert (features[soft.id].loudness_lufs or 0) < (features[loud.id].loudness_lufs or 0) - 10

    library = Library(wiring)
    played = load(library.audio_path(soft.id), sample_rate=44_100)
    np.testing.assert_allclose(played.samples, parts[1].mean(axis=0)[: len(played.samples)], atol=2e-3)
    assert library.waveform(soft.id).seconds == pytest.approx(5.0, abs=0.05)
    assert library.spectrogram(soft.id).is_file()
    wiring.close()


def test_songs_follow_the_sheet_of_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Music"
    record = encode(folder / "record.flac", music(8.0, seed=3), "flac")
    sheet = 'FILE "record.flac" WAVE\nTRACK 01 AUDIO\nTITLE "One"\nINDEX 01 00:00:00\n'
    sheet += 'TRACK 02 AUDIO\nTITLE "Two"\nINDEX 01 00:04:00\n'
    wiring = Wiring(Settings(home=tmp_path / "home"))

    def run() -> tuple[int, int, list[str]]:
        report = service.ingest(wiring, "folder", {"paths": [str(folder)]})
        assert (report.failed, report.skipped) == ((), ())
        songs, _ = wiring.catalog.list_songs(limit=9)
        return report.added, report.recut, sorted(song.title for song in songs)

    assert run() == (1, 0, ["record"])
    (folder / "record.cue").write_text(sheet)
    assert run() == (2, 1, ["One", "Two"])
    (folder / "record.cue").unlink()
    assert run() == (1, 2, ["record"])
    # As a version before did that looked for no sheet in the tags.
    flac_with_comments(record, [("TITLE", "Whole"), ("CUESHEET", sheet)])
    monkeypatch.setattr("reelscore.sources.folder.source.songs_within", lambda *_: ())
    assert run() == (0, 0, ["Whole"])
    monkeypatch.undo()
    assert run() == (0, 0, ["Whole"])  # too short to be taken for a record
    monkeypatch.setattr("reelscore.sources.folder.source.RECORD_SECONDS", 5.0)
    assert run() == (2, 1, ["One", "Two"])
    monkeypatch.setattr("reelscore.ingest.run.hash_file", lambda _: pytest.fail("a known file was read"))
    assert run() == (0, 0, ["One", "Two"])
    wiring.close()


def test_filters_find_every_genre_and_either_year(tmp_path: Path) -> None:
    folder = tmp_path / "Music"
    folder.mkdir()
    comments(
        folder / "a.flac",
        sound(1),
        ("TITLE", "T"),
        ("GENRE", "Rock"),
        ("GENRE", "Jazz"),
        ("DATE", "2015"),
        ("ORIGINALDATE", "1971"),
    )
    wiring = Wiring(Settings(home=tmp_path / "home"))
    service.ingest(wiring, "folder", {"paths": [str(folder)]})
    for wanted in (
        Filters(genres=("jazz",)),
        Filters(genres=("rock",)),
        Filters(year=(1970, 1979)),
        Filters(year=(2015, 2015)),
    ):
        assert len(matching(wiring.catalog, wanted)) == 1
    assert matching(wiring.catalog, Filters(year=(1980, 1999))) == []
    assert dict(wiring.catalog.counts_by_choice(limit=9)["genres"]) == {"Jazz": 1, "Rock": 1}
    wiring.close()


def test_files_without_tags_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "Music"
    encode(folder / "one.wav", sound(1), "pcm_s16le")
    encode(folder / "two.mp3", sound(2), "libmp3lame", tags={"title": "T"})
    wiring = Wiring(Settings(home=tmp_path / "home"))
    assert service.ingest(wiring, "folder", {"paths": [str(folder)]}).untagged == 1
    wiring.close()
