"""What somebody did with a song: the events that taste is learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What was done with a song."""

    AUDITIONED = "auditioned"  # amount: seconds in all
    KEPT = "kept"  # put on the shortlist of a film
    STARRED = "starred"  # amount: stars
    REJECTED = "rejected"  # turned down for a film
    EXPORTED = "exported"  # taken away under a film
    MORE = "more"  # more like this was asked for
    LESS = "less"
    CORRECTED = "corrected"  # a judgement was taken back


@dataclass(frozen=True, slots=True)
class TasteEvent:
    """What one person did with a song in one project; done again, it is the same event, later."""

    person: str  # "": nobody signs in
    project_id: str  # "": outside of any
    song_id: str
    kind: EventKind
    at: str  # ISO 8601, UTC; the last time
    times: int = 1
    amount: float = 0.0
    words: str = ""  # what was looked for then
