"""One clock: a moment that the analysis names is the moment that Chromium plays, for every kind of file."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelscore.web
from reelscore.audio.decode import load
from reelscore.config import Settings
from reelscore.files import hash_file
from reelscore.records import AnalysedTrack, MusicFeatures, Track
from reelscore.wiring import Wiring
from serving import serve
from sound_files import RATE, encode, remux, vorbis, wav_bytes

pytestmark = pytest.mark.browser

SECONDS = 14.0
TOLERANCE_SECONDS = 0.003
# Until it has sought, Chromium plays Opus in Ogg so much early: it skips more than the file says.
OPUS_EARLY_SECONDS = 0.0065
LATER = 7.37


def clicks() -> tuple[np.ndarray, np.ndarray]:
    """Soft noise with clicks in it, of shape (2, n), and their times; no two gaps between them are alike."""
    generator = np.random.default_rng(5)
    sound = generator.standard_normal(round(SECONDS * RATE)) * 0.004
    # Louder for a while, so that what changes its bit rate changes it.
    sound[3 * RATE : 5 * RATE] *= 5.0
    gaps = 0.16 + 0.006 * np.arange(60)
    times = 0.2 + np.concatenate([[0.0], np.cumsum(gaps)])
    times = times[times < SECONDS - 0.3]
    for begin in np.round(times * RATE).astype(int):
        age = np.arange(220)
        sound[begin : begin + 220] += 0.8 * np.exp(-age / 30) * np.cos(2 * np.pi * 3000 * age / RATE)
    return np.stack([sound, sound]).astype(np.float32), times


SOUND, TIMES = clicks()
VBR = {"global_quality": "236", "flags": "+qscale"}
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}


def trimmed_by_tag(path: Path) -> Path:
    """An MP4 file without an edit list, whose start is trimmed by iTunes' tag alone."""
    encode(path, SOUND, "aac", options={"use_editlist": "0"})

    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), kind) + body

    note = f" 00000000 00000400 00000080 {SOUND.shape[1]:016X}" + " 00000000" * 8
    data = box(b"data", struct.pack(">II", 1, 0) + note.encode())
    item = box(
        b"----", box(b"mean", bytes(4) + b"com.apple.iTunes") + box(b"name", bytes(4) + b"iTunSMPB") + data
    )
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    tags = box(b"udta", box(b"meta", bytes(4) + handler + box(b"ilst", item)))
    whole = path.read_bytes()
    place = whole.index(b"moov") - 4
    size = struct.unpack(">I", whole[place : place + 4])[0]
    assert place + size == len(whole), "the index is the last box, so nothing after it moves"
    path.write_bytes(whole[:place] + struct.pack(">I", size + len(tags)) + whole[place + 4 :] + tags)
    return path


def piped(path: Path) -> Path:
    path.write_bytes(wav_bytes(SOUND, sizes=0xFFFFFFFF))
    return path


KINDS: dict[str, Callable[[Path], Path]] = {
    "WAV": lambda d: encode(d / "a.wav", SOUND, "pcm_s16le"),
    "WAV from a pipe": lambda d: piped(d / "a.wav"),
    "FLAC": lambda d: encode(d / "a.flac", SOUND, "flac"),
    "FLAC in Ogg": lambda d: remux(encode(d / "a.flac", SOUND, "flac"), d / "a.oga", "ogg"),
    "MP3": lambda d: encode(d / "a.mp3", SOUND, "libmp3lame"),
    "VBR MP3": lambda d: encode(d / "a.mp3", SOUND, "libmp3lame", stream_options=VBR),
    "VBR MP3 without header": lambda d: encode(
        d / "a.mp3", SOUND, "libmp3lame", stream_options=VBR, options={"write_xing": "0"}
    ),
    "M4A": lambda d: encode(d / "a.m4a", SOUND, "aac", stamped=True),
    "M4A without edit list": lambda d: encode(d / "a.m4a", SOUND, "aac", options={"use_editlist": "0"}),
    "M4A trimmed by a tag": lambda d: trimmed_by_tag(d / "a.m4a"),
    "fragmented M4A": lambda d: encode(d / "a.m4a", SOUND, "aac", options=FRAGMENTS),
    "raw AAC": lambda d: encode(d / "a.aac", SOUND, "aac", form="adts"),
    "Vorbis": lambda d: vorbis(d / "a.ogg", SOUND),
    "Opus": lambda d: encode(d / "a.opus", SOUND, "libopus", out_rate=48_000),
    "Opus in WebM": lambda d: encode(d / "a.webm", SOUND, "libopus", out_rate=48_000),
    "AAC in Matroska": lambda d: encode(d / "a.mka", SOUND, "aac", form="matroska"),
    "MP3 in MP4": lambda d: encode(d / "a.mp4", SOUND, "libmp3lame"),
    "ALAC": lambda d: encode(d / "a.m4a", SOUND, "alac"),
    "AIFF": lambda d: encode(d / "a.aiff", SOUND, "pcm_s16be"),
    "WMA": lambda d: encode(d / "a.wma", SOUND, "wmav2", form="asf"),
    "WavPack": lambda d: encode(d / "a.wv", SOUND, "wavpack"),
    "AC-3": lambda d: encode(d / "a.ac3", SOUND, "ac3"),
}


