"""The 256-d statistical fingerprint as a space of its own: audio only, no words."""

from __future__ import annotations

import numpy as np

from reelscore.embedding.base import Space
from reelscore.records import AudioClip, MusicFeatures, TrackEmbedding

SPECTRAL = Space(
    name="spectral-1",
    dim=256,
    sample_rate=22_050,
    understands_text=False,
    description="mean and standard deviation over time of 128 mel bands in dB",
)


class SpectralEmbedder:
    """Implements AudioEmbedder for the space `spectral-1`."""

    space = SPECTRAL

    def embed_audio(self, clip: AudioClip, features: MusicFeatures) -> TrackEmbedding:
        """The fingerprint of what sounds in a track; it has no windows, since statistics of 3 s say little.

        Raises
        ------
        UnusableAudioError
            The clip is empty or digitally silent.
        """
        from reelscore.audio.decode import resample
        from reelscore.audio.fingerprint import fingerprint
        from reelscore.audio.silence import without_silence

        return TrackEmbedding(
            space=self.space.name,
            track=fingerprint(without_silence(resample(clip, self.space.sample_rate))),
            windows=np.zeros((0, self.space.dim), dtype=np.float32),
            window_starts=(),
            window_seconds=clip.duration,
        )
