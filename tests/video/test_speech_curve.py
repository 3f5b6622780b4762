"""Where somebody speaks, to a few hundredths of a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from video_files import babble, beats, pan, scenery, tone, write

from reelscore.records import AudioClip
from reelscore.video.measure import speech_curve as measured
from reelscore.video.measure.speech_curve import STEP_SECONDS, find_speech, speech_curve, speech_regions


def regions(samples: NDArray[np.floating]) -> list[tuple[float, float]]:
    return speech_regions(speech_curve(AudioClip(samples.astype(np.float32), 16_000, 0.0)))


def test_speech_between_silence_is_found_where_it_is() -> None:
    samples = np.zeros(16_000 * 30)
    samples[16_000 * 10 : 16_000 * 18] = babble(8, seed=2)
    found = regions(samples)
    assert found[0][0] == pytest.approx(10.1, abs=0.05)  # the first syllable begins after .1 s
    assert 16.5 < found[-1][1] <= 18.0
    assert sum(end - start for start, end in found) > 5.5


def test_speech_over_soft_noise_is_found_too() -> None:
    samples = 0.003 * np.random.default_rng(0).standard_normal(16_000 * 20)
    samples[16_000 * 5 : 16_000 * 12] += babble(7, seed=3)
    found = regions(samples)
    assert found[0][0] == pytest.approx(5.1, abs=0.1)
    assert found[-1][1] == pytest.approx(11.6, abs=0.5)


@pytest.mark.parametrize(
    "samples", [beats(15, 120), tone(15), np.zeros(16_000 * 8)], ids=["drums", "tone", "none"]
)
def test_music_and_silence_are_no_speech(samples: NDArray[np.floating]) -> None:
    assert regions(samples) == []


def test_the_curve_has_a_value_for_each_25_ms() -> None:
    curve = speech_curve(AudioClip(babble(4), 16_000, 0.0))
    assert STEP_SECONDS <= 0.05
    assert len(curve) == pytest.approx(4 / STEP_SECONDS, abs=2)
    assert 0.0 <= curve.min() <= curve.max() <= 1.0
    assert len(speech_curve(AudioClip(np.zeros(10, np.float32), 16_000, 0.0))) == 0


def test_a_film_is_heard_in_blocks_as_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "_BLOCK_SECONDS", 60.0)
    sound = np.zeros(16_000 * 70, np.float32)
    sound[16_000 * 55 : 16_000 * 65] = babble(10, seed=5)
    path = write(tmp_path / "film.mp4", pan(scenery(1), 10), rate=1, sound=sound)
    steps: list[float] = []
    found = find_speech(path, 70.0, progress=lambda step: steps.append(step.done))
    whole = regions(sound)
    assert [pytest.approx(start, abs=0.15) for start, _ in found] == [start for start, _ in whole]
    assert steps == [60.0, 70.0]


def test_a_film_without_sound_has_no_speech(tmp_path: Path) -> None:
    path = write(tmp_path / "film.mp4", pan(scenery(1), 10))
    assert find_speech(path, 0.4) == []
