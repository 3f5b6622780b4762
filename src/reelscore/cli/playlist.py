"""`reelscore playlist`, and the playlist that `reelscore recommend` writes of its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reelscore.cli.backend import catalog_beside
from reelscore.cli.naming import stored_song
from reelscore.cli.output import escape, note, print_answer, print_json, print_walk, say
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings

if TYPE_CHECKING:
    from reelscore.catalog.store import Catalog

MediaRoots = Annotated[
    list[str] | None,
    typer.Option(help="FROM=TO: where a folder of this machine lies on that of the player."),
]


def playlist(
    songs: Annotated[
        list[str] | None,
        typer.Argument(help="Songs by id, title or file, in order; none: all of the library."),
    ] = None,
    *,
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            help="The file: .m3u8, .xspf, or .xml for Rekordbox; or subsonic:, jellyfin: or plex:NAME.",
            show_default=False,
        ),
    ],
    search: Annotated[
        str | None, typer.Option(help="Only songs with these words in title, artist, album or genre.")
    ] = None,
    sort: Annotated[
        str,
        typer.Option(help="Of all songs: title, artist, album, genre, year, added, tempo, energy, key."),
    ] = "title",
    relative: Annotated[
        bool, typer.Option("--relative", help="An M3U names files as seen from its own folder.")
    ] = False,
    title: Annotated[str | None, typer.Option(help="Of the playlist; not given: the file's name.")] = None,
    media_root: MediaRoots = None,
    as_json: AsJson = False,
) -> None:
    """Songs of the library as a playlist, for a player or for Rekordbox with tempo, key and sections."""
    from reelscore.catalog.browsing import unpack_ids
    from reelscore.library.server_playlists import whole_target

    whole_target(out)
    with catalog_beside() as catalog:
        named = [stored_song(catalog, song).id for song in songs or ()]
        ids = named or unpack_ids(catalog.ordered_ids(search=search, sort=sort))
        written = _write(catalog, ids, out, relative=relative, title=title, media_roots=media_root or ())
    if as_json:
        print_json(written)
    else:
        _say_written(written)


def show_answer(answer: Mapping[str, Any], *, as_json: bool, playlist: str | None) -> None:
    """Print an answer, and write its songs to a playlist if one is named."""
    (print_json if as_json else print_answer)(answer)
    _take_songs(answer["songs"], playlist, as_json)


def show_walk(walk: Mapping[str, Any], *, as_json: bool, playlist: str | None) -> None:
    """Print songs in order with the steps between them, and write them to a playlist if one is named."""
    (print_json if as_json else print_walk)(walk)
    _take_songs(walk["songs"], playlist, as_json)


def _take_songs(songs: Sequence[Mapping[str, Any]], playlist: str | None, as_json: bool) -> None:
    if playlist is not None:
        with catalog_beside() as catalog:
            written = _write(catalog, [song["id"] for song in songs], playlist)
        if not as_json:
            _say_written(written)


def _write(
    catalog: Catalog,
    ids: Sequence[str],
    out: str,
    *,
    relative: bool = False,
    title: str | None = None,
    media_roots: Sequence[str] = (),
) -> dict[str, Any]:
    """Write a playlist, note what was left out, and say what was written."""
    from reelscore.export.urls import read_media_root
    from reelscore.files import write_whole
    from reelscore.library.playlists import kind_of, playlist_songs, playlist_text
    from reelscore.library.server_playlists import on_server, whole_target, write_playlist

    target = whole_target(out)
    if on_server(target) is not None:
        count, notes = write_playlist(catalog, load_settings(), target, ids, title="")
    else:
        path = Path(target)
        roots = [read_media_root(root) for root in media_roots]
        songs, notes = playlist_songs(catalog, ids, roots=roots)
        folder = str(path.parent) if relative else None
        write_whole(path, playlist_text(kind_of(path), songs, title=title or path.stem, folder=folder))
        count = len(songs)
    for line in notes:
        note(line)
    return {"playlist": target, "songs": count, "notes": list(notes)}


def _say_written(written: Mapping[str, Any]) -> None:
    say(f"{escape(written['playlist'])}: {written['songs']} songs")
