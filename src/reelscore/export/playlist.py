"""Playlists: M3U8, XSPF, and a library for Rekordbox. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from reelscore.export.urls import file_name, file_url, relative_path
from reelscore.export.xmltext import child, document

_XSPF = "http://xspf.org/ns/0/"
# VLC's own extension: options of a track, among them where it begins and stops.
_VLC = "http://www.videolan.org/vlc/playlist/0"
_VLC_SPACE = "http://www.videolan.org/vlc/playlist/ns/0/"


@dataclass(frozen=True, slots=True)
class PlaylistSong:
    """A song of a playlist. What is not known is empty or None."""

    path: str  # absolute
    title: str
    artist: str = ""
    album: str = ""
    genre: str = ""
    year: int | None = None
    duration: float | None = None  # seconds
    tempo_bpm: float | None = None
    key: str = ""
    first_beat: float | None = None  # seconds of the file
    cues: tuple[tuple[float, str], ...] = field(default=())  # (seconds of the file, name)
    begin: float | None = None  # second of the file at which it begins; None: the file is the song


def write_m3u8(songs: Sequence[PlaylistSong], *, folder: str | None = None) -> str:
    """An extended M3U in UTF-8; `folder`: paths are relative to it."""
    lines = ["#EXTM3U"]
    for song in songs:
        length = round(song.duration) if song.duration is not None else -1
        lines.append(f"#EXTINF:{length},{_one_line(_full_title(song))}")
        # VLC plays the part; others take the lines for comments, and play the file.
        lines += [f"#EXTVLCOPT:{option}" for option in _vlc_options(song)]
        path = song.path if folder is None else relative_path(song.path, folder)
        # Players take a line that begins with `#` for a comment, and strip blanks.
        lines.append(f"./{path}" if path[:1] in ("#", " ") else path)
    return "\n".join(lines) + "\n"


def write_xspf(songs: Sequence[PlaylistSong], *, title: str = "reelscore") -> str:
    """XSPF version 1, http://xspf.org/spec."""
    root = ET.Element("playlist", {"version": "1", "xmlns": _XSPF, "xmlns:vlc": _VLC_SPACE})
    child(root, "title", text=title)
    tracks = child(root, "trackList")
    for song in songs:
        track = child(tracks, "track")
        child(track, "location", text=file_url(song.path))
        child(track, "title", text=song.title)
        if song.artist:
            child(track, "creator", text=song.artist)
        if song.album:
            child(track, "album", text=song.album)
        if song.duration is not None:
            child(track, "duration", text=str(round(song.duration * 1000)))
        if options := _vlc_options(song):
            extension = child(track, "extension", {"application": _VLC})
            for option in options:
                child(extension, "vlc:option", text=option)
    return document(root)


def _vlc_options(song: PlaylistSong) -> list[str]:
    """What VLC is told of a song that is a stretch of its file."""
    if song.begin is None:
        return []
    begin = [f"start-time={song.begin:.3f}"]
    return begin if song.duration is None else [*begin, f"stop-time={song.begin + song.duration:.3f}"]


def write_rekordbox(
    songs: Sequence[PlaylistSong], *, title: str = "reelscore", version: str = "0.1.0"
) -> str:
    """Rekordbox's XML collection with one playlist, by Pioneer's "rekordbox XML format list" (2018)."""
    root = ET.Element("DJ_PLAYLISTS", {"Version": "1.0.0"})
    child(root, "PRODUCT", {"Name": "reelscore", "Version": version, "Company": ""})
    collection = child(root, "COLLECTION", {"Entries": str(len(songs))})
    for number, song in enumerate(songs, start=1):
        _rekordbox_track(collection, number, song)
    top = child(child(root, "PLAYLISTS"), "NODE", {"Type": "0", "Name": "ROOT", "Count": "1"})
    # Without KeyType="0" Rekordbox 7.2.14 shows the playlist empty.
    node = child(top, "NODE", {"Name": title, "Type": "1", "KeyType": "0", "Entries": str(len(songs))})
    for number in range(1, len(songs) + 1):
        child(node, "TRACK", {"Key": str(number)})
    return document(root)


def _rekordbox_track(collection: ET.Element, number: int, song: PlaylistSong) -> None:
    attributes = {
        "TrackID": str(number),
        "Name": song.title,
        "Artist": song.artist,
        "Album": song.album,
        "Genre": song.genre,
        "TotalTime": str(round(song.duration)) if song.duration is not None else "",
        "Year": str(song.year) if song.year is not None else "",
        "AverageBpm": f"{song.tempo_bpm:.2f}" if song.tempo_bpm else "",  # two decimals, no more
        "Tonality": song.key,
    }
    # It knows its files by `file://localhost/` alone.
    location = {"Location": file_url(song.path, host="localhost")}
    track = child(
        collection, "TRACK", {name: value for name, value in attributes.items() if value} | location
    )
    if song.tempo_bpm:
        first = f"{song.first_beat or 0.0:.3f}"
        child(
            track, "TEMPO", {"Inizio": first, "Bpm": f"{song.tempo_bpm:.2f}", "Metro": "4/4", "Battito": "1"}
        )
    for place, (seconds, name) in enumerate(song.cues):
        # Type 0 is a cue point; hot cues are numbered, and -1 is a memory cue.
        mark = {
            "Name": name,
            "Type": "0",
            "Start": f"{seconds:.3f}",
            "Num": str(place) if place < 8 else "-1",
        }
        child(track, "POSITION_MARK", mark)


def _full_title(song: PlaylistSong) -> str:
    title = song.title or file_name(song.path)
    return f"{song.artist} - {title}" if song.artist else title


def _one_line(text: str) -> str:
    return " ".join(text.split())
