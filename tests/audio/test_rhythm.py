from __future__ import annotations

import numpy as np
import pytest
from audio_material import RATE, LabelledTrack, add, band, clicks, clip_of, drum, noise, note

from reelscore.audio.rhythm import find_rhythm
from reelscore.records import AudioClip, MusicFeatures

TOLERANCE = 0.04


def agrees(found: float | None, wanted: float, factors: tuple[float, ...] = (1.0,)) -> bool:
    return found is not None and any(abs(found / (wanted * factor) - 1) <= TOLERANCE for factor in factors)


OCTAVES = (1.0, 2.0, 0.5, 3.0, 1 / 3)


@pytest.mark.parametrize("drums", [True, False], ids=["drums", "no drums"])
def test_tempo_of_rendered_music_is_found_up_to_its_octave(drums: bool) -> None:
    tempi = np.linspace(50, 200, 11)
    clips = [
        (bpm, band(bpm, meter, seed=100 * meter + index, drums=drums))
        for meter in (3, 4)
        for index, bpm in enumerate(tempi)
    ]
    found = [agrees(find_rhythm(clip).tempo_bpm, bpm, OCTAVES) for bpm, clip in clips]
    assert np.mean(found) >= 0.95


def test_tempo_of_the_labelled_tracks_is_found(
    demo_features: list[tuple[LabelledTrack, MusicFeatures]],
) -> None:
    found = [(features.tempo_bpm, track.bpm) for track, features in demo_features]
    assert len(found) == 28
    assert np.mean([agrees(bpm, label) for bpm, label in found]) >= 0.89
    assert np.mean([agrees(bpm, label, OCTAVES) for bpm, label in found]) >= 0.96


@pytest.mark.parametrize("bpm", [62, 87, 120, 155])
def test_beats_lie_on_the_clicks(bpm: int) -> None:
    clip, times = clicks(bpm, 20.0)
    rhythm = find_rhythm(clip)
    assert rhythm.tempo_bpm == pytest.approx(bpm, rel=0.005)
    assert rhythm.confidence > 0.5
    beats = np.array(rhythm.beats)
    assert len(beats) == pytest.approx(len(times), abs=1)
    assert np.abs(beats[:, None] - times).min(axis=1).max() < 0.03
    assert np.abs(beats[:, None] - times).min(axis=0).max() < 0.03


def test_beats_follow_a_tempo_that_drifts() -> None:
    gaps = 60.0 / np.linspace(100, 116, 50)
    times = 0.3 + np.concatenate([[0.0], np.cumsum(gaps)])
    mix = np.zeros(round((times[-1] + 1) * RATE), dtype=np.float32)
    for index, time in enumerate(times):
        add(mix, note(48 + 12 * (index % 2), 0.3, decay=8), float(time))
    beats = np.array(find_rhythm(clip_of(mix)).beats)
    assert np.mean(np.abs(beats[:, None] - times).min(axis=0) < 0.03) > 0.9


def test_beats_count_from_the_start_of_the_file() -> None:
    clip, _ = clicks(100, 12.0)
    here = np.array(find_rhythm(clip).beats)
    there = np.array(find_rhythm(AudioClip(clip.samples, RATE, start=90.0)).beats)
    np.testing.assert_allclose(there - here, 90.0)


def test_silence_at_the_ends_changes_nothing_and_has_no_beats() -> None:
    clip = band(104, 4, seed=7)
    silence = np.zeros(15 * RATE, dtype=np.float32)
    rhythm = find_rhythm(clip_of(np.concatenate([silence, clip.samples, silence])))
    assert agrees(rhythm.tempo_bpm, 104, OCTAVES)
    assert min(rhythm.beats) > 14.9
    assert max(rhythm.beats) < 35.1
    assert rhythm.onset_rate == pytest.approx(find_rhythm(clip).onset_rate, rel=0.1)


def test_loop_that_starts_at_full_level_is_no_single_onset() -> None:
    # The start of the file is in the middle of a loud chord, a hundred times the level of what follows.
    loop = 0.01 * band(110, 4, seed=8).samples
    loop[: RATE // 5] += noise(0.2, level=0.5)
    rhythm = find_rhythm(clip_of(loop))
    assert agrees(rhythm.tempo_bpm, 110, OCTAVES)
    assert rhythm.onset_rate is not None
    assert rhythm.onset_rate > 1.0


def test_level_does_not_matter() -> None:
    clip = band(120, 4, seed=9)
    loud, quiet = find_rhythm(clip), find_rhythm(clip_of(0.003 * clip.samples))
    assert quiet.tempo_bpm == pytest.approx(loud.tempo_bpm, rel=0.01)
    assert quiet.onset_rate == pytest.approx(loud.onset_rate, rel=0.05)


def held_chord() -> AudioClip:
    return clip_of(
        sum(0.2 * note(45 + step, 20.0, decay=0.0) for step in (0, 4, 7)) + noise(20.0, level=1e-4)
    )


def scattered_notes() -> AudioClip:
    generator = np.random.default_rng(3)
    mix, time = np.zeros(30 * RATE, dtype=np.float32), 0.0
    while time < 29.0:
        add(mix, note(45 + int(generator.integers(24)), 1.0), time, 0.5)
        time += float(generator.gamma(3.0, 0.2))
    return clip_of(mix)


@pytest.mark.parametrize(
    "clip",
    [held_chord(), clip_of(noise(30.0)), scattered_notes(), clip_of(np.zeros(10 * RATE))],
    ids=["chord", "noise", "scattered", "silence"],
)
def test_sound_without_a_pulse_has_no_tempo(clip: AudioClip) -> None:
    rhythm = find_rhythm(clip)
    assert rhythm.tempo_bpm is None
    assert rhythm.alternative_bpm is None
    assert rhythm.beats == ()
    assert rhythm.confidence == 0.0


def test_held_sound_has_no_onsets_and_each_stroke_is_one() -> None:
    assert find_rhythm(held_chord()).onset_rate == pytest.approx(0.0, abs=0.2)
    generator = np.random.default_rng(1)
    mix = np.zeros(20 * RATE, dtype=np.float32)
    for time in np.arange(0.2, 19.8, 0.4):
        add(mix, drum("snare", generator), float(time), 0.5)
    assert find_rhythm(clip_of(mix)).onset_rate == pytest.approx(2.5, abs=0.15)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 3.0])
def test_snippets_have_no_tempo(seconds: float) -> None:
    clip, _ = clicks(120, 5.0)
    assert find_rhythm(clip_of(clip.samples[: round(seconds * RATE)])).tempo_bpm is None


def test_rhythm_is_repeatable() -> None:
    clip = band(133, 4, seed=10)
    assert find_rhythm(clip) == find_rhythm(clip)
