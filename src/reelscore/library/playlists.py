"""Playlists of songs of the library, for players and for Rekordbox."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import Literal, get_args

from reelscore import __version__
from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, UnknownNameError, counted
from reelscore.export.playlist import PlaylistSong, write_m3u8, write_rekordbox, write_xspf
from reelscore.export.urls import MediaRoot, map_path
from reelscore.records import MusicFeatures, Song, SongStructure

# Kind by the suffix that a file of it has.
SUFFIXES = {".m3u8": "m3u8", ".m3u": "m3u8", ".xspf": "xspf", ".xml": "rekordbox"}
PlaylistKind = Literal["m3u8", "xspf", "rekordbox"]
KINDS: tuple[PlaylistKind, ...] = get_args(PlaylistKind)


def kind_of(path: str | Path) -> str:
    """The kind of playlist that a file name stands for.

    Raises
    ------
    UnknownNameError
        It stands for none.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise UnknownNameError("kind of playlist", suffix or str(path), SUFFIXES)
    return SUFFIXES[suffix]


def playlist_songs(
    catalog: Catalog, ids: Sequence[str], *, roots: Sequence[MediaRoot] = ()
) -> tuple[list[PlaylistSong], tuple[str, ...]]:
    """Songs for a playlist in the order of their ids, and what is to be said of it.

    Parameters
    ----------
    ids
        Of songs; unknown ones are left out, and so are songs without a file, such as previews of a store.
    roots
        Where folders of this machine lie on that of the player.

    Raises
    ------
    InvalidInputError
        No song is left.
    """
    if not ids:
        raise InvalidInputError("there is no such song, so there is nothing to play")
    songs = [song for song in catalog.songs(ids) if song.uri and "://" not in song.uri]
    if not songs:
        raise InvalidInputError("none of these songs has a file, so there is nothing to play")
    notes = []
    if len(songs) < len(ids):
        left_out = counted(len(ids) - len(songs), "song")
        notes.append(f"left out, since unknown or without a file of its own: {left_out}")
    if any(song.begin is not None for song in songs):
        notes.append(
            "songs of a CUE sheet are parts of a file: VLC plays the part that an M3U or XSPF names, others "
            "all of it"
        )
    features = catalog.features([song.id for song in songs])
    structures = catalog.structures([song.id for song in songs])
    corrected = catalog.corrections([song.id for song in songs])
    made = [
        _entry(
            song,
            features.get(song.id),
            structures.get(song.id),
            roots,
            counted_by_hand="tempo" in corrected.get(song.id, {}),
        )
        for song in songs
    ]
    return made, tuple(notes)


def playlist_text(
    kind: str, songs: Sequence[PlaylistSong], *, title: str = "reelscore", folder: str | None = None
) -> str:
    """A playlist of one of `KINDS`; `folder`: an M3U names its files as seen from there.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    """
    if kind == "m3u8":
        return write_m3u8(songs, folder=folder)
    if kind == "xspf":
        return write_xspf(songs, title=title)
    if kind == "rekordbox":
        return write_rekordbox(songs, title=title, version=__version__)
    raise UnknownNameError("kind of playlist", kind, KINDS)


def _entry(
    song: Song,
    features: MusicFeatures | None,
    structure: SongStructure | None,
    roots: Sequence[MediaRoot],
    *,
    counted_by_hand: bool,
) -> PlaylistSong:
    begin = song.begin or 0.0
    tempo = features.tempo_bpm if features else None
    beats = features.beats if features else ()
    cues: tuple[tuple[float, str], ...] = ()
    if structure is not None:
        tempo = tempo if counted_by_hand else structure.grid.tempo_bpm or tempo
        beats = structure.grid.downbeats or structure.grid.times or beats
        cues = tuple((begin + part.start, part.letter) for part in structure.sections)
    path = map_path(str(Path(str(song.uri))), roots)
    return PlaylistSong(
        path=path,
        title=song.title or PureWindowsPath(path).stem,
        artist=", ".join(song.artists),
        album=song.album or "",
        genre=song.genre or "",
        year=song.year,
        duration=song.duration,
        tempo_bpm=tempo,
        key=(features.key if features else None) or "",
        first_beat=begin + beats[0] if beats else None,
        cues=cues,
        begin=song.begin,
    )
