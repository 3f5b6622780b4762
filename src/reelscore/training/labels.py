"""What is learnt: songs with the words that hold for them, of a data set or of a library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from reelscore.catalog.browsing import unpack_ids
from reelscore.embedding.base import TextEmbedder
from reelscore.embedding.tuned import sound_space
from reelscore.errors import InvalidInputError, counted
from reelscore.evaluation.runner import LoadedDataset
from reelscore.records import FloatArray, Song
from reelscore.wiring import Wiring

Held = NDArray[np.bool_]

FEWEST_SONGS, FEWEST_GROUPS = 8, 3  # that have a label of which an axis is learnt
_MOST_LABELS = 200
_MOST_ASKED = 500
_MOST_SHARE = 0.9  # of the songs; what nearly all have tells nothing
_FEWEST_ASKED = 3  # songs that answer a query


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of one's own: a wording of some labels."""

    text: str
    labels: tuple[int, ...]
    answers: Held  # (songs,)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Songs to learn from."""

    base: str  # the space of words that is tuned
    ids: tuple[str, ...]
    names: tuple[str, ...]  # labels
    held: Held  # (songs, labels)
    groups: tuple[str, ...]
    sound: FloatArray  # vectors (songs, dim) of the space that axes are read from
    vectors: FloatArray  # (songs, dim) of the base space
    asked: tuple[Asked, ...] = ()

    @property
    def enough(self) -> Held:
        """Of which labels (labels,) an axis can be learnt: some songs of some albums have it."""
        return np.array([enough(column, self.groups) for column in self.held.T], dtype=bool)


def enough(held: Held, groups: Sequence[str]) -> bool:
    """Whether an axis can be learnt from the songs (songs,) that have a label."""
    places = {group for group, has in zip(groups, held, strict=True) if has}
    return FEWEST_SONGS <= held.sum() <= _MOST_SHARE * len(held) and len(places) >= FEWEST_GROUPS


def from_dataset(loaded: LoadedDataset, wiring: Wiring, base: TextEmbedder | None = None) -> Lesson:
    """The tags, styles and queries of a data set; its albums, or else artists, are the groups."""
    tracks = loaded.dataset.tracks
    labels = [set(track.tags) | ({track.style} if track.style else set()) for track in tracks]
    groups = [track.album or track.artist or track.name for track in tracks]
    asked = [
        (query.text, terms_of(query.relevant), loaded.dataset.relevance(query))
        for query in loaded.dataset.queries[:_MOST_ASKED]
    ]
    return lesson_of(wiring, list(loaded.ids), labels, groups, base=base, asked=asked)


def terms_of(expression: str) -> tuple[str, ...]:
    """The tags and styles that tracks need to answer a query, without fields and what is turned round."""
    terms = expression.replace("&", " ").split()
    return tuple(dict.fromkeys(term for term in terms if ":" not in term and not term.startswith("!")))


def from_library(wiring: Wiring, base: TextEmbedder | None = None) -> Lesson:
    """Genres, what sources state, folders and shortlists of a library."""
    catalog = wiring.catalog
    kept: dict[str, set[str]] = {}
    projects, _ = catalog.projects(limit=1_000)
    for project in projects:
        for candidate in project.songs:
            if not candidate.rejected:
                kept.setdefault(candidate.song_id, set()).add(project.name)
    songs = catalog.songs(unpack_ids(catalog.ordered_ids()))
    labels = [_labels_of(song) | kept.get(song.id, set()) for song in songs]
    groups = [song.album or ", ".join(song.artists) or song.id for song in songs]
    return lesson_of(wiring, [song.id for song in songs], labels, groups, base=base)


def _labels_of(song: Song) -> set[str]:
    stated = {value for name, value in song.labels.items() if name in ("mood", "genre", "grouping")}
    genres = {part.strip() for part in (song.genre or "").replace("/", ";").split(";")}
    folder = {PurePath(song.uri).parent.name} if song.source == "folder" and song.uri else set()
    return {label for label in stated | genres | folder if label and not label.isdecimal()}


def lesson_of(
    wiring: Wiring,
    ids: Sequence[str],
    labels: Sequence[set[str]],
    groups: Sequence[str],
    *,
    base: TextEmbedder | None = None,
    asked: Sequence[tuple[str, Sequence[str], Held]] = (),
) -> Lesson:
    """Songs with the labels of each.

    Parameters
    ----------
    base
        What reads words into the space that is tuned; None: lite.
    asked
        Queries with the labels that they ask for, and the songs (songs,) that answer them.

    Raises
    ------
    InvalidInputError
        No label has songs enough.
    """
    space = (base or wiring.lite).space.name
    vectors: dict[str, Mapping[str, FloatArray]] = {}
    for name in dict.fromkeys((space, sound_space(space))):
        vectors[name] = {
            song: vector
            for songs, block in wiring.catalog.track_vectors(name, ids)
            for song, vector in zip(songs, block, strict=True)
        }
    # In the order of their ids, whatever order they came in.
    order = sorted(
        (at for at in range(len(ids)) if all(ids[at] in own for own in vectors.values())),
        key=lambda at: ids[at],
    )
    spelt = [{_spelt(label) for label in labels[at]} for at in order]
    counts = Counter(label for one in spelt for label in one)
    names = sorted(sorted(counts, key=lambda label: (-counts[label], label))[:_MOST_LABELS])
    held = np.array([[label in one for label in names] for one in spelt], dtype=bool).reshape(
        len(order), len(names)
    )
    places = [groups[at] for at in order]
    if not any(enough(column, places) for column in held.T):
        raise InvalidInputError(
            f"there is nothing to learn in {counted(len(order), 'song')}: no label has {FEWEST_SONGS} songs "
            f"from {FEWEST_GROUPS} albums or artists"
        )
    place = {name: at for at, name in enumerate(names)}
    said = []
    for text, wanted, answers in asked:
        own = tuple(place[name] for name in map(_spelt, wanted) if name in place)
        if own and answers[order].sum() >= _FEWEST_ASKED:
            said.append(Asked(text, own, answers[order]))
    return Lesson(
        space,
        tuple(ids[at] for at in order),
        tuple(names),
        held,
        tuple(places),
        np.stack([vectors[sound_space(space)][ids[at]] for at in order]),
        np.stack([vectors[space][ids[at]] for at in order]),
        tuple(said),
    )


def _spelt(label: str) -> str:
    return " ".join(label.replace("_", " ").casefold().split())
