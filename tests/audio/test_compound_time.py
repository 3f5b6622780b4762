from __future__ import annotations

import numpy as np
import pytest
from audio_material import RATE, add, clip_of, drum, note

from reelscore.audio.compound_time import comes_in_threes
from reelscore.audio.rhythm import find_rhythm
from reelscore.records import AudioClip


def ballad(bpm: float, *, seed: int, seconds: float = 20.0) -> AudioClip:
    """Six eighths to the bar: broken chords, a kick on the first a snare on the fourth; two beats a bar."""
    generator = np.random.default_rng(seed)
    mix = np.zeros(round(seconds * RATE), dtype=np.float32)
    kick, snare, hat = (drum(kind, generator) for kind in ("kick", "snare", "hat"))
    beat = 60.0 / bpm
    root, roots = int(generator.integers(40, 52)), generator.permutation([0, 5, 7, 9])
    time, bar = float(generator.uniform(0.0, 0.3)), 0
    while time < seconds:
        chord = root + int(roots[bar % 4])
        for eighth, step in enumerate((12, 19, 24, 28, 24, 19)):
            at = time + eighth * beat / 3.0 + float(generator.normal(0.0, 0.004))
            add(mix, note(chord + step, beat, decay=2.0), at, 0.2)
            add(mix, hat, at, 0.1)
        add(mix, note(chord, 2.0 * beat, decay=1.0), time, 0.3)
        add(mix, kick, time, 0.5)
        add(mix, snare, time + beat, 0.35)
        time, bar = time + 2.0 * beat, bar + 1
    return clip_of(mix)


@pytest.mark.parametrize("bpm", [56, 60, 64, 70, 76])
def test_tempo_of_compound_time_is_that_of_its_beats(bpm: int) -> None:
    found = find_rhythm(ballad(bpm, seed=bpm))
    assert found.tempo_bpm is not None
    # Three times as fast is the pulse of the eighths; 3/2 would be no pulse of it at all.
    ratio = found.tempo_bpm / bpm
    assert min(abs(ratio - known) for known in (1.0, 2.0, 3.0)) < 0.04 * ratio


def accents(*pattern: float, repeats: int = 12) -> tuple[np.ndarray, np.ndarray]:
    half_beats = np.arange(len(pattern) * repeats) * 20 + 5
    rises = np.zeros((half_beats[-1] + 20, 3), dtype=np.float32)
    generator = np.random.default_rng(1)
    rises[half_beats] = np.tile(pattern, repeats)[:, None] * generator.uniform(0.9, 1.1, (len(half_beats), 3))
    return rises, half_beats


@pytest.mark.parametrize(
    ("pattern", "threes"),
    [
        ((1.0, 0.3, 0.3), True),
        ((1.0, 0.3, 0.4, 0.8, 0.3, 0.4), True),
        ((1.0, 0.3), False),
        ((1.0, 0.3, 0.6, 0.3), False),
        ((1.0, 0.3, 0.5, 0.3, 0.5, 0.3), False),  # a waltz: beats of two halves, bars of three
        ((1.0, 0.3, 0.3, 1.0, 0.3, 0.3, 1.0, 0.3), False),  # 3 + 3 + 2, in bars of four
        ((1.0,), False),
    ],
    ids=["6/8", "6/8 with a weaker second beat", "2/4", "4/4", "3/4", "tresillo", "even"],
)
def test_accents_tell_threes(pattern: tuple[float, ...], threes: bool) -> None:
    assert comes_in_threes(*accents(*pattern)) is threes


def test_a_few_beats_or_none_tell_nothing() -> None:
    rises, half_beats = accents(1.0, 0.3, 0.3)
    assert not comes_in_threes(rises, half_beats[:20])
    assert not comes_in_threes(rises[:0], half_beats[:0])
