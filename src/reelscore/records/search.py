"""What is searched for, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from reelscore.records.audio import MusicFeatures
from reelscore.records.catalog import Song


class Hit(NamedTuple):
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
class WordsRead:
    """What was made of the words of a question, in their order."""

    understood: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()  # from words that mean much the same
    unknown: tuple[str, ...] = ()  # left out
    described: tuple[str, ...] = ()  # names of people, each with the description that it was read as
    language: str | None = None  # other than English, which the words read as


@dataclass(frozen=True, slots=True)
class MusicQuery:
    """What to search for: weighted phrases, and soft wishes that shift the ranking."""

    phrases: tuple[Phrase, ...]
    tempo_bpm: tuple[float, float] | None = None  # wanted range
    energy: float | None = None  # wanted level, 0..1
    avoid: tuple[Phrase, ...] = ()
    # Shares of the score if there is such a wish. What is asked for in words stays the larger part: more
    # weight for the wishes found less of what was right (docs/evaluation.md).
    tempo_weight: float = 0.1
    energy_weight: float = 0.1
    decided: Mapping[str, str] = field(default_factory=dict)  # for a film: what of the music -> who said it


@dataclass(frozen=True, slots=True)
class Passage:
    """The part of a song that fits, and why."""

    start: float
    end: float
    why: str


ReasonKind = Literal["names", "tags", "phrases", "song", "tempo", "energy", "sound", "taste", "team", "cuts"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that is said of a song of an answer, for people."""

    text: str
    kind: ReasonKind  # what it is about
    supports: bool | None = None  # whether it speaks for the song or against it; None: a fact
    short: str = ""  # the text where there is little room; "": as it is


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One song of an answer. `score` is the sum of `parts`."""

    song: Song
    score: float
    parts: Mapping[str, float]
    reason_details: tuple[Reason, ...]  # the most telling first
    features: MusicFeatures | None = None
    tags: Mapping[str, float] = field(default_factory=dict)  # tag -> probability, strongest first
    passage: Passage | None = None
    versions: tuple[Song, ...] = ()  # other versions of the song that fit too
    fit: float | None = (
        None  # how well it suits the question, 0..1, the same in every library; None: not known
    )

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is said of it, in words."""
        return tuple(reason.text for reason in self.reason_details)
