"""The grid on loops that are made here, whose times are known to the sample."""

from __future__ import annotations

import numpy as np
import pytest
from audio_material import RATE, add, clicks, clip_of, drum, noise, note

from reelscore.audio.grid import find_grid
from reelscore.audio.rhythm import find_onsets, rhythm_of, tempi
from reelscore.audio.spectrum import scan
from reelscore.records import AudioClip, BeatGrid, FloatArray

# Half of all beats are to be within this; what the issue of real files asks for.
CLOSE = 0.005


def grid_of(clip: AudioClip) -> BeatGrid:
    spectrum = scan(clip)
    rhythm = rhythm_of(find_onsets(spectrum.mels, spectrum.rate))
    return find_grid(clip, spectrum.mels, spectrum.rate, salience=(tempi(), rhythm.salience))


def loop(
    times: np.ndarray, beats_a_bar: int, *, parts: int = 2, tune: bool = True, seed: int = 1
) -> AudioClip:
    """Drums, bass and chords over given beats: a kick on the first of a bar, snares between, hats."""
    generator = np.random.default_rng(seed)
    kick, snare, hat = (drum(kind, generator) for kind in ("kick", "snare", "hat"))
    mix = np.zeros(round((times[-1] + 1.5) * RATE), dtype=np.float32)
    gaps = np.diff(times, append=2 * times[-1] - times[-2])
    for index, (time, gap) in enumerate(zip(times, gaps, strict=True)):
        place, bar = index % beats_a_bar, index // beats_a_bar
        root = 40 + (0, 5, 7, 5)[bar % 4]
        if place == 0:
            add(mix, kick, time, 1.0)
            if tune:
                add(mix, note(root, 0.9 * gap * beats_a_bar), time, 0.5)
                for step in (12, 16, 19):
                    add(mix, note(root + step, 0.9 * gap * beats_a_bar, decay=1.2), time, 0.15)
        else:
            add(mix, kick if beats_a_bar > 4 and place == 3 else snare, time, 0.5)
        for part in range(parts):
            add(mix, hat, time + part * gap / parts, 0.5 if part == 0 else 0.35)
    return clip_of(0.8 * mix / np.abs(mix).max())


def errors(grid: BeatGrid, times: np.ndarray) -> np.ndarray:
    """Seconds by which each true beat is missed by the nearest one found."""
    found = np.array(grid.times)
    return found[np.abs(found[:, None] - times).argmin(axis=0)] - times


def check(grid: BeatGrid, times: np.ndarray, beats_a_bar: int) -> None:
    off = errors(grid, times)
    assert np.mean(np.abs(off) < 0.07) > 0.9
    assert len(grid.beats) == pytest.approx(len(times), abs=3)
    near = off[np.abs(off) < 0.07]
    assert np.median(np.abs(near)) <= CLOSE
    assert abs(np.median(near)) <= CLOSE
    first = times[::beats_a_bar]
    downbeats = np.array(grid.downbeats)
    assert np.mean(np.abs(downbeats[:, None] - first).min(axis=0) < 0.07) > 0.8
    assert len(downbeats) == pytest.approx(len(first), abs=3)


@pytest.mark.parametrize("bpm", [101, 128, 174])
def test_four_in_a_bar(bpm: int) -> None:
    times = 0.35 + np.arange(int(28 * bpm / 60)) * 60.0 / bpm
    grid = grid_of(loop(times, 4, parts=1 if bpm != 128 else 2))
    check(grid, times, 4)
    assert grid.metre == "4/4"
    assert grid.tempo_bpm == pytest.approx(bpm, rel=0.01)
    assert grid.steadiness > 0.8
    assert grid.confidence > 0.3
    assert grid.tempo_curve == ()


@pytest.mark.parametrize(("beats", "bpm", "metre"), [(3, 150, "3/4"), (5, 132, "5/4")])
def test_other_metres(beats: int, bpm: int, metre: str) -> None:
    times = 0.2 + np.arange(int(30 * bpm / 60)) * 60.0 / bpm
    grid = grid_of(loop(times, beats))
    check(grid, times, beats)
    assert grid.metre == metre


def test_six_eight_has_two_dotted_beats() -> None:
    times = 0.2 + np.arange(40) * 0.7
    grid = grid_of(loop(times, 2, parts=3))
    check(grid, times, 2)
    assert grid.metre == "6/8"


def test_tempo_that_moves_is_followed_and_drawn() -> None:
    gaps = 60.0 / np.linspace(125.0, 88.0, 52)
    times = 0.4 + np.concatenate([[0.0], np.cumsum(gaps)])
    grid = grid_of(loop(times, 4, parts=1))
    check(grid, times, 4)
    assert grid.tempo_curve[0].bpm == pytest.approx(124, abs=5)
    assert grid.tempo_curve[-1].bpm == pytest.approx(89, abs=5)
    assert grid.steadiness < 0.7


def test_clicks_are_met_within_five_milliseconds_without_a_bias() -> None:
    for bpm in (66, 111, 143):
        clip, times = clicks(bpm, 25.0)
        off = errors(grid_of(clip), times)
        near = off[np.abs(off) < 0.07]
        assert len(near) > 0.9 * len(times)
        assert np.median(np.abs(near)) <= CLOSE
        assert abs(np.median(near)) <= 0.002


def test_times_count_from_the_start_of_the_file_and_bars_from_the_first_downbeat() -> None:
    clip = loop(0.35 + np.arange(48) * 0.5, 4)
    here, there = grid_of(clip), grid_of(AudioClip(clip.samples, RATE, start=90.0))
    np.testing.assert_allclose(np.array(there.times) - here.times, 90.0)
    assert [beat.bar for beat in here.beats if beat.beat == 1] == list(range(1, len(here.downbeats) + 1))


def pad(seconds: float) -> FloatArray:
    """Held chords that swell now and then, without an attack."""
    generator = np.random.default_rng(3)
    time = np.arange(round(seconds * RATE)) / RATE
    mix = np.zeros(len(time))
    for pitch in (48, 55, 60, 64):
        swell = 0.5 + 0.4 * np.sin(2 * np.pi * generator.uniform(0.05, 0.13) * time + generator.uniform(0, 6))
        mix += swell * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time)
    return (0.15 * mix).astype(np.float32)


def knocks(seconds: float) -> FloatArray:
    """Knocks at times drawn by chance."""
    generator = np.random.default_rng(5)
    mix = np.zeros(round(seconds * RATE), dtype=np.float32)
    time = 0.3
    while time < seconds - 1.0:
        add(mix, drum("snare", generator), time, 0.6)
        time += float(generator.exponential(0.35)) + 0.06
    return mix


@pytest.mark.parametrize(
    "sound",
    [pad(25.0), noise(25.0), knocks(25.0), np.zeros(20 * RATE, dtype=np.float32), np.zeros(0), noise(1.0)],
    ids=["pad", "noise", "knocks", "silence", "nothing", "a second"],
)
def test_no_steady_beat_is_an_answer(sound: np.ndarray) -> None:
    grid = grid_of(clip_of(sound))
    assert grid.beats == ()
    assert grid.metre is None
    assert grid.tempo_bpm is None
    assert grid.steadiness == 0.0
