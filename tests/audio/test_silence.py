from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from audio_material import clip_of, demo_tracks, noise

from reelscore.audio.decode import load
from reelscore.audio.features import measure
from reelscore.audio.polarity import Polarity
from reelscore.audio.silence import sounding_spans, without_silence
from reelscore.embedding.suite import EmbedderSuite
from reelscore.records import AudioClip, MusicFeatures, TrackEmbedding
from sound_files import music

RATE = 22_050
MUSIC = music(12.0, rate=RATE).mean(axis=0)


def quiet(seconds: float, level: float = 0.0) -> np.ndarray:
    return noise(seconds, level=level)


def test_long_silence_is_no_part_and_a_pause_is() -> None:
    sound = np.concatenate([quiet(10), MUSIC, quiet(2), MUSIC, quiet(60), MUSIC, quiet(5)])
    spans = [(first / RATE, end / RATE) for first, end in sounding_spans(sound, RATE)]
    assert np.array(spans) == pytest.approx(np.array([(10.0, 36.0), (96.0, 108.0)]), abs=0.2)
    assert without_silence(clip_of(sound)).duration == pytest.approx(38.0, abs=0.4)


@pytest.mark.parametrize("level", [0.0, 1e-4, 4e-4])
def test_hiss_and_dither_are_silence(level: float) -> None:
    spans = sounding_spans(np.concatenate([quiet(20, level), MUSIC]), RATE)
    assert spans[0][0] / RATE == pytest.approx(20.0, abs=0.2)


def test_a_quiet_recording_and_a_silent_one_are_whole() -> None:
    assert sounding_spans(MUSIC * np.float32(0.003), RATE) == [(0, len(MUSIC))]
    assert sounding_spans(np.zeros(RATE, dtype=np.float32), RATE) == [(0, RATE)]
    assert sounding_spans(np.zeros(3, dtype=np.float32), RATE) == [(0, 3)]
    clip = clip_of(MUSIC)
    assert without_silence(clip) is clip


def with_silence(clip: AudioClip, form: str) -> AudioClip:
    rate = clip.sample_rate

    def gap(seconds: float, level: float = 0.0) -> np.ndarray:
        return (level * np.random.default_rng(0).standard_normal(round(seconds * rate))).astype(np.float32)

    parts = {
        "end": [clip.samples, gap(20)],
        "intro": [gap(30), clip.samples],
        "hidden track": [clip.samples, gap(240), clip.samples[: 20 * rate]],
        "hidden track after dither": [clip.samples, gap(240, 1e-4), clip.samples[: 20 * rate]],
    }[form]
    return replace(clip, samples=np.concatenate(parts))


@pytest.fixture(scope="module")
def embedders() -> EmbedderSuite:
    return EmbedderSuite(threads=2)


@pytest.fixture(scope="module")
def heard(embedders: EmbedderSuite) -> list[tuple[AudioClip, MusicFeatures, tuple[TrackEmbedding, ...]]]:
    """Three tracks as they are: clip, measurements, vectors."""
    found = []
    for number in (0, 12, 20):
        clip = load(demo_tracks()[number].path, sample_rate=embedders.sample_rate)
        features = measure(clip)
        found.append((clip, features, embedders.embed(clip, features)))
    return found


@pytest.mark.parametrize("form", ["end", "intro", "hidden track", "hidden track after dither"])
def test_silence_does_not_decide_what_a_track_sounds_like(
    form: str,
    embedders: EmbedderSuite,
    heard: list[tuple[AudioClip, MusicFeatures, tuple[TrackEmbedding, ...]]],
) -> None:
    clips, plain, vectors = zip(*heard, strict=True)
    for number, clip in enumerate(clips):
        padded = with_silence(clip, form)
        features = measure(padded)
        assert features.energy == pytest.approx(plain[number].energy, abs=0.08)
        assert features.onset_rate == pytest.approx(plain[number].onset_rate, rel=0.15)
        assert features.key == plain[number].key
        for place, embedding in enumerate(embedders.embed(padded, features)):
            likeness = [float(other[place].track @ embedding.track) for other in vectors]
            assert int(np.argmax(likeness)) == number
            assert likeness[number] > 0.95
            # No passage of silence is offered.
            spans = sounding_spans(padded.samples, padded.sample_rate)
            for start in embedding.window_starts:
                assert any(
                    first <= (start + 0.1 + embedding.window_seconds) * padded.sample_rate
                    and (start - 0.1) * padded.sample_rate <= end
                    for first, end in spans
                )


def test_music_without_silence_is_heard_as_before() -> None:
    from reelscore.embedding.lite.taggers import heard_starts, patch_starts

    samples = np.resize(MUSIC, 16_000 * 60)
    assert heard_starts(samples) == patch_starts(len(samples))


def test_a_wrong_polarity_is_told_from_a_wide_mix() -> None:
    def polarity(left: np.ndarray, right: np.ndarray) -> Polarity:
        found = Polarity()
        both = np.stack([left, right]).astype(np.float32)
        found.note(both, float(np.square(both).sum()), float(np.square(both.mean(axis=0)).sum()))
        return found

    wide = music(6.0)
    assert not polarity(*wide).inverted
    assert polarity(wide[0], -wide[1]).inverted
    assert polarity(wide[0], -wide[1]).correlation == pytest.approx(-polarity(*wide).correlation, abs=1e-3)
    assert not polarity(noise(3.0, seed=1), noise(3.0, seed=2)).inverted  # two sides that share nothing
    assert not polarity(wide[0], np.zeros_like(wide[0])).inverted
