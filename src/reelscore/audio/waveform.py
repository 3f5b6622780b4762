"""The picture of a track's sound, small enough to send with a list of songs."""

from __future__ import annotations

import numpy as np

from reelscore.records import AudioClip, Waveform

# Stretches of one track: more than the pixels of a card on a small screen, 1.6 kB in all.
BUCKETS = 800
_SAMPLES_AT_ONCE = 1 << 15  # small enough to stay in the processor's cache


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
    samples = clip.samples
    buckets = max(1, min(buckets, len(samples)))
    edges = np.linspace(0, len(samples), buckets + 1).astype(np.intp)
    peaks, powers = np.empty(buckets, dtype=np.float32), np.empty(buckets)
    at_once = max(1, _SAMPLES_AT_ONCE * buckets // max(1, len(samples)))
    for begin in range(0, buckets, at_once):
        some = slice(begin, min(begin + at_once, buckets))
        part = samples[edges[some.start] : edges[some.stop]]
        starts = edges[some] - edges[begin]
        peaks[some] = np.maximum.reduceat(np.abs(part), starts)
        # In double precision: the sum of squares of a long stretch would lose its small samples.
        powers[some] = np.add.reduceat(np.square(part, dtype=np.float64), starts)
    powers /= np.diff(edges)
    top = float(peaks.max())
    scale = 255.0 / top if top > 0 else 0.0
    return Waveform(
        seconds=clip.duration,
        peaks=np.rint(peaks * scale).astype(np.uint8).tobytes(),
        levels=np.rint(np.sqrt(powers) * scale).astype(np.uint8).tobytes(),
    )
