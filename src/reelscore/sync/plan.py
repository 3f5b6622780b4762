"""Where a song should lie under a picture: every offset scored, the best one refined, with its figures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import InvalidInputError
from reelscore.records.sync import CutHit, PlanAlternative, SyncPlan
from reelscore.records.timeline import TIMELINE_RATE
from reelscore.sync.grids import PictureGrid, SongGrid, Times
from reelscore.sync.moves import suggest_moves
from reelscore.sync.parts import natural_ends, natural_starts, parts_at, slow_parts_at
from reelscore.sync.scoring import (
    STEP_SECONDS,
    Scan,
    exact_sync,
    levels_of,
    nearest,
    scan,
    tolerance_seconds,
)
from reelscore.sync.words import grade_of, verdict_of

# What each part may add to or take from the score; `sync` counts in full.
DEFAULT_WEIGHTS: Mapping[str, float] = {
    "sync": 1.0,
    "course": 0.1,
    "changes": 0.1,
    "level": 0.15,
    "mood": 0.1,
    "start": 0.06,
    "end": 0.06,
    "vocals": 0.4,
}
MOST_STRETCH = 0.01
# The other parts move slowly: they are scored at steps of this, and read in between.
_PART_STEP_SECONDS = 1.0
# Offsets closer than this are one place; scores closer than this are one score.
_APART_SECONDS = 4.0
_EQUAL = 0.01
_MOST_EQUAL = 5  # places beside the best one among which one is drawn
_REFINE_SECONDS, _REFINE_STEP_SECONDS = 0.02, 0.002
_DRIFT_STEP_SECONDS = 0.03
_LEAST_GAIN = 0.1  # in share of cuts, for which a song is stretched at all


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How a plan is made."""

    tolerance: float = 1.0  # frames
    stretch: bool = False  # the song may be up to 1 % faster or slower
    weights: Mapping[str, float] = field(default_factory=lambda: DEFAULT_WEIGHTS)
    alternatives: int = 5
    seed: str = ""  # beside the ids: another one chooses again among equal fits

    def __post_init__(self) -> None:
        """Refuse what cannot be planned with."""
        if not 0.0 < self.tolerance <= 12.0:
            raise InvalidInputError(f"the tolerance is 0 to 12 frames, not {self.tolerance!r}")
        unknown = set(self.weights) - set(DEFAULT_WEIGHTS)
        if unknown:
            raise InvalidInputError(
                f"unknown weight {min(unknown)!r}; known: {', '.join(sorted(DEFAULT_WEIGHTS))}"
            )


DEFAULT_PLAN = PlanOptions()


@dataclass(frozen=True, slots=True)
class _Place:
    offset: float
    total: float
    scanned: Scan
    stretch: float = 1.0


def plan(picture: PictureGrid, song: SongGrid, options: PlanOptions = DEFAULT_PLAN) -> SyncPlan:
    """The best place of a song under a picture, with figures for each cut.

    The offset is whole samples of 48 kHz, and all errors are those of that rounded offset. Among places that
    fit equally well the ids of the picture and the song decide, so that not every film begins alike.
    """
    chosen, others = _chosen(picture, song, options)
    return _told(picture, song, chosen, others, options)


def plan_many(
    picture: PictureGrid, songs: Iterable[SongGrid], options: PlanOptions = DEFAULT_PLAN
) -> list[SyncPlan]:
    """A plan for each song, in their order."""
    return [plan(picture, song, options) for song in songs]


def sync_scores(
    picture: PictureGrid, songs: Iterable[SongGrid], options: PlanOptions = DEFAULT_PLAN
) -> NDArray[np.float64]:
    """`parts["sync"]` of the plan of each song, (songs,), without making the plans."""
    scores = []
    for song in songs:
        chosen, _ = _chosen(picture, song, options)
        scores.append(_sync_at(picture, song, chosen, options))
    return np.array(scores, dtype=np.float64)


