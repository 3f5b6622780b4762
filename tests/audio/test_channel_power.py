from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from audio_material import demo_tracks
from av.filter import Graph

from reelscore.audio.channel_power import ChannelMeter, channel_weights
from reelscore.audio.decode import load
from reelscore.audio.loudness import measure_loudness
from sound_files import encode, music

TOLERANCE_LU = 0.3


def ebur128(path: Path) -> tuple[float, float]:
    """Integrated loudness and range by FFmpeg's filter `ebur128`: all channels at full bandwidth."""
    graph = Graph()
    integrated = loudness_range = float("nan")
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        source = graph.add_abuffer(template=stream)
        meter = graph.add("ebur128", "metadata=1")
        sink = graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        for frame in (*container.decode(stream), None):
            graph.push(frame)
            while True:
                try:
                    told = graph.pull().metadata
                except (av.BlockingIOError, av.EOFError):
                    break
                # A last frame of under 100 ms has no figures of its own.
                integrated = float(told.get("lavfi.r128.I", integrated))
                loudness_range = float(told.get("lavfi.r128.LRA", loudness_range))
    return integrated, loudness_range


def noise(seconds: float, power: float, rate: int, seed: int) -> np.ndarray:
    """Noise whose power falls with the frequency to this power."""
    count = round(seconds * rate)
    lines = np.fft.rfft(np.random.default_rng(seed).standard_normal((2, count)))
    hz = np.maximum(np.fft.rfftfreq(count, 1 / rate), 20.0)
    shaped = np.fft.irfft(lines * hz ** (-power / 2), n=count)
    return (0.2 * shaped / np.abs(shaped).max()).astype(np.float32)


def tone(hz: float, seconds: float, rate: int = 48_000) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate))[None].astype(np.float32)


def levels(*decibels: float) -> np.ndarray:
    return np.concatenate([music(5.0, seed=4) * 10 ** (level / 20) for level in decibels], axis=1)


SONG = music(12.0, seed=1)
MADE = {
    "song": (SONG, 44_100),
    "one channel inverted": (SONG * [[1.0], [-1.0]], 44_100),
    "left only": (SONG * [[1.0], [0.0]], 44_100),
    "mono": (SONG[:1], 44_100),
    "quiet": (SONG * 0.03, 44_100),
    "with an offset": (SONG * 0.6 + 0.1, 44_100),
    "sides of different loudness": (SONG * [[1.0], [0.1]], 44_100),
    "pink noise": (noise(10.0, 1.0, 48_000, 1), 48_000),
    "white noise": (noise(10.0, 0.0, 44_100, 2), 44_100),
    "brown noise": (noise(10.0, 2.0, 96_000, 3), 96_000),
    "low tone": (tone(40.0, 8.0), 48_000),
    "tone": (tone(1000.0, 8.0), 48_000),
    "high tone": (tone(12_000.0, 8.0), 48_000),
    "loud and soft": (levels(0, -18, -6, -30, 0), 44_100),
    "long pause": (np.concatenate([SONG, np.zeros((2, 441_000)), SONG[:, :300_000]], axis=1), 44_100),
    "22 kHz": (music(12.0, seed=2, rate=22_050), 22_050),
    "8 kHz": (music(12.0, seed=2, rate=8_000)[:1], 8_000),
    "96 kHz": (music(8.0, seed=3, rate=96_000), 96_000),
    "5.1": (np.concatenate([SONG, 0.5 * SONG[:1], SONG[:1], 0.7 * SONG]), 44_100),
}


@pytest.mark.parametrize("name", MADE)
def test_loudness_and_range_are_those_of_a_meter_for_made_sound(name: str, tmp_path: Path) -> None:
    samples, rate = MADE[name]
    path = encode(tmp_path / "x.wav", samples, "pcm_f32le", rate=rate)
    integrated, loudness_range = ebur128(path)
    ours = measure_loudness(load(path, metered=True))
    assert ours.integrated == pytest.approx(integrated, abs=TOLERANCE_LU)
    assert ours.range == pytest.approx(loudness_range, abs=TOLERANCE_LU)


@pytest.mark.parametrize("number", [0, 3, 8, 17, 25])
@pytest.mark.parametrize("inverted", [False, True])
def test_loudness_and_range_are_those_of_a_meter_for_music(
    number: int, inverted: bool, tmp_path: Path
) -> None:
    path = demo_tracks()[number].path
    judged = ebur128(path)
    if inverted:
        with av.open(str(path)) as container:
            samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
        path = encode(tmp_path / "x.wav", samples * [[1.0], [-1.0]], "pcm_f32le", rate=48_000)
    ours = measure_loudness(load(path, metered=True))
    assert (ours.integrated, ours.range) == pytest.approx(judged, abs=TOLERANCE_LU)


def test_the_pieces_in_which_sound_comes_do_not_matter() -> None:
    sound = noise(3.0, 1.0, 11_025, 5)  # a tenth of a second is no whole number of samples
    whole = ChannelMeter(11_025, (1.0, 1.0))
    whole.push(sound)
    pieces = ChannelMeter(11_025, (1.0, 1.0))
    for begin in range(0, sound.shape[1], 777):
        pieces.push(sound[:, begin : begin + 777])
    assert len(whole.finish()) == 30
    np.testing.assert_allclose(pieces.finish(), whole.finish(), rtol=1e-4)


def test_channels_behind_count_more_and_the_low_effects_do_not() -> None:
    assert channel_weights(["FL", "FR", "FC", "LFE", "BL", "SR"]) == (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)


def test_a_change_of_format_in_mid_file_is_no_gap(tmp_path: Path) -> None:
    first = encode(tmp_path / "a.mp3", SONG, "libmp3lame")
    second = encode(tmp_path / "b.mp3", music(6.0, rate=22_050), "libmp3lame", rate=22_050)
    both = tmp_path / "both.mp3"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    clip = load(both, metered=True)
    assert clip.powers is not None
    assert len(clip.powers) / 10 == pytest.approx(clip.duration, abs=0.2)
    assert (clip.powers > 0).mean() > 0.95
