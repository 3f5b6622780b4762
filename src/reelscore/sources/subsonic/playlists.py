"""Playlists on a music server: made once, then kept in place, and never emptied by a failure."""

from __future__ import annotations

from collections.abc import Sequence

from reelscore.errors import InvalidInputError, SourceError
from reelscore.net.payload import mapping, sequence
from reelscore.sources.subsonic.server import SubsonicServer

TOGETHER = 100  # songs in one call: ids travel in the address, and addresses have an end


def keep_playlist(server: SubsonicServer, name: str, songs: Sequence[str]) -> int:
    """Let the user's playlist of a name hold these songs in this order; it is made if there is none.

    A playlist that fits into one call is replaced by it. For a longer one the new songs are added before the
    old ones are taken out, so that a failure leaves too many songs in it, and the next call mends it.

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
    playlist = _find(server, name)
    first, rest = list(songs[:TOGETHER]), list(songs[TOGETHER:])
    if playlist is None:
        made = server.ask("createPlaylist", once=True, name=name, songId=first)
        # Before version 1.14 the answer did not say which one it is.
        playlist = str(mapping(made.get("playlist")).get("id") or "") or _find(server, name)
        if playlist is None:
            raise SourceError("the music server made no playlist, though it said nothing against it")
        _add(server, playlist, rest)
    elif (before := _songs_of(server, playlist)) != list(songs):
        if rest:
            _add(server, playlist, songs)
            _take_out(server, playlist, len(before))
        else:
            server.ask("createPlaylist", playlistId=playlist, songId=first)
    kept = _songs_of(server, playlist)
    if not kept or kept != [song for song in songs if song in set(kept)]:
        raise SourceError(f"the music server keeps other songs in “{name}” than it was given")
    return len(kept)


def _find(server: SubsonicServer, name: str) -> str | None:
    """The id of the user's own playlist of a name; the least one if several have it."""
    listed = sequence(mapping(server.ask("getPlaylists").get("playlists")).get("playlist"))
    named = [one for one in map(mapping, listed) if one.get("name") == name and one.get("id")]
    if not named:
        return None
    # Who shows a key does not know whose it is.
    user = server.user or mapping(server.ask("tokenInfo").get("tokenInfo")).get("username")
    own = [str(one["id"]) for one in named if one.get("owner", user) == user]
    return min(own, default=None)


def _songs_of(server: SubsonicServer, playlist: str) -> list[str]:
    found = mapping(server.ask("getPlaylist", id=playlist).get("playlist"))
    return [str(mapping(one).get("id")) for one in sequence(found.get("entry"))]


def _add(server: SubsonicServer, playlist: str, songs: Sequence[str]) -> None:
    for begin in range(0, len(songs), TOGETHER):
        some = list(songs[begin : begin + TOGETHER])
        server.ask("updatePlaylist", once=True, playlistId=playlist, songIdToAdd=some)


def _take_out(server: SubsonicServer, playlist: str, count: int) -> None:
    """Take the first `count` songs out, the last of them first, so that the others keep their places."""
    for end in range(count, 0, -TOGETHER):
        places = [str(place) for place in range(max(0, end - TOGETHER), end)]
        server.ask("updatePlaylist", once=True, playlistId=playlist, songIndexToRemove=places)
