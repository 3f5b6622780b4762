"""Every space of a library, and the one call that embeds a track into all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from reelscore.embedding.base import Space
from reelscore.embedding.lite.bundled import embed_all
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.embedding.lite.semantic import TAGGERS, load_within
from reelscore.embedding.spectral import SPECTRAL
from reelscore.errors import UnknownNameError
from reelscore.records import AudioClip, FloatArray, MusicFeatures, TrackEmbedding

if TYPE_CHECKING:
    from reelscore.embedding.clap.embedder import ClapEmbedder
    from reelscore.embedding.tuned import TunedEmbedder

_SPACES = {space.name: space for space in (LITE, TAGGERS, SPECTRAL)}

# How much each space says in the fusion for "more like this"; docs/evaluation.md has the figures.
SIMILARITY_WEIGHTS: Mapping[str, float] = {TAGGERS.name: 0.55, LITE.name: 0.28, SPECTRAL.name: 0.17}


class EmbedderSuite:
    """The bundled embedders, and CLAP if it is installed.

    Weights are loaded on first use; the facts of a space need none.
    """

    similarity_weights = SIMILARITY_WEIGHTS
    # Where the likeness of songs is looked for beyond what words can say.
    sound_space = TAGGERS.name

    # The spaces that every song has.
    bundled = tuple(_SPACES)

    def __init__(
        self,
        *,
        threads: int | None = None,
        clap: ClapEmbedder | None = None,
        tuned: Sequence[TunedEmbedder] = (),
    ) -> None:
        self.threads = threads
        self.clap = clap
        self.tuned = {each.space.name: each for each in tuned}
        self._spaces = _SPACES if clap is None else {**_SPACES, clap.space.name: clap.space}
        self._spaces = self._spaces | {name: each.space for name, each in self.tuned.items()}

    @property
    def sample_rate(self) -> int:
        """Of the one decode that serves every embedder: the highest of their rates."""
        return max(space.sample_rate for space in self._spaces.values())

    @property
    def spaces(self) -> tuple[str, ...]:
        """Names of the spaces that every new track is embedded into."""
        return tuple(self._spaces)

    def space(self, name: str) -> Space:
        """The facts of a space; UnknownNameError if there is none of this name."""
        try:
            return self._spaces[name]
        except KeyError:
            raise UnknownNameError("space", name, self._spaces) from None

    @property
    def within(self) -> FloatArray:
        """Of `sound_space`: the matrix (dim, dim) in which what varies within any track counts less."""
        return load_within()

    @cached_property
    def lite(self) -> LiteEmbedder:
        """The space that words are searched in, and that tags are read from."""
        return LiteEmbedder(threads=self.threads)

    def embed(self, clip: AudioClip, features: MusicFeatures) -> tuple[TrackEmbedding, ...]:
        """The vectors of a track in every space."""
        return self.complete(embed_all(clip, features, threads=self.threads), clip, features)

    @property
    def hears_sound(self) -> bool:
        """Whether `complete` needs the sound."""
        return self.clap is not None

    def complete(
        self, bundled: tuple[TrackEmbedding, ...], clip: AudioClip | None, features: MusicFeatures
    ) -> tuple[TrackEmbedding, ...]:
        """The vectors of the bundled spaces, followed by those of the others."""
        own = {item.space: item for item in bundled}
        tuned = (each.derive(own[LITE.name], own[TAGGERS.name]) for each in self.tuned.values())
        if self.clap is None:
            return (*bundled, *tuned)
        assert clip is not None  # see `hears_sound`
        return (*bundled, *tuned, self.clap.embed_audio(clip, features))
