"""Whether one channel of a stereo mix is upside down, so that the mean of both loses what they share.

Bass, and mostly the whole, is alike in both channels of a mix. If it is opposite, a plug was wired or a
channel saved the wrong way round; the difference of the channels is then what their mean should have been.
"""

from __future__ import annotations

import numpy as np

from reelscore.records import FloatArray

# Samples whose mean is one sample of the bass: 690 Hz and below at 44.1 kHz.
_BASS_STEP = 64
_MEAN = np.full(_BASS_STEP, 1.0 / _BASS_STEP, dtype=np.float32)
# Correlation, of all sound and of its bass together, below which one channel is inverted. Of mixes with
# both the right way round it is above 0.3 (docs/analysis.md).
_INVERTED_BELOW = -0.2


class Polarity:
    """Adds up how alike two channels are, piece by piece."""

    def __init__(self) -> None:
        self._both = self._power = 0.0
        self._bass_both = self._bass_power = 0.0

    def note(self, channels: FloatArray, power: float, mono_power: float) -> None:
        """Count a piece of shape (2, n): `power` of both channels together, and of their mean."""
        self._both += 4.0 * mono_power - power
        self._power += power
        count = channels.shape[1] // _BASS_STEP * _BASS_STEP
        if count:
            bass = channels[:, :count].reshape(2, -1, _BASS_STEP) @ _MEAN
            self._bass_both += 2.0 * float((bass[0] * bass[1]).sum(dtype=np.float64))
            self._bass_power += float(np.square(bass).sum(dtype=np.float64))

    @property
    def correlation(self) -> float:
        """-1 (opposite) .. 1 (alike), of the mean of all sound and its bass; 0 for silence."""
        whole = self._both / self._power if self._power else 0.0
        bass = self._bass_both / self._bass_power if self._bass_power else 0.0
        return 0.5 * (whole + bass)

    @property
    def inverted(self) -> bool:
        """Whether one channel is upside down."""
        return self.correlation < _INVERTED_BELOW
