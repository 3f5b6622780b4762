from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plots_material import FEATURES, RATE, TAGS, axes_titled, fingerprint_like, ticks_of, tone, words_of

from reelscore.plots.track import plot_track, spectrogram_db
from reelscore.records import AudioClip, MusicFeatures


def test_the_figure_says_what_was_measured() -> None:
    words = words_of(plot_track(tone(), FEATURES, fingerprint_like(), TAGS, title="Some song"))
    for expected in ("Some song", "120.0 bpm", "C minor", "−14.2 LUFS", "range 5.1 LU", "0.62", "0:20"):
        assert expected in words
    assert "confidence 0.71, or 60" in words
    assert "white lines: 40 beats" in words


def test_what_was_not_found_is_said_and_not_invented() -> None:
    figure = plot_track(tone(seconds=3.0), MusicFeatures(3.0), fingerprint_like(), {}, title="Short")
    words = words_of(figure)
    assert "no beats found" in words
    assert "no tags" in words
    assert words.count("not found") == 7  # six numbers and the curve
    assert "None" not in " ".join(words)
    assert not axes_titled(figure, "Spectrogram").collections


@pytest.mark.parametrize("hz", [200, 1000, 5000])
def test_a_tone_stands_at_its_frequency(hz: int) -> None:
    clip = tone(hz)
    figure = plot_track(clip, FEATURES, fingerprint_like(), TAGS, title="Tone")
    axes = axes_titled(figure, "Spectrogram")
    brightest = int(np.asarray(axes.images[0].get_array()).mean(axis=1).argmax())
    label = f"{hz // 1000}k" if hz >= 1000 else str(hz)
    assert abs(ticks_of(axes.yaxis)[label] - brightest) < 1.0


def test_time_begins_where_the_clip_does() -> None:
    features = replace(FEATURES, beats=(12.5, 13.0), energy_curve=(0.1, 0.9, 0.5))
    figure = plot_track(tone(seconds=3.0, start=12.0), features, fingerprint_like(), TAGS, title="Late")
    spectrogram, energy = axes_titled(figure, "Spectrogram"), axes_titled(figure, "Energy")
    assert spectrogram.get_xlim() == pytest.approx((12.0, 15.0))
    assert energy.get_xlim() == spectrogram.get_xlim()
    times = energy.lines[0].get_xdata()
    assert np.asarray(times).tolist() == pytest.approx([12.0, 12.5, 13.5, 14.5, 15.0])


def test_the_strongest_tags_come_first_and_no_more_than_ten() -> None:
    shuffled = dict(sorted(TAGS.items(), key=lambda item: hash(item[0])))
    axes = axes_titled(plot_track(tone(), FEATURES, fingerprint_like(), shuffled, title="Tags"), "Tags")
    assert list(ticks_of(axes.yaxis)) == [f"tag {number}" for number in range(10)]


def test_fifteen_minutes_stay_readable() -> None:
    clip = AudioClip(np.random.default_rng(1).standard_normal(RATE * 900).astype(np.float32) * 0.1, RATE)
    assert spectrogram_db(clip).shape[0] == 128
    assert 1200 <= spectrogram_db(clip).shape[1] <= 1600
    features = replace(FEATURES, beats=tuple(np.arange(0.0, 900.0, 0.5).tolist()))
    figure = plot_track(clip, features, fingerprint_like(), TAGS, title="Mix")
    assert "1800 beats, too close together to draw" in words_of(figure)
    assert len(ticks_of(axes_titled(figure, "Energy").xaxis)) <= 11


def test_silence_is_drawn_as_silence() -> None:
    silent = AudioClip(np.zeros(RATE * 3, dtype=np.float32), RATE)
    np.testing.assert_allclose(spectrogram_db(silent), -80.0, rtol=1e-6)


def test_a_long_title_leaves_the_rest_in_its_place() -> None:
    def place_of_spectrogram(title: str) -> list[float]:
        figure = plot_track(tone(), FEATURES, fingerprint_like(), TAGS, title=title)
        figure.draw_without_rendering()
        return axes_titled(figure, "Spectrogram").get_position().bounds

    assert place_of_spectrogram("word " * 60) == pytest.approx(place_of_spectrogram("word"))
