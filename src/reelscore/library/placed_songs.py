"""Songs that are to be laid under a video: of the library by id, or any audio file, with their beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reelscore.audio.decode import MAX_ANALYSED_SECONDS, load
from reelscore.audio.features import check_usable, measure_all
from reelscore.catalog.store import Catalog
from reelscore.errors import NotFoundError, UnusableAudioError
from reelscore.files import hash_file
from reelscore.filters.terms import VOCALS
from reelscore.library.heard_tags import tags_of_songs
from reelscore.records import (
    AudioClip,
    MusicFeatures,
    ProgressCallback,
    Song,
    SongStructure,
    ignore_progress,
)
from reelscore.sync.grids import SongGrid, song_of
from reelscore.sync.heard import RATE
from reelscore.wiring import Wiring

# Beats of a tempo that is less sure than this are a metronome that the tracker imposed.
LEAST_CONFIDENCE = 0.05


@dataclass(frozen=True, slots=True)
class LaidSong:
    """A song that is to be laid, with an empty id if it is not in the library."""

    song: Song
    grid: SongGrid


def laid_song(wiring: Wiring, song: str) -> LaidSong:
    """A song by id or file; a file that the library knows is its song.

    Raises
    ------
    NotFoundError
        It is neither a known id nor a file, or was never measured.
    MediaError
        The file cannot be read, or there is nothing in it to analyse.
    """
    catalog = wiring.catalog
    path = Path(song).expanduser()
    known: str | None = song
    if path.is_file():
        content = hash_file(path)
        known = catalog.ids_by_content([content]).get(content)
        if known is None:
            return _unknown(path.absolute(), content)
    try:
        stored = catalog.song(str(known))
    except NotFoundError:
        raise NotFoundError(f"{song} is neither the id of a song in the library nor a file") from None
    features = stored_features(catalog, stored)
    tags: Mapping[str, float] = {}
    for _, block in catalog.track_vectors(wiring.lite.space.name, [stored.id]):
        tags = tags_of_songs(wiring, {stored.id: block[0]})[stored.id]
    return LaidSong(stored, stored_grid(stored, features, tags, catalog.structure(stored.id)))


def stored_features(catalog: Catalog, song: Song) -> MusicFeatures:
    """What was measured of a song of the library; NotFoundError if nothing was."""
    features = catalog.features([song.id]).get(song.id)
    if features is None:
        raise NotFoundError(f"“{song.title}” was never measured; run `reelscore check --repair`")
    return features


def stored_grid(
    song: Song, features: MusicFeatures, tags: Mapping[str, float], structure: SongStructure | None = None
) -> SongGrid:
    """The grid of a song of the library, from what is stored of it; bars and sections if they are known."""
    downbeats: tuple[float, ...] = ()
    sections: tuple[float, ...] = ()
    phrases: tuple[float, ...] = ()
    if structure is not None and structure.grid.beats:
        features = replace(features, beats=structure.grid.times)
        downbeats, phrases = structure.grid.downbeats, structure.phrases
        sections = tuple(part.start for part in structure.sections[1:])
    elif features.tempo_confidence < LEAST_CONFIDENCE:
        features = replace(features, beats=())
    vocals = np.array([tags[VOCALS]]) if VOCALS in tags else ()
    return song_of(
        features, song_id=song.id, downbeats=downbeats, sections=sections, phrases=phrases, vocals=vocals
    )


def decoded(path: Path, progress: ProgressCallback = ignore_progress) -> AudioClip:
    """The sound of a song as a fit hears it."""
    return load(path, sample_rate=RATE, duration=MAX_ANALYSED_SECONDS, progress=progress)


def _unknown(path: Path, content: str) -> LaidSong:
    clip = decoded(path)
    try:
        check_usable(clip)
    except UnusableAudioError as error:
        raise UnusableAudioError(f"{path.name} is {error}") from error
    measured = measure_all(clip)
    song = Song("", "file", str(path), path.stem, duration=clip.duration, uri=str(path))
    return LaidSong(
        song, stored_grid(replace(song, id=content[:24]), measured.features, {}, measured.structure)
    )
