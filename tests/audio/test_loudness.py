from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from audio_material import clip_of, sine, write_audio

from reelscore.audio.decode import load
from reelscore.audio.loudness import k_weighted_powers, measure_loudness


def db(level: float) -> float:
    return 10.0 ** (level / 20.0)


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
def test_full_scale_sine_at_997_hz_is_at_minus_3_01(rate: int) -> None:
    assert measure_loudness(clip_of(sine(997, 10.0, rate=rate), rate)).integrated == pytest.approx(
        -3.01, abs=0.01
    )


def test_two_equal_channels_are_3_lu_louder_than_one(tmp_path: Path) -> None:
    tone = sine(1000, 5.0, rate=48000, level=db(-23))
    path = write_audio(tmp_path / "a.wav", np.stack([tone, tone]), codec="pcm_s24le", rate=48000)
    # EBU Tech 3341, case 1: a stereo sine at -23 dBFS is at -23 LUFS.
    assert measure_loudness(load(path)).integrated == pytest.approx(-23.0, abs=0.1)


def test_pauses_and_quiet_parts_are_gated_out() -> None:
    # EBU Tech 3341, case 3: tones at -36, -23 and -36 dBFS (-39.01 and so on for one channel).
    parts = [
        sine(1000, 10.0, level=db(-36)),
        sine(1000, 60.0, level=db(-23)),
        sine(1000, 10.0, level=db(-36)),
    ]
    assert measure_loudness(clip_of(np.concatenate(parts))).integrated == pytest.approx(-26.01, abs=0.1)
    silence = np.zeros(20 * 22050, dtype=np.float32)
    padded = np.concatenate([silence, sine(997, 10.0, level=0.1), silence])
    assert measure_loudness(clip_of(padded)).integrated == pytest.approx(-23.01, abs=0.15)


@pytest.mark.parametrize(("levels", "wanted"), [((-20, -30), 10.0), ((-20, -15), 5.0), ((-40, -20), 20.0)])
def test_loudness_range_is_that_of_ebu_tech_3342(levels: tuple[float, float], wanted: float) -> None:
    parts = [sine(1000, 20.0, level=db(level)) for level in levels]
    assert measure_loudness(clip_of(np.concatenate(parts))).range == pytest.approx(wanted, abs=1.0)


def test_low_cut_and_shelf_have_the_response_of_the_standard() -> None:
    def response(hz: float) -> float:
        power = k_weighted_powers(clip_of(sine(hz, 4.0, rate=48000), 48000))[5:-5].mean()
        return float(10 * np.log10(power / 0.5))

    assert response(25.0) < -9.0
    assert response(100.0) == pytest.approx(-1.1, abs=0.3)
    assert response(10000.0) == pytest.approx(4.0, abs=0.1)


def test_steady_sound_has_no_complexity_and_alternating_sound_has() -> None:
    assert measure_loudness(clip_of(sine(440, 20.0))).complexity == pytest.approx(0.0, abs=0.01)
    parts = [sine(440, 2.0, level=db(level)) for level in (-10, -20) * 5]
    assert measure_loudness(clip_of(np.concatenate(parts))).complexity == pytest.approx(5.0, abs=0.7)


def test_curve_has_one_value_for_each_begun_second() -> None:
    parts = [sine(997, 2.0, level=db(-10)), np.zeros(22050, dtype=np.float32), sine(997, 0.5, level=db(-20))]
    curve = measure_loudness(clip_of(np.concatenate(parts))).curve
    assert curve.dtype == np.float32
    np.testing.assert_allclose(curve[[0, 1, 3]], [-13.0, -13.0, -23.0], atol=0.1)
    assert curve[2] < -55.0  # the filter rings on a little


@pytest.mark.parametrize("seconds", [0.0, 0.2, 5.0])
def test_silence_and_snippets_have_no_loudness(seconds: float) -> None:
    loudness = measure_loudness(clip_of(np.zeros(round(seconds * 22050))))
    assert (loudness.integrated, loudness.range, loudness.complexity) == (None, None, None)
    assert len(loudness.curve) == int(np.ceil(seconds))
