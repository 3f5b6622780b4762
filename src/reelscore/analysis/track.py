"""Listen to one file: decode it once, measure it, embed it into every space, and draw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.audio.decode import MAX_ANALYSED_SECONDS, load
from reelscore.audio.features import check_usable, measure
from reelscore.audio.waveform import draw_waveform
from reelscore.embedding.spectral import SPECTRAL
from reelscore.embedding.suite import EmbedderSuite
from reelscore.errors import CancelledError, ConfigurationError, LibraryBusyError, ModelError, StorageError
from reelscore.payloads import features_payload
from reelscore.records import AudioClip, FloatArray, MusicFeatures, TrackEmbedding, Waveform
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Not about one song: every other one would fail alike.
GENERAL_ERRORS = (CancelledError, ConfigurationError, LibraryBusyError, ModelError, StorageError)


@dataclass(frozen=True, slots=True)
class Heard:
    """A file's sound, and everything that one decode of it gave."""

    clip: AudioClip
    features: MusicFeatures
    embeddings: tuple[TrackEmbedding, ...]
    waveform: Waveform

    def vector(self, space: str) -> FloatArray:
        """The track vector of one space."""
        return next(item.track for item in self.embeddings if item.space == space)


def hear(path: Path, embedders: EmbedderSuite) -> Heard:
    """Everything that one decode gives, with the sound itself.

    Raises
    ------
    MediaError
        The file cannot be read, or there is nothing in it to analyse.
    """
    clip = load(path, sample_rate=embedders.sample_rate, duration=MAX_ANALYSED_SECONDS)
    check_usable(clip)
    features = measure(clip)
    return Heard(clip, features, embedders.embed(clip, features), draw_waveform(clip))


def listen(path: Path, embedders: EmbedderSuite) -> tuple[MusicFeatures, tuple[TrackEmbedding, ...]]:
    """`hear` without the sound, which is large."""
    heard = hear(path, embedders)
    return heard.features, heard.embeddings


def describe_sound(wiring: Wiring, path: Path, *, plot: Path | None = None) -> dict[str, Any]:
    """Measurements and tags of an audio file as JSON, without a library: nothing is stored.

    Parameters
    ----------
    plot
        Where a figure of it goes, a .png, .svg or .pdf file; checked before the work begins.

    Raises
    ------
    MediaError
        The file cannot be read, or there is nothing in it to analyse.
    InvalidInputError
        The figure cannot be written to `plot`.
    ConfigurationError
        A figure is wanted and the extra "plot" is not installed.
    """
    if plot is not None:
        from reelscore.plots.canvas import check_target, save_figure

        check_target(plot)
    heard = hear(path, wiring.embedders)
    lite = wiring.lite
    tags = lite.tags(heard.vector(lite.space.name))
    if plot is not None:
        save_figure(_figure(heard, tags, title=path.name), plot)
    return {
        "features": features_payload(heard.features, curves=True),
        "tags": {tag: round(probability, 3) for tag, probability in tags.items()},
        "space": lite.space.name,
    }


def draw_sound(wiring: Wiring, path: Path, *, title: str | None = None) -> Figure:
    """The figure of an audio file that `describe_sound` writes, for notebooks; `title`: not its name."""
    heard = hear(path, wiring.embedders)
    lite = wiring.lite
    return _figure(heard, lite.tags(heard.vector(lite.space.name)), title=title or path.name)


def _figure(heard: Heard, tags: Mapping[str, float], *, title: str) -> Figure:
    from reelscore.plots.track import plot_track

    return plot_track(heard.clip, heard.features, heard.vector(SPECTRAL.name), tags, title=title)
