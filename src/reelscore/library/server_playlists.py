"""Playlists that are kept in a file or on a music server of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.errors import InvalidInputError, StorageError, counted
from reelscore.files import write_whole
from reelscore.library.playlists import kind_of, playlist_songs, playlist_text
from reelscore.wiring.sources import SERVERS, open_server


def on_server(target: str) -> tuple[str, str] | None:
    """The kind of music server that a target such as `subsonic:NAME` is for, and the name; else None."""
    kind, mark, name = target.partition(":")
    return (kind, name.strip()) if mark and kind in SERVERS else None


def whole_target(target: str) -> str:
    """Where a playlist is kept, as it is kept itself: the whole path of a file, or such as `subsonic:NAME`.

    Raises
    ------
    InvalidInputError
        It is no playlist's name.
    """
    if (there := on_server(target)) is not None:
        kind, name = there
        if not name or len(name) > 200:
            raise InvalidInputError("a playlist on the music server has a name of 1 to 200 letters")
        return f"{kind}:{name}"
    kind_of(target)
    return str(Path(target).expanduser().absolute())


def write_playlist(
    catalog: Catalog, settings: Settings, target: str, ids: Sequence[str], *, title: str
) -> tuple[int, tuple[str, ...]]:
    """Write songs to a target of `whole_target`; how many it holds, and what is to be said of it.

    Raises
    ------
    InvalidInputError
        No song can be in it.
    StorageError
        The folder of the file is gone.
    SourceError
        The music server failed; the playlist is not emptied by that.
    """
    if (there := on_server(target)) is not None:
        return _on_server(catalog, settings, *there, ids)
    path = Path(target)
    songs, notes = playlist_songs(catalog, ids)
    if not path.parent.is_dir():
        raise StorageError(f"there is no folder {path.parent} for the playlist; make it, or mount it again")
    write_whole(path, playlist_text(kind_of(path), songs, title=title))
    return len(songs), notes


def is_written(target: str) -> bool:
    """Whether there is such a playlist, as far as is known without asking the server."""
    return on_server(target) is not None or Path(target).is_file()


def server_ids(catalog: Catalog, kind: str, server: str, songs: Sequence[str]) -> dict[str, str]:
    """Song id -> the id that a music server has for it, for those that it has.

    Parameters
    ----------
    kind, server
        Its kind, and its name as songs of it have it.
    """
    begin = f"{server}/"
    own = {
        song.id: song.source_id.removeprefix(begin)
        for song in catalog.songs(songs)
        if song.source == kind and song.source_id.startswith(begin)
    }
    begin = f"{kind}:{begin}"
    same = {
        song: file.path.removeprefix(begin)
        for song, files in catalog.files_of_songs(songs).items()
        for file in files
        if file.path.startswith(begin)
    }
    return {**same, **own}


def _on_server(
    catalog: Catalog, settings: Settings, kind: str, name: str, ids: Sequence[str]
) -> tuple[int, tuple[str, ...]]:
    from reelscore.sources.servers.base import keep_playlist  # which other playlists do without

    server = open_server(settings, kind)
    known = server_ids(catalog, kind, server.name, ids)
    wanted = [known[song] for song in ids if song in known]
    if not wanted:
        raise InvalidInputError("the music server has none of these songs, so its playlist stays as it is")
    kept = keep_playlist(server, name, wanted)
    left_out = len(ids) - kept
    notes = (f"{counted(left_out, 'song')} not on the music server, and left out",) if left_out else ()
    return kept, notes
