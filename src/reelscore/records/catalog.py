"""Songs: what a source offers, what the catalogue holds, and how an ingest run ended."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reelscore.records.audio import MusicFeatures, SongStructure, TrackEmbedding, Waveform

# UUIDv5 namespace of song ids. Changing it would change the id of every song in every library.
_SONG_NAMESPACE = uuid.UUID("6f1c2f8e-3d0c-5b7a-9c55-2f7f0a3f4f10")


def song_id(source: str, source_id: str) -> str:
    """The id of a song: UUIDv5 of where it comes from, so that ingesting twice changes nothing."""
    return str(uuid.uuid5(_SONG_NAMESPACE, f"{source}\n{source_id}"))


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells without reading it whether a file was changed."""

    size: int  # bytes
    modified_ns: int  # since the epoch


@dataclass(frozen=True, slots=True)
class Track:
    """What a source offers: enough to fetch it, and what is known about it before analysis."""

    source: str  # "folder", "demo", "itunes", "jellyfin", "plex", "subsonic", "youtube"
    source_id: str  # stable within the source
    title: str
    artists: tuple[str, ...] = ()
    album: str | None = None
    genre: str | None = None  # all that are stated, with "; " between
    year: int | None = None  # of this release
    duration: float | None = None  # of the song, which may be longer than what can be heard of it
    uri: str | None = None  # path of the audio file, or address of the page
    page_url: str | None = None
    preview_url: str | None = None
    artwork_url: str | None = None
    video_id: str | None = None
    isrc: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)  # what the source states: mood, tempo, key
    original_year: int | None = None  # of the first release, if that is another one
    licence: str | None = None  # under which it may be used
    begin: float | None = None  # second of the file at which the song begins; None: the file is the song
    stamp: FileStamp | None = None  # of a file of this machine
    unchanged: bool = False  # the file is the one that the library knows, so nothing else is stated here
    untagged: bool = False  # the file says nothing of itself; its name had to do

    @property
    def id(self) -> str:
        """The id that the song has, or will have, in the catalogue."""
        return song_id(self.source, self.source_id)


@dataclass(frozen=True, slots=True)
class Song:
    """A track that is in the catalogue."""

    id: str
    source: str
    source_id: str
    title: str
    artists: tuple[str, ...] = ()
    album: str | None = None
    genre: str | None = None  # all that are stated, with "; " between
    year: int | None = None
    duration: float | None = None
    uri: str | None = None
    page_url: str | None = None
    preview_url: str | None = None
    artwork_url: str | None = None
    video_id: str | None = None
    isrc: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    original_year: int | None = None
    licence: str | None = None
    begin: float | None = None
    content_hash: str | None = None  # SHA-256 of the audio file, hex
    added_at: str = ""  # ISO 8601, UTC


class SongCard(NamedTuple):
    """The name and length of a song: enough to rank it, and quick to read for many songs."""

    id: str
    title: str
    artists: tuple[str, ...] = ()
    album: str | None = None
    genre: str | None = None
    duration: float | None = None


class SongKeys(NamedTuple):
    """Hashes that songs of one artist, piece or album share; 0: not known (see `text.song_keys`)."""

    artist: int
    piece: int
    album: int


@dataclass(frozen=True, slots=True)
class AnalysedTrack:
    """A track with all that one decode gave: what one SQL transaction writes."""

    track: Track
    content_hash: str
    features: MusicFeatures
    embeddings: tuple[TrackEmbedding, ...]
    tags: Mapping[str, float] = field(default_factory=dict)  # tag -> probability, as the tagger said
    tags_space: str = ""  # the space that the tags were read from; empty: nobody tagged the track
    waveform: Waveform | None = None  # None: it is drawn when somebody looks at it
    structure: SongStructure | None = None  # None: it is looked for when somebody asks


@dataclass(frozen=True, slots=True)
class TrackIssue:
    """A track that an ingest run left out, and why."""

    name: str
    reason: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """How an ingest run ended. offered = added + already_known + len(skipped) + len(failed)."""

    source: str
    offered: int = 0
    added: int = 0
    already_known: int = 0
    skipped: tuple[TrackIssue, ...] = ()  # left out for what they are: silent, too short, not audio
    failed: tuple[TrackIssue, ...] = ()  # could not be read or fetched this time
    seconds: float = 0.0
    # What became of files that the library knew, for sources of files:
    moved: int = 0  # of `already_known`: found at another path, and noted there
    changed: int = 0  # of `already_known`: other sound under the same path, analysed again
    missing: tuple[str, ...] = ()  # paths that are gone; their songs stay, unless they were to be removed
    removed: int = 0  # songs that were removed because their file is gone
    recut: int = 0  # songs that went, for a CUE sheet cuts their file in another way than before
    untagged: int = 0  # of `added`: files without any tags, which are known by their names only
