"""Films with a shortlist: what an editor keeps while looking for their music."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a song lies under one film."""

    offset: float | None = None  # second of the song at which the film begins; None: its fitting passage
    fitted: bool = False  # brought to the length of the film


@dataclass(frozen=True, slots=True)
class Candidate:
    """A song that was kept for films, or turned down. Its names stay if the song leaves the library."""

    song_id: str
    title: str = ""
    artists: tuple[str, ...] = ()
    gain: float = 0.0  # dB, beside what loudness matching does
    stars: int = 0  # 0 (none given) .. 5
    note: str = ""
    rejected: bool = False
    places: Mapping[str, Place] = field(default_factory=dict)  # id of a film -> where it lies under that


@dataclass(frozen=True, slots=True)
class Film:
    """A film of a project."""

    id: str  # within its project; a copy of the project has the same
    name: str = ""  # of its file
    analysis_id: str | None = None  # None: it was not analysed in this library
    duration: float | None = None  # seconds
    hits: tuple[float, ...] = ()  # seconds of the film that music must hit


@dataclass(frozen=True, slots=True)
class Project:
    """Films that share a music concept, what was found out about them, and the songs that were kept."""

    id: str
    name: str
    created_at: str  # ISO 8601, UTC
    changed_at: str
    films: tuple[Film, ...] = ()  # in the order in which they came
    notes: str = ""
    search: str = ""  # the question that was asked last, as the page's address has it
    songs: tuple[Candidate, ...] = ()  # in the order of keeping

    @property
    def analysis_ids(self) -> list[str]:
        """The analyses of its films."""
        return list(dict.fromkeys(film.analysis_id for film in self.films if film.analysis_id))
