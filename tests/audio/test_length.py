from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reelscore.audio.cutting import cut_sound
from reelscore.audio.decode import load, probe
from reelscore.audio.length import sound_length
from reelscore.errors import MediaNotFoundError, UnreadableMediaError, UnusableAudioError
from sound_files import encode, music, remux, vorbis, wav_bytes

SONG, OTHER = music(10.3, seed=1), music(5.2, seed=2)
SOFT = np.concatenate([np.zeros((2, 8 * 44_100), dtype=np.float32), SONG], axis=1)


def joined(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def piped(path: Path, samples: np.ndarray, sizes: int) -> Path:
    path.write_bytes(wav_bytes(samples, sizes=sizes))
    return path


def rf64(path: Path, samples: np.ndarray) -> Path:
    path.write_bytes(wav_bytes(samples, rf64=True))
    return path


def streamed_flac(path: Path, samples: np.ndarray) -> Path:
    """A FLAC from a pipe: its header states no length."""
    data = bytearray(encode(path, samples, "flac").read_bytes())
    data[21] &= 0xF0
    data[22:26] = b"\x00" * 4
    path.write_bytes(bytes(data))
    return path


def streamed_wave64(path: Path, samples: np.ndarray) -> Path:
    """A Wave64 file from a pipe: the sizes of the whole and of the sound are the largest that there are."""
    data = bytearray(encode(path, samples, "pcm_s16le").read_bytes())
    sound = data.index(b"data") + 16
    data[16:24], data[sound : sound + 8] = b"\xff" * 8, b"\xff" * 7 + b"\x7f"
    path.write_bytes(bytes(data))
    return path


# Kind -> how to make it, and the seconds that were put in.
KINDS: dict[str, tuple[Callable[[Path], Path], float]] = {
    "raw AAC": (lambda d: encode(d / "a.aac", SONG, "aac", form="adts"), 10.3),
    "joined AAC": (lambda d: joined(d / "b.aac", *[encode(d / "a.aac", SONG, "aac", form="adts")] * 2), 20.6),
    "WAV from a pipe": (lambda d: piped(d / "a.wav", SONG, 0xFFFFFFFF), 10.3),
    "WAV of size 0": (lambda d: piped(d / "a.wav", SONG, 0), 10.3),
    "RF64": (lambda d: rf64(d / "a.wav", SONG), 10.3),
    "Wave64": (lambda d: encode(d / "a.w64", SONG, "pcm_s16le"), 10.3),
    "Wave64 from a pipe": (lambda d: streamed_wave64(d / "a.w64", SONG), 10.3),
    "VBR MP3 without header": (
        lambda d: encode(
            d / "a.mp3",
            SONG,
            "libmp3lame",
            options={"write_xing": "0"},
            stream_options={"global_quality": "0", "flags": "+qscale"},
        ),
        10.3,
    ),
    "VBR MP3 without header, soft at first": (
        lambda d: encode(
            d / "a.mp3",
            SOFT,
            "libmp3lame",
            options={"write_xing": "0"},
            stream_options={"global_quality": "0", "flags": "+qscale"},
        ),
        18.3,
    ),
    "joined MP3": (
        lambda d: joined(
            d / "c.mp3", encode(d / "a.mp3", SONG, "libmp3lame"), encode(d / "b.mp3", OTHER, "libmp3lame")
        ),
        15.5,
    ),
    "joined MP3 of two rates": (
        lambda d: joined(
            d / "c.mp3",
            encode(d / "a.mp3", SONG, "libmp3lame"),
            encode(d / "b.mp3", OTHER, "libmp3lame", out_rate=22_050),
        ),
        15.5,
    ),
    "chained Vorbis": (
        lambda d: joined(
            d / "c.ogg",
            vorbis(d / "a.ogg", SONG),
            vorbis(d / "b.ogg", OTHER),
        ),
        15.5,
    ),
    "chained Opus": (
        lambda d: joined(
            d / "c.opus",
            encode(d / "a.opus", SONG, "libopus", out_rate=48_000),
            encode(d / "b.opus", OTHER, "libopus", out_rate=48_000),
        ),
        15.5,
    ),
    "chained Vorbis of two rates and layouts": (
        lambda d: joined(
            d / "c.ogg",
            vorbis(d / "a.ogg", SONG),
            vorbis(d / "b.ogg", OTHER[:, ::2], rate=22_050),
            vorbis(d / "m.ogg", SONG[:1]),
        ),
        25.8,
    ),
    "chained FLAC of two rates, then Vorbis": (
        lambda d: joined(
            d / "c.oga",
            remux(encode(d / "a.flac", SONG, "flac"), d / "a.oga", "ogg"),
            remux(encode(d / "b.flac", OTHER, "flac", out_rate=22_050), d / "b.oga", "ogg"),
            vorbis(d / "b.ogg", OTHER),
        ),
        20.7,
    ),
    "WavPack": (lambda d: encode(d / "a.wv", SONG, "wavpack"), 10.3),
    "Matroska with AAC": (lambda d: encode(d / "a.mka", SONG, "aac", form="matroska"), 10.3),
    "Matroska with PCM": (lambda d: encode(d / "a.mka", SONG, "pcm_s24le", form="matroska"), 10.3),
    "Matroska with FLAC": (
        lambda d: remux(encode(d / "a.flac", SONG, "flac"), d / "a.mka", "matroska"),
        10.3,
    ),
    "fragmented MP4": (
        lambda d: encode(
            d / "a.m4a", SONG, "aac", form="mp4", options={"movflags": "frag_keyframe+empty_moov"}
        ),
        10.3,
    ),
    "FLAC from a pipe": (lambda d: streamed_flac(d / "a.flac", SONG), 10.3),
    "FLAC in Ogg": (lambda d: remux(encode(d / "a.flac", SONG, "flac"), d / "a.oga", "ogg"), 10.3),
    "True Audio": (lambda d: encode(d / "a.tta", SONG, "tta"), 10.3),
    "Core Audio with ALAC": (lambda d: encode(d / "a.caf", SONG, "alac"), 10.3),
    "WMA": (lambda d: encode(d / "a.wma", SONG, "wmav2", form="asf"), 10.3),
    "AC-3": (lambda d: encode(d / "a.ac3", SONG, "ac3"), 10.3),
    "MP2": (lambda d: encode(d / "a.mp2", SONG, "mp2"), 10.3),
    "ADPCM": (lambda d: encode(d / "a.wav", SONG, "adpcm_ms"), 10.3),
    "MP3 named WAV": (lambda d: encode(d / "a.wav", SONG, "libmp3lame", form="mp3"), 10.3),
    "Nellymoser in FLV": (lambda d: encode(d / "a.flv", SONG[:1], "nellymoser"), 10.3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_length_is_that_of_a_full_decode(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make, seconds = KINDS[kind]
    path = make(tmp_path)
    clip = load(path)
    decoded = clip.start + clip.duration
    assert decoded == pytest.approx(seconds, abs=0.15)  # encoders add up to a frame or two
    assert sound_length(path) == pytest.approx(decoded, abs=0.1)
    assert capfd.readouterr().err == ""  # no word of the libraries below


def test_each_place_of_a_chained_file_is_found(tmp_path: Path) -> None:
    path = KINDS["chained Vorbis of two rates and layouts"][0](tmp_path)
    whole, rest = load(path, sample_rate=44_100), load(path, sample_rate=44_100, offset=12.0)
    wanted = whole.samples[12 * 44_100 :]
    assert rest.start == 12.0 and len(rest.samples) == pytest.approx(len(wanted), abs=2)
    count = min(len(wanted), len(rest.samples))
    assert np.quantile(np.abs(rest.samples[:count] - wanted[:count]), 0.95) < 2e-3
    assert probe(path).chained and not probe(tmp_path / "a.ogg").chained


def test_a_file_without_sound_has_no_length(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError):
        sound_length(tmp_path / "missing.wav")
    (tmp_path / "text.wav").write_text("words" * 100)
    with pytest.raises(UnreadableMediaError):
        sound_length(tmp_path / "text.wav")


@pytest.mark.parametrize("kind", ["flac", "mp3", "wav", "wv", "m4a"])
def test_a_stretch_is_cut_out_to_the_sample(kind: str, tmp_path: Path) -> None:
    codec = {"flac": "flac", "mp3": "libmp3lame", "wav": "pcm_s16le", "wv": "wavpack", "m4a": "aac"}[kind]
    whole = encode(tmp_path / f"a.{kind}", SONG, codec, form="ipod" if kind == "m4a" else None)
    cut_sound(whole, 3.25, 4.0, tmp_path / "cut.flac")
    cut, wanted = load(tmp_path / "cut.flac", sample_rate=44_100), load(whole, sample_rate=44_100)
    assert cut.duration == pytest.approx(4.0, abs=1e-3)
    begin = round(3.25 * 44_100)
    off = np.abs(cut.samples - wanted.samples[begin : begin + len(cut.samples)])
    assert np.quantile(off, 0.95) < 2e-3  # AAC fills some bands with noise that is new at each decode
    cut_sound(whole, 8.0, None, tmp_path / "rest.flac")
    assert load(tmp_path / "rest.flac").duration == pytest.approx(wanted.duration - 8.0, abs=0.01)
    with pytest.raises(UnusableAudioError, match="no sound at"):
        cut_sound(whole, 60.0, 5.0, tmp_path / "none.flac")
