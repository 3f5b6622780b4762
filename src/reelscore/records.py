"""The small frozen records that rooms pass to each other.

They hold plain values and NumPy arrays: no ORM rows, no index points, no HTTP payloads. Times are in
seconds, frequencies in Hz, loudness in LUFS, tempo in beats per minute, and levels named `0..1` lie in
that closed range, unless a field says otherwise. Arrays are float32.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

# UUIDv5 namespace of song ids. Changing it would change the id of every song in every library.
_SONG_NAMESPACE = uuid.UUID("6f1c2f8e-3d0c-5b7a-9c55-2f7f0a3f4f10")


def song_id(source: str, source_id: str) -> str:
    """The id of a song: UUIDv5 of where it comes from, so that ingesting twice changes nothing."""
    return str(uuid.uuid5(_SONG_NAMESPACE, f"{source}\n{source_id}"))


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of long work: `done` of `total` (None while unknown), and a word on what is going on."""

    done: float
    total: float | None
    message: str = ""


# Called often during long work. It may raise CancelledError, and then the work stops there.
ProgressCallback = Callable[[Progress], None]


def ignore_progress(_: Progress) -> None:
    """The callback of a caller who does not want to know."""


# --- audio -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AudioClip:
    """Mono sound: float32 samples of shape (n,), nominally in -1..1."""

    samples: FloatArray
    sample_rate: int
    start: float = 0.0  # where the clip begins in its file
    channel_gain_db: float = 0.0  # power of the file's channels together over that of this mono mix

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class MusicFeatures:
    """What was measured in one track. A value that could not be measured is None, never a guess."""

    duration: float  # seconds of sound that were analysed
    tempo_bpm: float | None = None
    tempo_confidence: float = 0.0  # 0..1
    tempo_alternative_bpm: float | None = None  # the runner-up, mostly half or double
    beats: tuple[float, ...] = ()  # seconds from the start of the track
    key: str | None = None  # "C major", "Bb minor"
    key_confidence: float = 0.0  # 0..1
    loudness_lufs: float | None = None  # integrated, ITU-R BS.1770
    loudness_range: float | None = None  # LU, EBU Tech 3342
    onset_rate: float | None = None  # onsets a second
    brightness_hz: float | None = None  # mean spectral centroid of the sounding frames
    dynamic_complexity: float | None = None  # mean deviation of short-time loudness, dB
    energy: float | None = None  # 0..1, from loudness, onsets, spectral change, brightness and flatness
    energy_curve: tuple[float, ...] = ()  # 0..1, one value a second
    version: str = ""  # of the code that measured


@dataclass(frozen=True, slots=True)
class TrackEmbedding:
    """The vectors of one track in one space: the whole track, and the windows that it was made from."""

    space: str
    track: FloatArray  # (dim,), unit length
    windows: FloatArray  # (n, dim), each of unit length; n may be 0
    window_starts: tuple[float, ...]  # seconds, one for each window
    window_seconds: float


@dataclass(frozen=True, slots=True)
class Waveform:
    """The picture of a track's sound: bytes 0..255, one of each kind for every stretch of equal length.

    255 is the loudest sample of the track, so that a quiet master is as well seen as a loud one.
    """

    seconds: float  # of sound that the picture shows
    peaks: bytes  # largest absolute sample of each stretch
    levels: bytes  # root mean square of each stretch


# --- catalogue ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells without reading it whether a file was changed."""

    size: int  # bytes
    modified_ns: int  # since the epoch


