"""Pictures that are still coming, drawn: small frames of scenes with a light, a colour and a pace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 25


@dataclass(frozen=True)
class Scene:
    seconds: float
    light: float = 0.5  # mean level, 0..1
    warm: float = 0.0  # red over blue, -1..1
    speed: float = 0.0  # widths a second
    shot: float | None = None  # seconds from cut to cut; None: one shot


CALM = {"light": 0.45, "warm": 0.3, "speed": 0.01}
HECTIC = {"light": 0.5, "warm": 0.1, "speed": 0.5, "shot": 0.8}
DARK = {"light": 0.12, "warm": -0.3, "speed": 0.02}


def drawn(
    scenes: Sequence[Scene], *, seed: int = 0, every: int = 1
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """(time, frame), of which every `every`th is drawn; each scene begins with a cut."""
    rng = np.random.default_rng(seed)
    index = 0
    for scene in scenes:
        last = -1
        for number in range(round(scene.seconds * RATE)):
            shot = int(number / RATE / scene.shot + 1e-9) if scene.shot else 0
            if shot != last:
                picture, last = _texture(rng), shot
            index += 1
            if (index - 1) % every:
                continue
            moved, part = divmod(number / RATE * scene.speed * 64, 1.0)
            levels = (1.0 - part) * np.roll(picture, int(moved), axis=1)
            levels = (levels + part * np.roll(picture, int(moved) + 1, axis=1))[:, :64]
            tint = np.array([1.0 + scene.warm / 2, 1.0, 1.0 - scene.warm / 2])
            shown = scene.light * 255 * (1.0 + 0.7 * levels[..., None]) * tint
            yield (index - 1) / RATE, np.clip(shown, 0, 255).astype(np.uint8)


def cuts_of(scenes: Sequence[Scene]) -> list[float]:
    """When shots begin in `drawn`, without the first."""
    cuts, start = [], 0.0
    for scene in scenes:
        count = int(np.ceil(scene.seconds / scene.shot - 1e-9)) if scene.shot else 1
        cuts += [start + number * (scene.shot or 0.0) for number in range(count)]
        start += scene.seconds
    return cuts[1:]


def _texture(rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth picture that repeats to the sides, from -1 to 1."""
    fy, fx = np.fft.fftfreq(36)[:, None], np.fft.rfftfreq(128)[None, :]
    falloff = np.maximum(np.hypot(fy, fx), 1 / 64) ** -1.3
    noise = rng.standard_normal(falloff.shape) + 1j * rng.standard_normal(falloff.shape)
    plane = np.fft.irfft2(noise * falloff, (36, 128))
    return np.clip(plane / (2.0 * plane.std()), -1.0, 1.0)
