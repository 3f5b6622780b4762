"""Listen to one file: decode it once, measure it, embed it into every space, and draw it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.analysis.hearing import WHOLE, Analysis, Heard, Part, hear_bundled
from reelscore.embedding.spectral import SPECTRAL
from reelscore.embedding.suite import EmbedderSuite
from reelscore.errors import CancelledError, ConfigurationError, LibraryBusyError, ModelError, StorageError
from reelscore.net.waiting import check_stop
from reelscore.payloads import features_payload, heard_payload, structure_payload
from reelscore.records import AudioClip, MusicFeatures, Song, Track, TrackEmbedding
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Not about one song: every other one would fail alike.
GENERAL_ERRORS = (CancelledError, ConfigurationError, LibraryBusyError, ModelError, StorageError)


def part_of(song: Track | Song) -> Part:
    """The stretch of its file that a song is."""
    return WHOLE if song.begin is None else Part(song.begin, song.duration)


def content_of(file_hash: str, song: Track) -> str:
    """Identity of a song's sound: the hash of its file, and the stretch of it."""
    return file_hash if song.begin is None else _hash_of_part(file_hash, song.begin, song.duration)


def is_unchanged(song: Song, file_hash: str) -> bool:
    """Whether a file still holds the sound in which a song was heard."""
    if song.content_hash is None or song.begin is None:
        return song.content_hash in (None, file_hash)
    # Of the last song of a sheet, the end was not known when it was offered.
    return song.content_hash in {_hash_of_part(file_hash, song.begin, end) for end in (song.duration, None)}


def _hash_of_part(file_hash: str, begin: float, seconds: float | None) -> str:
    return hashlib.sha256(f"{file_hash} {begin:.3f} {seconds or 0.0:.3f}".encode()).hexdigest()


def hear(
    path: Path,
    embedders: EmbedderSuite,
    part: Part = WHOLE,
    *,
    known: Callable[[AudioClip], Analysis | None] | None = None,
    keep: bool = False,
) -> Heard:
    """Everything that one decode gives; raises and takes `known` and `keep` as `hear_bundled`."""
    heard, is_known = hear_bundled(
        path,
        part,
        sample_rate=embedders.sample_rate,
        threads=embedders.threads,
        known=known,
        keep=keep or embedders.hears_sound,
    )
    if is_known:
        return heard
    check_stop()
    return replace(heard, embeddings=embedders.complete(heard.embeddings, heard.clip, heard.features))


def listen(path: Path, embedders: EmbedderSuite) -> tuple[MusicFeatures, tuple[TrackEmbedding, ...]]:
    """What `hear` measures, and its vectors."""
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
    heard = hear(path, wiring.embedders, keep=plot is not None)
    lite = wiring.lite
    tags = lite.tags(heard.vector(lite.space.name), heard.windows(lite.space.name))
    if plot is not None:
        save_figure(_figure(heard, tags, title=path.name), plot)
    return {
        "features": {**features_payload(heard.features, curves=True), **structure_payload(heard.structure)},
        **heard_payload(tags),
        "space": lite.space.name,
    }


def draw_sound(wiring: Wiring, path: Path, *, title: str | None = None) -> Figure:
    """The figure of an audio file that `describe_sound` writes, for notebooks; `title`: not its name."""
    heard = hear(path, wiring.embedders, keep=True)
    lite = wiring.lite
    return _figure(heard, lite.tags(heard.vector(lite.space.name)), title=title or path.name)


def _figure(heard: Heard, tags: Mapping[str, float], *, title: str) -> Figure:
    from reelscore.plots.track import plot_track

    assert heard.clip is not None
    return plot_track(heard.clip, heard.features, heard.vector(SPECTRAL.name), tags, title=title)