@dataclass(frozen=True, slots=True)
class Track:
    """What a source offers: enough to fetch it, and what is known about it before analysis."""

    source: str  # "folder", "demo", "itunes", "youtube"
    source_id: str  # stable within the source
    title: str
    artists: tuple[str, ...] = ()
    album: str | None = None
    genre: str | None = None
    year: int | None = None
    duration: float | None = None  # of the song, which may be longer than what can be heard of it
    uri: str | None = None  # path of the audio file, or address of the page
    page_url: str | None = None
    preview_url: str | None = None
    artwork_url: str | None = None
    video_id: str | None = None
    isrc: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)  # what the source states: mood, tempo, key
    stamp: FileStamp | None = None  # of a file of this machine
    unchanged: bool = False  # the file is the one that the library knows, so nothing else is stated here

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
    genre: str | None = None
    year: int | None = None
    duration: float | None = None
    uri: str | None = None
    page_url: str | None = None
    preview_url: str | None = None
    artwork_url: str | None = None
    video_id: str | None = None
    isrc: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    content_hash: str | None = None  # SHA-256 of the audio file, hex
    added_at: str = ""  # ISO 8601, UTC


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
    changed: int = 0  # of `already_known`: other sound under the same path, analysed anew
    missing: tuple[str, ...] = ()  # paths that are gone; their songs stay, unless they were to be removed
    removed: int = 0  # songs that were removed because their file is gone


# --- search ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of a vector index: a song id and its cosine, higher is closer."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """The state of one collection of a vector index."""

    name: str  # the collection, which is the space
    points: int
    indexed: int  # points that the approximate index covers; the rest is searched exactly
    status: str  # "green", "yellow" (optimisation due), "red" (unusable)
    filterable: int = 0  # points that carry what this version filters by


@dataclass(frozen=True, slots=True)
class Phrase:
    """A few words to search for, with their weight among the phrases of a query."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class MusicQuery:
    """What to search for: phrases searched apart and fused, and soft wishes that shift the ranking."""

    phrases: tuple[Phrase, ...]
    tempo_bpm: tuple[float, float] | None = None  # wanted range
    energy: float | None = None  # wanted level, 0..1
    avoid: tuple[Phrase, ...] = ()


# Lowest and highest value that pass, both included; None leaves an end open.
Span = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a song must be to come into an answer at all; `Filters()` lets every song pass.

    Several names in one field mean any of them, and all fields must be met. A song of which a value is not
    known (no tempo found, no year stated) does not pass a filter on it; it passes the fields that leave
    songs out. `reelscore.recommend.filters` reads them from plain values, `reelscore.recommend.facets`
    says what each of them means.
    """

    genres: tuple[str, ...] = ()  # as stated; songs without a stated genre: as heard
    moods: tuple[str, ...] = ()  # heard
    tags: tuple[str, ...] = ()  # heard
    not_tags: tuple[str, ...] = ()
    tempo_bpm: Span | None = None
    half_double: bool = False  # half and double of the tempo pass too
    key: str | None = None  # "C major", "Bb minor"
    compatible_keys: bool = False  # keys that mix well with `key` pass too
    energy: Span | None = None  # 0..1
    loudness_lufs: Span | None = None
    vocals: bool | None = None  # True: sung; False: instrumental
    year: Span | None = None
    duration: Span | None = None  # seconds
    sources: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()  # any of a song's artists
    not_artists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How an answer is made of ranked songs. Caps and grouping off and adventurous 0: pure similarity."""

    group_versions: bool = True  # show one of several versions of a song, with the others beside it
    artist_cap: int | None = None  # songs of one artist at most
    album_cap: int | None = None
    adventurous: float = 0.0  # 0: the closest songs, 1: as unlike each other as the candidates allow
    leave_out_versions: bool = False  # of the song that was asked with
    names: bool = True  # songs that the words of the query name come up, beside those that sound so


@dataclass(frozen=True, slots=True)
class Passage:
    """The part of a song that fits, and why."""

    start: float
    end: float
    why: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One song of an answer. `score` is the sum of `parts`; reasons are for people."""

    song: Song
    score: float
    parts: Mapping[str, float]
    reasons: tuple[str, ...]
    features: MusicFeatures | None = None
    tags: Mapping[str, float] = field(default_factory=dict)  # tag -> probability, strongest first
    passage: Passage | None = None
    versions: tuple[Song, ...] = ()  # other versions of the song that fit too


