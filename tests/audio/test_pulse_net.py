from __future__ import annotations

import numpy as np
import pytest

from reelscore.audio.pulse_net import DILATIONS, GROUPS, _weights, find_pulse, pulse_input
from reelscore.records import FloatArray


def drawn_mels(frames: int) -> FloatArray:
    drawn: FloatArray = np.random.default_rng(3).gamma(0.3, 2.0, (frames, 4 * GROUPS)).astype(np.float32)
    return drawn


def by_definition(seen: FloatArray) -> FloatArray:
    """The layers one tap after the other, over all frames at once, in double precision."""
    weights = {name: part.astype(np.float64) for name, part in _weights().items()}
    x = seen.astype(np.float64) @ weights["enter.weight"] + weights["enter.bias"]
    total = np.zeros_like(x)
    for layer, dilation in enumerate(DILATIONS):
        taps = weights[f"wide.{layer}.weight"].reshape(5, x.shape[1], -1)
        padded = np.pad(x, ((2 * dilation, 2 * dilation), (0, 0)))
        wide = sum(padded[tap * dilation : tap * dilation + len(x)] @ taps[tap] for tap in range(5))
        wide = wide + weights[f"wide.{layer}.bias"]
        y = np.maximum(wide, 0.1 * wide) @ weights[f"narrow.{layer}.weight"] + weights[f"narrow.{layer}.bias"]
        x, total = x + y, total + y
    logits = np.maximum(total, 0.1 * total) @ weights["leave.weight"] + weights["leave.bias"]
    likely: FloatArray = 1.0 / (1.0 + np.exp(-logits))
    return likely


@pytest.mark.parametrize("frames", [1, 130, 131, 132, 700])
def test_frames_that_are_worked_on_together_are_likely_as_all_at_once(frames: int) -> None:
    mels = drawn_mels(frames)
    found = find_pulse(mels)
    expected = by_definition(pulse_input(mels))
    assert np.abs(np.stack([found.beat, found.downbeat, found.threes], axis=1) - expected).max() < 1e-5


def test_the_network_sees_means_of_four_neighbouring_bands_and_their_rises() -> None:
    mels = drawn_mels(50)
    level = np.sqrt(mels.max(axis=1))
    reference = np.quantile(level[level > 1e-3 * level.max()], 0.98)
    bands = np.log1p(100.0 * np.sqrt(mels.astype(np.float64)) / reference)
    rises = np.maximum(np.diff(bands, axis=0, prepend=bands[:1]), 0.0)
    levels, steps = (part.reshape(50, GROUPS, 4).mean(axis=2) for part in (bands, rises))
    expected = np.concatenate([0.5 * levels - 1.0, 3.0 * steps], axis=1)
    assert np.abs(pulse_input(mels) - expected).max() < 1e-5
