"""The tagger graph against a plain forward pass of the original arrays, and the patches that it hears."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from reelscore.embedding.lite.taggers import (
    MSD_TAGS,
    MTT_TAGS,
    PATCH_SECONDS,
    SAMPLE_RATE,
    TAGS,
    Taggers,
    load_taggers,
    patch_starts,
)
from reelscore.records import AudioClip

GOLDEN = Path(__file__).parent / "golden" / "taggers.npz"
TOOLS = Path(__file__).parent.parent.parent / "tools"
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def taggers() -> Taggers:
    return load_taggers(1)


def noise(seconds: float, rate: int = SAMPLE_RATE, seed: int = 7) -> AudioClip:
    samples = np.random.default_rng(seed).normal(0, 0.1, round(seconds * rate)).astype(np.float32)
    return AudioClip(samples, rate)


def run_patch(taggers: Taggers, patch: np.ndarray) -> dict[str, np.ndarray]:
    names = [output.name for output in taggers.session.get_outputs()]
    return dict(zip(names, taggers.session.run(names, {"patch": patch[None, None]}), strict=True))


@pytest.mark.parametrize("output", ["msd_logits", "msd_penultimate", "mtt_logits", "mtt_penultimate"])
def test_graph_gives_what_the_original_arrays_give(taggers: Taggers, output: str) -> None:
    with np.load(GOLDEN) as golden:
        for patch, wanted in zip(golden["patches"].astype(np.float32), golden[output], strict=True):
            np.testing.assert_allclose(run_patch(taggers, patch)[output][0], wanted, atol=TOLERANCE, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["msd", "mtt"])
def test_graph_matches_a_fresh_forward_pass_of_the_checkpoint(
    taggers: Taggers, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("musicnn")
    if spec is None or spec.origin is None:
        pytest.skip("the package musicnn 0.1.0, which the graph was built from, is not installed")
    monkeypatch.syspath_prepend(str(TOOLS))
    reference = importlib.import_module("musicnn_reference")
    bundle = importlib.import_module("tf_bundle")
    arrays = bundle.read_bundle(Path(spec.origin).parent / f"{network.upper()}_musicnn")
    rng = np.random.default_rng(3)
    patch = rng.gamma(1.5, 0.9, (187, 96)).astype(np.float32)
    logits, hidden = reference.forward(arrays, patch)
    outputs = run_patch(taggers, patch)
    np.testing.assert_allclose(outputs[f"{network}_logits"][0], logits, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(outputs[f"{network}_penultimate"][0], hidden, atol=TOLERANCE, rtol=0)
    for name in ("musicnn_reference", "tf_bundle"):
        sys.modules.pop(name, None)


def test_both_networks_have_fifty_tags_without_repeats() -> None:
    assert len(set(MSD_TAGS)) == len(set(MTT_TAGS)) == 50
    assert len(TAGS) == 100


def test_the_same_sound_gives_the_same_bytes(taggers: Taggers) -> None:
    first, second = taggers.run(noise(8)), taggers.run(noise(8))
    assert first.logits.tobytes() == second.logits.tobytes()
    assert first.hidden.tobytes() == second.hidden.tobytes()


def test_threads_do_not_change_the_result(taggers: Taggers) -> None:
    one, two = taggers.run(noise(6)), load_taggers(2).run(noise(6))
    np.testing.assert_allclose(one.logits, two.logits, atol=1e-5)


def test_sessions_are_shared_by_number_of_threads() -> None:
    assert load_taggers(1) is load_taggers(1)
    assert load_taggers() is load_taggers(None)


@pytest.mark.parametrize("seconds", [0.05, 1.0, 2.9, 3.0])
def test_a_clip_shorter_than_a_patch_is_repeated(taggers: Taggers, seconds: float) -> None:
    run = taggers.run(noise(seconds))
    assert run.logits.shape == (1, 100)
    assert np.isfinite(run.logits).all()


def test_thirty_seconds_are_heard_almost_without_a_gap() -> None:
    starts = patch_starts(30 * SAMPLE_RATE)
    assert len(starts) == 9
    assert starts[0] == 0
    assert starts[-1] + PATCH_SECONDS * SAMPLE_RATE == 30 * SAMPLE_RATE


def test_long_tracks_are_heard_in_few_evenly_spread_patches() -> None:
    four_minutes, fifteen_minutes = (patch_starts(seconds * SAMPLE_RATE) for seconds in (240, 900))
    assert 16 <= len(four_minutes) <= 22
    assert len(fifteen_minutes) <= 32
    for starts in (four_minutes, fifteen_minutes):
        gaps = np.diff(starts)
        assert gaps.max() - gaps.min() <= 1


def test_patches_never_grow_fewer_with_length() -> None:
    counts = [len(patch_starts(seconds * SAMPLE_RATE)) for seconds in range(1, 1000)]
    assert counts == sorted(counts)


def test_starts_are_times_in_the_file(taggers: Taggers) -> None:
    clip = noise(7)
    later = AudioClip(clip.samples, clip.sample_rate, start=60.0)
    assert taggers.run(later).starts[0] == 60.0


def test_another_sample_rate_tells_the_same_story(taggers: Taggers) -> None:
    time = np.arange(4 * 48_000) / 48_000
    chord = sum(np.sin(2 * np.pi * hz * time) for hz in (220, 277.18, 329.63)) / 10

    def logits(rate: int) -> np.ndarray:
        step = 48_000 // rate
        return taggers.run(AudioClip(chord[::step].astype(np.float32), rate)).logits.mean(axis=0)

    assert np.corrcoef(logits(48_000), logits(16_000))[0, 1] > 0.99
