"""Where attacks begin, to a millisecond: from the samples, around times that are known to some frames.

A frame of a spectrum sees a click before it sounds and a bowed note after it, so beats that are found in
frames are some milliseconds early for one kind of music and late for another. What sets in sharply is seen in
the samples.
"""

from __future__ import annotations

import numpy as np

from reelscore.records import DoubleArray, FloatArray

_STEP = 16  # samples of one value of the envelope, 0.7 ms at 22,050 Hz
_BEFORE_SECONDS, _AFTER_SECONDS = 0.025, 0.03
# An attack begins where the envelope first reaches this share of its highest value, and it is sharp if it
# rises this many times above what was there before.
_SHARE, _SHARP = 0.2, 12.0
# So many beats, and such a share of all, are to be sharp before their attacks say where all beats lie.
_FEWEST, _LEAST_SHARE = 6, 0.3
_FARTHEST_SECONDS = 0.012


def bias_of(times: DoubleArray, samples: FloatArray, sample_rate: int) -> float:
    """Seconds by which times are late against the sharp attacks near them, the median; 0 if few are sharp.

    Parameters
    ----------
    times
        float64 of shape (n,): seconds from the first sample.
    samples
        Mono float32, best at 22,050 Hz.
    """
    off = []
    before, after = round(_BEFORE_SECONDS * sample_rate), round(_AFTER_SECONDS * sample_rate)
    for time in times:
        middle = round(time * sample_rate)
        if middle - before < 1 or middle + after > len(samples):
            continue
        # The difference of neighbouring samples: attacks are bright, and a bass that goes on is not.
        piece = np.diff(samples[middle - before - 1 : middle + after].astype(np.float64))
        count = len(piece) // _STEP
        envelope = np.sqrt(np.square(piece[: count * _STEP].reshape(count, _STEP)).mean(axis=1))
        reached = int(np.argmax(envelope >= _SHARE * envelope.max()))
        quiet = float(envelope[:reached].mean()) if reached >= 3 else np.inf
        if envelope.max() > _SHARP * quiet:
            off.append((before - reached * _STEP) / sample_rate)
    late = np.array(off)
    late = late[np.abs(late) <= _FARTHEST_SECONDS]
    if len(late) < max(_FEWEST, _LEAST_SHARE * len(times)):
        return 0.0
    return float(np.median(late))
