"""The song that is asked with: one of the library, or any audio file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reelscore.errors import NotFoundError
from reelscore.records import FloatArray, Song
from reelscore.services.listening import listen
from reelscore.services.retrieval import vectors_of
from reelscore.sources.files import hash_file, read_tags
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
            _, embeddings = listen(path, wiring.embedders)
            return path.stem, _unknown_song(path), {item.space: item.track for item in embeddings}
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


def _unknown_song(path: Path) -> Song:
    """A file as a song that is not in the library, with what its tags say."""
    with path.open("rb") as file:
        tags = read_tags(path, file)
    return Song("", "file", str(path), tags.title or path.stem, tags.artists, duration=tags.duration)
