"""The contract of every embedder, and the record that describes a space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reelscore.records import AudioClip, FloatArray, MusicFeatures, TrackEmbedding


@dataclass(frozen=True, slots=True)
class Space:
    """A vector space: facts that are known without loading weights.

    The name has the model and the version of its preprocessing, so that vectors of two versions never
    meet in one collection.
    """

    name: str
    dim: int
    sample_rate: int  # of the sound that the audio side looks at
    understands_text: bool
    description: str
    sees_pictures: bool = False  # whether pictures lie in it beside music


class AudioEmbedder(Protocol):
    """Turns sound into vectors of one space."""

    space: Space

    def embed_audio(self, clip: AudioClip, features: MusicFeatures) -> TrackEmbedding:
        """Vectors of a track and its windows, deterministic: the same sound gives the same bytes.

        `clip` may have any sample rate of at least `space.sample_rate`; `features` are those of the
        same clip.
        """
        ...


class TextEmbedder(Protocol):
    """Turns words into vectors of a space that understands text."""

    space: Space

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors (n, dim). A text without any known word is a zero vector."""
        ...
