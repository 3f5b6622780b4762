"""Songs as people name them on the command line: by id, by file, or by title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from reelscore.cli.backend import Backend
from reelscore.errors import InvalidInputError, NotFoundError, counted
from reelscore.files import hash_file
from reelscore.payloads import song_payload
from reelscore.query.form import Query
from reelscore.records import Song
from reelscore.text.folding import fold_title

if TYPE_CHECKING:
    from reelscore.catalog.store import Catalog

_LOOKED_AT = 100
_MOST_NAMED = 10  # songs that a title that fits several of them is answered with


def song_id(backend: Backend, song: str) -> str:
    """The id of a song that is named by its id or title, or the file that is named.

    A title is that of the song of exactly this title, or else of the only one that is found by its words.

    Raises
    ------
    NotFoundError
        No song has such a title.
    InvalidInputError
        Several have; it lists them with their ids.
    """
    if Path(song).expanduser().is_file() or _is_id(song):
        return song
    found = backend.songs(Query(text=song, limit=_LOOKED_AT))["songs"] if song.strip() else []
    return str(_named(song, found)["id"])


def stored_song(catalog: Catalog, song: str) -> Song:
    """A song of the library that is named by its id, its title or its file; raises as `song_id` does."""
    path = Path(song).expanduser()
    if path.is_file():
        content = hash_file(path)
        known = catalog.ids_by_content([content]).get(content)
        if known is None:
            raise NotFoundError(f"{song} is in no song of the library; ingest it first")
        return catalog.song(known)
    if _is_id(song):
        return catalog.song(song)
    found = catalog.list_songs(search=song, limit=_LOOKED_AT)[0] if song.strip() else []
    return catalog.song(str(_named(song, [song_payload(each) for each in found])["id"]))


def _named(song: str, found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    title = fold_title(song)
    exact = [each for each in found if title in (fold_title(each["title"]), fold_title(plain_name(each)))]
    matches = exact or found
    if not matches:
        raise NotFoundError(
            f"{song} is neither the id nor the title of a song in the library nor an audio file; "
            "`reelscore songs list` shows what there is"
        )
    if len(matches) > 1:
        named = ", ".join(f"{each['id']} ({plain_name(each)})" for each in matches[:_MOST_NAMED])
        more = ", and more" if len(matches) > _MOST_NAMED else ""
        raise InvalidInputError(f"{counted(len(matches), 'song')} fit {song!r}; give an id: {named}{more}")
    return matches[0]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def plain_name(song: Mapping[str, Any]) -> str:
    """A song as artists and title."""
    artists = ", ".join(song["artists"])
    return f"{artists} - {song['title']}" if artists else str(song["title"])
