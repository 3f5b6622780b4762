"""A film with its shortlist: what an editor keeps while looking for its music."""

from __future__ import annotations

from dataclasses import dataclass

MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A song that was kept for a film, or turned down. Its names stay if the song leaves the library."""

    song_id: str
    title: str = ""
    artists: tuple[str, ...] = ()
    offset: float | None = None  # second of the song at which the film begins; None: its fitting passage
    gain: float = 0.0  # dB, beside what loudness matching does
    fitted: bool = False  # brought to the length of the film
    stars: int = 0  # 0 (none given) .. 5
    note: str = ""
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """A film, what was found out about it, and the songs that were kept for it."""

    id: str
    name: str
    created_at: str  # ISO 8601, UTC
    changed_at: str
    analysis_id: str | None = None
    film: str = ""  # the name of its file
    duration: float | None = None  # of the film, seconds
    hits: tuple[float, ...] = ()  # seconds of the film that music must hit
    notes: str = ""
    search: str = ""  # the question that was asked last, as the page's address has it
    songs: tuple[Candidate, ...] = ()  # in the order of keeping
