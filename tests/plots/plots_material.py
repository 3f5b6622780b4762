"""Sound, measurements and vectors that figures are drawn from."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reelscore.records import AudioClip, FloatArray, MusicFeatures

RATE = 22050

FEATURES = MusicFeatures(
    duration=20.0,
    tempo_bpm=120.04,
    tempo_confidence=0.71,
    tempo_alternative_bpm=60.0,
    beats=tuple(np.arange(0.25, 20.0, 0.5).tolist()),
    key="C minor",
    key_confidence=0.6,
    loudness_lufs=-14.23,
    loudness_range=5.1,
    onset_rate=3.0,
    brightness_hz=2000.0,
    energy=0.62,
    energy_curve=tuple(np.linspace(0.2, 0.8, 20).tolist()),
)
TAGS = {f"tag {number}": 1.0 - number / 15 for number in range(12)}


def tone(hz: float = 1000.0, seconds: float = 20.0, start: float = 0.0) -> AudioClip:
    time = np.arange(round(seconds * RATE)) / RATE
    return AudioClip((0.5 * np.sin(2 * np.pi * hz * time)).astype(np.float32), RATE, start=start)


def fingerprint_like(seed: int = 0) -> FloatArray:
    generator = np.random.default_rng(seed)
    vector = np.concatenate([-generator.random(128) - 0.5, generator.random(128) * 0.2])
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def words_of(figure: Figure | Axes) -> list[str]:
    """Everything that is written in a figure."""
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text"))]


def axes_titled(figure: Figure, title: str) -> Axes:
    return next(axes for axes in figure.findobj(Axes) if axes.get_title(loc="left").startswith(title))


def ticks_of(axis: object) -> dict[str, float]:
    places, labels = axis.get_ticklocs(), axis.get_ticklabels()  # type: ignore[attr-defined]
    return {label.get_text(): float(place) for place, label in zip(places, labels, strict=True)}
