"""The picture of a track's sound, small enough to send with a list of songs."""

from __future__ import annotations

import numpy as np

from reelscore.records import AudioClip, Waveform

# Stretches of one track: more than the pixels of a card on a small screen, 1.6 kB in all.
BUCKETS = 800


def draw_waveform(clip: AudioClip, *, buckets: int = BUCKETS) -> Waveform:
    """Peak and root mean square of equal stretches of a clip, relative to its loudest sample.

    Parameters
    ----------
    clip
        Mono sound; at least one sample.
    buckets
        How many stretches; a clip of fewer samples gets one for each sample.

    Returns
    -------
    Waveform
        Digital silence is all zeros.
    """
    samples = np.abs(clip.samples)
    buckets = max(1, min(buckets, len(samples)))
    edges = np.linspace(0, len(samples), buckets, endpoint=False).astype(np.intp)
    sizes = np.diff(np.append(edges, len(samples)))
    peaks = np.maximum.reduceat(samples, edges)
    # In double precision: the sum of squares of a long stretch would lose its small samples.
    powers = np.add.reduceat(np.square(samples, dtype=np.float64), edges) / sizes
    top = float(peaks.max())
    scale = 255.0 / top if top > 0 else 0.0
    return Waveform(
        seconds=clip.duration,
        peaks=np.rint(peaks * scale).astype(np.uint8).tobytes(),
        levels=np.rint(np.sqrt(powers) * scale).astype(np.uint8).tobytes(),
    )
