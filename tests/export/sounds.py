"""Music whose places are known to the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 48_000


def clicks(
    path: Path, at: list[float], *, seconds: float = 8.0, level: float = 0.5, under: float = 0.02
) -> Path:
    """Music with a click at each of the given seconds, over a soft tone."""
    sound = under * np.sin(2 * np.pi * 1000.0 * np.arange(round(seconds * RATE)) / RATE)
    for time in at:
        begin = round(time * RATE)
        sound[begin : begin + 48] += level * np.hanning(48)
    soundfile.write(path, np.stack([sound, sound], 1), RATE, subtype="PCM_24")
    return path
