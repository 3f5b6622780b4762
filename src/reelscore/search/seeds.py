"""The song that is asked with: one of the library, or any audio file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelscore.analysis.track import hear
from reelscore.errors import NotFoundError
from reelscore.records import FloatArray, Song
from reelscore.search.retrieve import vectors_of
from reelscore.sources.folder.tags import hash_file, read_tags
from reelscore.wiring import Wiring


def asked_song(
    wiring: Wiring, song_id_or_path: str, spaces: Sequence[str]
) -> tuple[str, Song, dict[str, FloatArray]]:
    """Title, the song (with an empty id where it is not in the library), and its vector in each space.

    Raises
    ------
    NotFoundError
        It is neither a known id nor a file, or has no vectors.
    MediaError
        The file cannot be read, or there is nothing in it to analyse.
    """
    catalog = wiring.catalog
    path = Path(song_id_or_path).expanduser()
    own_id: str | None = song_id_or_path
    if path.is_file():
        own_id = catalog.ids_by_content([content := hash_file(path)]).get(content)
        if own_id is None:
            heard = hear(path, wiring.embedders)
            own = {item.space: item.track for item in heard.embeddings}
            return path.stem, _unknown_song(path, heard.length), own
    try:
        song = catalog.song(str(own_id))
    except NotFoundError:
        raise NotFoundError(
            f"{song_id_or_path} is neither the id of a song in the library nor an audio file"
        ) from None
    vectors = {space: found[song.id] for space in spaces if (found := vectors_of(wiring, space, [song.id]))}
    if not vectors:
        raise NotFoundError(f"“{song.title}” has no vectors; run `reelscore check --repair`")
    return song.title, song, vectors


@dataclass(frozen=True, slots=True)
class Unlike:
    """Songs that an answer should not sound like. The vectors: title -> space -> vector."""

    songs: tuple[Song, ...] = ()
    vectors: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """What an answer says of them; nothing where there are none."""
        if not self.songs:
            return {}
        named = zip(self.songs, self.vectors, strict=True)
        return {"avoid_songs": [{"id": song.id or None, "title": title} for song, title in named]}


def unlike_songs(wiring: Wiring, songs: Sequence[str], spaces: Sequence[str]) -> Unlike:
    """Songs to keep away from, by id or file; raises what `asked_song` raises."""
    found = [asked_song(wiring, song, spaces) for song in dict.fromkeys(songs)]
    vectors: dict[str, Mapping[str, FloatArray]] = {}
    for title, song, own in found:
        # Two songs of one title are two parts of a score.
        vectors[f"{title} ({song.id or song.uri})" if title in vectors else title] = own
    return Unlike(tuple(song for _, song, _ in found), vectors)


def _unknown_song(path: Path, seconds: float) -> Song:
    """A file as a song that is not in the library, with what its tags say."""
    with path.open("rb") as file:
        tags = read_tags(path, file)
    return Song("", "file", str(path), tags.title or path.stem, tags.artists, duration=seconds)