Songs = Callable[[str], tuple[str, Path]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Songs]]:
    """The address of a server, and what adds a song of a kind to its library: id and file."""
    folder = tmp_path_factory.mktemp("clocks")
    wiring = Wiring(Settings(home=folder / "home"))

    def add(kind: str) -> tuple[str, Path]:
        own = folder / kind
        own.mkdir(exist_ok=True)
        path = KINDS[kind](own)
        track = Track("folder", kind, kind, uri=str(path), duration=SECONDS)
        wiring.catalog.add([AnalysedTrack(track, hash_file(path), MusicFeatures(SECONDS), ())])
        return track.id, path

    with serve(wiring) as url:
        yield url, add
    wiring.close()


@pytest.fixture(scope="module")
def library(server: tuple[str, Songs]) -> Songs:
    return server[1]


@pytest.fixture(scope="module")
def page(browser: Any, server: tuple[str, Songs]) -> Iterator[Any]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(server[0])
    page.mouse.click(5, 5)
    yield page
    context.close()


def module(name: str) -> str:
    """The address of the module of the page that exports a class."""
    static = Path(str(reelscore.web.__file__)).parent / "static"
    found = [path for path in static.rglob("*.js") if f"export class {name} " in path.read_text("utf-8")]
    assert len(found) == 1, found
    return f"/static/{found[0].relative_to(static).as_posix()}"


# Sound as base64 of float32: JSON of a million numbers is slow.
PACK = """const pack = (samples) => {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return btoa(text);
};"""
# What the page's player lets sound from a place on, at 44.1 kHz.
PLAY = (
    """async ([address, id, start, url]) => {"""
    + PACK
    + """
  const { Player } = await import(address);
  const player = new Player(new Audio());
  const context = new AudioContext({ sampleRate: 44100 });
  const recorder = context.createScriptProcessor(1024, 1, 1);
  const blocks = [];
  let heard = 0;
  const enough = new Promise((done) => {
    recorder.onaudioprocess = (event) => {
      const block = Float32Array.from(event.inputBuffer.getChannelData(0));
      blocks.push(block);
      if (heard || block.some((value) => value)) heard += block.length;
      if (heard > 1.3 * 44100) done();
    };
    player.audio.addEventListener("error", done);
    setTimeout(done, 20000);
  });
  context.createMediaElementSource(player.audio).connect(recorder);
  recorder.connect(context.destination);
  await context.resume();
  player.play(url ? { id, preview_url: url } : { id }, start);
  await enough;
  recorder.onaudioprocess = null;
  player.clear();
  await context.close();
  const all = new Float32Array(blocks.length * 1024);
  blocks.forEach((block, number) => all.set(block, number * 1024));
  return pack(all);
}"""
)
# The same, and which time the player claims behind each block of it.
CLAIM = (
    PLAY.replace("const blocks = [];", "const blocks = [];\n  const claims = [];")
    .replace(
        "blocks.push(block);",
        "blocks.push(block);\n      claims.push([blocks.length, player.audio.currentTime]);",
    )
    .replace("return pack(all);", "return [pack(all), claims];")
)
# What the desk decodes of a song, at 44.1 kHz.
DECODE = (
    """async ([address, id]) => {"""
    + PACK
    + """
  const { SoundStore } = await import(address);
  const store = new SoundStore(new OfflineAudioContext(1, 1, 44100));
  return pack((await store.load({ id, title: id, duration_seconds: 14 })).getChannelData(0).slice());
}"""
)