def _chosen(picture: PictureGrid, song: SongGrid, options: PlanOptions) -> tuple[_Place, list[_Place]]:
    """The place that is planned, and the others."""
    places = _places(picture, song, options, stretch=1.0)
    if options.stretch and len(picture.cuts) and len(song.beats):
        places = _stretched(picture, song, options, places)
    chosen = _drawn(places, picture, song, options)
    return chosen, [place for place in places if place is not chosen][: options.alternatives]


def _sync_at(picture: PictureGrid, song: SongGrid, place: _Place, options: PlanOptions) -> float:
    """The score of the cuts at a place, rounded to whole samples as it is told."""
    at = np.array([round(place.offset * TIMELINE_RATE) / TIMELINE_RATE])
    return float(
        exact_sync(picture, song, place.scanned, at, tolerance=options.tolerance, stretch=place.stretch)[0]
    )


def _places(picture: PictureGrid, song: SongGrid, options: PlanOptions, *, stretch: float) -> list[_Place]:
    """The best places that are apart from each other, best first, each refined."""
    scanned = scan(picture, song, tolerance=options.tolerance, stretch=stretch)
    total = options.weights.get("sync", 0.0) * scanned.sync
    total = total + _slow_parts(picture, song, scanned, options, stretch)
    low = scanned.start
    apart = max(1, int(_APART_SECONDS / STEP_SECONDS))
    rest = total.copy()
    found: list[int] = []
    # Which of the equal places is taken must not depend on how many alternatives are asked for.
    for number in range(max(options.alternatives, _MOST_EQUAL) + 1):
        index = int(np.argmax(rest))
        worse = number > options.alternatives and rest[index] < total[found[0]] - _EQUAL
        if rest[index] == -np.inf or worse:
            break
        found.append(index)
        rest[max(0, index - apart) : index + apart + 1] = -np.inf
    offsets = _refined(picture, song, scanned, low + np.array(found) * STEP_SECONDS, options, stretch)
    return [
        _Place(offset, float(total[index]), scanned, stretch)
        for offset, index in zip(offsets.tolist(), found, strict=True)
    ]


def _slow_parts(
    picture: PictureGrid, song: SongGrid, scanned: Scan, options: PlanOptions, stretch: float
) -> NDArray[np.float64]:
    """What all parts but `sync` add to each offset of the scan."""
    count, low = len(scanned.sync), scanned.start
    fine = round(_PART_STEP_SECONDS / STEP_SECONDS)
    coarse = np.arange(0.0, count, fine, dtype=np.float64) * STEP_SECONDS
    slow = np.zeros(len(coarse))
    for name, values in slow_parts_at(picture, song, low + coarse, stretch=stretch).items():
        slow += options.weights.get(name, 0.0) * values
    # Read in between; from the last one on it stays.
    growth = np.diff(slow, append=slow[-1:])
    total: Times = (slow[:, None] + growth[:, None] * (np.arange(fine) / fine)).ravel()[:count]
    # Natural starts and ends are a matter of milliseconds, so they are looked at where they are.
    for name, kinds, shift in (
        ("start", natural_starts(song), 0.0),
        ("end", natural_ends(song), picture.duration * stretch),
    ):
        worth = np.zeros(count)
        for moments, value in kinds:
            at = np.rint((moments - shift - low) / STEP_SECONDS).astype(np.int64)
            at = at[(at >= 0) & (at < count)]
            worth[at] = np.maximum(worth[at], value)
        total += options.weights.get(name, 0.0) * worth
    return total


