"""Every space of a library, and the one call that embeds a track into all of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from reelscore.embedding.base import Space
from reelscore.embedding.bundled import embed_all
from reelscore.embedding.lite import LITE, LiteEmbedder
from reelscore.embedding.semantic import TAGGERS
from reelscore.embedding.spectral import SPECTRAL
from reelscore.errors import UnknownNameError
from reelscore.records import AudioClip, MusicFeatures, TrackEmbedding

_SPACES = {space.name: space for space in (LITE, TAGGERS, SPECTRAL)}

# How much each space says in the fusion for "more like this"; docs/evaluation.md has the figures.
SIMILARITY_WEIGHTS: Mapping[str, float] = {TAGGERS.name: 0.55, LITE.name: 0.28, SPECTRAL.name: 0.17}


class EmbedderSuite:
    """The bundled embedders. Weights are loaded on first use; the facts of a space need none."""

    # Every embedder is served by one decode at the highest of their rates.
    sample_rate = max(space.sample_rate for space in _SPACES.values())
    similarity_weights = SIMILARITY_WEIGHTS
    # Where the likeness of songs is looked for beyond what words can say.
    sound_space = TAGGERS.name

    def __init__(self, *, threads: int | None = None) -> None:
        self._threads = threads

    @property
    def spaces(self) -> tuple[str, ...]:
        """Names of the spaces that every new track is embedded into."""
        return tuple(_SPACES)

    def space(self, name: str) -> Space:
        """The facts of a space; UnknownNameError where there is none of this name."""
        try:
            return _SPACES[name]
        except KeyError:
            raise UnknownNameError("space", name, _SPACES) from None

    @cached_property
    def lite(self) -> LiteEmbedder:
        """The space that words are searched in, and that tags are read from."""
        return LiteEmbedder(threads=self._threads)

    def embed(self, clip: AudioClip, features: MusicFeatures) -> tuple[TrackEmbedding, ...]:
        """The vectors of a track in every space."""
        return embed_all(clip, features, threads=self._threads)
