"""What a plan is made from: the times of a picture and the times of a song, checked once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reelscore.errors import InvalidInputError
from reelscore.records import MusicFeatures, VideoAnalysis

Times = NDArray[np.float64]

# Rates that cameras and editors use; a measured one so near to one of them is that one.
_STANDARD_RATES = tuple(
    Fraction(nominal * 1000, 1001) if ntsc else Fraction(nominal)
    for nominal in (24, 25, 30, 48, 50, 60, 100, 120)
    for ntsc in ((False, True) if nominal % 25 else (False,))
)
_SAME_RATE = 2e-4
# Films of no constant rate are counted in frames of this one.
NOMINAL_RATE = Fraction(25)
# A film whose sound is so much like speech has somebody who speaks.
_SPEECH = 0.5
# A soft transition has no one moment, and what somebody marked by hand matters most.
KIND_WEIGHTS = {"cut": 1.0, "dissolve": 0.5, "hit": 2.0}
KIND_NAMES = {"cut": "cut", "dissolve": "dissolve", "hit": "hit point"}


@dataclass(frozen=True, slots=True, eq=False)
class PictureGrid:
    """The moments of a picture that music can meet. Times in seconds, in order."""

    video_id: str
    duration: float
    rate: Fraction
    cuts: Times
    kinds: tuple[str, ...]  # of the cuts: keys of `KIND_WEIGHTS`
    numbers: tuple[int, ...]  # of each among its kind, from 1: a cut keeps its own whatever else is marked
    sections: Times
    energy: Times  # 0..1, one value a second; may be empty
    speech: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What each cut is called, such as "cut 3"."""
        return tuple(
            f"{KIND_NAMES[kind]} {number}" for kind, number in zip(self.kinds, self.numbers, strict=True)
        )

    @property
    def weights(self) -> Times:
        """How much each cut counts."""
        return np.array([KIND_WEIGHTS[kind] for kind in self.kinds], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class SongGrid:
    """The beats of a song and what it sounds like over time. Times in seconds, in order."""

    song_id: str
    duration: float
    beats: Times
    downbeats: Times
    sections: Times
    phrases: Times
    energy: Times  # 0..1, one value a second; may be empty
    vocals: Times  # 0..1, one value a second, or one for all; may be empty


def picture_grid(
    *,
    duration: float,
    rate: Fraction | float | None,
    cuts: ArrayLike,
    video_id: str = "",
    dissolves: ArrayLike = (),
    hits: ArrayLike = (),
    sections: ArrayLike = (),
    energy: ArrayLike = (),
    speech: Iterable[tuple[float, float]] = (),
) -> PictureGrid:
    """A picture from plain times.

    Parameters
    ----------
    duration
        Seconds, above 0.
    rate
        Frames a second; None: it has no constant one, and errors are counted in 25ths of a second.
    cuts, dissolves, hits
        Seconds of the first frame of each new shot, of the middle of soft transitions, and of what was
        marked by hand. What lies at one moment counts once, by its weightiest kind.
    sections, energy, speech
        Seconds of section starts, energy 0..1 for each second, and (start, end) of speech.

    Raises
    ------
    InvalidInputError
        The duration or the rate is not above 0, or a time is not a number.
    """
    if not (math.isfinite(duration) and duration > 0):
        raise InvalidInputError(f"a picture lasts longer than 0 s, not {duration!r}")
    notes: tuple[str, ...] = ()
    if rate is None:
        rate, notes = NOMINAL_RATE, ("the picture has no constant frame rate: frames are 25ths of a second",)
    exact = rate if isinstance(rate, Fraction) else exact_rate(rate)
    if exact <= 0:
        raise InvalidInputError(f"a frame rate is above 0, not {rate}")
    found: dict[int, tuple[float, str, int]] = {}
    for kind, times in (("dissolve", dissolves), ("cut", cuts), ("hit", hits)):
        inside = _times(times, duration)
        counting = inside if kind == "hit" else inside[inside > 0.0]  # at the first frame nothing changes
        for number, time in enumerate(counting.tolist(), start=1):
            found[round(time * float(exact))] = (time, kind, number)
    ordered = sorted(found.values())
    notes += tuple(
        f"the hit point at {time:g} s does not lie in the {duration:.1f} s of the picture, and is left out"
        for time in np.ravel(np.asarray(hits, dtype=np.float64)).tolist()
        if not 0.0 <= time <= duration
    )
    return PictureGrid(
        video_id=video_id,
        duration=float(duration),
        rate=exact,
        cuts=np.array([time for time, _, _ in ordered], dtype=np.float64),
        kinds=tuple(kind for _, kind, _ in ordered),
        numbers=tuple(number for _, _, number in ordered),
        sections=_times(sections, duration),
        energy=_curve(energy),
        speech=_merged(speech, duration),
        notes=notes,
    )


def song_grid(
    *,
    duration: float,
    beats: ArrayLike,
    song_id: str = "",
    downbeats: ArrayLike = (),
    sections: ArrayLike = (),
    phrases: ArrayLike = (),
    energy: ArrayLike = (),
    vocals: ArrayLike = (),
) -> SongGrid:
    """A song from plain times, in seconds; beats outside of it are left out.

    Raises
    ------
    InvalidInputError
        The duration is not above 0, or a time is not a number.
    """
    if not (math.isfinite(duration) and duration > 0):
        raise InvalidInputError(f"a song lasts longer than 0 s, not {duration!r}")
    return SongGrid(
        song_id=song_id,
        duration=float(duration),
        beats=_times(beats, duration),
        downbeats=_times(downbeats, duration),
        sections=_times(sections, duration),
        phrases=_times(phrases, duration),
        energy=_curve(energy),
        vocals=_curve(vocals),
    )


def picture_of(analysis: VideoAnalysis, *, hits: ArrayLike = ()) -> PictureGrid:
    """The grid of an analysed video.

    If somebody speaks in it and it is not known when, they speak throughout.

    Raises
    ------
    InvalidInputError
        The video was analysed without being measured, so its cuts are not known.
    """
    measured = analysis.measurements
    if measured is None:
        raise InvalidInputError(
            "this analysis holds no cuts; analyse the video again with the local analyser and plan with that"
        )
    speech = measured.speech_spans
    unknown = not speech and (measured.speech or 0.0) >= _SPEECH
    grid = picture_grid(
        duration=measured.duration,
        rate=measured.frame_rate,
        cuts=measured.cuts,
        dissolves=[(each.start + each.end) / 2.0 for each in measured.dissolves],
        hits=hits,
        sections=[section.start for section in analysis.sections if section.start > 0.0],
        energy=measured.energy_curve,
        speech=((0.0, measured.duration),) if unknown else speech,
    )
    note = "somebody speaks, and it is not known when, so all of it is taken for speech"
    return replace(grid, notes=(*grid.notes, note)) if unknown else grid


def song_of(
    features: MusicFeatures,
    *,
    song_id: str = "",
    downbeats: ArrayLike = (),
    sections: ArrayLike = (),
    phrases: ArrayLike = (),
    vocals: ArrayLike = (),
) -> SongGrid:
    """The grid of a measured song."""
    return song_grid(
        duration=features.duration,
        beats=features.beats,
        song_id=song_id,
        downbeats=downbeats,
        sections=sections,
        phrases=phrases,
        energy=features.energy_curve,
        vocals=vocals,
    )


def exact_rate(rate: float) -> Fraction:
    """The exact rate that a measured one stands for: 29.97 is 30000/1001."""
    if not (math.isfinite(rate) and rate > 0):
        raise InvalidInputError(f"a frame rate is above 0, not {rate!r}")
    nearest = min(_STANDARD_RATES, key=lambda known: abs(float(known) - rate))
    if abs(float(nearest) / rate - 1.0) <= _SAME_RATE:
        return nearest
    return Fraction(rate).limit_denominator(1001)


def _times(values: ArrayLike, duration: float) -> Times:
    times = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(times).all():
        raise InvalidInputError("a time is a number of seconds; one of them is not a number")
    inside: Times = np.unique(times[(times >= 0.0) & (times <= duration)])
    return inside


def _curve(values: ArrayLike) -> Times:
    curve = np.asarray(values, dtype=np.float64).ravel()
    return np.nan_to_num(curve, nan=0.0, posinf=1.0, neginf=0.0)


def _merged(spans: Iterable[tuple[float, float]], duration: float) -> tuple[tuple[float, float], ...]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted((max(0.0, a), min(duration, b)) for a, b in spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def overlaps(spans: Sequence[tuple[float, float]], start: float, end: float) -> bool:
    """Whether a stretch (its ends included) touches one of the spans."""
    return any(a <= end and start <= b for a, b in spans)
