"""Seed tracks: the songs that a question is asked with, of the library or from any audio file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reelscore.errors import EmptyLibraryError, NotFoundError
from reelscore.records import FloatArray, MusicFeatures, Song
from reelscore.search.reading import Reading
from reelscore.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Seed:
    """A song that was asked with; its id is empty if it is not in the library."""

    title: str
    song: Song
    vectors: Mapping[str, FloatArray]  # space -> unit vector (dim,)
    features: MusicFeatures | None = None
    weight: float = 1.0  # beside other seeds
    members: tuple[str, ...] = ()  # ids of songs that it is made of


def read_seeds(
    wiring: Wiring, reading: Reading, song: str | None, unlike: Sequence[str]
) -> tuple[Seed | None, tuple[Seed, ...]]:
    """The song that an answer should sound like, and those that it should not, by id or file.

    Raises
    ------
    NotFoundError
        One is neither a known id nor a file, or has no vectors.
    EmptyLibraryError
        ... since there is no song at all.
    MediaError
        A file cannot be read, or there is nothing in it to analyse.
    """
    seed = _seed(wiring, reading, song) if song is not None else None
    avoided = [_seed(wiring, reading, one) for one in dict.fromkeys(unlike)]
    titles: set[str] = set()
    for place, one in enumerate(avoided):
        if one.title in titles:  # two songs of one title are two parts of a score
            avoided[place] = replace(one, title=f"{one.title} ({one.song.id or one.song.uri})")
        titles.add(one.title)
    return seed, tuple(avoided)


def _seed(wiring: Wiring, reading: Reading, song_id_or_path: str) -> Seed:
    path = Path(song_id_or_path).expanduser()
    own_id = song_id_or_path
    if path.is_file():
        from reelscore.analysis.track import hear  # decoders, which other questions do without
        from reelscore.files import hash_file

        content = hash_file(path)
        known = wiring.catalog.ids_by_content([content]).get(content)
        if known is None:
            refuse_empty(wiring)  # before it is listened to for nothing
            heard = hear(path, wiring.embedders)
            own = {item.space: item.track for item in heard.embeddings}
            return Seed(path.stem, _unknown_song(path, heard.length), own, heard.features)
        own_id = known
    song = reading.songs([own_id]).get(own_id)
    if song is None:
        refuse_empty(wiring)
        raise NotFoundError(f"{song_id_or_path} is neither the id of a song in the library nor an audio file")
    found = reading.vectors(list(wiring.embedders.similarity_weights), [own_id])
    vectors = {space: vectors[own_id] for space, vectors in found.items() if vectors}
    if not vectors:
        raise NotFoundError(f"“{song.title}” has no vectors; run `reelscore check --repair`")
    return Seed(song.title, song, vectors, reading.features([own_id]).get(own_id))


def _unknown_song(path: Path, seconds: float) -> Song:
    """A file as a song that is not in the library, with what its tags say."""
    from reelscore.sources.folder.tags import fields_of_file
    from reelscore.sources.tags.meaning import tags_of

    tags = tags_of(fields_of_file(path))
    return Song("", "file", str(path), tags.title or path.stem, tags.artists, duration=seconds)


def refuse_empty(wiring: Wiring) -> None:
    """Raise EmptyLibraryError if there is no song to recommend."""
    if not wiring.catalog.has_songs():
        raise EmptyLibraryError
