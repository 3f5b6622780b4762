"""Playlists on a music server: made once, then kept in place, and never emptied by a failure."""

from __future__ import annotations

from collections.abc import Sequence

from reelscore.errors import InvalidInputError, SourceError
from reelscore.sources.servers.base import MusicServer


def keep_playlist(server: MusicServer, name: str, songs: Sequence[str]) -> int:
    """Let the user's playlist of a name hold these songs in this order; it is made if there is none.

    Parameters
    ----------
    songs
        Ids that the server gave.

    Returns
    -------
    int
        How many of them it holds: a server may have lost some since.

    Raises
    ------
    InvalidInputError
        There is no song; nothing is asked.
    SourceError
        The server failed, or keeps other songs than those.
    """
    if not songs:
        raise InvalidInputError("a playlist that is kept on a music server is never emptied")
    playlist = server.playlist(name)
    if playlist is None:
        playlist = server.make_playlist(name, songs)
    elif (before := server.playlist_songs(playlist)) != list(songs):
        server.fill_playlist(playlist, before, songs)
    kept = server.playlist_songs(playlist)
    if not kept or kept != [song for song in songs if song in set(kept)]:
        raise SourceError(f"the music server keeps other songs in “{name}” than it was given")
    return len(kept)
