"""Where a song should lie under a picture: every offset scored, the best one refined, with its figures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import starmap

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
    nearest,
    peaks,
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
_MOST_SPEEDS = 4  # of all that are tried by their cuts alone, those that are looked at in full
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
class _Places:
    """Places of a song that are apart from each other, best first."""

    scanned: Scan
    offsets: Times
    totals: Times
    stretch: float = 1.0


def plan(picture: PictureGrid, song: SongGrid, options: PlanOptions = DEFAULT_PLAN) -> SyncPlan:
    """The best place of a song under a picture, with figures for each cut.

    The offset is whole samples of 48 kHz, and all errors are those of that rounded offset. Among places that
    fit equally well the ids of the picture and the song decide, so that not every film begins alike.
    """
    return _sync_plan(picture, song, _chosen(picture, song, options), options)


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
        places = _chosen(picture, song, options)
        scores.append(_sync_at(picture, song, places, _samples(places.offsets[:1]), options)[0])
    return np.array(scores, dtype=np.float64)


def _chosen(picture: PictureGrid, song: SongGrid, options: PlanOptions) -> _Places:
    """The place that is planned, and behind it the others."""
    places = _places(picture, song, options, stretch=1.0)
    if options.stretch and len(picture.cuts) and len(song.beats):
        places = _stretched(picture, song, options, places)
    drawn = _drawn(places, picture, song, options)
    order = [drawn, *(at for at in range(len(places.offsets)) if at != drawn)][: options.alternatives + 1]
    return replace(places, offsets=places.offsets[order], totals=places.totals[order])


def _samples(offsets: Times) -> Times:
    """Offsets in whole samples, as a plan states them."""
    samples: Times = np.rint(offsets * TIMELINE_RATE)
    return samples


def _sync_at(
    picture: PictureGrid, song: SongGrid, places: _Places, samples: Times, options: PlanOptions
) -> Times:
    """The score of the cuts at some offsets."""
    at = samples / TIMELINE_RATE
    return exact_sync(picture, song, places.scanned, at, tolerance=options.tolerance, stretch=places.stretch)


def _places(picture: PictureGrid, song: SongGrid, options: PlanOptions, *, stretch: float) -> _Places:
    """The best places that are apart from each other, best first, each refined."""
    scanned = scan(picture, song, tolerance=options.tolerance, stretch=stretch)
    # A song that is shorter than the film is judged by its share of the cuts: by all of them, the other parts
    # would decide alone where it lies.
    covered = min(1.0, song.duration / (picture.duration * stretch)) or 1.0
    total = options.weights.get("sync", 0.0) / covered * scanned.sync
    total += _slow_parts(picture, song, scanned, options, stretch)
    apart = max(1, int(_APART_SECONDS / STEP_SECONDS))
    rest = total.copy()
    found: list[int] = []
    # Which of the equal places is taken must not depend on how many alternatives are asked for.
    for number in range(max(options.alternatives, _MOST_EQUAL) + 1):
        index = int(rest.argmax())
        worse = number > options.alternatives and rest[index] < total[found[0]] - _EQUAL
        if rest[index] == -np.inf or worse:
            break
        found.append(index)
        rest[max(0, index - apart) : index + apart + 1] = -np.inf
    offsets = scanned.start + np.array(found) * STEP_SECONDS
    return _Places(
        scanned, _refined(picture, song, scanned, offsets, options, stretch), total[found], stretch
    )


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
        moments = np.concatenate([times for times, _ in kinds])
        values = np.repeat([value for _, value in kinds], [len(times) for times, _ in kinds])
        at = np.rint((moments - shift - low) / STEP_SECONDS).astype(np.int64)
        inside = (at >= 0) & (at < count)
        worth = np.zeros(count)
        np.maximum.at(worth, at[inside], values[inside])
        worth *= options.weights.get(name, 0.0)
        total += worth
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


def _stretched(picture: PictureGrid, song: SongGrid, options: PlanOptions, best: _Places) -> _Places:
    """Places at other speeds, if one of them hits clearly more cuts; else those that there were."""
    steps = int(np.clip(MOST_STRETCH * picture.duration / _DRIFT_STEP_SECONDS, 2, 40))
    amounts = np.linspace(-MOST_STRETCH, MOST_STRETCH, 2 * steps + 1)
    speeds = 1.0 + np.delete(amounts, steps)
    tops = peaks(picture, song, best.scanned, speeds, tolerance=options.tolerance)
    errors, _ = _errors(picture, song, tops, speeds[:, None])
    order = np.argsort(-_within(errors, picture, options).sum(axis=1), kind="stable")
    tried = [
        _places(picture, song, options, stretch=speed) for speed in speeds[order[:_MOST_SPEEDS]].tolist()
    ]
    hits = [_hits(picture, song, each, options, 1)[0] for each in (best, *tried)]
    top = max(range(len(tried)), key=lambda at: (hits[at + 1], tried[at].totals[0]))
    return tried[top] if hits[top + 1] - hits[0] >= _LEAST_GAIN * len(picture.cuts) else best


def _hits(
    picture: PictureGrid, song: SongGrid, places: _Places, options: PlanOptions, first: int
) -> NDArray[np.intp]:
    """How many cuts hit at each of the first places."""
    errors, _ = _errors(picture, song, places.offsets[:first], places.stretch)
    hits: NDArray[np.intp] = _within(errors, picture, options).sum(axis=1)
    return hits


def _within(errors: Times, picture: PictureGrid, options: PlanOptions) -> NDArray[np.bool_]:
    hit: NDArray[np.bool_] = np.abs(errors) <= tolerance_seconds(options.tolerance, float(picture.rate))
    return hit


def _errors(
    picture: PictureGrid, song: SongGrid, offsets: Times, stretch: float | Times
) -> tuple[Times, NDArray[np.intp]]:
    """(seconds of picture by which each cut comes after its nearest beat, the beat), (offsets, cuts) each."""
    times = offsets[:, None] + picture.cuts * stretch
    at = nearest(song.beats, times)
    return (times - song.beats[at]) / stretch, at


def _drawn(places: _Places, picture: PictureGrid, song: SongGrid, options: PlanOptions) -> int:
    """One of the places that are as good as the best."""
    totals = places.totals[: _MOST_EQUAL + 1]
    equal = np.flatnonzero(totals >= totals[0] - _EQUAL)
    if len(equal) > 1 and len(picture.cuts) and len(song.beats):
        hits = _hits(picture, song, places, options, _MOST_EQUAL + 1)[equal]
        equal = equal[hits == hits.max()]
    return int(equal[seeded(len(equal), options.seed, picture.video_id, song.song_id)])


def seeded(count: int, *ids: str) -> int:
    """A number below `count` that is always the same for the same ids."""
    digest = hashlib.sha256("\0".join(ids).encode()).digest()
    return int.from_bytes(digest[:8], "big") % count


def _sync_plan(picture: PictureGrid, song: SongGrid, places: _Places, options: PlanOptions) -> SyncPlan:
    samples, stretch, chance = _samples(places.offsets), places.stretch, places.scanned.chance
    seconds = samples / TIMELINE_RATE
    beats = bool(len(song.beats))
    count = len(picture.cuts)
    parts = {
        "sync": _sync_at(picture, song, places, samples, options),
        **parts_at(picture, song, seconds, stretch=stretch),
    }
    scores = np.zeros(len(samples))
    for name, values in parts.items():
        scores += options.weights.get(name, 0.0) * values
    times = seconds[:, None] + picture.cuts * stretch
    under = (times >= 0.0) & (times <= song.duration)
    hits = bars = [0] * len(samples)
    met: Iterable[tuple[float | None, str, float | None, float | None, bool]]
    met = [(None, "", None, None, False)] * count
    if beats:
        errors, at = _errors(picture, song, seconds, stretch)
        hit = _within(errors, picture, options)
        under |= hit
        bar, section = places.scanned.bar, places.scanned.section
        hits, bars = (each.sum(axis=1).tolist() for each in (hit, hit & (bar | section)[at]))
        levels = np.where(section, "section", np.where(bar, "bar", "beat"))[at[0]].tolist()
        frames, ms = (errors[0] * float(picture.rate)).tolist(), (errors[0] * 1000.0).tolist()
        met = zip(song.beats[at[0]].tolist(), levels, frames, ms, hit[0].tolist(), strict=True)
    cuts = _cut_hits(picture, met)
    offset = int(samples[0])
    reached = under.sum(axis=1).tolist()
    grade = grade_of(hits[0], reached[0], chance, beats=beats)
    record_in = max(0, round(-offset / stretch))
    last = min(picture.duration, (song.duration - offset / TIMELINE_RATE) / stretch)
    shares = [each / max(1, most) for each, most in zip(hits, reached, strict=True)]
    _, *others = starmap(
        PlanAlternative,
        zip(samples.astype(int).tolist(), hits, bars, shares, scores.tolist(), strict=True),
    )
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
        hits=hits[0],
        bars=bars[0],
        share=shares[0],
        chance=chance,
        score=float(scores[0]),
        parts={name: float(values[0]) for name, values in parts.items()},
        grade=grade,
        verdict=verdict_of(
            grade,
            hits[0],
            bars[0],
            reached[0],
            chance,
            beats=beats,
            stretch=stretch,
            hit_points=sum(
                kind == "hit" for kind, there in zip(picture.kinds, under[0], strict=True) if there
            ),
            beside=count - reached[0],
        ),
        moves=suggest_moves(picture, cuts, tolerance=options.tolerance),
        alternatives=tuple(others),
        notes=picture.notes + _notes(picture, song, record_in / TIMELINE_RATE, last, stretch),
    )


def _cut_hits(
    picture: PictureGrid, met: Iterable[tuple[float | None, str, float | None, float | None, bool]]
) -> tuple[CutHit, ...]:
    """Each cut with what is said of the beat that lies nearest to it."""
    frames = np.rint(picture.cuts * float(picture.rate)).astype(int).tolist()
    rows = zip(picture.numbers, frames, picture.cuts.tolist(), picture.kinds, met, strict=True)
    return tuple(CutHit(number, frame, time, kind, *beat) for number, frame, time, kind, beat in rows)


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
