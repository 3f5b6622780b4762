"""Listen to one file: decode it once, measure it, embed it into every space, and draw it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.analysis.exchange import Analysis
from reelscore.audio.decode import MAX_ANALYSED_SECONDS, load
from reelscore.audio.features import check_usable, measure_all
from reelscore.audio.length import sound_length
from reelscore.audio.waveform import draw_waveform
from reelscore.embedding.spectral import SPECTRAL
from reelscore.embedding.suite import EmbedderSuite
from reelscore.errors import CancelledError, ConfigurationError, LibraryBusyError, ModelError, StorageError
from reelscore.payloads import features_payload, structure_payload
from reelscore.records import (
    AudioClip,
    FloatArray,
    MusicFeatures,
    Song,
    SongStructure,
    Track,
    TrackEmbedding,
    Waveform,
)
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
    structure: SongStructure
    length: float = 0.0  # seconds of sound in the whole song, which may be more than was analysed

    def vector(self, space: str) -> FloatArray:
        """The track vector of one space."""
        return next(item.track for item in self.embeddings if item.space == space)


@dataclass(frozen=True, slots=True)
class Part:
    """The stretch of a file that is a song; the times of the song count from its beginning."""

    begin: float = 0.0  # seconds
    seconds: float | None = None  # None: up to the end of the file


WHOLE = Part()


def part_of(song: Track | Song) -> Part:
    """The stretch of its file that a song is."""
    return WHOLE if song.begin is None else Part(song.begin, song.duration)


def content_of(file_hash: str, song: Track) -> str:
    """What tells the sound of a song from that of any other: the hash of its file, and the place in it."""
    return file_hash if song.begin is None else _hash_of_part(file_hash, song.begin, song.duration)


def is_unchanged(song: Song, file_hash: str) -> bool:
    """Whether a file still holds the sound in which a song was heard."""
    if song.content_hash is None or song.begin is None:
        return song.content_hash in (None, file_hash)
    # Of the last song of a sheet, the end was not known when it was offered.
    return song.content_hash in {_hash_of_part(file_hash, song.begin, end) for end in (song.duration, None)}


def _hash_of_part(file_hash: str, begin: float, seconds: float | None) -> str:
    return hashlib.sha256(f"{file_hash} {begin:.3f} {seconds or 0.0:.3f}".encode()).hexdigest()


def load_part(path: Path, part: Part, *, sample_rate: int, metered: bool = False) -> AudioClip:
    """Decode a song, up to as much of it as is analysed; raises as `load` does."""
    seconds = MAX_ANALYSED_SECONDS if part.seconds is None else min(part.seconds, MAX_ANALYSED_SECONDS)
    clip = load(path, sample_rate=sample_rate, offset=part.begin, duration=seconds, metered=metered)
    return clip if part is WHOLE else replace(clip, start=clip.start - part.begin)


def hear(
    path: Path,
    embedders: EmbedderSuite,
    part: Part = WHOLE,
    *,
    known: Callable[[AudioClip], Analysis | None] = lambda clip: None,
) -> Heard:
    """Everything that one decode gives, with the sound itself.

    Parameters
    ----------
    known
        The analysis of a sound that somebody else made, if there is one.

    Raises
    ------
    MediaError
        The file cannot be read, or there is nothing in it to analyse.
    """
    clip = load_part(path, part, sample_rate=embedders.sample_rate, metered=True)
    check_usable(clip)
    length = clip.start + clip.duration
    if length > MAX_ANALYSED_SECONDS - 1.0 and part.seconds is None:
        length = max(length, sound_length(path) - part.begin)
    elif part.seconds is not None and length > part.seconds - 1.0:
        length = part.seconds
    if (found := known(clip)) is not None:
        features, embeddings, structure = found
        return Heard(clip, features, embeddings, draw_waveform(clip), structure, length)
    measured = measure_all(clip)
    features = measured.features
    return Heard(
        clip,
        features,
        embedders.embed(clip, features),
        draw_waveform(clip),
        measured.structure,
        length,
    )


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
        "features": {**features_payload(heard.features, curves=True), **structure_payload(heard.structure)},
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
