"""How a song lies under a cut, and how it was brought to a length.

Positions in music are samples of `TIMELINE_RATE`, positions in the picture are frames. Errors are signed:
positive if the cut comes after its beat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from reelscore.records.timeline import MusicEvent


@dataclass(frozen=True, slots=True)
class CutHit:
    """One cut of the picture and the beat that lies nearest to it."""

    number: int  # among its kind, from 1
    frame: int  # first frame of the new shot
    time: float  # seconds of the picture
    kind: str  # "cut", "dissolve", "hit" (set by hand)
    beat: float | None  # seconds of the song; None: the song has no beat there
    level: str  # what the beat is: "section", "bar", "beat", or "" if there is none
    error_frames: float | None
    error_ms: float | None
    hit: bool  # the error is within the tolerance


@dataclass(frozen=True, slots=True)
class CutMove:
    """A small move of one cut that would make it hit."""

    number: int  # of the cut among its kind, from 1
    frames: int  # negative: earlier
    frame: int  # where it lies afterwards
    level: str  # what it would hit
    words: str
    kind: str = "cut"  # or "hit"


@dataclass(frozen=True, slots=True)
class PlanAlternative:
    """Another place of the song that fits about as well."""

    offset: int  # samples, as in `SyncPlan`
    hits: int
    bars: int
    share: float  # as in `SyncPlan`
    score: float


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """Where a song lies under a picture, and what that gives."""

    video_id: str
    song_id: str
    rate: Fraction  # frames a second that errors are counted in
    tolerance: float  # frames
    offset: int  # sample of the song under the first frame; negative: the song begins this much later
    record_in: int  # where the music begins under the picture
    length: int  # samples of music
    stretch: float  # speed of the song: 1.0 as it is, 1.01 one per cent faster
    cuts: tuple[CutHit, ...]
    hits: int  # cuts on a beat
    bars: int  # of them on a bar line
    share: float  # hits among the cuts under the song, 0..1
    chance: float  # what a random place of the same song gives, 0..1
    score: float  # weighted sum of `parts`
    parts: Mapping[str, float]
    grade: str  # "tight", "good", "loose", "chance", "none"
    verdict: str
    moves: tuple[CutMove, ...] = ()
    alternatives: tuple[PlanAlternative, ...] = ()
    kinship: float | None = None  # z against the same cuts jittered; None: not asked, or nothing to tell from
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seam:
    """A join of two places of a song, measured in its rendered sound."""

    at: int  # sample of the timeline
    left: float  # seconds of the song that is left there
    entered: float  # seconds of the song that goes on
    likeness: float  # -1..1, of both sides' harmony and timbre
    flux: float  # spectral flux at the join
    flux_rank: float  # 0..1, share of the song's own bar lines with less of it
    level_step_db: float  # loudness after minus before
    level_rank: float  # 0..1, share of the song's own bar lines with a smaller step
    phase: float  # -1..1, correlation of the two sounds while they cross
    degraded: str = ""  # what can be heard, in words; empty: nothing beyond the song's own bar lines


@dataclass(frozen=True, slots=True)
class FitPlan:
    """A song brought to a length by leaving out or repeating whole bars."""

    song_id: str
    kind: str  # "musical", "exact", "loop"
    ending: str  # "real", "button", "fade", "loop": the one that it got
    wanted: int  # samples
    length: int  # samples from the first frame to the end of the music
    events: tuple[MusicEvent, ...]
    seams: tuple[Seam, ...]
    hit: int | None = None  # sample at which the climax or section start lies, if that was asked for
    hit_source: float | None = None  # seconds of the song of that moment
    bars: int = 0  # whole bars that are played
    degraded: tuple[str, ...] = ()  # each in words
    notes: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
