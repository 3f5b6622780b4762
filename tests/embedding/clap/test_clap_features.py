"""The features are those of the reference, and the windows are always the same."""

from __future__ import annotations

import importlib.resources
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.audio.decode import load
from reelscore.embedding.clap.check import music, noise
from reelscore.embedding.clap.features import (
    FeatureSettings,
    fill_window,
    log_mel_windows,
    read_settings,
    window_starts,
)
from reelscore.errors import InvalidInputError, ModelError, UnusableAudioError
from reelscore.records import FloatArray

SETTINGS = FeatureSettings()
RATE = SETTINGS.sample_rate
GOLDEN = Path(__file__).parent / "fixture" / "golden.npz"
# What the issue asks for; measured is 1.5e-5.
TOLERANCE_DB = 1e-4
# The frames that the golden file holds; see tools/build_clap_fixture.py.
FRAMES = (0, 1, 2, 3, *range(50, 990, 67), 996, 997, 998, 999, 1000)


def golden_sounds() -> dict[str, FloatArray]:
    piece = music(SETTINGS)
    time = np.arange(32 * RATE) / RATE
    sweep = 0.4 * np.sin(2 * np.pi * (60 * time + 150 * time**2)) + 1e-4 * np.sin(2 * np.pi * 9000 * time)
    return {
        "music": piece,
        "noise": noise(SETTINGS),
        "short": piece[12_345 : 12_345 + 3 * 48_000 + 77],
        "sweep": sweep.astype(np.float32),
        "silence": np.zeros(SETTINGS.window, dtype=np.float32),
    }


def features_of(samples: FloatArray) -> FloatArray:
    filled = fill_window(samples, SETTINGS)
    return log_mel_windows(filled, window_starts(len(samples), SETTINGS), SETTINGS)


@pytest.mark.parametrize("name", ["music", "noise", "short", "sweep", "silence"])
def test_features_equal_those_of_the_reference(name: str) -> None:
    wanted = np.load(GOLDEN)[f"features_{name}"]
    found = features_of(golden_sounds()[name])
    assert found.dtype == np.float32
    assert found.shape[1:] == (1, 1001, 64)
    assert np.abs(found[:, 0, FRAMES] - wanted).max() < TOLERANCE_DB


def test_windows_that_share_spectra_are_as_if_each_were_alone() -> None:
    samples = golden_sounds()["sweep"]
    starts = window_starts(len(samples), SETTINGS)
    together = log_mel_windows(samples, starts, SETTINGS)
    for number, start in enumerate(starts):
        alone = log_mel_windows(samples[start : start + SETTINGS.window], (0,), SETTINGS)
        # To the last bit but for products of matrices, which some processors round by the place of a row.
        np.testing.assert_allclose(together[number], alone[0], rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [
        (30.0, [0, 5, 10, 15, 20]),  # no window at 25 s that would be half empty, none twice at 20 s
        (30.02, [0, 5, 10, 15, 20]),  # as a 30 s preview comes out of a decoder
        (28.8, [0, 5, 10, 15, 18.8]),
        (32.5, [0, 5, 10, 15, 20, 22.5]),
        (10.0, [0]),
        (12.0, [0]),
        (3.0, [0]),
    ],
)
def test_windows_begin_every_five_seconds_and_end_with_the_sound(seconds: float, starts: list[float]) -> None:
    found = window_starts(round(seconds * RATE), SETTINGS)
    assert [start / RATE for start in found] == pytest.approx(starts, abs=0.01)


@given(st.integers(min_value=1, max_value=30 * RATE))
def test_windows_hear_everything_but_a_little_and_none_of_them_twice(samples: int) -> None:
    starts = window_starts(samples, SETTINGS)
    assert all(2.4 * RATE <= later - earlier <= 5 * RATE for earlier, later in pairwise(starts))
    assert all(start % SETTINGS.hop == 0 for start in starts)
    if samples >= SETTINGS.window:
        assert starts[-1] + SETTINGS.window <= samples
        assert samples - (starts[-1] + SETTINGS.window) < 2.5 * RATE


@pytest.mark.parametrize("starts", [(480,), (-480,), (0, 100)])
def test_windows_outside_the_sound_or_off_the_grid_are_refused(starts: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInputError):
        log_mel_windows(np.zeros(SETTINGS.window + 100, dtype=np.float32), starts, SETTINGS)


def test_a_shift_hardly_moves_what_the_windows_of_a_real_track_have_in_common() -> None:
    """Random weights say nothing about music, so this looks at what goes into the network.

    A track's profile is the mean of its windows' features, without what all tracks share (which would make
    every cosine 1). Cutting 1.2 s off the start leaves it where it is; the single random crop that the
    reference takes does not, so the measure can fail.
    """
    root = Path(str(importlib.resources.files("immich_memories_music")))
    tracks = [load(path, sample_rate=RATE).samples for path in sorted(root.rglob("*.opus"))[1::4]]

    def profile(samples: FloatArray) -> FloatArray:
        starts = window_starts(len(samples), SETTINGS)
        result: FloatArray = log_mel_windows(samples, starts, SETTINGS).mean(axis=(0, 1, 2))
        return result

    whole = np.stack([profile(track) for track in tracks])
    shifted = np.stack([profile(track[round(1.2 * RATE) :]) for track in tracks])
    crops = [
        np.stack([profile(track[round(at * RATE) :][: SETTINGS.window]) for track in tracks])
        for at in (0.0, 19.0)
    ]
    common = whole.mean(axis=0)

    def cosines(a: FloatArray, b: FloatArray) -> FloatArray:
        a, b = a - common, b - common
        result: FloatArray = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        return result

    assert np.median(cosines(whole, shifted)) > 0.99
    assert cosines(whole, shifted).min() > 0.95
    assert np.median(cosines(*crops)) < 0.95


def test_short_sound_is_repeated_as_a_whole_and_then_silent() -> None:
    samples = np.arange(1, 4 * RATE + 1, dtype=np.float32)
    filled = fill_window(samples, SETTINGS)
    assert len(filled) == SETTINGS.window
    np.testing.assert_array_equal(filled[: len(samples)], samples)
    np.testing.assert_array_equal(filled[len(samples) : 2 * len(samples)], samples)
    assert not filled[2 * len(samples) :].any()


def test_a_single_sample_is_enough_and_none_is_refused() -> None:
    assert np.isfinite(features_of(np.ones(1, dtype=np.float32))).all()
    with pytest.raises(UnusableAudioError):
        fill_window(np.zeros(0, dtype=np.float32), SETTINGS)


def settings_file(folder: Path, **changes: object) -> Path:
    values = json.loads((GOLDEN.parent / "preprocessor_config.json").read_text())
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps({**values, **changes}))
    return path


def test_settings_come_from_the_checkpoint(tmp_path: Path) -> None:
    assert read_settings(settings_file(tmp_path)) == SETTINGS
    assert read_settings(settings_file(tmp_path, frequency_min=20)).fmin == 20


@pytest.mark.parametrize(
    "changes", [{"truncation": "fusion"}, {"padding": "mirror"}, {"top_db": 80}, {"hop_length": None}]
)
def test_settings_that_are_not_done_here_are_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        read_settings(settings_file(tmp_path, **changes))


def test_missing_settings_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="pull it again"):
        read_settings(tmp_path / "preprocessor_config.json")