def _refined(
    picture: PictureGrid,
    song: SongGrid,
    scanned: Scan,
    offsets: Times,
    options: PlanOptions,
    stretch: float,
) -> Times:
    """The best offset around each of some of the grid, to two milliseconds."""
    if not len(picture.cuts) or not len(song.beats):
        return offsets
    steps = np.arange(-_REFINE_SECONDS, _REFINE_SECONDS + 1e-9, _REFINE_STEP_SECONDS)
    around = offsets[:, None] + steps
    last = scanned.start + (len(scanned.sync) - 1) * STEP_SECONDS
    inside = (around >= scanned.start) & (around <= last)
    score = exact_sync(
        picture, song, scanned, around.ravel(), tolerance=options.tolerance, stretch=stretch
    ).reshape(around.shape)
    best = np.where(inside, score, -np.inf).argmax(axis=1)
    refined: Times = np.where(inside.any(axis=1), around[np.arange(len(around)), best], offsets)
    return refined


def _stretched(
    picture: PictureGrid, song: SongGrid, options: PlanOptions, best: list[_Place]
) -> list[_Place]:
    """Places at other speeds, if one of them hits clearly more cuts; else those that there were."""
    steps = int(np.clip(MOST_STRETCH * picture.duration / _DRIFT_STEP_SECONDS, 2, 40))
    tried = [
        _places(picture, song, options, stretch=1.0 + amount)
        for amount in np.linspace(-MOST_STRETCH, MOST_STRETCH, 2 * steps + 1).tolist()
        if abs(amount) > 1e-9
    ]
    top = max(tried, key=lambda each: (_hits(picture, song, each[0], options), each[0].total))
    gain = _hits(picture, song, top[0], options) - _hits(picture, song, best[0], options)
    return top if gain >= _LEAST_GAIN * len(picture.cuts) else best


def _hits(picture: PictureGrid, song: SongGrid, place: _Place, options: PlanOptions) -> int:
    errors, _ = _errors(picture, song, place.offset, place.stretch)
    return int((np.abs(errors) <= tolerance_seconds(options.tolerance, float(picture.rate))).sum())


def _errors(
    picture: PictureGrid, song: SongGrid, offset: float, stretch: float
) -> tuple[Times, NDArray[np.intp]]:
    """(seconds of picture by which each cut comes after its nearest beat, the beat)."""
    times = offset + picture.cuts * stretch
    at = nearest(song.beats, times)
    return (times - song.beats[at]) / stretch, at


def _drawn(places: list[_Place], picture: PictureGrid, song: SongGrid, options: PlanOptions) -> _Place:
    """One of the places that are as good as the best."""
    equal = [place for place in places[: _MOST_EQUAL + 1] if place.total >= places[0].total - _EQUAL]
    if len(equal) > 1 and len(picture.cuts) and len(song.beats):
        hits = [_hits(picture, song, place, options) for place in equal]
        equal = [place for place, hit in zip(equal, hits, strict=True) if hit == max(hits)]
    return equal[seeded(len(equal), options.seed, picture.video_id, song.song_id)]


def seeded(count: int, *ids: str) -> int:
    """A number below `count` that is always the same for the same ids."""
    digest = hashlib.sha256("\0".join(ids).encode()).digest()
    return int.from_bytes(digest[:8], "big") % count


def _told(
    picture: PictureGrid, song: SongGrid, place: _Place, others: list[_Place], options: PlanOptions
) -> SyncPlan:
    offset, stretch, chance = round(place.offset * TIMELINE_RATE), place.stretch, place.scanned.chance
    seconds = offset / TIMELINE_RATE
    cuts = cut_hits(picture, song, seconds, tolerance=options.tolerance, stretch=stretch)
    hits, bars = _counts(cuts)
    parts = _parts(picture, song, place, seconds, options)
    beats = bool(len(song.beats))
    grade = grade_of(hits, len(cuts), chance, beats=beats)
    record_in = max(0, round(-offset / stretch))
    last = min(picture.duration, (song.duration - seconds) / stretch)
    return SyncPlan(
        video_id=picture.video_id,
        song_id=song.song_id,
        rate=picture.rate,
        tolerance=options.tolerance,
        offset=offset,
        record_in=record_in,
        length=max(0, round(last * TIMELINE_RATE) - record_in),
        stretch=stretch,
        cuts=cuts,
        hits=hits,
        bars=bars,
        share=hits / len(cuts) if cuts else 0.0,
        chance=chance,
        score=_weighed(parts, options),
        parts=parts,
        grade=grade,
        verdict=verdict_of(grade, hits, bars, len(cuts), chance, beats=beats, stretch=stretch),
        moves=suggest_moves(picture, cuts, tolerance=options.tolerance),
        alternatives=tuple(_alternative(picture, song, other, options) for other in others),
        notes=picture.notes + _notes(picture, song, record_in / TIMELINE_RATE, last, stretch),
    )