# Immutable, so safe as the defaults of parameters.
NO_FILTERS = Filters()
DEFAULT_OPTIONS = RankingOptions()


# --- video -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dissolve:
    """A change of shots that takes time."""

    start: float
    end: float
    kind: str = "dissolve"  # "dissolve", "fade" (from, to or through a plain colour)


@dataclass(frozen=True, slots=True)
class Shot:
    """A piece of video between two changes of shots; after one that takes time, from its middle on."""

    start: float
    end: float
    begins: str = "cut"  # "start" (of the video), "cut", "dissolve", "fade"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of video in which the material stays alike."""

    start: float
    end: float
    energy: float  # 0..1
    mood: str


@dataclass(frozen=True, slots=True)
class VideoMeasurements:
    """What one pass over a video measured. Levels are 0..1."""

    duration: float
    width: int  # as shown, so after rotation
    height: int
    frame_rate: float | None  # frames a second; None where there is no meaningful one
    rotation: int  # degrees clockwise that a player turns the picture by: 0, 90, 180, 270
    frames: int  # pictures in the file
    cuts: tuple[float, ...]  # from the start of the video to the first frame of each new shot
    cuts_per_minute: float
    motion: float
    brightness: float
    contrast: float
    saturation: float
    warmth: float  # -1 (blue) .. 1 (red)
    has_audio: bool
    loudness_lufs: float | None = None  # None: no sound, or digital silence
    speech: float | None = None  # how much like speech the sound is
    motion_curve: tuple[float, ...] = ()  # one value a second
    brightness_curve: tuple[float, ...] = ()
    energy_curve: tuple[float, ...] = ()
    dissolves: tuple[Dissolve, ...] = ()  # and fades, in order
    shots: tuple[Shot, ...] = ()
    camera: Mapping[str, float] = field(default_factory=dict)  # "pan left", "still", ... -> share of the time
    steadiness: float | None = None  # 1: on a tripod, 0: shaken; None where too little was seen
    frames_decoded: int = 0
    music: float | None = None  # how clear a beat its sound has
    music_tempo_bpm: float | None = None  # of its own music
    music_tempo_confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class VideoAnalysis:
    """What a video shows and what music it wants: the seven documented fields, and ours."""

    description: str
    music_recommendation: str
    keywords: tuple[str, ...]
    mood: str
    genre_suggestions: tuple[str, ...]
    tempo: str  # "Slow", "Medium", "Fast"
    energy_level: str  # "Low", "Medium", "High"
    analyzer: str  # "local", "gemini:<model>"
    phrases: tuple[Phrase, ...] = ()
    tempo_bpm: tuple[float, float] | None = None
    energy: float | None = None
    sections: tuple[Section, ...] = ()
    basis: Mapping[str, str] = field(default_factory=dict)  # field -> the measurements that it rests on
    measurements: VideoMeasurements | None = None
    degraded: str | None = None  # why a lesser analyser answered than was asked for
    extra: Mapping[str, Any] = field(default_factory=dict)


# --- jobs --------------------------------------------------------------------------------------------


class JobState(StrEnum):
    """Where a job is. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work. The row in SQL is the truth; whatever queue there is only carries ids."""

    id: str
    kind: str  # the documented task name, such as "analyze_video_and_recommend"
    arguments: Mapping[str, Any]  # JSON values
    state: JobState
    progress: Progress
    created_at: str  # ISO 8601, UTC
    started_at: str | None = None
    finished_at: str | None = None
    attempts: int = 0
    cancel_requested: bool = False
    result: Mapping[str, Any] | None = None  # JSON values
    error: Mapping[str, str] | None = None  # {"code", "message"}
    worker: str | None = None  # who has it, or had it last; "" where a claim did not say
    heartbeat_at: str | None = None  # when the worker was last heard of; ISO 8601, UTC
