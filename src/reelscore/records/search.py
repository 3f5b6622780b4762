"""What is searched for, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reelscore.records.audio import MusicFeatures
from reelscore.records.catalog import Song


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
    songs out. `reelscore.filters.parsing` reads them from plain values, `reelscore.filters.facets`
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
    sync: float = 0.0  # for a video: the share that cuts on beats have of the score; 0: they do not count


# Immutable, so safe as the defaults of parameters.
NO_FILTERS = Filters()
DEFAULT_OPTIONS = RankingOptions()


class Unset(Enum):
    """The value of what a question leaves to the analysis that it names; None takes it away."""

    UNSET = "unset"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Query:
    """The whole question: what is searched for, what a song must be, and how the answer is made.

    A sentence, edited phrases, the stored analysis of a video, a song, or several of them together.
    `reelscore.query.form` reads and writes its JSON form, which routes, jobs, commands and the page share.
    """

    text: str | None = None  # a sentence
    analysis_id: str | None = None  # of a stored analysis: what is unset below is as it asks for
    phrases: tuple[Phrase, ...] | Unset = UNSET
    avoid: tuple[Phrase, ...] | Unset = UNSET
    tempo_bpm: tuple[float, float] | Unset | None = UNSET  # a soft target, no filter
    energy: float | Unset | None = UNSET  # 0..1, a soft target, no filter
    guide: str | None = None  # a sentence that changes all of it: "but with piano, and no drums"
    song: str | None = None  # id or file of a seed track, which the answer sounds like
    unlike: tuple[str, ...] = ()  # ids or files of songs that the answer should not sound like
    filters: Filters = NO_FILTERS
    options: RankingOptions = DEFAULT_OPTIONS
    limit: int = 10

    @property
    def has_words(self) -> bool:
        """Whether anything but songs is asked with."""
        edits = (self.phrases, self.avoid, self.tempo_bpm, self.energy)
        return bool(self.text or self.analysis_id or self.guide) or any(part is not UNSET for part in edits)


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