def _alternative(
    picture: PictureGrid, song: SongGrid, place: _Place, options: PlanOptions
) -> PlanAlternative:
    offset = round(place.offset * TIMELINE_RATE)
    seconds = offset / TIMELINE_RATE
    cuts = cut_hits(picture, song, seconds, tolerance=options.tolerance, stretch=place.stretch)
    hits, bars = _counts(cuts)
    score = _weighed(_parts(picture, song, place, seconds, options), options)
    return PlanAlternative(offset, hits, bars, hits / len(cuts) if cuts else 0.0, score)


def cut_hits(
    picture: PictureGrid, song: SongGrid, offset: float, *, tolerance: float, stretch: float = 1.0
) -> tuple[CutHit, ...]:
    """Each cut with the beat that lies nearest to it, for an offset in seconds."""
    frames = np.round(picture.cuts * float(picture.rate)).astype(int).tolist()
    moments = picture.cuts.tolist()
    if not len(song.beats):
        return tuple(
            CutHit(number, frame, time, kind, None, "", None, None, hit=False)
            for number, (frame, time, kind) in enumerate(zip(frames, moments, picture.kinds, strict=True), 1)
        )
    errors, at = _errors(picture, song, offset, stretch)
    rate = float(picture.rate)
    hit = (np.abs(errors) <= tolerance_seconds(tolerance, rate)).tolist()
    bar, section = levels_of(song)
    levels = np.where(section, "section", np.where(bar, "bar", "beat"))[at].tolist()
    rows = zip(
        frames, moments, picture.kinds, song.beats[at].tolist(), levels, errors.tolist(), hit, strict=True
    )
    return tuple(
        CutHit(number, frame, time, kind, beat, level, error * rate, error * 1000.0, hit=hits)
        for number, (frame, time, kind, beat, level, error, hits) in enumerate(rows, 1)
    )


def _counts(cuts: tuple[CutHit, ...]) -> tuple[int, int]:
    return sum(cut.hit for cut in cuts), sum(cut.hit and cut.level != "beat" for cut in cuts)


def _parts(
    picture: PictureGrid, song: SongGrid, place: _Place, seconds: float, options: PlanOptions
) -> dict[str, float]:
    others = parts_at(picture, song, np.array([seconds]), stretch=place.stretch)
    return {
        "sync": _sync_at(picture, song, place, options),
        **{name: float(values[0]) for name, values in others.items()},
    }


def _weighed(parts: Mapping[str, float], options: PlanOptions) -> float:
    return sum(options.weights.get(name, 0.0) * value for name, value in parts.items())


def _notes(
    picture: PictureGrid, song: SongGrid, begins: float, ends: float, stretch: float
) -> tuple[str, ...]:
    notes = []
    if not len(song.beats):
        notes.append("without a beat to go by, the place was chosen by energy, change, start and end")
    if begins > 0.02:
        notes.append(f"the music begins {begins:.1f} s after the first frame")
    if picture.duration - ends > 0.02:
        notes.append(f"the song ends {picture.duration - ends:.1f} s before the picture does")
    if sum(end - start for start, end in picture.speech) > 0.95 * picture.duration and len(picture.cuts):
        notes.append("somebody speaks throughout, so no cut should be moved")
    if stretch != 1.0:
        notes.append(f"the figures hold with the song played at {stretch:.2%} of its speed, and only then")
    return tuple(notes)