def found_clicks(sound: np.ndarray) -> np.ndarray:
    """Seconds at which clicks lie."""
    loud = np.flatnonzero(np.abs(sound) > 0.3)
    if not len(loud):
        return np.array([])
    begins = [group[0] for group in np.split(loud, np.flatnonzero(np.diff(loud) > 2000) + 1)]
    return np.array([at + int(np.argmax(np.abs(sound[at : at + 200]))) for at in begins]) / RATE


def zero_of(sound: np.ndarray) -> float:
    """The time of the first sample on the clock of `TIMES`, by the gaps between the clicks; nan: unknown."""
    found = found_clicks(sound)
    if len(found) < 3:
        return float("nan")
    shifts = []
    for first in range(len(TIMES) - len(found) + 1):
        shift = TIMES[first : first + len(found)] - found
        shifts.append((float(np.ptp(shift)), float(np.median(shift))))
    spread, shift = min(shifts)
    return shift if spread < 0.002 else float("nan")


def first_sound(sound: np.ndarray) -> int:
    """The first sample that is not silent: what an encoder left before it is no mark to go by."""
    loud = np.flatnonzero(np.abs(sound) > 1e-5)
    return int(loud[0]) if len(loud) else 0


def analysed(path: Path) -> tuple[float, float]:
    """Second 0 of the analysis on the clock of `TIMES`, and the second at which it hears the first sound."""
    clip = load(path, sample_rate=RATE)
    return zero_of(clip.samples) - clip.start, clip.start + first_sound(clip.samples) / RATE


def unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


def played_zero(page: Any, song: str, start: float, url: str | None = None) -> float:
    """Second 0 of the player on the clock of `TIMES`, if its first sound is that of `start`."""
    sound = unpacked(page.evaluate(PLAY, [module("Player"), song, start, url]))
    return zero_of(sound[first_sound(sound) :]) - start


QUICK = ("FLAC", "VBR MP3", "WMA")


@pytest.mark.parametrize(
    "kind", [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_a_click_comes_out_when_the_analysis_hears_it(page: Any, library: Songs, kind: str) -> None:
    song, path = library(kind)
    zero, sets_in = analysed(path)
    decoded = zero_of(unpacked(page.evaluate(DECODE, [module("SoundStore"), song])))
    assert decoded == pytest.approx(zero, abs=TOLERANCE_SECONDS), "on the desk"
    # Encoders leave a soft stretch at the beginning, whose first sound is no mark to go by.
    for start in (0.0 if sets_in < 0.001 else 0.5, LATER):
        tries = []
        expected = zero + (OPUS_EARLY_SECONDS if kind == "Opus" and not start else 0.0)
        for number in range(10):  # a machine that is busy drops the first samples now and then
            page.wait_for_timeout(200 * number)
            tries.append(played_zero(page, song, start) - expected)
            if abs(tries[-1]) < TOLERANCE_SECONDS:
                break
        assert abs(tries[-1]) < TOLERANCE_SECONDS, f"from {start} s on the player is off by {tries}"


def claimed_zero(page: Any, song: str, start: float) -> float:
    """Second 0 of the player on the clock of `TIMES`, by the time that it claims while it plays."""
    text, pairs = page.evaluate(CLAIM, [module("Player"), song, start, None])
    sound = unpacked(text)
    first = first_sound(sound)
    zero = zero_of(sound[first:])
    claims = [zero + (1024 * blocks - first) / RATE - time for blocks, time in pairs]
    return float(np.median(claims[len(claims) // 2 :]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["FLAC", "MP3", "VBR MP3", "VBR MP3 without header", "raw AAC"])
def test_a_long_song_is_where_the_player_says(
    page: Any, library: Songs, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first packet behind a seek may be silent, so this goes by what the player says of its time."""
    monkeypatch.setattr("reelscore.library.sound_files._LONGEST_SECONDS", 1.0)
    song, path = library(kind)
    zero, _ = analysed(path)
    for start in (0.0, 0.5, LATER):
        tries = []
        for number in range(10):
            page.wait_for_timeout(200 * number)
            tries.append(claimed_zero(page, song, start) - zero)
            if abs(tries[-1]) < TOLERANCE_SECONDS:
                break
        assert abs(tries[-1]) < TOLERANCE_SECONDS, f"from {start} s on the player is off by {tries}"


@pytest.mark.slow
def test_the_file_itself_would_not_do(page: Any, library: Songs) -> None:
    """The measure sees what it is there for: an MP3 file played as it is."""
    song, path = library("VBR MP3 without header")
    url = f"/api/songs/{song}/audio"
    assert abs(played_zero(page, song, LATER, url) - analysed(path)[0]) > 0.02
