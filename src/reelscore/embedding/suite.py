"""Every space of a library, and the one call that embeds a track into all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from reelscore.embedding.base import Space, TextEmbedder
from reelscore.embedding.lite.bundled import embed_all
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.embedding.lite.semantic import TAGGERS, load_within
from reelscore.embedding.spectral import SPECTRAL
from reelscore.errors import UnknownNameError
from reelscore.records import AudioClip, FloatArray, MusicFeatures, TrackEmbedding

if TYPE_CHECKING:
    from reelscore.embedding.hub.embedder import HubEmbedder
    from reelscore.embedding.tuned import TunedEmbedder
    from reelscore.embedding.tunings import Tuning

    TextReader = LiteEmbedder | HubEmbedder | TunedEmbedder

_SPACES = {space.name: space for space in (LITE, TAGGERS, SPECTRAL)}

# How much each space says in the fusion for "more like this"; docs/evaluation.md has the figures.
SIMILARITY_WEIGHTS: Mapping[str, float] = {TAGGERS.name: 0.55, LITE.name: 0.28, SPECTRAL.name: 0.17}


class EmbedderSuite:
    """The bundled embedders, the installed models that hear, and those that were tuned.

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
        models: Sequence[HubEmbedder] = (),
        tunings: Sequence[Tuning] = (),
    ) -> None:
        self.threads = threads
        self.models = tuple(models)
        self.tuned: tuple[TunedEmbedder, ...] = ()
        if tunings:
            from reelscore.embedding.tuned import open_tuned

            bases: dict[str, TextEmbedder] = {LITE.name: self.lite}
            bases |= {each.space.name: each for each in self.models}
            self.tuned = open_tuned(tunings, bases)
        self._spaces = {
            **_SPACES,
            **{each.space.name: each.space for each in self.models},
            **{each.space.name: each.space for each in self.tuned},
        }

    @property
    def sample_rate(self) -> int:
        """The sample rate that files are decoded at: the highest rate of any embedder."""
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
        """The metric (dim, dim) of `sound_space`: what varies within a track counts less in it."""
        return load_within()

    @cached_property
    def lite(self) -> LiteEmbedder:
        """The space that words are searched in, and that tags are read from."""
        return LiteEmbedder(threads=self.threads)

    def reader(self, name: str) -> TextReader | None:
        """What reads words into a space, by the name of the space or a shorter one; None if nothing does."""
        return next((each for each in self._readers if name in (each.name, each.space.name)), None)

    @property
    def reader_names(self) -> tuple[str, ...]:
        """What `reader` knows."""
        return tuple(name for each in self._readers for name in (each.name, each.space.name))

    @property
    def _readers(self) -> tuple[TextReader, ...]:
        return (self.lite, *self.models, *self.tuned)

    @property
    def seeing(self) -> tuple[HubEmbedder, ...]:
        """The models in whose space pictures lie beside music."""
        return tuple(each for each in self.models if each.space.sees_pictures)

    @property
    def tag_space(self) -> str:
        """Name of what says which tags a song has: the bundled space, and what was tuned beside it."""
        return "+".join([LITE.name, *(each.tuning.digest[:8] for each in self.tuned)])

    def tags_of(self, heard: Mapping[str, TrackEmbedding]) -> dict[str, float]:
        """Every tag and mood of a song, and the labels of one's own -> probability.

        Parameters
        ----------
        heard
            Space -> the vectors of the song. A label is left out where those that it is read from are
            missing; what lite has a tag for keeps the meaning that it has for everybody.
        """
        own: dict[str, float] = {}
        for each in self.tuned:
            read = (heard.get(each.tuning.base), heard.get(each.sound_space))
            if read[0] is not None and read[1] is not None:
                own |= each.own_tags(read[0].track, read[1].track)
        return own | dict(self.lite.tags(heard[LITE.name].track, heard[LITE.name].windows))

    @cached_property
    def tag_names(self) -> tuple[str, ...]:
        """Every tag, mood and label of one's own that `tags_of` can give, sorted."""
        own = {
            label.text for each in self.tuned for label in each.tuning.labels if label.threshold is not None
        }
        return tuple(sorted({*self.lite.tag_names, *own}))

    def embed(self, clip: AudioClip, features: MusicFeatures) -> tuple[TrackEmbedding, ...]:
        """The vectors of a track in every space."""
        return self.complete(embed_all(clip, features, threads=self.threads), clip, features)

    @property
    def hears_sound(self) -> bool:
        """Whether `complete` needs the sound."""
        return bool(self.models)

    def complete(
        self, bundled: tuple[TrackEmbedding, ...], clip: AudioClip | None, features: MusicFeatures
    ) -> tuple[TrackEmbedding, ...]:
        """The vectors of the bundled spaces, followed by those of the others."""
        heard = bundled
        if self.models:
            assert clip is not None  # see `hears_sound`
            heard = (*bundled, *(each.embed_audio(clip, features) for each in self.models))
        own = {item.space: item for item in heard}
        tuned = (each.derive(own[each.tuning.base], own[each.sound_space]) for each in self.tuned)
        return (*heard, *tuned)
