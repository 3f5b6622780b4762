"""What is learnt: songs with the words that hold for them, of a data set or of a library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from reelscore.embedding.lite.semantic import TAGGERS
from reelscore.embedding.tuned import features_of
from reelscore.errors import InvalidInputError, counted
from reelscore.evaluation.runner import LoadedDataset
from reelscore.records import FloatArray, Song
from reelscore.training.fit import FEWEST_GROUPS, FEWEST_SONGS
from reelscore.wiring import Wiring

_MOST_LABELS = 200
_MOST_SHARE = 0.9  # of the songs; what nearly all have tells nothing
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Lesson:
    """Songs to learn from."""

    ids: tuple[str, ...]
    names: tuple[str, ...]  # labels
    held: np.ndarray  # bool (songs, labels)
    groups: tuple[str, ...]
    features: FloatArray
    lite: FloatArray  # vectors (songs, dim)


def from_dataset(loaded: LoadedDataset, wiring: Wiring) -> Lesson:
    """The tags and styles of a data set; its albums, or else artists, are the groups."""
    tracks = loaded.dataset.tracks
    labels = [set(track.tags) | ({track.style} if track.style else set()) for track in tracks]
    groups = [track.album or track.artist or track.name for track in tracks]
    return lesson_of(wiring, list(loaded.ids), labels, groups)


def from_library(wiring: Wiring) -> Lesson:
    """Genres, what sources state, folders and shortlists of a library."""
    catalog = wiring.catalog
    kept: dict[str, set[str]] = {}
    projects, _ = catalog.projects(limit=1_000)
    for project in projects:
        for candidate in project.songs:
            if not candidate.rejected:
                kept.setdefault(candidate.song_id, set()).add(project.name)
    songs: list[Song] = []
    while page := catalog.list_songs(offset=len(songs), limit=_PAGE)[0]:
        songs += page
    labels = [_labels_of(song) | kept.get(song.id, set()) for song in songs]
    groups = [song.album or ", ".join(song.artists) or song.id for song in songs]
    return lesson_of(wiring, [song.id for song in songs], labels, groups)


def _labels_of(song: Song) -> set[str]:
    stated = {value for name, value in song.labels.items() if name in ("mood", "genre", "grouping")}
    genres = {part.strip() for part in (song.genre or "").replace("/", ";").split(";")}
    folder = {PurePath(song.uri).parent.name} if song.source == "folder" and song.uri else set()
    return {label for label in stated | genres | folder if label and not label.isdecimal()}


def lesson_of(
    wiring: Wiring, ids: Sequence[str], labels: Sequence[set[str]], groups: Sequence[str]
) -> Lesson:
    """Songs with the labels of each, as far as enough songs and groups have them.

    Raises
    ------
    InvalidInputError
        There is no such label.
    """
    vectors: dict[str, Mapping[str, FloatArray]] = {}
    spaces = (wiring.lite.space.name, TAGGERS.name)
    for space in spaces:
        vectors[space] = {
            song: vector
            for songs, block in wiring.catalog.track_vectors(space, ids)
            for song, vector in zip(songs, block, strict=True)
        }
    # In the order of their ids, whatever order they came in.
    order = sorted(
        (at for at in range(len(ids)) if all(ids[at] in own for own in vectors.values())),
        key=lambda at: ids[at],
    )
    spelt = [{_spelt(label) for label in labels[at]} for at in order]
    counts = Counter(label for one in spelt for label in one)
    places: dict[str, set[str]] = {}
    for at, one in zip(order, spelt, strict=True):
        for label in one:
            places.setdefault(label, set()).add(groups[at])
    names = sorted(
        label
        for label, count in counts.most_common()
        if FEWEST_SONGS <= count <= _MOST_SHARE * len(order) and len(places[label]) >= FEWEST_GROUPS
    )
    names = sorted(sorted(names, key=lambda label: (-counts[label], label))[:_MOST_LABELS])
    if not names:
        raise InvalidInputError(
            f"there is nothing to learn in {counted(len(order), 'song')}: no label has {FEWEST_SONGS} songs "
            f"from {FEWEST_GROUPS} albums or artists"
        )
    lite, sound = (np.stack([vectors[space][ids[at]] for at in order]) for space in spaces)
    return Lesson(
        tuple(ids[at] for at in order),
        tuple(names),
        np.array([[label in one for label in names] for one in spelt]),
        tuple(groups[at] for at in order),
        features_of(lite, sound),
        lite,
    )


def _spelt(label: str) -> str:
    return " ".join(label.replace("_", " ").casefold().split())
